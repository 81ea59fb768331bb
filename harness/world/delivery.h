/* A delivery goes into the log, unless the run has come to its bound or to where somebody wants to
 * know. */
#ifndef OFFBEAT_WORLD_DELIVERY_H
#define OFFBEAT_WORLD_DELIVERY_H

#include "world/feedback.h"
#include "world/state.h"

/* The run has come to the delivery at which it stops, or which is published. */
OB_RARE void ob_deliveries_stop(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                                unsigned flags);

/* Logs a delivery of a message or, when `sent` is OB_NONE, a start of the actor. */
OB_INLINE uint32_t ob_log_delivery(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                                   unsigned flags)
{
    struct ob_log *log = &world->run.log;
    assert(log->delivery_count < world->deliveries_max);
    uint32_t index = ob_log_deliver(log, world->run.now_us, sent, actor->id, actor->abstract_state,
                                    actor->last_delivery, flags);
    if (flags & OB_DELIVERY_CRASHED) /* what the actor still says comes after it */
        actor->last_delivery = index;
    if (flags & OB_DELIVERY_LOST)
        return index;
    actor->last_delivery = index;
    actor->handled_count++;
    if (world->counters && sent != OB_NONE)
        ob_mark_delivery(world, &log->deliveries[index], actor, log->sent[sent].message.kind);
    return index;
}

/* The same where the run may have come to its bound. */
OB_INLINE uint32_t ob_record(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                             unsigned flags)
{
    if (OB_UNLIKELY(world->run.log.delivery_count == world->deliveries_stop))
        ob_deliveries_stop(world, actor, sent, flags);
    return ob_log_delivery(world, actor, sent, flags);
}

#endif
