/* What a walk takes next, and when: the one that its strategy puts first of those that are possible
 * before a limit. */
#ifndef OFFBEAT_WORLD_WALK_CHOOSE_H
#define OFFBEAT_WORLD_WALK_CHOOSE_H

#include "world/deviate.h"
#include "world/walk_event.h"

/* Whether a message from outside arrives when it is sent: by a link without a latency, and no
 * deviation puts it off if it is sent now. Such a link keeps no order. What would put it off has an
 * effect by that alone, as the walk goes another way. */
static inline bool ob_walk_arrives_at_once(struct ob_world *world, uint32_t event)
{
    unsigned index = event - ob_event_base(world) - OB_SENT_MAX;
    unsigned to = ob_walk_actor_of(world, event);
    return ob_link_between(&world->run.network, OB_OUTSIDE, to)->latency_us == 0 &&
           !ob_puts_off_input(world, world->run.scenario->messages[index].kind, to);
}

/* Where an event has its place among those of one microsecond. What the outside sends comes before
 * what is sent by what happens then, and after everything that was sent before. */
static inline uint64_t ob_walk_key_at(const struct ob_world *world, uint32_t event,
                                      uint64_t time_us)
{
    const struct ob_run *run = &world->run;
    if (OB_UNLIKELY(ob_walk_is_outside(world, event)))
        event = ob_event_base(world) +
                (time_us == run->now_us ? world->walk.tick_outside : run->log.sent_count);
    return ob_key(time_us, event);
}

/* The earliest time at which it can happen, behind what has happened. */
static inline uint64_t ob_walk_earliest_us(struct ob_world *world, uint32_t event)
{
    const struct ob_run *run = &world->run;
    uint64_t due_us = ob_key_time_us(ob_walk_key(world, event));
    if (due_us > run->now_us)
        return due_us;
    /* What is on its way for a while has its place among what is sent in the same microsecond,
     * where the outside is the first to send. */
    if (OB_UNLIKELY(ob_walk_is_outside(world, event)) && !ob_walk_arrives_at_once(world, event))
        return run->now_us + (run->log.sent_count > world->walk.tick_outside);
    return run->now_us + (ob_walk_key_at(world, event, run->now_us) <= world->walk.last_key);
}

/* The event that happens next, with a key of at most `limit`; OB_NONE where none is possible. */
uint32_t ob_walk_choose(struct ob_world *world, uint64_t limit);

/* When: as early as its order permits; some steps as late as may be, as messages that are all early
 * would never meet a timeout. */
uint64_t ob_walk_draw_time_us(struct ob_world *world, uint32_t event, uint64_t limit);

#endif
