#include "cli/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "search/forked_child.h"

#define LOOK_MS 20

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

pid_t cli_worker_start(struct cli_worker *worker, struct ob_error *error)
{
    pid_t parent = getpid();
    int files[2];

    if (map_page(worker) || pipe(files))
        return ob_error_set(error, "cannot start a process: %s", strerror(errno));
    worker->page->runs = 0;
    worker->process = fork();
    if (worker->process == 0) {
        (void)close(files[0]);
        (void)fcntl(files[1], F_SETFD, FD_CLOEXEC);
        settle_in(parent);
        return 0;
    }
    (void)close(files[1]);
    worker->fd = files[0];
    (void)fcntl(worker->fd, F_SETFD, FD_CLOEXEC);
    worker->seen_runs = 0;
    worker->seen_ms = worker->looked_ms = ob_monotonic_ms();
    if (worker->process > 0)
        return worker->process;
    (void)close(worker->fd);
    worker->process = 0;
    return ob_error_set(error, "cannot start a process: %s", strerror(errno));
}

/* Whether it goes on: it has begun another run lately, and is not too large. */
static bool is_well(struct cli_worker *worker, const struct cli_worker_limits *limits)
{
    uint64_t now = ob_monotonic_ms();

    if (worker->page->runs != worker->seen_runs) {
        worker->seen_runs = worker->page->runs;
        worker->seen_ms = now;
    }
    if (limits->timeout_ms && now - worker->seen_ms > limits->timeout_ms)
        return false;
    if (now - worker->looked_ms < LOOK_MS)
        return true;
    worker->looked_ms = now;
    return ob_process_memory_mb(worker->process) <= limits->memory_mb;
}

static void forget(struct cli_worker *worker)
{
    (void)close(worker->fd);
    worker->process = 0;
}

void cli_worker_stop(struct cli_worker *worker)
{
    if (worker->process <= 0)
        return;
    (void)kill(worker->process, SIGKILL);
    while (waitpid(worker->process, NULL, 0) < 0 && errno == EINTR)
        continue;
    forget(worker);
}

enum cli_worker_state cli_worker_look(struct cli_worker *worker,
                                      const struct cli_worker_limits *limits, int *code)
{
    int status = 0;
    pid_t ended = waitpid(worker->process, &status, WNOHANG);

    if (ended == worker->process) {
        forget(worker);
        if (!WIFEXITED(status))
            return CLI_WORKER_DIED;
        *code = WEXITSTATUS(status);
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
