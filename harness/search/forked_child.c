#include "search/forked_child.h"
#include "world/known_outcome.h"
#include "world/run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "search/time_limit.h"

#define SAID_MAX ((size_t)64 << 10) /* bytes kept; the rest is read and dropped */
#define MEMORY_LOOK_MS 20

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECK 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_LEAK_CHECK 1
#endif
#if defined(OB_ASAN) && !defined(HAS_LEAK_CHECK)
#define HAS_LEAK_CHECK 1
#endif
#ifdef HAS_LEAK_CHECK
#include <sanitizer/lsan_interface.h>
#endif

/* Whether the run has left memory that nobody can reach any more. It says so on standard error. */
bool ob_forked_has_leaked(void)
{
#ifdef HAS_LEAK_CHECK
    return __lsan_do_recoverable_leak_check() != 0;
#else
    return false;
#endif
}

/* A run of a scenario, as the work of a child. */
struct scenario_run {
    struct ob_forked_page *page;
    struct ob_world *world;
    const struct ob_scenario *scenario;
    bool find_leaks;
};

static void run(void *context)
{
    const struct scenario_run *run = context;
    ob_world_set_runner(run->world, NULL, NULL);
    ob_world_publish(run->world, &run->page->deliveries);
    const struct ob_verdict *verdict = ob_world_run(run->world, run->scenario);
    if (run->find_leaks && verdict->outcome == OB_PASSED)
        run->page->has_leaked = ob_forked_has_leaked();
}

/* A sanitizer has found something. */
static void begin_report(void *context)
{
    const struct ob_forked_child *child = context;
    uint64_t key = ob_report_key();
    child->page->report_key = key;
    child->page->is_known = ob_known_report(child->known, key);
    if (child->page->is_known)
        _exit(1);
}

/* A child of its own, whose end nobody else hears of: no core, nothing on standard output. */
static void settle_in(struct ob_forked_child *child, int error_fd)
{
    ob_process_leave_no_core();
    (void)ob_process_redirect(OB_DEV_NULL, OB_DEV_NULL, error_fd);
    /* Whatever this process does with a sanitizer's words: those of the child are wanted. */
    ob_process_report_to(STDERR_FILENO, NULL);
    ob_process_on_report(begin_report, child);
}

int ob_forked_child_work(struct ob_forked_child *child, void (*work)(void *context), void *context)
{
    struct ob_forked_page *page = child->page;
    int files[2];

    *page = (struct ob_forked_page){0};
    *child = (struct ob_forked_child){.page = page, .known = child->known, .fd = -1};
    if (pipe(files))
        return -1;
    child->process = ob_process_fork();
    if (child->process == 0) {
        (void)close(files[0]);
        settle_in(child, files[1]);
        work(context);
        page->is_done = true;
        _exit(0);
    }
    (void)close(files[1]);
    if (child->process < 0) {
        (void)close(files[0]);
        return -1;
    }
    child->fd = files[0];
    (void)fcntl(child->fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(child->fd, F_SETFL, O_NONBLOCK);
    child->started_ms = child->looked_ms = ob_monotonic_ms();
    return 0;
}

int ob_forked_child_start(struct ob_forked_child *child, struct ob_world *world,
                          const struct ob_scenario *scenario, bool find_leaks)
{
    struct scenario_run context = {child->page, world, scenario, find_leaks};
    return ob_forked_child_work(child, run, &context);
}

/* Reads what is there. The pipe's end is mostly that of the child. */
static void listen_to(struct ob_forked_child *child)
{
    char buffer[4096];
    ssize_t got = 1;

    while (child->fd >= 0 && got > 0) {
        got = read(child->fd, buffer, sizeof buffer);
        size_t room = SAID_MAX - child->said.length;
        if (got > 0)
            ob_text_append(&child->said, buffer, (size_t)got < room ? (size_t)got : room);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            (void)close(child->fd);
            child->fd = -1;
        }
    }
}

static void stop(struct ob_forked_child *child, enum ob_child_end why)
{
    ob_process_kill(child->process, &child->status);
    child->end = why;
}

/* Whether it has ended. After the end of its pipe that is a matter of moments. */
static bool has_ended(struct ob_forked_child *child)
{
    if (!ob_process_has_ended(child->process, &child->status))
        return false;
    listen_to(child);
    child->end = OB_CHILD_ENDED;
    return true;
}

bool ob_forked_child_look(struct ob_forked_child *child, uint32_t timeout_ms, uint32_t memory_mb)
{
    if (child->end != OB_CHILD_RUNNING)
        return false;
    listen_to(child);
    if (!has_ended(child)) {
        uint64_t now = ob_monotonic_ms();
        if (ob_is_late(now - child->started_ms, timeout_ms, child->process, 0)) {
            stop(child, OB_CHILD_LATE);
        } else if (now - child->looked_ms >= MEMORY_LOOK_MS) {
            child->looked_ms = now;
            if (ob_process_memory_mb(child->process) > memory_mb)
                stop(child, OB_CHILD_LARGE);
        }
    }
    if (child->end == OB_CHILD_RUNNING)
        return true;
    if (child->fd >= 0)
        (void)close(child->fd);
    child->fd = -1;
    return false;
}
