#include "search/explain.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"
#include "world/fault_point.h"
#include "world/run.h"
#include "world/trace.h"

#define MORE_IS_SIMPLE 1u /* deviations in it */
#define LESS_MAX 16u
#define F1_ALIKE 0.05 /* about as good */
#define COST_ALIKE 1.5
#define F1_STRONG 0.9
#define F1_RELATED 0.7    /* an order that has to do with it */
#define FAILING_LEAST 5u  /* so many runs that fail without a fault are no accident */
#define PASSING_ONE_IN 40 /* where fewer of the runs pass F1 says little */

struct search {
    struct ob_world *world;
    struct ob_world *replay;
    struct ob_forked *forked;
    const struct ob_scenario *scenario;
    struct ob_events failing;
    struct ob_nearby *nearby;
    struct ob_causes *causes;
    struct ob_explanation *explanation;
    unsigned distance; /* of the neighbour */
};

static bool passes(struct search *search, const struct ob_scenario *neighbour)
{
    return ob_world_run(search->replay, neighbour)->outcome == OB_PASSED;
}

static bool violates_the_same(const struct search *search, const struct ob_verdict *verdict)
{
    return verdict->outcome == OB_VIOLATED &&
           strcmp(verdict->invariant, ob_world_verdict(search->world)->invariant) == 0;
}

/* -- without one deviation -- */

static void find_necessary(struct search *search)
{
    struct ob_scenario less;
    for (unsigned index = 0; index < search->scenario->deviation_count; index++) {
        ob_scenario_copy(&less, search->scenario);
        ob_scenario_remove_deviation(&less, index);
        const struct ob_verdict *verdict = ob_world_run(search->replay, &less);
        if (verdict->outcome == OB_PASSED)
            search->explanation->necessary |= UINT64_C(1) << index;
        else if (violates_the_same(search, verdict))
            search->explanation->unneeded |= UINT64_C(1) << index;
    }
}

/* What an actor chooses is a part of the workload, as an argument is; but where something may go
 * wrong. */
static bool is_fault(const struct search *search, const struct ob_deviation *deviation)
{
    if (deviation->op == OB_CHOOSE)
        return ob_world_fault_point(search->world, deviation->which.kind) != NULL;
    return !ob_is_about_order(deviation);
}

/* The first deviation without which it passes, of faults or of the others. */
static bool find_single(struct search *search, bool of_faults, enum ob_decision decision)
{
    struct ob_explanation *explanation = search->explanation;
    for (unsigned index = 0; index < search->scenario->deviation_count; index++) {
        if (!(explanation->necessary >> index & 1) ||
            is_fault(search, &search->scenario->deviations[index]) != of_faults)
            continue;
        explanation->decision = decision;
        explanation->deviation = index;
        explanation->has_neighbour = true;
        ob_scenario_copy(&explanation->neighbour, search->scenario);
        ob_scenario_remove_deviation(&explanation->neighbour, index);
        return true;
    }
    return false;
}

/* -- a scenario that passes and has the order the other way round -- */

/* Whether one of a cause's pairs comes the other way round. */
static bool is_reversed(const struct search *search, const struct ob_cause *cause,
                        const struct ob_nearby_run *run)
{
    const struct ob_shape_parts *parts = &ob_shape_parts[cause->shape];
    for (unsigned pair = 0; pair < parts->pair_count; pair++) {
        uint32_t first = cause->events[parts->pairs[pair][0]];
        uint32_t second = cause->events[parts->pairs[pair][1]];
        if (run->places[ob_nearby_column_of(search->nearby, second)] <
            run->places[ob_nearby_column_of(search->nearby, first)])
            return true;
    }
    return false;
}

/* Keeps a neighbour that passes and has the order the other way round, if it differs in less than
 * the best so far. */
static int consider(struct search *search, const struct ob_cause *cause,
                    const struct ob_scenario *neighbour)
{
    struct ob_explanation *best = search->explanation;
    struct ob_nearby_run run;
    if (!passes(search, neighbour))
        return 0;
    if (!ob_nearby_read(search->nearby, &run))
        return -1;
    unsigned distance = ob_nearby_distance(search->nearby, &run);
    bool is_nearer = !best->has_neighbour || distance < search->distance ||
                     (distance == search->distance &&
                      neighbour->deviation_count < best->neighbour.deviation_count);
    if (!is_nearer || !is_reversed(search, cause, &run))
        return 0;
    best->has_neighbour = true;
    search->distance = distance;
    ob_scenario_copy(&best->neighbour, neighbour);
    return 0;
}

