/* Calls that ask what system this is and who runs: the same answers in every run. */
#include <getopt.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <unistd.h>

#include "host/call.h"
#include "host/process_data.h"
#include "world/inline.h"

void *ob_c_malloc(size_t size);
void ob_c_free(void *memory);

/* -- identity -- */

int ob_c_getpid(void)
{
    return ob_process_number(ob_current.process);
}

int ob_c_getppid(void)
{
    return 1;
}

int ob_c_gettid(void)
{
    return ob_process_number(ob_current.process) +
           1000 * (int)(ob_current.thread - ob_current.process->threads);
}

int ob_c_gethostname(char *name, size_t size)
{
    if (size == 0) {
        errno = EINVAL;
        return -1;
    }
    (void)snprintf(name, size, "%s", ob_name(ob_current.process->actor));
    return 0;
}

int ob_c_uname(struct utsname *name)
{
    *name = (struct utsname){
        .sysname = "Linux", .release = "6.1.0", .version = "#1", .machine = "x86_64"};
    return ob_c_gethostname(name->nodename, sizeof name->nodename);
}

/* -- what the system is like -- */

long ob_c_sysconf(int name)
{
    switch (name) {
    case _SC_PAGESIZE:
        return 4096;
    case _SC_OPEN_MAX:
        return OB_KERNEL_DESCRIPTORS_MAX;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return 2;
    case _SC_CLK_TCK:
        return 100;
    case _SC_IOV_MAX:
        return 1024;
    case _SC_HOST_NAME_MAX:
        return 64;
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES:
        return (long)(OB_HEAP_REGION_SIZE / 4096);
    case _SC_GETPW_R_SIZE_MAX:
        return 1024;
    default:
        errno = EINVAL;
        return -1;
    }
}

int ob_c_getpagesize(void)
{
    return 4096;
}

int ob_c_getrlimit(int resource, struct rlimit *limit)
{
    rlim_t most = resource == RLIMIT_NOFILE ? OB_KERNEL_DESCRIPTORS_MAX : RLIM_INFINITY;
    *limit = (struct rlimit){most, most};
    return 0;
}

int ob_c_setrlimit(int resource, const struct rlimit *limit)
{
    (void)resource;
    (void)limit;
    return 0;
}

int ob_c_getrusage(int who, struct rusage *usage)
{
    (void)who;
    *usage = (struct rusage){0};
    return 0;
}

int ob_c_sched_getaffinity(pid_t process, size_t size, cpu_set_t *set)
{
    (void)process;
    memset(set, 0, size);
    CPU_SET_S(0, size, set);
    CPU_SET_S(1, size, set);
    return 0;
}

/* Settings that make no difference here. */
int ob_c_prctl(int option, ...)
{
    (void)option;
    return 0;
}

mode_t ob_c_umask(mode_t mask)
{
    (void)mask;
    return 022;
}

/* A machine with as much memory as a host may have, that has nothing else to do: sysinfo(2). */
int ob_c_sysinfo(struct sysinfo *information)
{
    *information = (struct sysinfo){.uptime = (long)(ob_clock_ns(ob_current.process) / 1000000000u),
                                    .totalram = OB_HEAP_REGION_SIZE,
                                    .freeram = OB_HEAP_REGION_SIZE -
                                               ob_heap_used(ob_heap_of(ob_current.process)),
                                    .procs = 1,
                                    .mem_unit = 1};
    return 0;
}

int ob_c_getloadavg(double loads[], int count)
{
    for (int at = 0; at < count && at < 3; at++)
        loads[at] = 0;
    return count < 3 ? count : 3;
}

int ob_c_getifaddrs(struct ifaddrs **addresses)
{
    *addresses = NULL;
    return 0;
}

void ob_c_freeifaddrs(struct ifaddrs *addresses)
{
    (void)addresses;
}

unsigned ob_c_if_nametoindex(const char *name)
{
    if (strcmp(name, "lo") == 0)
        return 1;
    errno = ENODEV;
    return 0;
}

char *ob_c_if_indextoname(unsigned index, char *name)
{
    if (index == 1)
        return strcpy(name, "lo");
    errno = ENXIO;
    return NULL;
}

/* -- environment -- */

OB_PROCESS_DATA char **ob_c_environ = NULL;

static char **find_variable(const char *name, size_t length)
{
    for (char **at = ob_c_environ; at && *at; at++)
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
            return at;
    return NULL;
}

char *ob_c_getenv(const char *name)
{
    char **variable = find_variable(name, strlen(name));
    return variable ? *variable + strlen(name) + 1 : NULL;
}

/* Puts "NAME=value" there, in place of what the name had. 0, or -1 where memory is short. */
static int put_variable(char *text, size_t length)
{
    char **variable = find_variable(text, length);
    if (variable) {
        *variable = text;
        return 0;
    }
    size_t count = 0;
    while (ob_c_environ && ob_c_environ[count])
        count++;
    char **more = ob_c_malloc((count + 2) * sizeof *more);
    if (!more)
        return -1;
    if (count)
        memcpy(more, ob_c_environ, count * sizeof *more);
    more[count] = text;
    more[count + 1] = NULL;
    ob_c_environ = more;
    return 0;
}

int ob_c_setenv(const char *name, const char *value, int overwrite)
{
    size_t length = strlen(name);
    if (length == 0 || strchr(name, '=')) {
        errno = EINVAL;
        return -1;
    }
    if (!overwrite && find_variable(name, length))
        return 0;
    char *text = ob_c_malloc(length + strlen(value) + 2);
    if (!text)
        return -1;
    (void)snprintf(text, length + strlen(value) + 2, "%s=%s", name, value);
    if (put_variable(text, length) == 0)
        return 0;
    ob_c_free(text);
    return -1;
}

