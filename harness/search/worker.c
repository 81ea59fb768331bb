#include "search/worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "search/time_limit.h"

#define LOOK_MS 20
#define ASLEEP_MS 1000 /* who was not looking for so long was stopped, and the worker as well */

/* A sanitizer ends a process with an exit code; a signal cannot be taken for one of ours. */
static void die(void)
{
    (void)signal(SIGKILL, SIG_DFL);
    (void)kill(getpid(), SIGKILL);
}

static void die_silently(void *context)
{
    (void)context;
    die();
}

static void settle_in(void)
{
    ob_process_leave_no_core();
    ob_process_report_to(OB_DEV_NULL, die);
    ob_process_on_report(die_silently, NULL); /* nobody would read it */
}

static void see(struct ob_worker *worker, uint64_t now_ms)
{
    worker->seen_runs = worker->page->runs;
    worker->seen_ms = now_ms;
    worker->seen_cpu_ms = ob_process_cpu_ms(worker->process);
    worker->begun_mb = ob_process_memory_mb(worker->process);
}

void ob_worker_adopt(struct ob_worker *worker, pid_t process)
{
    worker->process = process;
    worker->fd = -1;
#ifdef SYS_pidfd_open /* from Linux 5.3 on */
    worker->fd = (int)syscall(SYS_pidfd_open, process, 0);
#endif
    worker->looked_ms = ob_monotonic_ms();
    see(worker, worker->looked_ms);
}

pid_t ob_worker_start(struct ob_worker *worker, struct ob_error *error)
{
    if (!worker->page)
        worker->page = ob_shared_create(sizeof *worker->page);
    if (!worker->page)
        return ob_error_set(error, "cannot start a process: %s", strerror(errno));
    *worker->page = (struct ob_worker_page){0};
    pid_t process = ob_process_fork();
    if (process < 0)
        return ob_error_set(error, "cannot start a process: %s", strerror(errno));
    if (process == 0)
        settle_in();
    else
        ob_worker_adopt(worker, process);
    return process;
}

/* Whether it goes on: it has begun another run lately, and is not too large. */
static bool is_well(struct ob_worker *worker, const struct ob_worker_limits *limits)
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
    if (limits->timeout_ms && now > worker->seen_ms &&
        ob_is_late(now - worker->seen_ms, limits->timeout_ms, worker->process, worker->seen_cpu_ms))
        return false;
    uint32_t before_mb = limits->of_one_run ? worker->begun_mb : 0;
    return ob_process_memory_mb(worker->process) <= before_mb + limits->memory_mb;
}

static void forget(struct ob_worker *worker)
{
    if (worker->fd >= 0)
        (void)close(worker->fd);
    worker->fd = -1;
    worker->process = 0;
}

void ob_worker_leave(struct ob_worker_page *page, int code)
{
    page->is_done = true;
    _exit(code);
}

void ob_worker_stop(struct ob_worker *worker)
{
    if (worker->process <= 0)
        return;
    ob_process_kill(worker->process, &worker->status);
    forget(worker);
}

enum ob_worker_state ob_worker_look(struct ob_worker *worker, const struct ob_worker_limits *limits,
                                    int *code)
{
    if (ob_process_has_ended(worker->process, &worker->status)) {
        forget(worker);
        if (!WIFEXITED(worker->status) || !worker->page->is_done)
            return OB_WORKER_DIED;
        *code = WEXITSTATUS(worker->status);
        return OB_WORKER_ENDED;
    }
    if (is_well(worker, limits))
        return OB_WORKER_RUNS;
    ob_worker_stop(worker);
    return OB_WORKER_DIED;
}

void ob_worker_release(struct ob_worker *worker)
{
    ob_worker_stop(worker);
    ob_shared_destroy(worker->page, sizeof *worker->page);
    worker->page = NULL;
}

bool ob_worker_run(struct ob_world *world, const struct ob_scenario *scenario,
                   struct ob_known_outcome *known_outcome, void *context)
{
    struct ob_worker_page *page = context;

    (void)world;
    (void)scenario;
    (void)known_outcome;
    page->runs++;
    return false;
}