/* What the same actor was given just before an event, or NULL. */
static const struct ob_event *predecessor(const struct search *search, const struct ob_event *event)
{
    const struct ob_event *before = NULL;
    for (uint32_t at = 0; at < search->failing.count; at++) {
        const struct ob_event *other = &search->failing.list[at];
        if (other->sent == event->sent)
            return before;
        if (other->actor == event->actor && other->is_delivered)
            before = other;
    }
    return NULL;
}

/* What may be done about a pair. */
enum { FREE = 1, HOLD_FIRST = 2, PLACE_SECOND = 4 };

/* Makes the neighbour in which `second` is no longer held back by its deviation, or `first` waits
 * for it, or it comes just before `first`. Returns false when that cannot be said. */
static bool make_neighbour(const struct search *search, const struct ob_event *first,
                           const struct ob_event *second, unsigned way,
                           struct ob_scenario *neighbour)
{
    unsigned deviation =
        second->sent == OB_NONE ? 0 : ob_world_sent(search->world, second->sent)->deviation;
    struct ob_deviation held;
    struct ob_deviation placed;

    if ((way & FREE) &&
        (!deviation || !ob_is_about_order(&search->scenario->deviations[deviation - 1])))
        return false;
    if ((way & HOLD_FIRST) && !ob_events_hold(first, second, &held))
        return false;
    if (way & PLACE_SECOND) {
        const struct ob_event *before = predecessor(search, first);
        if (!before || !ob_events_hold(second, before, &placed))
            return false;
    }
    ob_scenario_copy(neighbour, search->scenario);
    if (way & FREE)
        ob_scenario_remove_deviation(neighbour, deviation - 1);
    return (!(way & HOLD_FIRST) || ob_scenario_insert_deviation(neighbour, &held)) &&
           (!(way & PLACE_SECOND) || ob_scenario_insert_deviation(neighbour, &placed));
}

static int try_ways(struct search *search, const struct ob_cause *cause, uint32_t first_at,
                    uint32_t second_at)
{
    const struct ob_event *first = &ob_nearby_events(search->nearby)->list[first_at];
    const struct ob_event *second = &ob_nearby_events(search->nearby)->list[second_at];
    static const unsigned ways[] = {FREE, HOLD_FIRST, FREE | HOLD_FIRST, FREE | PLACE_SECOND};
    struct ob_scenario neighbour;
    /* What waits for another waits at one actor. */
    for (unsigned index = 0; index < sizeof ways / sizeof *ways; index++)
        if ((ways[index] == FREE || first->actor == second->actor) &&
            make_neighbour(search, first, second, ways[index], &neighbour) &&
            consider(search, cause, &neighbour))
            return -1;
    return 0;
}

/* Whether it passes and has the order of a cause the other way round. */
static bool shows(struct search *search, const struct ob_cause *cause,
                  const struct ob_scenario *neighbour)
{
    struct ob_nearby_run run;
    return passes(search, neighbour) && ob_nearby_read(search->nearby, &run) &&
           is_reversed(search, cause, &run);
}

/* Much of what a run near the failing one has late is late by chance. */
static void leave_out(struct search *search, const struct ob_cause *cause,
                      struct ob_scenario *neighbour)
{
    struct ob_scenario less;
    for (unsigned index = neighbour->deviation_count; index-- > 0;) {
        ob_scenario_copy(&less, neighbour);
        ob_scenario_remove_deviation(&less, index);
        if (ob_is_about_order(&neighbour->deviations[index]) && shows(search, cause, &less))
            ob_scenario_copy(neighbour, &less);
    }
}

static int find_neighbour(struct search *search, const struct ob_cause *cause)
{
    struct ob_scenario neighbour;
    for (unsigned index = 0; index < search->scenario->deviation_count; index++) {
        if (!(search->explanation->necessary >> index & 1))
            continue;
        ob_scenario_copy(&neighbour, search->scenario);
        ob_scenario_remove_deviation(&neighbour, index);
        if (consider(search, cause, &neighbour))
            return -1;
    }
    const struct ob_shape_parts *parts = &ob_shape_parts[cause->shape];
    for (unsigned pair = 0; pair < parts->pair_count; pair++)
        if (try_ways(search, cause, cause->events[parts->pairs[pair][0]],
                     cause->events[parts->pairs[pair][1]]))
            return -1;
    if (!ob_nearby_write(search->nearby, &cause->passing, &neighbour))
        return 0;
    leave_out(search, cause, &neighbour);
    return consider(search, cause, &neighbour);
}

/* -- the order that decides -- */

