#include "cli/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "search/forked_child.h"

#define LOOK_MS 20
#define ASLEEP_MS 1000 /* who was not looking for so long was stopped, and the worker as well */

/* Of the sanitizers, where there are any. */
extern void __sanitizer_set_report_fd(void *fd) __attribute__((weak));
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* A sanitizer ends a process with an exit code; a signal cannot be taken for one of ours. */
static void die(void)
{
    (void)signal(SIGKILL, SIG_DFL);
    (void)kill(getpid(), SIGKILL);
}

static void settle_in(pid_t parent)
{
    const struct rlimit none = {0, 0};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(2);
    (void)setrlimit(RLIMIT_CORE, &none);
    if (__sanitizer_set_report_fd) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0) /* NOLINTNEXTLINE(performance-no-int-to-ptr): it takes the number so */
            __sanitizer_set_report_fd((void *)(intptr_t)null);
    }
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(die);
}

static int map_page(struct cli_worker *worker)
{
    if (worker->page)
        return 0;
    void *page =
        mmap(NULL, sizeof *worker->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    worker->page = page == MAP_FAILED ? NULL : page;
    return worker->page ? 0 : -1;
}

static void see(struct cli_worker *worker, uint64_t now_ms)
{
    worker->seen_runs = worker->page->runs;
    worker->seen_ms = now_ms;
    worker->begun_mb = ob_process_memory_mb(worker->process);
}

void cli_worker_adopt(struct cli_worker *worker, pid_t process)
{
    worker->process = process;
    worker->fd = -1;
#ifdef SYS_pidfd_open /* from Linux 5.3 on */
    worker->fd = (int)syscall(SYS_pidfd_open, process, 0);
#endif
    worker->looked_ms = ob_monotonic_ms();
    see(worker, worker->looked_ms);
}

pid_t cli_worker_start(struct cli_worker *worker, struct ob_error *error)
{
    pid_t parent = getpid();

    if (map_page(worker))
        return ob_error_set(error, "cannot start a process: %s", strerror(errno));
    *worker->page = (struct cli_worker_page){0};
    pid_t process = fork();
    if (process < 0)
        return ob_error_set(error, "cannot start a process: %s", strerror(errno));
    if (process == 0)
        settle_in(parent);
    else
        cli_worker_adopt(worker, process);
    return process;
}

/* Whether it goes on: it has begun another run lately, and is not too large. */
static bool is_well(struct cli_worker *worker, const struct cli_worker_limits *limits)
{
    uint64_t now = ob_monotonic_ms();
    uint64_t since = now - worker->looked_ms;

    if (since < LOOK_MS)
        return true;
    worker->looked_ms = now;
    if (since > ASLEEP_MS)
        worker->seen_ms += since;
    if (worker->page->runs != worker->seen_runs || (worker->page->rests && !limits->without_rests))
        see(worker, now);
    if (limits->timeout_ms && now > worker->seen_ms && now - worker->seen_ms > limits->timeout_ms)
        return false;
    uint32_t before_mb = limits->of_one_run ? worker->begun_mb : 0;
    return ob_process_memory_mb(worker->process) <= before_mb + limits->memory_mb;
}

static void forget(struct cli_worker *worker)
{
    if (worker->fd >= 0)
        (void)close(worker->fd);
    worker->fd = -1;
    worker->process = 0;
}

void cli_worker_stop(struct cli_worker *worker)
{
    if (worker->process <= 0)
        return;
    (void)kill(worker->process, SIGKILL);
    while (waitpid(worker->process, &worker->status, 0) < 0 && errno == EINTR)
        continue;
    forget(worker);
}

enum cli_worker_state cli_worker_look(struct cli_worker *worker,
                                      const struct cli_worker_limits *limits, int *code)
{
    pid_t ended = waitpid(worker->process, &worker->status, WNOHANG);

    if (ended == worker->process) {
        forget(worker);
        if (!WIFEXITED(worker->status))
            return CLI_WORKER_DIED;
        *code = WEXITSTATUS(worker->status);
        return CLI_WORKER_ENDED;
    }
    if (is_well(worker, limits))
        return CLI_WORKER_RUNS;
    cli_worker_stop(worker);
    return CLI_WORKER_DIED;
}

void cli_worker_release(struct cli_worker *worker)
{
    cli_worker_stop(worker);
    if (worker->page)
        (void)munmap(worker->page, sizeof *worker->page);
    worker->page = NULL;
}

bool cli_worker_run(struct ob_world *world, const struct ob_scenario *scenario,
                    struct ob_foreseen *foreseen, void *context)
{
    struct cli_worker_page *page = context;

    (void)world;
    (void)scenario;
    (void)foreseen;
    page->runs++;
    return false;
}
