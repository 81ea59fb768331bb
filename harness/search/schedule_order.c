/* Steps of a schedule mutation that put what one actor gets into another order. */
#include <assert.h>

#include "scenario/edit.h"
#include "search/schedule_step.h"
#include "world/sent_order.h"
#include "world/trace.h"

/* The others keep the execution's order but for a few groups. */
#define FRESH_ORDERS_IN_EIGHT 5u

/* In the order of sending nothing waits for what is sent after it. So what has sent the first of
 * `held` comes so much later that the first of `awaited` is sent before. */
static bool send_after(struct ob_schedule *schedule, const struct ob_group *held,
                       const struct ob_group *awaited)
{
    const struct ob_world *world = schedule->world;
    const struct ob_sent *one = ob_world_sent(world, ob_world_delivery(world, held->first)->sent);
    const struct ob_sent *other =
        ob_world_sent(world, ob_world_delivery(world, awaited->first)->sent);
    uint32_t sent = one->cause == OB_NONE ? OB_NONE : ob_world_delivery(world, one->cause)->sent;
    if (sent == OB_NONE || one->time_us > other->time_us)
        return false;
    uint64_t distance_us = other->time_us - one->time_us;
    uint32_t ordinal = ob_world_ordinal(world, sent);
    const struct ob_sent *late = ob_world_sent(world, sent);
    const struct ob_deviation delay = {.op = OB_DELAY,
                                       .which = {.from = (uint8_t)(late->message.from + 1),
                                                 .to = (uint8_t)late->to,
                                                 .kind = (uint8_t)(late->message.kind + 1),
                                                 .nth = (uint8_t)(ordinal + 1)},
                                       /* at the precision that durations have */
                                       .amount =
                                           ob_duration_limit(distance_us + distance_us / 1000 + 1)};
    return ordinal < UINT8_MAX && ob_schedule_add(schedule, delay);
}

static bool come_as_sent(const struct ob_schedule *schedule, const struct ob_group *one,
                         const struct ob_group *other)
{
    const struct ob_world *world = schedule->world;
    return one->first != OB_NONE && other->first != OB_NONE &&
           ob_world_keeps_sent_order(world, ob_world_delivery(world, one->first)->sent,
                                     ob_world_delivery(world, other->first)->sent);
}

/* Group `held` waits until `awaited` was handled: its first, or all of it that this execution has
 * shown. */
static bool hold(struct ob_schedule *schedule, const struct ob_group *held,
                 const struct ob_group *awaited)
{
    if (held->is_fixed)
        return false;
    if (come_as_sent(schedule, held, awaited))
        return send_after(schedule, held, awaited);
    struct ob_deviation deviation = {
        .op = OB_REORDER, .which = held->which, .awaited = awaited->awaited};
    if (awaited->count > 1 && ob_rng_below(schedule->rng, 2) == 0)
        deviation.awaited.nth =
            (uint8_t)((awaited->count < UINT8_MAX ? awaited->count : UINT8_MAX) - 1);
    return ob_schedule_add(schedule, deviation);
}

/* A reorder that holds back just this group has brought about the order that is to be reversed. */
static bool release(struct ob_schedule *schedule, const struct ob_group *group)
{
    const struct ob_scenario *scenario = schedule->scenario;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        if (deviation->op != OB_REORDER || deviation->which.to != group->which.to ||
            deviation->which.kind != group->which.kind)
            continue;
        ob_scenario_remove_deviation(schedule->scenario, index);
        return true;
    }
    return false;
}

static bool reverse_one(struct ob_schedule *schedule)
{
    const struct ob_groups *groups = &schedule->groups;
    for (unsigned tries = 0; tries < 8; tries++) {
        unsigned later = 1 + ob_rng_below(schedule->rng, groups->count - 1);
        unsigned earlier = ob_rng_below(schedule->rng, later);
        if (!ob_groups_race(groups, earlier, later))
            continue;
        bool released = release(schedule, &groups->list[later]);
        return hold(schedule, &groups->list[earlier], &groups->list[later]) || released;
    }
    return false;
}