static struct ob_order order_of(const struct search *search, const struct ob_cause *cause)
{
    struct ob_order order = {.shape = cause->shape};
    for (unsigned at = 0; at < ob_shape_parts[cause->shape].event_count; at++)
        order.events[at] = ob_nearby_events(search->nearby)->list[cause->events[at]];
    return order;
}

static struct ob_order pair_of(const struct search *search, const uint32_t events[2])
{
    struct ob_order pair = {.shape = OB_PAIR};
    for (unsigned at = 0; at < 2; at++)
        pair.events[at] = ob_nearby_events(search->nearby)->list[events[at]];
    return pair;
}

/* The pair of a cause that names it wherever it is met, with more around it or less. */
static struct ob_order core_of(const struct search *search, const struct ob_cause *cause)
{
    return cause->has_core ? pair_of(search, search->causes->core) : order_of(search, cause);
}

static void keep(struct search *search, const struct ob_cause *cause)
{
    struct ob_explanation *explanation = search->explanation;
    if (explanation->strong_count < OB_STRONG_MAX)
        explanation->strong[explanation->strong_count++] = order_of(search, cause);
}

/* The pairs of the order that decides: another failure of the same cause may be told by less. */
static void keep_parts(struct search *search, const struct ob_cause *cause)
{
    const struct ob_shape_parts *parts = &ob_shape_parts[cause->shape];
    for (unsigned pair = 0; cause->shape != OB_PAIR && pair < parts->pair_count; pair++) {
        struct ob_cause part = *cause;
        part.shape = OB_PAIR;
        for (unsigned event = 0; event < 2; event++)
            part.events[event] = cause->events[parts->pairs[pair][event]];
        keep(search, &part);
    }
}

static void keep_strong(struct search *search, double f1_least)
{
    for (unsigned at = 0; at < search->causes->count; at++)
        if (search->causes->list[at].f1 > f1_least)
            keep(search, &search->causes->list[at]);
}

/* How much the second has to come sooner to be before the first. */
static uint64_t gap_us(const struct search *search, uint32_t first, uint32_t second)
{
    uint64_t first_us = ob_nearby_time_us(search->nearby, first);
    uint64_t second_us = ob_nearby_time_us(search->nearby, second);
    return second_us == UINT64_MAX || second_us < first_us ? 0 : second_us - first_us + 1;
}

/* Amounts of time that make it pass are tried as well as orders. */
static void find_shifts(struct search *search, const struct ob_cause *cause)
{
    struct ob_nearby_plan plans[2] = {ob_nearby_plain(), ob_nearby_plain()};
    const uint8_t *late = ob_shape_parts[cause->shape].pairs[cause->shape == OB_WINDOW];
    uint64_t sooner_us = gap_us(search, cause->events[0], cause->events[1]);
    uint64_t later_us = gap_us(search, cause->events[late[0]], cause->events[late[1]]);

    plans[0].moved = cause->events[late[0]];
    plans[0].later_us = (int64_t)later_us;
    plans[1].moved = cause->events[1];
    plans[1].later_us = -(int64_t)sooner_us;
    unsigned first = ob_nearby_run_count(search->nearby);
    if (ob_nearby_try(search->nearby, plans, 2) < 2)
        return;
    if (later_us && ob_nearby_run(search->nearby, first)->outcome == OB_NEARBY_PASSES)
        search->explanation->later_us = later_us;
    if (sooner_us && ob_nearby_run(search->nearby, first + 1)->outcome == OB_NEARBY_PASSES)
        search->explanation->sooner_us = sooner_us;
}

static void decide(struct search *search, const struct ob_cause *cause)
{
    struct ob_explanation *explanation = search->explanation;
    explanation->decision = OB_BY_ORDER;
    explanation->has_order = true;
    explanation->order = order_of(search, cause);
    explanation->evidence = cause->evidence;
    explanation->core = core_of(search, cause);
    explanation->has_also = cause->has_also;
    explanation->also = pair_of(search, cause->also);
    explanation->both = cause->both;
    keep_parts(search, cause);
    bool is_rare = PASSING_ONE_IN * cause->evidence.passing <
                   cause->evidence.failing + cause->evidence.passing;
    bool is_tried = cause->is_lone || (cause->has_core && search->causes->is_core_near);
    explanation->is_among_others = !is_tried && (cause->f1 < OB_F1_DECIDES || is_rare);
    find_shifts(search, cause);
}

/* Looks for the scenario of a cause, in place of that of another one. */
static int replace_neighbour(struct search *search, const struct ob_cause *cause)
{
    search->explanation->has_neighbour = false;
    return find_neighbour(search, cause);
}

