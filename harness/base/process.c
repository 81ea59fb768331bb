#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/variables.h"

#define ORPHANED 2 /* exit code that nobody reads */

extern void __sanitizer_set_report_fd(void *fd) __attribute__((weak));
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* Where the sanitizer of this process was told to write, which is a global of its own: it keeps to
 * that in one process only. In a copy it would leave a file beside whoever looks. */
static OB_OF_HARNESS int report_fd = -1;

static void report_as_before(void)
{
    if (__sanitizer_set_report_fd && report_fd >= 0)
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): it takes the number so */
        __sanitizer_set_report_fd((void *)(intptr_t)report_fd);
}

void ob_process_report_to(int fd, void (*died)(void))
{
    report_fd = fd == OB_DEV_NULL ? open("/dev/null", O_WRONLY | O_CLOEXEC) : fd;
    report_as_before();
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(died);
}

/* Whom it tells. The sanitizer has no place for that of its own. */
static struct {
    void (*call)(void *context);
    void *context;
} report_begins;

void ob_process_on_report(void (*begins)(void *context), void *context)
{
    report_begins.call = begins;
    report_begins.context = context;
}

/* AddressSanitizer calls this; it has one that does nothing, which is weak. */
__attribute__((visibility("default"))) void __asan_on_error(void);
void __asan_on_error(void)
{
    if (report_begins.call)
        report_begins.call(report_begins.context);
}

pid_t ob_process_copy(void)
{
    pid_t process = fork();

    if (process == 0)
        report_as_before();
    return process;
}

void ob_process_bind(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(ORPHANED);
}

pid_t ob_process_fork(void)
{
    pid_t parent = getpid();
    pid_t process = ob_process_copy();

    if (process == 0)
        ob_process_bind(parent);
    return process;
}

int ob_process_wait(pid_t process, int *status)
{
    pid_t ended;

    do
        ended = waitpid(process, status, 0);
    while (ended < 0 && errno == EINTR);
    return ended == process ? 0 : -1;
}

bool ob_process_has_ended(pid_t process, int *status)
{
    pid_t ended = waitpid(process, status, WNOHANG);

    return ended != 0 && !(ended < 0 && errno == EINTR);
}

void ob_process_kill(pid_t process, int *status)
{
    (void)kill(process, SIGKILL);
    (void)ob_process_wait(process, status);
}

static int redirect(int from, int to)
{
    if (to == -1)
        return 0;
    int source = to == OB_DEV_NULL ? open("/dev/null", O_RDWR | O_CLOEXEC) : to;
    int result = source < 0 || dup2(source, from) < 0 ? -1 : 0;
    if (to == OB_DEV_NULL && source >= 0 && source != from)
        (void)close(source);
    return result;
}

int ob_process_redirect(int input, int output, int error)
{
    if (redirect(STDIN_FILENO, input) || redirect(STDOUT_FILENO, output))
        return -1;
    return redirect(STDERR_FILENO, error);
}

void ob_process_leave_no_core(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
}

uint64_t ob_process_cpu_ms(pid_t process)
{
    clockid_t clock;
    struct timespec used;

    if (clock_getcpuclockid(process, &clock) || clock_gettime(clock, &used))
        return 0;
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

uint32_t ob_process_memory_mb(pid_t process)
{
    char path[64];
    char line[128] = "";
    char *resident = line;

    (void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)process);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fgets(line, sizeof line, file))
        (void)strtoul(line, &resident, 10); /* the size of all that is mapped comes first */
    (void)fclose(file);
    return (uint32_t)(strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) >> 20);
}

void *ob_shared_create(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void ob_shared_destroy(void *memory, size_t size)
{
    if (memory)
        (void)munmap(memory, size);
}
