#include "cli/watched_internal.h"

#include <linux/futex.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "search/forked_child.h"
#include "world/known_outcome.h"

#define ASLEEP_MS 200 /* how often a copy looks whether it is still wanted */
#define LEAKS_EVERY_MS 2000u
#define FAULT_COST_NS 4000 /* of a page that is written for the first time after a fork */
#define WARY_ACTS 4u       /* that are made apart after one that ended the process */
#define LEAK_ACTS 16u      /* so few are made apart, each, to see which of them loses memory */

/* -- sleeping and waking -- */

static void wait_for_change(_Atomic uint32_t *word, uint32_t value)
{
    const struct timespec most = {.tv_nsec = ASLEEP_MS * 1000000L};
    (void)syscall(SYS_futex, word, FUTEX_WAIT, value, &most, NULL, 0);
}

void cli_watch_begin_again(struct cli_watched *watched)
{
    const struct cli_watched_page *page = watched->page;
    if (page->lost_before == 0 || watched->is_leak_known)
        return;
    watched->lost_before = page->lost_before;
    watched->leak_probe = watched->acts + (watched->lost_before - watched->acts) / 2;
}

/* In the copy: returns when it is to go on, a child of the watcher. */
static void sleep_until_woken(struct cli_watched *watched, pid_t original)
{
    struct cli_watched_page *page = watched->page;
    uint32_t self = (uint32_t)getpid();
    watched->copy = 0;
    for (;;) {
        uint32_t awake = atomic_load(&page->awake);
        if (awake == self)
            break;
        pid_t parent = getppid();
        if (parent != original && parent != watched->watcher)
            _exit(0);
        wait_for_change(&page->awake, awake);
    }
    ob_process_bind(watched->watcher);
    cli_watch_begin_again(watched);
}

static void end_copy(struct cli_watched *watched)
{
    if (watched->copy == 0)
        return;
    ob_process_kill(watched->copy, NULL);
    watched->copy = 0;
}

/* Pages that were written for the first time since the last copy: most of what that one costs. */
static uint64_t cost_of_faults_us(struct cli_watched *watched)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    uint64_t faults = (uint64_t)usage.ru_minflt;
    uint64_t since = faults - watched->faults;
    watched->faults = faults;
    return since * FAULT_COST_NS / 1000;
}

/* Leaves a copy of this process behind, and ends the one before it. Returns in a copy when that is
 * to go on, which then has a copy, too. */
static void leave_copy(struct cli_watched *watched)
{
    struct cli_watched_page *page = watched->page;
    for (;;) {
        pid_t original = getpid();
        uint64_t begun_us = ob_monotonic_us();
        uint64_t faults_us = cost_of_faults_us(watched);
        watched->wants_copy = page->wants_copy = false;
        pid_t copy = ob_process_copy();
        if (copy == 0) {
            sleep_until_woken(watched, original);
            continue;
        }
        page->copy_cost_us = ob_monotonic_us() - begun_us + faults_us;
        if (copy > 0) {
            page->copy = copy;
            end_copy(watched);
            watched->copy = copy;
        }
        return;
    }
}

/* -- leaks -- */

static bool has_lost(struct cli_watched *watched)
{
    volatile struct ob_worker_page *page = watched->worker.page;
    page->rests = true;
    bool lost = ob_forked_has_leaked();
    page->rests = false;
    return lost;
}

/* The process ends, as it has lost memory in an act before this one, and a copy seeks which. */
static void OB_NORETURN end_lost(struct cli_watched *watched)
{
    watched->page->lost_before = watched->acts;
    watched->page->has_lost = true;
    _exit(1);
}

/* Now and then. */
static void look_for_leaks(struct cli_watched *watched)
{
    uint64_t begun_ms = ob_monotonic_ms();
    if (!ob_forked_can_find_leaks() || watched->is_leak_known || watched->lost_before ||
        begun_ms < watched->leaks_at_ms)
        return;
    if (has_lost(watched))
        end_lost(watched);
    uint64_t took_ms = ob_monotonic_ms() - begun_ms;
    watched->leaks_at_ms =
        begun_ms +
        (took_ms * CLI_WATCH_SHARE > LEAKS_EVERY_MS ? took_ms * CLI_WATCH_SHARE : LEAKS_EVERY_MS);
}

static void end_leak_search(struct cli_watched *watched)
{
    watched->page->lost_before = 0;
    watched->lost_before = 0;
    watched->is_leak_known = true;
    ob_forked_find_leaks(watched->forked, false);
    ob_forked_forget(watched->forked);
    ob_forked_ignore_own_leaks(watched->forked);
}

/* Halves what comes in question; of the last acts each is made apart, with a look for leaks.
 * Returns whether this one is. */
static bool seek_leak(struct cli_watched *watched)
{
    if (watched->acts >= watched->lost_before) {
        end_leak_search(watched);
        return false;
    }
    if (watched->lost_before - watched->acts > LEAK_ACTS && watched->acts == watched->leak_probe) {
        if (has_lost(watched))
            end_lost(watched);
        watched->leak_probe += (watched->lost_before - watched->acts) / 2;
        leave_copy(watched);
    }
    if (watched->lost_before - watched->acts > LEAK_ACTS)
        return false;
    ob_forked_find_leaks(watched->forked, true);
    ob_forked_forget(watched->forked); /* what was run without */
    return true;
}