static bool has_simple_neighbour(const struct search *search)
{
    const struct ob_explanation *explanation = search->explanation;
    return explanation->has_neighbour && explanation->neighbour.deviation_count <=
                                             search->scenario->deviation_count + MORE_IS_SIMPLE;
}

static bool is_about_as_good(const struct ob_cause *cause, const struct ob_cause *best)
{
    return cause->f1 >= best->f1 - F1_ALIKE && cause->distance <= best->distance + 1;
}

/* The best cause, or one about as good of which a simple scenario shows that it passes; else the
 * first of which any does. */
static int choose(struct search *search)
{
    const struct ob_cause *list = search->causes->list;
    const struct ob_cause *chosen = NULL;
    const struct ob_cause *written = NULL;
    for (unsigned at = 0; at < search->causes->count && at < OB_CAUSES_CHOSEN && !chosen; at++) {
        if (list[at].has_core != list[0].has_core ||
            (written && !is_about_as_good(&list[at], &list[0])))
            continue;
        if (replace_neighbour(search, &list[at]))
            return -1;
        if (has_simple_neighbour(search))
            chosen = &list[at];
        if (search->explanation->has_neighbour && !written)
            written = &list[at];
    }
    if (!chosen && written && replace_neighbour(search, written))
        return -1;
    if (!chosen)
        chosen = written ? written : search->causes->count > 0 ? &list[0] : NULL;
    if (chosen)
        decide(search, chosen);
    return 0;
}

/* Runs that pass without one deviation. Returns how many. */
static unsigned find_less(struct search *search, struct ob_nearby_run runs[LESS_MAX])
{
    struct ob_scenario less;
    unsigned count = 0;
    for (unsigned index = 0; index < search->scenario->deviation_count && count < LESS_MAX;
         index++) {
        if (!(search->explanation->necessary >> index & 1))
            continue;
        ob_scenario_copy(&less, search->scenario);
        ob_scenario_remove_deviation(&less, index);
        if (passes(search, &less) && ob_nearby_read(search->nearby, &runs[count]))
            count++;
    }
    return count;
}

static void release_causes(struct search *search)
{
    ob_nearby_destroy(search->nearby);
    free(search->causes);
    search->nearby = NULL;
    search->causes = NULL;
}

/* Looks for causes among runs near that of `scenario`, which is the failing one or has a deviation
 * less. */
static int find_causes(struct search *search, const struct ob_scenario *scenario)
{
    struct ob_nearby_run less[LESS_MAX];
    release_causes(search);
    search->causes = calloc(1, sizeof *search->causes);
    search->nearby =
        ob_nearby_create(search->world, search->replay, scenario, &search->failing, search->forked);
    if (!search->causes || !search->nearby)
        return -1;
    unsigned less_count = find_less(search, less);
    return ob_causes_find(search->nearby, less, less_count, search->causes);
}

static int find_order(struct search *search)
{
    if (find_causes(search, search->scenario))
        return -1;
    search->explanation->evidence = search->causes->evidence;
    if (choose(search))
        return -1;
    keep_strong(search, F1_RELATED);
    return 0;
}

/* What a fault has brought about, a late message may bring about as well: an answer that is lost is
 * one that comes after everything. */
static int find_order_without(struct search *search, const struct ob_scenario *less)
{
    if (find_causes(search, less))
        return -1;
    if (search->causes->evidence.failing >= FAILING_LEAST)
        keep_strong(search, F1_STRONG);
    return 0;
}

/* With the fault, it may take an order as well. Other faults of the same cause have it in common.
 */
static int find_order_with(struct search *search)
{
    struct ob_explanation *explanation = search->explanation;
    if (find_causes(search, search->scenario))
        return -1;
    const struct ob_cause *best = NULL;
    for (unsigned at = 0; at < search->causes->count; at++) {
        const struct ob_cause *cause = &search->causes->list[at];
        if (cause->f1 > F1_STRONG && (!best || cause->cost < best->cost))
            best = cause;
    }
    if (!best)
        return 0;
    explanation->has_order = true;
    explanation->order = order_of(search, best);
    explanation->evidence = best->evidence;
    for (unsigned at = 0; at < search->causes->count; at++) {
        const struct ob_cause *cause = &search->causes->list[at];
        if (cause->f1 > F1_STRONG && cause->cost <= best->cost + COST_ALIKE)
            keep(search, cause);
    }
    return 0;
}

/* -- where an actor has to die -- */

