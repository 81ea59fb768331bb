/* The process that watches: see watched.h. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "cli/cli.h"
#include "cli/watched_internal.h"

#define LOOK_MS 100 /* deaths and signals are noticed at once */
#define COPY_EVERY_MS 250u
#define FIRST_LEAKS_MS 2000u
#define INTERRUPTED_MS 1000u

struct watcher {
    struct cli_watched *watched;
    bool (*interrupted)(void);
    bool is_interrupted; /* the process at work was told */
    uint64_t copied_ms;
};

static void pass_interruption_on(struct watcher *watcher)
{
    if (watcher->is_interrupted || !watcher->interrupted())
        return;
    watcher->is_interrupted = true;
    (void)kill(watcher->watched->worker.process, SIGTERM);
}

static void ask_for_copies(struct watcher *watcher)
{
    struct cli_watched_page *page = watcher->watched->page;
    uint64_t cost_ms = page->copy_cost_us * CLI_WATCH_SHARE / 1000;
    uint64_t now = ob_monotonic_ms();
    if (page->wants_copy ||
        now - watcher->copied_ms < (cost_ms > COPY_EVERY_MS ? cost_ms : COPY_EVERY_MS))
        return;
    watcher->copied_ms = now;
    page->wants_copy = true;
}

/* Notes the act that has ended the process. Those come one after the other; what does not is no
 * act's fault. */
static void note_death(struct watcher *watcher)
{
    struct cli_watched_page *page = watcher->watched->page;
    uint32_t count = page->fatal_count;
    if (page->has_lost) {
        page->has_lost = false;
        return;
    }
    if (watcher->is_interrupted) {
        page->skips = true;
        return;
    }
    if (count > 0 && page->reached <= page->fatal[count - 1]) {
        page->strays++;
        return;
    }
    for (uint32_t index = 0; count == CLI_WATCH_FATAL_MAX && index + 1 < CLI_WATCH_FATAL_MAX;
         index++)
        page->fatal[index] = page->fatal[index + 1];
    page->fatal[count < CLI_WATCH_FATAL_MAX ? count : CLI_WATCH_FATAL_MAX - 1] = page->reached;
    page->fatal_count = count < CLI_WATCH_FATAL_MAX ? count + 1 : CLI_WATCH_FATAL_MAX;
}

/* Has the copy go on. Returns false when there is none. */
static bool wake_copy(struct watcher *watcher)
{
    struct cli_watched *watched = watcher->watched;
    struct cli_watched_page *page = watched->page;
    pid_t copy = page->copy;
    page->copy = 0;
    if (copy == 0 || ob_process_has_ended(copy, NULL))
        return false;
    watched->worker.page->rests = false;
    ob_worker_adopt(&watched->worker, copy);
    if (watcher->is_interrupted)
        (void)kill(copy, SIGTERM);
    atomic_store(&page->awake, (uint32_t)copy);
    (void)syscall(SYS_futex, &page->awake, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    return true;
}

/* As it was done: with its exit code, or by its signal. */
static int leave_as(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    (void)signal(WTERMSIG(status), SIG_DFL);
    (void)raise(WTERMSIG(status));
    return CLI_TROUBLE;
}

static enum ob_worker_state look(struct watcher *watcher)
{
    struct cli_watched *watched = watcher->watched;
    uint32_t timeout_ms = watched->limits->timeout_ms;
    bool hurries = watcher->is_interrupted && timeout_ms > INTERRUPTED_MS;
    const struct ob_worker_limits limits = {.timeout_ms = watched->page->is_done ? 0
                                                          : hurries              ? INTERRUPTED_MS
                                                                                 : timeout_ms,
                                            .memory_mb = watched->limits->memory_mb,
                                            .of_one_run = true,
                                            .without_rests = watcher->is_interrupted};
    int code = 0;
    return ob_worker_look(&watched->worker, &limits, &code);
}

/* Returns the exit code, or -1 when the work has to begin anew. */
static int watch(struct watcher *watcher)
{
    struct cli_watched *watched = watcher->watched;
    for (;;) {
        struct pollfd end = {.fd = watched->worker.fd, .events = POLLIN};
        (void)poll(&end, 1, LOOK_MS);
        pass_interruption_on(watcher);
        ask_for_copies(watcher);
        if (look(watcher) == OB_WORKER_RUNS)
            continue;
        if (watched->page->is_done)
            return leave_as(watched->worker.status);
        note_death(watcher);
        if (watched->page->strays >= 2 * CLI_WATCH_STRAYS_MAX)
            return cli_trouble("%s", "the process of the search ended again and again, and no "
                                     "execution by itself does that");
        if (watched->page->strays == CLI_WATCH_STRAYS_MAX)
            watched->page->skips = true;
        if (!wake_copy(watcher))
            return -1;
    }
}

static void release(struct cli_watched *watched)
{
    ob_forked_destroy(watched->forked);
    ob_worker_release(&watched->worker);
    ob_shared_destroy(watched->page, sizeof *watched->page);
}

static int do_work(struct cli_watched *watched,
                   int (*work)(struct cli_watched *watched, void *context), void *context)
{
    cli_watch_begin_again(watched);
    int code = work(watched, context);
    cli_watch_end(watched);
    if (watched->is_leak_known) {
        (void)fflush(NULL);
        _exit(code);
    }
    release(watched);
    return code;
}

static int begin(struct cli_watched *watched, const struct ob_forked_options *limits,
                 struct ob_error *error)
{
    struct ob_forked_options options = *limits;
    options.jobs = 1;
    options.find_leaks = false;
    watched->page = ob_shared_create(sizeof *watched->page);
    if (!watched->page || prctl(PR_SET_CHILD_SUBREAPER, 1))
        return ob_error_set(error, "processes cannot be watched here: %s", strerror(errno));
    watched->limits = limits;
    watched->watcher = getpid();
    watched->leaks_at_ms = ob_monotonic_ms() + FIRST_LEAKS_MS;
    watched->forked = ob_forked_create(&options, error);
    return watched->forked ? 0 : -1;
}

int cli_watch(const struct ob_forked_options *limits, bool (*interrupted)(void),
              int (*work)(struct cli_watched *watched, void *context), void *context)
{
    struct cli_watched watched = {.page = NULL};
    struct ob_error error = {{0}};
    int code = begin(&watched, limits, &error) ? CLI_TROUBLE : -1;
    struct watcher watcher = {&watched, interrupted, false, ob_monotonic_ms()};
    (void)fflush(NULL);
    while (code < 0) {
        pid_t process = ob_worker_start(&watched.worker, &error);
        if (process == 0)
            return do_work(&watched, work, context);
        code = process > 0 ? watch(&watcher) : CLI_TROUBLE;
        if (process > 0 && code >= 0)
            _exit(code);
    }
    return cli_trouble("%s", error.text);
}
