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

#define FRAMES_MAX 16u                /* of ours above the program's */
#define FRAME_DISTANCE_MAX (1u << 16) /* a frame is no larger: what is farther away is none */

/* Each frame begins with the address of the one before and the address that it returns to. */
OB_UNWATCHED const void *ob_site_above(const struct ob_program *program, const void *const *frame)
{
    for (unsigned at = 0; frame && at < FRAMES_MAX; at++) {
        const uint8_t *code = frame[1];
        if (code >= program->text && code <= program->text_end)
            return code;
        uintptr_t outer = (uintptr_t)frame[0];
        uintptr_t distance = outer - (uintptr_t)frame;
        if (distance == 0 || distance > FRAME_DISTANCE_MAX || outer % sizeof(void *) != 0)
            return NULL;
        frame = frame[0];
    }
    return NULL;
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