bool ob_schedule_reverse(struct ob_schedule *schedule)
{
    bool changed = false;
    /* Flips add up: what one alone does not show, two may. */
    do {
        if (!ob_schedule_choose_actor(schedule))
            break;
        changed |= reverse_one(schedule);
    } while (ob_rng_below(schedule->rng, 2) == 0);
    return changed;
}

/* What reorders at this actor said before is said anew. */
static bool forget_order(struct ob_schedule *schedule)
{
    bool any = false;
    struct ob_scenario *scenario = schedule->scenario;
    for (unsigned index = scenario->deviation_count; index-- > 0;) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        if (deviation->op == OB_REORDER && deviation->which.to == schedule->groups.actor)
            any = true;
        else
            continue;
        ob_scenario_remove_deviation(scenario, index);
    }
    return any;
}

/*
 * A random order of the groups that happens-before allows, each order of independent groups as
 * likely as any other: so each pair of independent groups is reversed with probability one half,
 * whatever lies between its members.
 */
static void draw_order(struct ob_schedule *schedule, unsigned order[OB_GROUPS_MAX])
{
    const struct ob_groups *groups = &schedule->groups;
    uint64_t placed = 0;
    for (unsigned count = 0; count < groups->count; count++) {
        unsigned ready[OB_GROUPS_MAX];
        unsigned ready_count = 0;
        for (unsigned index = 0; index < groups->count; index++)
            if (!(placed >> index & 1) && (groups->list[index].depends_on & ~placed) == 0)
                ready[ready_count++] = index;
        assert(ready_count > 0); /* dependences have no cycle */
        order[count] = ready[ob_rng_below(schedule->rng, ready_count)];
        placed |= UINT64_C(1) << order[count];
    }
}

static bool depends(const struct ob_groups *groups, unsigned later, unsigned earlier)
{
    return groups->list[later].depends_on >> earlier & 1;
}

/* Moves the group at one place to another, as far as happens-before lets it. */
static void move_group(const struct ob_groups *groups, unsigned order[OB_GROUPS_MAX], unsigned from,
                       unsigned to)
{
    for (; from < to && !depends(groups, order[from + 1], order[from]); from++) {
        unsigned moved = order[from];
        order[from] = order[from + 1];
        order[from + 1] = moved;
    }
    for (; from > to && !depends(groups, order[from], order[from - 1]); from--) {
        unsigned moved = order[from];
        order[from] = order[from - 1];
        order[from - 1] = moved;
    }
}

/* The order of the execution, with a few groups moved: what it has achieved so far is kept. */
static void vary_order(struct ob_schedule *schedule, unsigned order[OB_GROUPS_MAX])
{
    unsigned count = schedule->groups.count;
    for (unsigned index = 0; index < count; index++)
        order[index] = index;
    do {
        move_group(&schedule->groups, order, ob_rng_below(schedule->rng, count),
                   ob_rng_below(schedule->rng, count));
    } while (ob_rng_below(schedule->rng, 2) == 0);
}

/* Every group waits for the one before it. */
static bool impose_order(struct ob_schedule *schedule)
{
    unsigned order[OB_GROUPS_MAX] = {0};
    bool changed = forget_order(schedule);
    if (ob_rng_below(schedule->rng, 8) < FRESH_ORDERS_IN_EIGHT)
        draw_order(schedule, order);
    else
        vary_order(schedule, order);
    for (unsigned index = 1; index < schedule->groups.count; index++)
        changed |= hold(schedule, &schedule->groups.list[order[index]],
                        &schedule->groups.list[order[index - 1]]);
    return changed;
}

bool ob_schedule_shuffle(struct ob_schedule *schedule)
{
    if (!ob_schedule_choose_actor(schedule))
        return false;
    bool changed = impose_order(schedule);
    if (ob_rng_below(schedule->rng, 4) > 0)
        return changed;
    unsigned chosen = schedule->groups.actor;
    for (unsigned index = 0; index < schedule->candidate_count; index++) {
        if (schedule->candidates[index] == chosen)
            continue;
        ob_schedule_read_groups(schedule, schedule->candidates[index]);
        if (schedule->groups.count > 1)
            changed |= impose_order(schedule);
    }
    return changed;
}
