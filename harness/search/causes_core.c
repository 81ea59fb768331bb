/*
 * The last order that was open. An event of the failing run is put off until another has come,
 * which came later there or was to come, and all before it stays as it was; if that passes, the
 * violation was not inevitable until the first of the two came. The latest such event is the one
 * that has made it so (the "but-for" cause of Halpern and Pearl: "Causes and explanations: a
 * structural-model approach", BJPS 2005, with time), and the first of those that it could have
 * waited for is the event that it should have waited for.
 *
 * Other things go before being late. An order of events at two actors of which nobody sees both
 * stands for another one, to which it has led. What the passing run lacks of the failing one: there
 * the scene itself has gone, and says nothing of why it ended as it did. And a wait that is much
 * longer than messages are under way: until timers have fired that nothing else waited for.
 */
#include <stdlib.h>

#include "search/causes_internal.h"
#include "world/log.h"

#define RUNS_MAX 1500u
#define RUNS_TO_NAME 8u
#define ANCESTORS_MAX 2u
#define MUCH_MORE_ONE_IN 20u /* of the samples */
#define FAR 16u              /* times as long as messages are under way */

struct opening {
    struct ob_mining *mining;
    struct ob_core best;
    unsigned runs_left;
    unsigned count;                          /* of columns */
    unsigned columns[OB_NEARBY_COLUMNS_MAX]; /* in order of time, with what was to come */
};

static const struct ob_nearby_run *run_at(const struct opening *opening, unsigned index)
{
    return ob_nearby_run(opening->mining->nearby, index);
}

static uint32_t event_of(const struct opening *opening, unsigned column)
{
    return ob_nearby_column(opening->mining->nearby, column);
}

static uint64_t time_of(const struct opening *opening, unsigned column)
{
    return ob_nearby_time_us(opening->mining->nearby, event_of(opening, column));
}

/* Those that came keep their order; behind them stands what was to come, the soonest first. */
static void sort_columns(struct opening *opening)
{
    const struct ob_mining *mining = opening->mining;
    for (unsigned column = 0; column < mining->columns; column++) {
        unsigned at = opening->count++;
        bool is_pending = !ob_mining_event(mining, column)->is_delivered;
        while (is_pending && at > 0 &&
               !ob_mining_event(mining, opening->columns[at - 1])->is_delivered &&
               time_of(opening, opening->columns[at - 1]) > time_of(opening, column)) {
            opening->columns[at] = opening->columns[at - 1];
            at--;
        }
        opening->columns[at] = column;
    }
}

static unsigned count_reversed(const struct ob_nearby_run *const *runs, unsigned count,
                               unsigned first, unsigned second)
{
    unsigned reversed = 0;
    for (unsigned at = 0; at < count; at++)
        reversed += ob_is_before(runs[at], second, first);
    return reversed;
}

/* What the samples say of a pair. */
enum hint {
    NEVER,    /* the second came before the first in none of them */
    AS_OFTEN, /* in about as many of those that fail as of those that pass */
    RATHER,   /* rather in those that pass, or in them alone */
};

static enum hint hint_of(const struct ob_mining *mining, unsigned first, unsigned second)
{
    uint64_t passes = count_reversed(mining->passes, mining->pass_count, first, second);
    uint64_t fails = count_reversed(mining->fails, mining->fail_count, first, second);
    uint64_t all = (uint64_t)mining->fail_count * mining->pass_count;
    if (fails == 0)
        return passes == 0 ? NEVER : RATHER;
    return passes * mining->fail_count > fails * mining->pass_count + all / MUCH_MORE_ONE_IN
               ? RATHER
               : AS_OFTEN;
}

/* How long it took at most to answer and to get there, of what had to come for an event after a
 * time. */
static uint64_t under_way_us(const struct ob_mining *mining, uint32_t event, uint64_t since_us)
{
    uint64_t longest_us = OB_LATENCY_US;
    while (event != OB_NONE && ob_nearby_time_us(mining->nearby, event) > since_us) {
        uint32_t parent = ob_nearby_parent(mining->nearby, event);
        uint64_t time_us = ob_nearby_time_us(mining->nearby, event);
        uint64_t parent_us =
            parent == OB_NONE ? time_us : ob_nearby_time_us(mining->nearby, parent);
        if (!mining->events->list[event].is_timer && time_us != UINT64_MAX &&
            time_us > parent_us + longest_us)
            longest_us = time_us - parent_us;
        event = parent;
    }
    return longest_us;
}

/* Whether a pair is so much apart that nobody would wait. */
static bool is_far(const struct opening *opening, unsigned first, unsigned second)
{
    uint64_t first_us = time_of(opening, first);
    uint64_t second_us = time_of(opening, second);

    return second_us == UINT64_MAX ||
           (second_us > first_us &&
            second_us - first_us >
                FAR * under_way_us(opening->mining, event_of(opening, second), first_us));
}

