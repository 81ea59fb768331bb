/* What walks ask of events: who they happen to, and when they can. */
#ifndef OFFBEAT_WORLD_WALK_EVENT_H
#define OFFBEAT_WORLD_WALK_EVENT_H

#include "world/state.h"

static inline uint32_t ob_walk_outside_event(const struct ob_world *world, unsigned index)
{
    return ob_event_base(world) + OB_SENT_MAX + index;
}

static inline bool ob_walk_is_outside(const struct ob_world *world, uint32_t event)
{
    return event >= ob_event_base(world) + OB_SENT_MAX;
}

/* The actor that an event happens to. */
static inline unsigned ob_walk_actor_of(const struct ob_world *world, uint32_t event)
{
    uint32_t base = ob_event_base(world);
    if (event < base)
        return event > world->actor_count ? event - world->actor_count - 1 : event;
    if (!ob_walk_is_outside(world, event))
        return world->run.log.sent[event - base].to;
    const struct ob_input_message *input =
        &world->run.scenario->messages[event - base - OB_SENT_MAX];
    return world->vocabulary.outside[world->outside_by_kind[input->kind]].to_first +
           (unsigned)input->instance;
}

/* A number for the link of a message, or for all that share its order with it. */
static inline uint64_t ob_walk_way_of(const struct ob_world *world, const struct ob_sent *sent)
{
    const struct ob_network *network = &world->run.network;
    bool shares = ob_link_of(network, ob_pair_of(network, sent))->in_sent_order;
    bool keeps = sent->flags & OB_SENT_FIFO;
    return (uint64_t)(shares && keeps ? network->width : sent->message.from) << 16 | sent->to;
}

static inline const struct ob_link *ob_walk_link_from_outside(const struct ob_world *world,
                                                              uint32_t event)
{
    return ob_link_between(&world->run.network, OB_OUTSIDE, ob_walk_actor_of(world, event));
}

/* The key with which an event would come next in a plain run. OB_NEVER for one that was cancelled.
 */
static inline uint64_t ob_walk_key(const struct ob_world *world, uint32_t event)
{
    uint32_t base = ob_event_base(world);
    if (OB_UNLIKELY(event < base))
        return world->walker->fixed.actor_keys[event];
    if (OB_LIKELY(!ob_walk_is_outside(world, event)))
        return world->run.log.sent[event - base].key;
    return ob_key(world->walker->fixed.due_us[event - base - OB_SENT_MAX], event);
}

#endif