int ob_c_unsetenv(const char *name)
{
    char **variable = find_variable(name, strlen(name));
    for (; variable && *variable; variable++)
        variable[0] = variable[1];
    return 0;
}

/* The text itself becomes part of the environment; without '=' the name is removed: putenv(3). */
int ob_c_putenv(char *text)
{
    const char *end = strchr(text, '=');
    return end ? put_variable(text, (size_t)(end - text)) : ob_c_unsetenv(text);
}

/* -- randomness: from the process's own generator -- */

uint32_t ob_c_arc4random(void)
{
    return (uint32_t)(ob_process_random(ob_current.process) >> 32);
}

void ob_c_arc4random_buf(void *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        ((uint8_t *)bytes)[at] = (uint8_t)ob_c_arc4random();
}

uint32_t ob_c_arc4random_uniform(uint32_t bound)
{
    return bound ? (uint32_t)((uint64_t)ob_c_arc4random() * bound >> 32) : 0;
}

ssize_t ob_c_getrandom(void *bytes, size_t size, unsigned flags)
{
    return OB_CALL("getrandom", ob_sys_getrandom(kernel, bytes, size, flags));
}

int ob_c_getentropy(void *bytes, size_t size)
{
    ob_c_arc4random_buf(bytes, size);
    return 0;
}

OB_PROCESS_DATA static uint64_t rand_state = 1;

int ob_c_rand_r(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u; /* the example of the C standard */
    return (int)(*seed / 2 % ((unsigned)RAND_MAX + 1u));
}

void ob_c_srand(unsigned seed)
{
    rand_state = seed;
}

int ob_c_rand(void)
{
    rand_state = rand_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)(rand_state >> 33);
}

double ob_c_drand48(void)
{
    return ob_c_rand() / ((double)RAND_MAX + 1);
}

/* -- functions of the C library with a state of their own -- */

OB_PROCESS_DATA char *ob_c_optarg = NULL;
OB_PROCESS_DATA int ob_c_optind = 1;
OB_PROCESS_DATA int ob_c_opterr = 1;
OB_PROCESS_DATA int ob_c_optopt = '?';

/* The real one, whose place within a word is its own: a program that waits in the middle of reading
 * its options may see another's. 0 makes it begin anew. */
static int get_option(int count, char *const *arguments, const char *options,
                      const struct option *longer, int *index, bool is_long)
{
    struct ob_process *process = ob_current.process;
    optind = process->getopt_has_begun ? ob_c_optind : 0;
    opterr = 0; /* its messages would leave the world */
    process->getopt_has_begun = true;
    int found = is_long ? getopt_long(count, arguments, options, longer, index)
                        : getopt(count, arguments, options);
    ob_c_optarg = optarg;
    ob_c_optind = optind;
    ob_c_optopt = optopt;
    return found;
}

int ob_c_getopt(int count, char *const *arguments, const char *options)
{
    return get_option(count, arguments, options, NULL, NULL, false);
}

int ob_c_getopt_long(int count, char *const *arguments, const char *options,
                     const struct option *longer, int *index)
{
    return get_option(count, arguments, options, longer, index, true);
}

OB_PROCESS_DATA static char *strtok_rest = NULL;

char *ob_c_strtok(char *text, const char *separators)
{
    return strtok_r(text, separators, &strtok_rest);
}

OB_PROCESS_DATA static char error_text[128] = {0};

char *ob_c_strerror(int error)
{
    const char *text = strerrordesc_np(error);
    if (text)
        return (char *)(uintptr_t)text;
    (void)snprintf(error_text, sizeof error_text, "Unknown error %d", error);
    return error_text;
}

OB_PROCESS_DATA static struct tm calendar = {0};
OB_PROCESS_DATA static char calendar_text[64] = {0};

struct tm *ob_c_gmtime(const time_t *time)
{
    return gmtime_r(time, &calendar);
}

char *ob_c_asctime(const struct tm *parts)
{
    return asctime_r(parts, calendar_text);
}

char *ob_c_ctime(const time_t *time)
{
    return asctime_r(ob_c_gmtime(time), calendar_text);
}

/* There is one locale, "C". */
char *ob_c_setlocale(int category, const char *locale)
{
    static char name[] = "C";
    (void)category;
    return !locale || !*locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 ? name
                                                                                           : NULL;
}

/* The system's log is nobody's. */
void ob_c_openlog(const char *name, int options, int facility)
{
    (void)name;
    (void)options;
    (void)facility;
}

void ob_c_syslog(int priority, const char *format, ...)
{
    (void)priority;
    (void)format;
}

/* -- memory in pages: of the heap, and filled with zeros; files are not mapped -- */

void *ob_c_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    struct ob_process *process = ob_current.process;
    (void)protection;
    (void)offset;
    if (!(flags & MAP_ANONYMOUS) || flags & MAP_FIXED || fd != -1 || address) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    void *memory = ob_heap_alloc(ob_heap_of(process), size, 4096, __builtin_return_address(0));
    if (!memory) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return memset(memory, 0, size);
}

int ob_c_munmap(void *memory, size_t size)
{
    (void)size;
    if (ob_heap_free(ob_heap_of(ob_current.process), memory, NULL) == OB_HEAP_FINE)
        return 0;
    errno = EINVAL;
    return -1;
}

int ob_c_mprotect(void *memory, size_t size, int protection)
{
    (void)memory;
    (void)size;
    (void)protection;
    return 0;
}

int ob_c_madvise(void *memory, size_t size, int advice)
{
    (void)memory;
    (void)size;
    (void)advice;
    return 0;
}