static bool is_apart(const struct opening *opening, unsigned first, unsigned second)
{
    return !ob_nearby_meet(opening->mining->nearby, event_of(opening, first),
                           event_of(opening, second));
}

/* Whether the run is a better one than the best so far, which is later. */
static bool is_better(const struct ob_core *core, const struct ob_core *best)
{
    if (!best->is_found || core->is_apart != best->is_apart)
        return !best->is_found || best->is_apart;
    if (core->is_far != best->is_far)
        return best->is_far;
    return core->missing < best->missing;
}

static bool is_best_possible(const struct ob_core *core)
{
    return core->is_found && !core->is_apart && !core->is_far && core->missing == 0;
}

/* What a run says of a pair. */
enum found { KEPT, REVERSED, PASSES };

static enum found look(struct opening *opening, unsigned first, unsigned second, unsigned run)
{
    const struct ob_nearby_run *made = run_at(opening, run);
    if (!ob_is_before(made, second, first))
        return KEPT;
    if (made->outcome != OB_NEARBY_PASSES)
        return REVERSED;
    struct ob_core core = {
        .is_found = true,
        .first = first,
        .second = second,
        .missing = made->missing,
        .is_apart = is_apart(opening, first, second),
        .is_far = is_far(opening, first, second),
        .run = run,
    };
    if (is_better(&core, &opening->best))
        opening->best = core;
    return PASSES;
}

static bool try_plan(struct opening *opening, const struct ob_nearby_plan *plan, unsigned *run)
{
    *run = ob_nearby_run_count(opening->mining->nearby);
    if (opening->runs_left == 0 || ob_mining_try(opening->mining, plan, 1) == 0)
        return false;
    opening->runs_left--;
    return true;
}

/* Whether two events come on one way, so that the second cannot overtake the first. */
static bool are_in_row(const struct ob_mining *mining, unsigned first, unsigned second)
{
    const struct ob_event *one = ob_mining_event(mining, first);
    const struct ob_event *other = ob_mining_event(mining, second);
    return one->actor == other->actor && one->from == other->from && !one->is_timer &&
           !other->is_timer;
}

/* What cannot wait itself, as what comes behind it on its way would have to wait as well, waits
 * with what has sent it: not with what the other's actor has had before, as that would not stay as
 * it was. */
static enum found hold_ancestors(struct opening *opening, unsigned first, unsigned second)
{
    struct ob_nearby *nearby = opening->mining->nearby;
    enum found found = KEPT;
    uint32_t event = ob_nearby_parent(nearby, event_of(opening, first));
    unsigned run;

    for (unsigned step = 0; step < ANCESTORS_MAX && event != OB_NONE && found == KEPT; step++) {
        if (opening->mining->events->list[event].actor ==
            ob_mining_event(opening->mining, second)->actor)
            break;
        struct ob_nearby_plan plan = ob_nearby_plain();
        plan.held = event;
        plan.until = event_of(opening, second);
        if (!try_plan(opening, &plan, &run))
            break;
        found = look(opening, first, second, run);
        event = ob_nearby_parent(nearby, event);
    }
    return found;
}

/* Whether it may pass when an event is put off as long as it may. */
static bool matters(struct opening *opening, unsigned column)
{
    struct ob_nearby_plan plan = ob_nearby_plain();
    unsigned run;

    plan.held = event_of(opening, column);
    return try_plan(opening, &plan, &run) && run_at(opening, run)->outcome != OB_NEARBY_FAILS;
}

/* What has to come for an event after a time, and itself, comes as soon as it may. */
static struct ob_nearby_plan hurry(const struct opening *opening, unsigned second,
                                   uint64_t since_us)
{
    const struct ob_nearby *nearby = opening->mining->nearby;
    struct ob_nearby_plan plan = ob_nearby_plain();
    uint32_t event = event_of(opening, second);

    while (event != OB_NONE && ob_nearby_time_us(nearby, event) > since_us &&
           plan.redraw_count < OB_NEARBY_REDRAWS_MAX) {
        plan.redraws[plan.redraw_count].how = OB_REDRAW_EARLIEST;
        plan.redraws[plan.redraw_count++].event = event;
        event = ob_nearby_parent(nearby, event);
    }
    return plan;
}

/* Has the first wait for the second, or the second come before the first. */
static enum found swap(struct opening *opening, unsigned first, unsigned second, enum hint hint)
{
    struct ob_nearby_plan plans[3] = {ob_nearby_plain(), ob_nearby_plain(),
                                      hurry(opening, second, time_of(opening, first))};
    unsigned count = plans[2].redraw_count > 1 ? 3 : 2;
    enum found found = KEPT;
    unsigned run;

