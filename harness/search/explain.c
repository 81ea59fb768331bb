#include "search/explain.h"

#include <string.h>

#include "scenario/edit.h"

#define TRIES_MAX 600u /* runs for neighbours by order */

struct search {
    struct ob_world *world;
    struct ob_world *replay;
    const struct ob_scenario *scenario;
    struct ob_events failing;
    struct ob_explanation *explanation;
    unsigned tries;
};

static bool passes(struct search *search, const struct ob_scenario *neighbour)
{
    search->tries++;
    return ob_world_run(search->replay, neighbour)->outcome == OB_PASSED;
}

static void find_necessary(struct search *search)
{
    struct ob_scenario less;
    for (unsigned index = 0; index < search->scenario->deviation_count; index++) {
        ob_scenario_copy(&less, search->scenario);
        ob_scenario_remove_deviation(&less, index);
        if (passes(search, &less))
            search->explanation->necessary |= UINT64_C(1) << index;
    }
}

/* Whether two events of an actor come in the opposite order in another run. One that is missing
 * there comes last. */
static bool is_reversed(const struct ob_events *other, const struct ob_event *first,
                        const struct ob_event *second)
{
    uint32_t first_at = ob_events_find(other, first);
    uint32_t second_at = ob_events_find(other, second);
    return second_at < first_at;
}

/* Keeps a neighbour that passes, if this pair comes the other way round in it, and less else than
 * in the best so far. */
static int consider(struct search *search, const struct ob_scenario *neighbour,
                    const struct ob_event *first, const struct ob_event *second)
{
    struct ob_explanation *best = search->explanation;
    struct ob_events other;
    if (!passes(search, neighbour))
        return 0;
    if (ob_events_read(&other, search->replay, false))
        return -1;
    struct ob_event_pair last;
    unsigned reversed = is_reversed(&other, first, second)
                            ? ob_events_reversed(&search->failing, &other, NULL, &last)
                            : 0;
    ob_events_release(&other);
    if (reversed == 0 || (best->has_neighbour && reversed >= best->reversed))
        return 0;
    best->has_neighbour = true;
    best->reversed = reversed;
    best->first = *first;
    best->second = *second;
    best->decision = reversed == 1 ? OB_BY_PAIR : OB_BY_SEVERAL;
    ob_scenario_copy(&best->neighbour, neighbour);
    return 0;
}

/* What the same actor was given just before an event, or NULL. */
static const struct ob_event *predecessor(const struct search *search, const struct ob_event *event)
{
    for (const struct ob_event *other = event; other-- > search->failing.list;)
        if (other->actor == event->actor && other->is_delivered)
            return other;
    return NULL;
}

/* What may be done about a pair; the fewer, the nearer the neighbour. */
enum { FREE = 1, HOLD_FIRST = 2, PLACE_SECOND = 4 };

/* Makes the neighbour in which `second` is no longer held back by its deviation, or `first` waits
 * for it, or it comes just before `first`. Returns false when that cannot be said. */
