#include "world/walk_outside.h"

#include "world/walk_event.h"
#include "world/walk_under_way.h"

static bool is_sent(const struct ob_world *world, unsigned index)
{
    return world->walk.outside_sent[index / 64] >> index % 64 & 1;
}

static bool is_punctual(const struct ob_world *world, unsigned index)
{
    uint32_t event = ob_walk_outside_event(world, index);
    return ob_walk_link_from_outside(world, event)->latency_us_max != UINT32_MAX;
}

/* The next, from `index` on, that is not sent yet and goes to an actor; 0 stands for any. Returns
 * the number of messages where there is none. */
static unsigned next_unsent(const struct ob_world *world, unsigned index, unsigned to)
{
    unsigned count = world->run.scenario->message_count;
    while (index < count &&
           (is_sent(world, index) ||
            (to && ob_walk_actor_of(world, ob_walk_outside_event(world, index)) != to)))
        index++;
    return index;
}

static void find_punctual(struct ob_world *world, unsigned index)
{
    struct ob_walk_run *walk = &world->walk;
    unsigned count = world->run.scenario->message_count;
    while (index < count && (is_sent(world, index) || !is_punctual(world, index)))
        index++;
    walk->punctual_next = index;
    walk->punctual_us = index < count ? world->walker->fixed.due_us[index] : OB_NEVER;
}

/* The run does not end before, nor for as long after it as it takes to settle. */
static void outside_sends_at(struct ob_world *world, uint64_t time_us)
{
    struct ob_run *run = &world->run;
    if (time_us <= run->outside_end_us)
        return;
    run->outside_end_us = time_us;
    if (world->target->settle_us)
        run->end_key = ob_end_key(world, time_us);
}

void ob_walk_sent_outside(struct ob_world *world, unsigned index)
{
    struct ob_run *run = &world->run;
    assert(!is_sent(world, index));
    world->walk.outside_sent[index / 64] |= UINT64_C(1) << index % 64;
    world->walk.outside_left--;
    outside_sends_at(world, run->now_us);
    run->outside_next = next_unsent(world, 0, 0);
    if (!run->walking) {
        bool is_last = run->outside_next == world->run.scenario->message_count;
        uint64_t due_us = is_last ? OB_NEVER : world->walker->fixed.due_us[run->outside_next];
        run->outside_us = due_us > run->now_us ? due_us : run->now_us;
        return;
    }
    uint32_t event = ob_walk_outside_event(world, index);
    if (is_punctual(world, index)) {
        find_punctual(world, index);
        return;
    }
    if (ob_walk_link_from_outside(world, event)->unordered)
        return;
    unsigned to = ob_walk_actor_of(world, event);
    unsigned next = next_unsent(world, index, to);
    if (next < world->run.scenario->message_count)
        ob_walk_offer(world, next);
}

void ob_walk_offer_all(struct ob_world *world)
{
    for (unsigned index = 0; index < world->run.scenario->message_count; index++) {
        uint32_t event = ob_walk_outside_event(world, index);
        world->walker->places[event] = OB_WALK_ABSENT;
        if (is_sent(world, index) || is_punctual(world, index))
            continue;
        unsigned to = ob_walk_actor_of(world, event);
        if (ob_walk_link_from_outside(world, event)->unordered ||
            next_unsent(world, 0, to) == index)
            ob_walk_offer(world, index);
    }
    find_punctual(world, 0);
    world->run.outside_us = OB_NEVER;
}

void ob_walk_not_before(struct ob_world *world, uint64_t outside_us)
{
    uint64_t *due_us = world->walker->fixed.due_us;
    for (unsigned index = 0; index < world->run.scenario->message_count; index++)
        if (!is_sent(world, index) && due_us[index] < outside_us)
            due_us[index] = outside_us;
}

void ob_walk_leave_outside(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    run->outside_next = next_unsent(world, 0, 0);
    if (run->outside_next == run->scenario->message_count)
        return;
    uint64_t now_us = run->now_us + (run->log.sent_count > world->walk.tick_outside);
    run->outside_us = world->walker->fixed.due_us[run->outside_next];
    if (run->outside_us < now_us)
        run->outside_us = now_us;
    outside_sends_at(world, run->outside_us);
}
