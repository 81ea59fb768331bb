#include "search/explain.h"

#include <string.h>

#include "scenario/edit.h"

#define TRIES_MAX 600u           /* runs for neighbours by order */
#define COMPARED_EVENTS_MAX 256u /* of a run; a violation is at its end */

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

/* Whether the sending of `later` depends on the delivery of `earlier`, in the failing run. */
static bool depends(const struct search *search, const struct ob_event *later,
                    const struct ob_event *earlier)
{
    uint32_t cause = ob_world_sent(search->world, later->sent)->cause;
    for (uint32_t index = 0; cause != OB_NONE && index <= cause; index++)
        if (ob_world_delivery(search->world, index)->sent == earlier->sent)
            return index == cause || ob_world_happens_before(search->world, index, cause);
    return false;
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

/* How many pairs that one actor got come the other way round in another run. */
static unsigned count_reversed(const struct search *search, const struct ob_events *other)
{
    unsigned count = 0;
    uint32_t end =
        search->failing.count < COMPARED_EVENTS_MAX ? search->failing.count : COMPARED_EVENTS_MAX;
    for (uint32_t later = 1; later < end; later++)
        for (uint32_t earlier = 0; earlier < later; earlier++) {
            const struct ob_event *first = &search->failing.list[earlier];
            const struct ob_event *second = &search->failing.list[later];
            if (first->actor == second->actor && first->is_delivered)
                count += is_reversed(other, first, second);
        }
    return count;
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
    unsigned reversed = is_reversed(&other, first, second) ? count_reversed(search, &other) : 0;
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

static bool is_about_order(const struct ob_deviation *deviation)
{
    return deviation->op == OB_DELAY || deviation->op == OB_REORDER || deviation->op == OB_DRAW;
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
    const struct ob_event *before = predecessor(search, first);
    struct ob_deviation hold;
    ob_scenario_copy(neighbour, search->scenario);
    if (way & FREE) {
        if (!deviation || !is_about_order(&search->scenario->deviations[deviation - 1]))
            return false;
        ob_scenario_remove_deviation(neighbour, deviation - 1);
    }
    if ((way & HOLD_FIRST) &&
        (!ob_events_hold(first, second, &hold) || !ob_scenario_insert_deviation(neighbour, &hold)))
        return false;
    return !(way & PLACE_SECOND) || (before && ob_events_hold(second, before, &hold) &&
                                     ob_scenario_insert_deviation(neighbour, &hold));
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

/* Later pairs first: what decides is mostly near the violation. */
static int find_pair(struct search *search)
{
    const struct ob_events *failing = &search->failing;
    for (uint32_t later = failing->count; later-- > 1;) {
        for (uint32_t earlier = later; earlier-- > 0;) {
            const struct ob_event *first = &failing->list[earlier];
            const struct ob_event *second = &failing->list[later];
            if (first->actor != second->actor || !first->is_delivered ||
                depends(search, second, first))
                continue;
            if (search->tries > TRIES_MAX || search->explanation->decision == OB_BY_PAIR)
                return 0;
            if (try_pair(search, first, second))
                return -1;
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
            is_about_order(&search->scenario->deviations[index]))
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
    int result = find_fault(&search) ? 0 : find_pair(&search);
    ob_events_release(&search.failing);
    return result;
}