static bool make_neighbour(const struct search *search, const struct ob_event *first,
                           const struct ob_event *second, unsigned way,
                           struct ob_scenario *neighbour)
{
    unsigned deviation = ob_world_sent(search->world, second->sent)->deviation;
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

static int try_pair(struct search *search, const struct ob_event *first,
                    const struct ob_event *second)
{
    static const unsigned ways[] = {FREE, HOLD_FIRST, FREE | HOLD_FIRST, FREE | PLACE_SECOND};
    struct ob_scenario neighbour;
    for (unsigned index = 0; index < sizeof ways / sizeof *ways; index++)
        if (make_neighbour(search, first, second, ways[index], &neighbour) &&
            consider(search, &neighbour, first, second))
            return -1;
    return 0;
}

/* Where it passes without a deviation, and only one pair comes the other way round then, no other
 * neighbour is nearer. That pair need not be of the message that the deviation has hit: what
 * follows from it is late, too. */
static int find_freed(struct search *search)
{
    struct ob_explanation *explanation = search->explanation;
    struct ob_event_pair last;
    struct ob_scenario less;
    struct ob_events other;

    for (unsigned index = 0; index < search->scenario->deviation_count; index++) {
        if (!(explanation->necessary >> index & 1))
            continue;
        ob_scenario_copy(&less, search->scenario);
        ob_scenario_remove_deviation(&less, index);
        if (!passes(search, &less))
            continue;
        if (ob_events_read(&other, search->replay, false))
            return -1;
        unsigned reversed = ob_events_reversed(&search->failing, &other, NULL, &last);
        ob_events_release(&other);
        if (reversed == 1)
            return consider(search, &less, &last.first, &last.second);
    }
    return 0;
}

/* Later pairs first: what decides is mostly near the violation. */
static int find_pair(struct search *search)
{
    const struct ob_events *failing = &search->failing;
    for (uint32_t later = failing->count; later-- > 1;) {
        for (uint32_t earlier = later; earlier-- > 0;) {
            const struct ob_event *first = &failing->list[earlier];
            const struct ob_event *second = &failing->list[later];
            if (first->actor != second->actor || !first->is_delivered ||
                ob_events_depend(search->world, second, first))
                continue;
            if (search->tries > TRIES_MAX || search->explanation->decision == OB_BY_PAIR)
                return 0;
            if (try_pair(search, first, second))
                return -1;
        }
    }
    return 0;
}

/* The events that one actor was given, one after the other. */
static const struct ob_event *next_at(const struct ob_events *events, uint32_t *at, unsigned actor)
{
    while (*at < events->count) {
        const struct ob_event *event = &events->list[(*at)++];
        if (event->actor == actor && event->is_delivered)
            return event;
    }
    return NULL;
}

static bool is_same(const struct ob_event *left, const struct ob_event *right)
{
    return left && right && left->actor == right->actor && left->from == right->from &&
           left->kind == right->kind && left->ordinal == right->ordinal;
}

/* Whether the actor of a pair was given the same in both runs up to the pair, and then `first` and
 * `second`, or `first` and the end, in the one, and `second` and `first` in the other. Both runs
 * are those of one deterministic world, so whatever else differs later follows from that. */
static bool is_swap(const struct ob_events *fails, const struct ob_events *passes,
                    const struct ob_event *first, const struct ob_event *second)
{
    uint32_t fails_at = 0;
    uint32_t passes_at = 0;
    const struct ob_event *left = next_at(fails, &fails_at, first->actor);
    const struct ob_event *right = next_at(passes, &passes_at, first->actor);
    while (is_same(left, right)) {
        left = next_at(fails, &fails_at, first->actor);
        right = next_at(passes, &passes_at, first->actor);
    }
    if (!is_same(left, first) || !is_same(right, second))
        return false;
    left = next_at(fails, &fails_at, first->actor);
    right = next_at(passes, &passes_at, first->actor);
    return (!left || is_same(left, second)) && is_same(right, first);
}

/* What the same actor was given just before an event in a run, or NULL. */
static const struct ob_event *predecessor_in(const struct ob_events *events,
                                             const struct ob_event *event)
{
    const struct ob_event *before = NULL;
    const struct ob_event *found;
    for (uint32_t at = 0; (found = next_at(events, &at, event->actor)) && !is_same(found, event);)
        before = found;
    return before;
}

/* Makes `first` come as late as it can before `second`, given the run in which it waits for it. */
static bool make_last_moment(const struct search *search, const struct ob_events *passing,
                             const struct ob_event *first, const struct ob_event *second,
                             unsigned way, struct ob_scenario *moment)
{
    const struct ob_event *before = predecessor_in(passing, second);
    struct ob_deviation hold;
    if (!make_neighbour(search, first, second, way & ~(unsigned)HOLD_FIRST, moment))
        return false;
    return !before || is_same(before, first) ||
           (ob_events_hold(first, before, &hold) && ob_scenario_insert_deviation(moment, &hold));
}

/*
 * Where no neighbour differs in one pair only, as much follows from each: a pair decides all the
 * same when it fails with `first` just before `second`, and passes with `first` just after it.
 */
static int try_swap(struct search *search, const struct ob_event *first,
                    const struct ob_event *second, unsigned way)
{
    struct ob_explanation *best = search->explanation;
    struct ob_scenario neighbour;
    struct ob_scenario moment;
    struct ob_events passing;
    struct ob_events failing = {0};
    char invariant[sizeof ob_world_verdict(search->world)->invariant];

    memcpy(invariant, ob_world_verdict(search->world)->invariant, sizeof invariant);
    if (!make_neighbour(search, first, second, way, &neighbour) || !passes(search, &neighbour))
        return 0;
    if (ob_events_read(&passing, search->replay, false))
        return -1;
    int result = 0;
    if (make_last_moment(search, &passing, first, second, way, &moment) &&
        !passes(search, &moment) &&
        strcmp(ob_world_verdict(search->replay)->invariant, invariant) == 0) {
        result = ob_events_read(&failing, search->replay, false);
        if (result == 0 && is_swap(&failing, &passing, first, second)) {
            best->decision = OB_BY_PAIR;
            best->has_neighbour = true;
            best->first = *first;
            best->second = *second;
            best->reversed = 1;
            ob_scenario_copy(&best->neighbour, &neighbour);
        }
        ob_events_release(&failing);
    }
    ob_events_release(&passing);
    return result;
}

/* Pairs of which the second depends on the first as far as happens-before knows come last: it takes
 * whatever an actor got before for a cause, also what another of its tasks got. */
static int find_swap(struct search *search, bool dependent)
{
    const struct ob_events *failing = &search->failing;
    search->tries = 0;
    for (uint32_t later = failing->count; later-- > 1;) {
        for (uint32_t earlier = later; earlier-- > 0;) {
            const struct ob_event *first = &failing->list[earlier];
            const struct ob_event *second = &failing->list[later];
            if (first->actor != second->actor || !first->is_delivered ||
                ob_events_depend(search->world, second, first) != dependent)
                continue;
            for (unsigned way = HOLD_FIRST; way <= (HOLD_FIRST | FREE); way++) {
                if (search->tries > TRIES_MAX || search->explanation->decision == OB_BY_PAIR)
                    return 0;
                if (try_swap(search, first, second, way))
                    return -1;
            }
        }
    }
    return 0;
}

/* A necessary fault explains more than an order that would have avoided its consequences. */
static bool find_fault(struct search *search)
{
    struct ob_explanation *explanation = search->explanation;
    for (unsigned index = 0; index < search->scenario->deviation_count; index++) {
        if (!(explanation->necessary >> index & 1) ||
            ob_is_about_order(&search->scenario->deviations[index]))
            continue;
        explanation->decision = OB_BY_FAULT;
        explanation->fault = index;
        explanation->has_neighbour = true;
        ob_scenario_copy(&explanation->neighbour, search->scenario);
        ob_scenario_remove_deviation(&explanation->neighbour, index);
        return true;
    }
    return false;
}

int ob_explain(struct ob_world *world, struct ob_world *replay, const struct ob_scenario *scenario,
               struct ob_explanation *explanation)
{
    struct search search = {
        .world = world, .replay = replay, .scenario = scenario, .explanation = explanation};
    memset(explanation, 0, sizeof *explanation);
    if (ob_world_run(world, scenario)->outcome != OB_VIOLATED)
        return 0;
    if (ob_events_read(&search.failing, world, true))
        return -1;
    find_necessary(&search);
    int result = 0;
    if (!find_fault(&search)) {
        result = find_freed(&search);
        if (result == 0 && explanation->decision != OB_BY_PAIR)
            result = find_pair(&search);
    }
    if (result == 0 && explanation->decision == OB_BY_SEVERAL)
        result = find_swap(&search, false);
    if (result == 0 && explanation->decision != OB_BY_PAIR && explanation->decision != OB_BY_FAULT)
        result = find_swap(&search, true);
    ob_events_release(&search.failing);
    return result;
}