    plans[0].held = plans[1].next = plans[2].next = event_of(opening, first);
    plans[0].until = plans[1].brought = plans[2].brought = event_of(opening, second);
    for (unsigned way = 0; way < count && found == KEPT; way++) {
        if (!try_plan(opening, &plans[way], &run))
            return found;
        found = look(opening, first, second, run);
    }
    return found == KEPT && hint == RATHER && are_in_row(opening->mining, first, second)
               ? hold_ancestors(opening, first, second)
               : found;
}

/* In a run so long that some of it is left out, what goes on and on is no beginning of anything. */
static bool goes_on(const struct opening *opening, unsigned column)
{
    const struct ob_mining *mining = opening->mining;
    const struct ob_event *event = ob_mining_event(mining, column);
    uint32_t parent = ob_nearby_parent(mining->nearby, event_of(opening, column));
    if (mining->columns == mining->events->count || parent == OB_NONE)
        return false;
    const struct ob_event *sender = &mining->events->list[parent];
    return sender->kind == event->kind && sender->actor == event->actor &&
           sender->from == event->from;
}

/* The first that an event could have waited for. */
static void find_second(struct opening *opening, unsigned place)
{
    unsigned first = opening->columns[place];
    bool is_any = matters(opening, first);

    for (unsigned at = place + 1; at < opening->count && opening->runs_left > 0; at++) {
        unsigned second = opening->columns[at];
        enum hint hint = hint_of(opening->mining, first, second);
        if (hint == AS_OFTEN || (hint == NEVER && !is_any) ||
            ob_mining_leads_to(opening->mining, first, second))
            continue;
        (void)swap(opening, first, second, hint);
        if (is_best_possible(&opening->best))
            break;
    }
}

/* Whether a pair comes the other way round without one of the deviations. */
static bool is_brought_about(const struct ob_mining *mining, unsigned first, unsigned second)
{
    for (unsigned at = 0; at < mining->less_count; at++)
        if (ob_is_before(&mining->less[at], second, first))
            return true;
    return false;
}

/* What has not come when the run fails could have saved it, but is in its place. Where a deviation
 * has brought another order about that was open as well, it is that one. */
static void prefer_brought_about(struct opening *opening)
{
    const struct ob_mining *mining = opening->mining;
    struct ob_core found = opening->best;

    if (ob_mining_event(mining, found.second)->is_delivered)
        return;
    for (unsigned place = opening->count; place-- > 0;) {
        unsigned first = opening->columns[place];
        for (unsigned at = place + 1; at < opening->count; at++) {
            unsigned second = opening->columns[at];
            if (!ob_mining_event(mining, second)->is_delivered ||
                !is_brought_about(mining, first, second) || is_apart(opening, first, second) ||
                ob_mining_leads_to(mining, first, second))
                continue;
            opening->best.is_found = false;
            if (swap(opening, first, second, NEVER) == PASSES && !opening->best.is_far &&
                opening->best.missing <= found.missing)
                return;
        }
    }
    opening->best = found;
}

/* That a task goes on after a yield tells nobody anything: what it handles does, where that could
 * have waited as well. */
static void name_first(struct opening *opening)
{
    const struct ob_mining *mining = opening->mining;
    struct ob_core found = opening->best;
    uint32_t event = event_of(opening, found.first);

    while (event != OB_NONE && mining->events->list[event].is_resume &&
           mining->events->list[event].resume.reason == OB_RESUMES_YIELD)
        event = ob_nearby_parent(mining->nearby, event);
    if (event == OB_NONE || event == event_of(opening, found.first) ||
        mining->events->list[event].actor != ob_mining_event(mining, found.first)->actor)
        return;
    uint32_t column = ob_nearby_column_of(mining->nearby, event);
    opening->best.is_found = false;
    if (column == OB_NONE || swap(opening, column, found.second, RATHER) != PASSES)
        opening->best = found;
}

struct ob_core ob_core_find(struct ob_mining *mining)
{
    struct opening opening = {.mining = mining, .runs_left = RUNS_MAX};

    sort_columns(&opening);
    for (unsigned place = opening.count; place-- > 0 && opening.runs_left > 0;) {
        if (is_best_possible(&opening.best))
            break;
        if (ob_mining_event(mining, opening.columns[place])->is_delivered &&
            !goes_on(&opening, opening.columns[place]))
            find_second(&opening, place);
    }
    opening.runs_left += RUNS_TO_NAME;
    opening.best.is_found &= !opening.best.is_apart;
    if (opening.best.is_found) {
        prefer_brought_about(&opening);
        name_first(&opening);
    }
    return opening.best;
}
