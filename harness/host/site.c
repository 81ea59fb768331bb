/* Where code stands, by an address in it: what ./scripts/redirect has written down. */
#include <stdio.h>
#include <stdlib.h>

#include "host/process.h"
#include "host/shadow.h"
#include "world/leave.h"

/* The site of a call with that return address, or else the function that it is in. */
static const struct ob_program_site *find(const struct ob_program *program, uint32_t offset)
{
    const struct ob_program_site *function = NULL;
    for (const struct ob_program_site *at = program->sites; at->offset <= offset; at++) {
        if (at->offset == UINT32_MAX)
            break;
        if (at->is_call && at->offset == offset)
            return at;
        if (!at->is_call)
            function = at;
    }
    return function;
}

const char *ob_site_of(const struct ob_program *program, const void *address)
{
    const uint8_t *code = address;
    if (code < program->text || code > program->text_end)
        return NULL;
    const struct ob_program_site *site = find(program, (uint32_t)(code - program->text));
    return site ? site->text : "a function without a name";
}

const char *ob_site(const void *address)
{
    const char *site = ob_site_of(ob_current.process->program, address);
    return site ? site : "code that is not the program's";
}

void ob_host_trap(const char *program, const char *name, const void *caller)
{
    struct ob_process *process = ob_current.process;
    if (!process) {
        fprintf(stderr, "offbeat: program %s calls %s() outside of a world\n", program, name);
        abort();
    }
    ob_defect(process->actor->world,
              "host %s: program %s calls %s(), which is not simulated, in %s; leave the call out, "
              "or put a function of that name into the program",
              ob_name(process->actor), program, name, ob_site(caller));
}

void ob_check_bytes(const void *bytes, size_t size, bool is_written)
{
#ifdef OB_ASAN
    void *bad = size ? __asan_region_is_poisoned((void *)(uintptr_t)bytes, size) : NULL;
    if (bad)
        __asan_report_error(__builtin_return_address(0), __builtin_frame_address(0), &bad, bad,
                            is_written, size);
#else
    (void)bytes;
    (void)size;
    (void)is_written;
#endif
}
