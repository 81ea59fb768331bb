#include "search/forked.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/rng.h"
#include "search/forked_child.h"
#include "search/forked_scout.h"
#include "search/sanitizer.h"
#include "world/known_outcome.h"
#include "world/log.h"
#include "world/run.h"
#include "world/world.h"

#define CACHE_MAX 4096u /* scenarios whose end is remembered; a power of two */
#define POLL_MS 20      /* how often a process is looked at that says nothing */

struct remembered {
    uint64_t key;
    bool is_used;
    bool fails;
    struct ob_known_outcome known_outcome;
};

struct ob_forked {
    struct ob_forked_options options;
    uint32_t timeout_ms; /* of the next runs */
    struct ob_forked_child children[OB_FORKED_JOBS_MAX];
    struct ob_forked_page *pages; /* shared with the children, one each */
    struct remembered *cache;
    struct ob_scout scout;
    struct ob_scenario *wanted; /* to be run at the same time, one for each job */
    struct ob_text report;
    struct ob_known_reports known;
    bool hides_leaks;
    bool ignores_own_leaks; /* all that are not of children */
};

struct ob_forked *ob_forked_create(const struct ob_forked_options *options, struct ob_error *error)
{
    struct ob_forked *forked = calloc(1, sizeof *forked);

    assert(options->jobs >= 1 && options->jobs <= OB_FORKED_JOBS_MAX && options->timeout_ms >= 1);
    if (forked) {
        forked->options = *options;
        forked->timeout_ms = options->timeout_ms;
        forked->scout.fd = -1;
        forked->cache = calloc(CACHE_MAX, sizeof *forked->cache);
        forked->wanted = calloc(options->jobs, sizeof *forked->wanted);
        forked->pages = ob_shared_create(options->jobs * sizeof *forked->pages);
    }
    if (!forked || !forked->cache || !forked->wanted || !forked->pages) {
        ob_forked_destroy(forked);
        (void)ob_error_set(error, "out of memory");
        return NULL;
    }
    return forked;
}

/* Of LeakSanitizer, where there is one. */
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));

/* A leak of a run in this process was reported already: the end of the process must not do so. */
static void hide_leaks(struct ob_forked *forked, bool hide)
{
    if (forked->hides_leaks == hide || !__lsan_disable || !__lsan_enable)
        return;
    forked->hides_leaks = hide;
    if (hide)
        __lsan_disable();
    else
        __lsan_enable();
}

void ob_forked_destroy(struct ob_forked *forked)
{
    if (!forked)
        return;
    hide_leaks(forked, false);
    ob_shared_destroy(forked->pages, forked->options.jobs * sizeof *forked->pages);
    ob_text_release(&forked->report);
    ob_known_reports_release(&forked->known);
    free(forked->cache);
    free(forked->wanted);
    free(forked);
}

void ob_forked_join(struct ob_forked *forked)
{
    if (forked)
        ob_scout_join(&forked->scout);
}

void ob_forked_forget(struct ob_forked *forked)
{
    memset(forked->cache, 0, CACHE_MAX * sizeof *forked->cache);
}

void ob_forked_find_leaks(struct ob_forked *forked, bool find_leaks)
{
    forked->options.find_leaks = find_leaks;
}

void ob_forked_ignore_own_leaks(struct ob_forked *forked)
{
    forked->ignores_own_leaks = true;
    hide_leaks(forked, true);
}

bool ob_forked_can_find_leaks(void)
{
    return __lsan_disable && __lsan_enable;
}

void ob_forked_shorten_limit(struct ob_forked *forked, bool hurry)
{
    uint32_t whole = forked->options.timeout_ms;
    uint32_t part = whole / 20 > OB_FORKED_SHORT_LIMIT_MS ? whole / 20 : OB_FORKED_SHORT_LIMIT_MS;
    uint32_t limit = hurry && part < whole ? part : whole;

    if (forked->timeout_ms != limit)
        ob_forked_forget(forked);
    forked->timeout_ms = limit;
}

const char *ob_forked_report(const struct ob_forked *forked)
{
    return ob_text_string(&forked->report);
}

/* -- what is remembered -- */

