/* In which range of times a message may arrive. */
#ifndef OFFBEAT_WORLD_RANGE_H
#define OFFBEAT_WORLD_RANGE_H

#include "world/state.h"

/* How much later than due a timer may fire, or a task go on; of what comes by a link 0. */
static inline uint32_t ob_lateness_us(const struct ob_world *world, const struct ob_sent *message)
{
    const struct ob_faults *faults = &world->actors[message->to].faults;
    uint64_t late_us = message->flags & OB_SENT_TIMER ? faults->timer_late_us_max : 0;
    late_us += message->flags & OB_SENT_RESUME ? faults->task_late_us_max : 0;
    return late_us < UINT32_MAX ? (uint32_t)late_us : UINT32_MAX;
}

/* The latest time at which a message that is due at `due_us` arrives, as its link or its actor
 * allow. */
static inline uint64_t ob_latest_us(const struct ob_world *world, const struct ob_sent *message,
                                    uint64_t due_us)
{
    const struct ob_network *network = &world->run.network;
    if (ob_comes_by_itself(message))
        return due_us - message->next + ob_lateness_us(world, message);
    return ob_link_latest_us(ob_link_of(network, ob_pair_of(network, message)), message->time_us,
                             due_us);
}

#endif