/* -- acts -- */

enum how { PLAINLY, APART, NOT_AT_ALL };

static bool is_fatal(const struct cli_watched *watched)
{
    const struct cli_watched_page *page = watched->page;
    for (uint32_t index = 0; index < page->fatal_count; index++)
        if (page->fatal[index] == watched->acts)
            return true;
    return false;
}

/* How the next act is made. */
static enum how begin_act(struct cli_watched *watched)
{
    struct cli_watched_page *page = watched->page;
    page->reached = ++watched->acts;
    watched->worker.page->runs++;
    if (page->wants_copy || watched->wants_copy) {
        look_for_leaks(watched);
        leave_copy(watched);
    }
    watched->has_skipped = page->skips;
    page->skips = false;
    if (watched->has_skipped)
        return NOT_AT_ALL;
    bool is_sought = watched->lost_before && seek_leak(watched);
    return is_sought || watched->is_apart || watched->acts < watched->apart_until ||
                   is_fatal(watched)
               ? APART
               : PLAINLY;
}

/* What came of an act that was made apart: how it ends the process, or NULL. */
static void end_act(struct cli_watched *watched, const struct ob_known_outcome *known_outcome)
{
    bool was_fatal = is_fatal(watched);
    watched->worker.page->rests = false;
    if (was_fatal && !known_outcome)
        watched->page->strays++;
    if (was_fatal)
        watched->wants_copy = true;
    if (!known_outcome)
        return;
    watched->apart_until = watched->acts + 1 + WARY_ACTS;
    watched->hangs += known_outcome->failure == OB_HANG && !watched->is_apart;
    if (known_outcome->failure == OB_LEAK && watched->lost_before)
        end_leak_search(watched);
}

static bool make_run(struct ob_world *world, const struct ob_scenario *scenario,
                     struct ob_known_outcome *known_outcome, void *context)
{
    struct cli_watched *watched = context;
    enum how how = begin_act(watched);
    if (how == NOT_AT_ALL)
        *known_outcome = (struct ob_known_outcome){.failure = OB_NO_FAILURE};
    if (how != APART)
        return how == NOT_AT_ALL;
    watched->worker.page->rests = true;
    bool ends = ob_forked_run(world, scenario, known_outcome, watched->forked);
    end_act(watched, ends ? known_outcome : NULL);
    /* Where events are chosen one by one, the plain run says only how the run begins. */
    return ends && (world != watched->by_events || known_outcome->deliveries == 0);
}

struct event {
    struct ob_world *world;
    const struct ob_choice *choice;
    uint64_t time_us;
    struct ob_known_outcome *known_outcome;
    bool ends;
};

static void make_event(unsigned index, void *context)
{
    const struct event *event = context;
    (void)index;
    if (event->choice)
        (void)ob_world_choose(event->world, event->choice, event->time_us);
    else
        (void)ob_world_close(event->world);
}

static void note_end(unsigned index, const struct ob_known_outcome *known_outcome, void *context)
{
    struct event *event = context;
    (void)index;
    *event->known_outcome = *known_outcome;
    event->ends = true;
}

bool cli_watch_event(struct cli_watched *watched, struct ob_world *world,
                     const struct ob_choice *choice, uint64_t time_us,
                     struct ob_known_outcome *known_outcome)
{
    if (!watched)
        return false;
    watched->by_events = world;
    enum how how = begin_act(watched);
    if (how == NOT_AT_ALL)
        *known_outcome = (struct ob_known_outcome){.failure = OB_NO_FAILURE};
    if (how != APART)
        return how == NOT_AT_ALL;
    struct event event = {world, choice, time_us, known_outcome, false};
    watched->worker.page->rests = true;
    (void)ob_forked_each(watched->forked, world, 1, make_event, note_end, &event);
    ob_world_set_runner(world, make_run, watched);
    end_act(watched, event.ends ? known_outcome : NULL);
    return event.ends;
}

void cli_watch_world(struct cli_watched *watched, struct ob_world *world)
{
    if (watched)
        ob_world_set_runner(world, make_run, watched);
}

void cli_watch_apart(struct cli_watched *watched, enum ob_failure failure)
{
    if (!watched)
        return;
    bool is_leak = failure == OB_LEAK;
    watched->is_apart = failure != OB_NO_FAILURE && failure != OB_INVARIANT_VIOLATED;
    if (is_leak)
        ob_forked_forget(watched->forked);
    ob_forked_find_leaks(watched->forked, is_leak);
}

bool cli_watch_skipped(const struct cli_watched *watched)
{
    return watched && watched->has_skipped;
}

void cli_watch_leaks(struct cli_watched *watched)
{
    if (!watched)
        return;
    watched->leaks_at_ms = 0;
    watched->page->reached = ++watched->acts;
    look_for_leaks(watched);
    if (watched->lost_before)
        end_leak_search(watched);
}

const char *cli_watch_gives_up(const struct cli_watched *watched)
{
    if (watched && watched->hangs >= CLI_WATCH_HANGS_MAX)
        return "too many executions did not end in their time";
    if (watched && watched->page->strays >= CLI_WATCH_STRAYS_MAX)
        return "the process ended too often in a way that no execution by itself shows";
    return NULL;
}

void cli_watch_end(struct cli_watched *watched)
{
    if (!watched || watched->page->is_done)
        return;
    watched->page->is_done = true;
    end_copy(watched);
}
