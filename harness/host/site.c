/* Where code stands, by an address in it: asked of the tools that read debug information. */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/process.h"
#include "host/shadow.h"
#include "world/leave.h"

#define SITES 64u
#define SITE_LENGTH 160u

/* What was asked before: a minimizer sees one violation thousands of times. */
static struct {
    const void *address;
    char text[SITE_LENGTH];
} sites[SITES];

struct module {
    uintptr_t address;
    uintptr_t base;
    const char *path;
};

static int find_module(struct dl_phdr_info *info, size_t size, void *context)
{
    struct module *module = context;
    (void)size;
    for (unsigned at = 0; at < info->dlpi_phnum; at++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[at];
        uintptr_t from = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || module->address < from ||
            module->address >= from + segment->p_memsz)
            continue;
        module->base = info->dlpi_addr;
        module->path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
        return 1;
    }
    return 0;
}

/* "function\nfolder/file.c:12\n" as "function (file.c:12)". */
static bool read_site(FILE *output, char *text)
{
    char function[80];
    char place[512];
    if (!fgets(function, sizeof function, output) || !fgets(place, sizeof place, output) ||
        function[0] == '?')
        return false;
    function[strcspn(function, "\n")] = '\0';
    place[strcspn(place, " \n")] = '\0';
    const char *file = strrchr(place, '/') ? strrchr(place, '/') + 1 : place;
    if (file[0] == '?')
        (void)snprintf(text, SITE_LENGTH, "%s()", function);
    else
        (void)snprintf(text, SITE_LENGTH, "%s (%.60s)", function, file);
    return true;
}

static bool ask(const char *tool, const struct module *module, char *text)
{
    char command[1024];
    char self[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *path = module->path;
    if (strcmp(path, "/proc/self/exe") == 0 && length > 0) {
        self[length] = '\0';
        path = self;
    }
    if (strchr(path, '\''))
        return false;
    (void)snprintf(command, sizeof command, "%s -f -e '%s' 0x%lx 2>/dev/null", tool, path,
                   (unsigned long)(module->address - module->base - 1));
    FILE *output = popen(command, "r"); /* NOLINT(cert-env33-c): the path of this very program */
    if (!output)
        return false;
    bool found = read_site(output, text);
    (void)pclose(output);
    return found;
}

static void describe(const void *address, char *text)
{
    struct module module = {.address = (uintptr_t)address};
    static const char *const tools[] = {"addr2line", "llvm-addr2line", "llvm-symbolizer"};
    if (!address || !dl_iterate_phdr(find_module, &module)) {
        (void)snprintf(text, SITE_LENGTH, "unknown code");
        return;
    }
    for (unsigned at = 0; at < sizeof tools / sizeof *tools; at++)
        if (ask(tools[at], &module, text))
            return;
    (void)snprintf(text, SITE_LENGTH, "the code at 0x%lx",
                   (unsigned long)(module.address - module.base));
}

const char *ob_site(const void *address)
{
    unsigned slot = (unsigned)((uintptr_t)address >> 1) % SITES;
    if (sites[slot].address != address || !address) {
        describe(address, sites[slot].text);
        sites[slot].address = address;
    }
    return sites[slot].text;
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