/* The delivery at which an actor died by a deviation, or OB_NONE. */
static uint32_t find_death(const struct ob_world *world)
{
    uint32_t index = 0;
    while (index < ob_world_delivery_count(world) &&
           !(ob_world_delivery(world, index)->flags & OB_DELIVERY_CRASHED))
        index++;
    return index < ob_world_delivery_count(world) ? index : OB_NONE;
}

/* Whether it fails as well when the actor dies as soon as it has handled an event, and is down
 * until just after it was up again. */
static bool fails_when_dying_after(struct search *search, const struct ob_event *event,
                                   uint64_t died_us)
{
    struct ob_explanation *explanation = search->explanation;
    struct ob_scenario moved;
    struct ob_deviation death = search->scenario->deviations[explanation->deviation];
    uint64_t longer_us = died_us - ob_world_delivery(search->world, event->delivery)->time_us;

    death.mode = OB_AFTER;
    if (death.op == OB_RESTART)
        death.amount = ob_duration_round(death.amount + longer_us + 1);
    death.which = (struct ob_selector){.from = (uint8_t)(event->from + 1),
                                       .to = (uint8_t)event->actor,
                                       .kind = (uint8_t)(event->kind + 1),
                                       .nth = (uint8_t)(event->ordinal + 1)};
    ob_scenario_copy(&moved, &explanation->neighbour);
    if (event->ordinal >= UINT8_MAX || !ob_scenario_insert_deviation(&moved, &death))
        return false;
    return violates_the_same(search, ob_world_run(search->replay, &moved));
}

/* A message that an actor had postponed and handles again at once is the one it handled last. */
static void name_death_by_what_is_handled_again(struct search *search)
{
    struct ob_event *death = &search->explanation->death;
    uint32_t died = find_death(search->world);
    uint64_t time_us = ob_world_delivery(search->world, death->delivery)->time_us;

    for (uint32_t at = death->delivery + 1; at < died; at++) {
        const struct ob_delivery *again = ob_world_delivery(search->world, at);
        if (again->actor != death->actor || again->time_us != time_us ||
            !(again->flags & OB_DELIVERY_RETRIED))
            continue;
        for (uint32_t event = 0; event < search->failing.count; event++)
            if (search->failing.list[event].sent == again->sent)
                *death = search->failing.list[event];
    }
}

/* Between two steps an actor may die in several places, and all of them are one cause: the first is
 * named, by what the actor had handled last. */
static void find_first_death(struct search *search)
{
    struct ob_explanation *explanation = search->explanation;
    const struct ob_deviation *deviation = &search->scenario->deviations[explanation->deviation];
    uint32_t died = find_death(search->world);

    if ((deviation->op != OB_CRASH && deviation->op != OB_RESTART) || died == OB_NONE)
        return;
    const struct ob_delivery *death = ob_world_delivery(search->world, died);
    for (uint32_t at = search->failing.count; at-- > 0;) {
        const struct ob_event *event = &search->failing.list[at];
        if (event->actor != death->actor || !event->is_delivered || event->delivery > died ||
            (event->delivery == died && deviation->mode == OB_BEFORE))
            continue;
        if (explanation->has_death && !fails_when_dying_after(search, event, death->time_us))
            break;
        explanation->has_death = true;
        explanation->death = *event;
    }
    if (explanation->has_death)
        name_death_by_what_is_handled_again(search);
}

static int explain_fault(struct search *search)
{
    find_first_death(search);
    return find_order_with(search) || find_order_without(search, &search->explanation->neighbour)
               ? -1
               : 0;
}

int ob_explain(struct ob_world *world, struct ob_world *replay, const struct ob_scenario *scenario,
               struct ob_forked *forked, struct ob_explanation *explanation)
{
    struct search search = {.world = world,
                            .replay = replay,
                            .forked = forked,
                            .scenario = scenario,
                            .explanation = explanation};
    int result = 0;
    memset(explanation, 0, sizeof *explanation);
    if (ob_world_run(world, scenario)->outcome != OB_VIOLATED)
        return 0;
    if (ob_events_read(&search.failing, world, true))
        return -1;
    find_necessary(&search);
    /* A necessary fault explains more than an order that would have avoided its consequences. */
    if (find_single(&search, true, OB_BY_FAULT))
        result = explain_fault(&search);
    else
        result = find_order(&search);
    if (result == 0 && explanation->decision == OB_UNDECIDED)
        (void)find_single(&search, false, OB_BY_DEVIATION);
    release_causes(&search);
    ob_events_release(&search.failing);
    return result;
}