static uint64_t key_of(const struct ob_world *world, const struct ob_scenario *scenario)
{
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    size_t size = ob_scenario_encode(ob_world_vocabulary(world), scenario, bytes, sizeof bytes);
    uint64_t key = ob_mix64(size + 1);

    for (size_t at = 0; at + OB_RECORD_SIZE <= size; at += OB_RECORD_SIZE) {
        uint64_t record;
        memcpy(&record, bytes + at, sizeof record);
        key = ob_mix64(key ^ record) + 0x9e3779b97f4a7c15u;
    }
    return key;
}

/* The place of a key. A place has room for one: a later key takes it from an earlier one. */
static struct remembered *place_of(const struct ob_forked *forked, uint64_t key)
{
    return &forked->cache[key & (CACHE_MAX - 1)];
}

static bool is_remembered(const struct ob_forked *forked, uint64_t key)
{
    const struct remembered *place = place_of(forked, key);

    return place->is_used && place->key == key;
}

/* -- how a child ended -- */

static void say(struct ob_known_outcome *known_outcome, enum ob_failure failure, const char *what)
{
    known_outcome->failure = failure;
    (void)snprintf(known_outcome->what, sizeof known_outcome->what, "%s", what);
}

static void name_signal(int number, char *name, size_t size)
{
    static const struct {
        int number;
        const char *name;
    } known[] = {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
                 {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"},
                 {SIGKILL, "SIGKILL"}, {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}};

    (void)snprintf(name, size, "signal-%d", number);
    for (size_t index = 0; index < sizeof known / sizeof known[0]; index++)
        if (known[index].number == number)
            (void)snprintf(name, size, "signal-%s", known[index].name);
}

/* By the type and the innermost function of the target, as lines and addresses change with edits
 * that have nothing to do with it. */
static void judge_report(const struct ob_sanitizer_report *report,
                         struct ob_known_outcome *known_outcome)
{
    const struct ob_frame *frame = ob_sanitizer_frame(report);

    say(known_outcome, report->is_leak ? OB_LEAK : OB_MEMORY_ERROR, report->type);
    if (!frame)
        return;
    size_t length = strlen(known_outcome->what);
    (void)snprintf(known_outcome->what + length, sizeof known_outcome->what - length, " in %.40s",
                   frame->function);
    if (frame->file[0]) {
        const char *name = strrchr(frame->file, '/');
        (void)snprintf(known_outcome->detail, sizeof known_outcome->detail, "in %s, %.120s:%u",
                       frame->function, name ? name + 1 : frame->file, frame->line);
    }
}

static void judge_status(int status, struct ob_known_outcome *known_outcome)
{
    char name[32];

    if (WIFSIGNALED(status)) {
        name_signal(WTERMSIG(status), name, sizeof name);
        say(known_outcome, OB_KILLED, name);
        (void)snprintf(known_outcome->detail, sizeof known_outcome->detail,
                       "the process ended by %s", strchr(name, '-') + 1);
        return;
    }
    (void)snprintf(name, sizeof name, "exit-%d", WEXITSTATUS(status));
    say(known_outcome, OB_EXITED, name);
    (void)snprintf(known_outcome->detail, sizeof known_outcome->detail,
                   "the target ended the process with exit code %d", WEXITSTATUS(status));
}

/* Returns whether the run must not be made in this process. A mistake in the target's description
 * of itself is reported by its caller. */
static bool classify_child(struct ob_forked *forked, const struct ob_forked_child *child,
                           struct ob_known_outcome *known_outcome)
{
    uint64_t key = child->page->report_key;
    const struct ob_known_report *known =
        child->page->is_known ? ob_known_report(&forked->known, key) : NULL;
    const char *said = ob_text_string(&child->said);
    struct ob_sanitizer_report report;

    memset(known_outcome, 0, sizeof *known_outcome);
    if (known)
        *known_outcome = known->known_outcome;
    known_outcome->deliveries = child->page->deliveries;
    if (known)
        return true;
    if (child->end == OB_CHILD_ENDED && child->page->is_done) {
        if (!child->page->has_leaked)
            return false;
        known_outcome->deliveries = OB_NONE;
        say(known_outcome, OB_LEAK, "memory-leak");
        if (ob_sanitizer_parse(said, &report))
            judge_report(&report, known_outcome);
        return true;
    }
    if (child->end == OB_CHILD_LATE) {
        say(known_outcome, OB_HANG, "time-limit");
        (void)snprintf(known_outcome->detail, sizeof known_outcome->detail,
                       "did not end within %g s", forked->options.timeout_ms / 1000.0);
    } else if (child->end == OB_CHILD_LARGE) {
        say(known_outcome, OB_OUT_OF_MEMORY, "memory-limit");
        (void)snprintf(known_outcome->detail, sizeof known_outcome->detail, "took more than %u MB",
                       forked->options.memory_mb);
    } else if (ob_sanitizer_parse(said, &report)) {
        judge_report(&report, known_outcome);
        ob_know_report(&forked->known, key, known_outcome, &child->said);
    } else {
        judge_status(child->status, known_outcome);
        return strncmp(said, "offbeat: target ", 16) != 0;
    }
    return true;
}

static void keep(struct ob_forked *forked, uint64_t key, const struct ob_forked_child *child)
{
    struct remembered *place = place_of(forked, key);

    place->key = key;
    place->is_used = true;
    place->fails = classify_child(forked, child, &place->known_outcome);
}

/* -- runs -- */

/* Runs the first `count` of what is wanted, each in a process. Returns -1 when none could be
 * started. */
static int run_wanted(struct ob_forked *forked, struct ob_world *world, unsigned count)
{
    unsigned started = 0;

    for (; started < count; started++) {
        struct ob_forked_child *child = &forked->children[started];
        child->page = &forked->pages[started];
        child->known = &forked->known;
        if (ob_forked_child_start(child, world, &forked->wanted[started],
                                  forked->options.find_leaks))
            break;
    }
    for (bool any = started > 0; any;) {
        struct pollfd files[OB_FORKED_JOBS_MAX];
        any = false;
        for (unsigned index = 0; index < started; index++)
            files[index] = (struct pollfd){.fd = forked->children[index].fd, .events = POLLIN};
        (void)poll(files, started, POLL_MS);
        for (unsigned index = 0; index < started; index++)
            any |= ob_forked_child_look(&forked->children[index], forked->timeout_ms,
                                        forked->options.memory_mb);
    }
    for (unsigned index = 0; index < started; index++)
        keep(forked, key_of(world, &forked->wanted[index]), &forked->children[index]);
    return started > 0 ? (int)started : -1;
}

static void keep_report(struct ob_forked *forked, const struct ob_forked_child *child)
{
    const struct ob_known_report *known =
        child->page->is_known ? ob_known_report(&forked->known, child->page->report_key) : NULL;
    const struct ob_text *said = known ? &known->said : &child->said;
    ob_text_release(&forked->report);
    ob_text_append(&forked->report, ob_text_string(said), said->length);
}

/* Adds to the scenario that is asked for those that will be asked for next. */
static unsigned look_ahead(struct ob_forked *forked, struct ob_world *world)
{
    unsigned count = 1;

    while (count < forked->options.jobs && ob_scout_next(&forked->scout, &forked->wanted[count])) {
        uint64_t key = key_of(world, &forked->wanted[count]);
        bool is_new = !is_remembered(forked, key);
        for (unsigned index = 0; index < count; index++)
            is_new = is_new && key_of(world, &forked->wanted[index]) != key;
        count += is_new;
    }
    ob_scout_stop(&forked->scout);
    return count;
}

bool ob_forked_run(struct ob_world *world, const struct ob_scenario *scenario,
                   struct ob_known_outcome *known_outcome, void *context)
{
    struct ob_forked *forked = context;
    uint64_t key = key_of(world, scenario);
    const struct remembered *place = place_of(forked, key);

    hide_leaks(forked, false);
    if (!is_remembered(forked, key)) {
        if (ob_scout_says(&forked->scout, scenario)) {
            *known_outcome = (struct ob_known_outcome){.failure = OB_NO_FAILURE};
            return true;
        }
        unsigned count = 1;
        forked->wanted[0] = *scenario;
        if (forked->options.jobs > 1) {
            if (ob_scout_start(&forked->scout)) {
                *known_outcome = (struct ob_known_outcome){.failure = OB_NO_FAILURE};
                return true;
            }
            count = look_ahead(forked, world);
        }
        if (run_wanted(forked, world, count) < 0) {
            *known_outcome = (struct ob_known_outcome){.failure = OB_NO_FAILURE};
            return false;
        }
        /* Of several at once, the one that was asked for; if the others have taken its place in
         * what is remembered, it is judged again. */
        keep(forked, key, &forked->children[0]);
        if (place->fails)
            keep_report(forked, &forked->children[0]);
        for (unsigned index = 0; index < count; index++)
            ob_text_release(&forked->children[index].said);
    }
    *known_outcome = place->known_outcome;
    hide_leaks(forked,
               forked->ignores_own_leaks || (place->fails && known_outcome->failure == OB_LEAK));
    return place->fails;
}

/* -- other work -- */

struct each {
    struct ob_forked *forked;
    struct ob_forked_page *page;
    struct ob_world *world;
    unsigned first;
    unsigned count;
    void (*work)(unsigned index, void *context);
    void *context;
    bool find_leaks_once; /* after the last piece, not after each */
};

/* What page->deliveries counts is the work that has begun. */
static void do_each(void *context)
{
    const struct each *each = context;
    ob_world_set_runner(each->world, NULL, NULL);
    for (unsigned index = each->first; index < each->count && !each->page->has_leaked; index++) {
        each->page->deliveries = index - each->first + 1;
        each->work(index, each->context);
        if (each->forked->options.find_leaks && !each->find_leaks_once)
            each->page->has_leaked = ob_forked_has_leaked();
    }
    if (each->forked->options.find_leaks && each->find_leaks_once)
        each->page->has_leaked = ob_forked_has_leaked();
}

/* In the first child, once no copy of this process goes ahead any more: what comes of it decides
 * what is asked for next. Each piece of work has the time of a run. Returns NULL when no process
 * can be started; otherwise what the child said is the caller's to release. */
static struct ob_forked_child *run_each(struct each *each)
{
    struct ob_forked *forked = each->forked;
    struct ob_forked_child *child = &forked->children[0];
    uint32_t begun = 0;

    ob_scout_join(&forked->scout);
    hide_leaks(forked, false);
    each->page = child->page = &forked->pages[0];
    child->known = &forked->known;
    if (ob_forked_child_work(child, do_each, each))
        return NULL;
    do {
        struct pollfd file = {.fd = child->fd, .events = POLLIN};
        (void)poll(&file, 1, POLL_MS);
        if (child->page->deliveries != begun)
            child->started_ms = ob_monotonic_ms();
        begun = child->page->deliveries;
    } while (ob_forked_child_look(child, forked->timeout_ms, forked->options.memory_mb));
    return child;
}

unsigned ob_forked_each(struct ob_forked *forked, struct ob_world *world, unsigned count,
                        void (*work)(unsigned index, void *context),
                        void (*ended)(unsigned index, const struct ob_known_outcome *known_outcome,
                                      void *context),
                        void *context)
{
    struct each each = {
        .forked = forked, .world = world, .count = count, .work = work, .context = context};

    while (each.first < count) {
        struct ob_known_outcome known_outcome;
        struct ob_forked_child *child = run_each(&each);
        if (!child)
            break;
        if (classify_child(forked, child, &known_outcome) && child->page->deliveries > 0)
            ended(each.first + child->page->deliveries - 1, &known_outcome, context);
        each.first += child->page->deliveries > 0 ? child->page->deliveries : 1;
        ob_text_release(&child->said);
    }
    hide_leaks(forked, forked->ignores_own_leaks);
    return each.first;
}

/* -- many scenarios at once -- */

struct batch {
    struct ob_world *world;
    const struct ob_scenario *scenarios;
};

static void run_one_of_batch(unsigned index, void *context)
{
    const struct batch *batch = context;
    (void)ob_world_run(batch->world, &batch->scenarios[index]);
}

bool ob_forked_clear(struct ob_forked *forked, struct ob_world *world,
                     const struct ob_scenario *scenarios, unsigned count)
{
    struct batch batch = {world, scenarios};
    struct each each = {.forked = forked,
                        .world = world,
                        .count = count,
                        .work = run_one_of_batch,
                        .context = &batch,
                        .find_leaks_once = true};
    struct ob_known_outcome ignored;

    assert(count > 0);
    struct ob_forked_child *child = run_each(&each);
    bool is_clear = child && child->end == OB_CHILD_ENDED && child->page->is_done &&
                    !classify_child(forked, child, &ignored);
    if (child)
        ob_text_release(&child->said);
    for (unsigned index = 0; is_clear && index < count; index++) {
        uint64_t key = key_of(world, &scenarios[index]);
        *place_of(forked, key) = (struct remembered){.key = key, .is_used = true};
    }
    hide_leaks(forked, forked->ignores_own_leaks);
    return is_clear;
}
