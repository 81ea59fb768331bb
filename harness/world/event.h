/* Events: what is put into the queue, and when a run is over though it is not empty. */
#ifndef OFFBEAT_WORLD_EVENT_H
#define OFFBEAT_WORLD_EVENT_H

#include "world/leave.h"
#include "world/walk_under_way.h"

/* Something will happen: unless a walk draws its time, at that of its key. */
static inline void ob_event_push(struct ob_world *world, uint64_t key)
{
    if (OB_UNLIKELY(world->run.walking))
        ob_walk_add(world, key);
    else if (OB_UNLIKELY(!ob_queue_add(&world->run.queue, key)))
        ob_queue_overflows(world);
}

/* A message arrives then, at the latest when virtual time ends. */
static inline void ob_event_arrival(struct ob_world *world, uint32_t sent, uint64_t time_us)
{
    struct ob_log *log = &world->run.log;
    assert(time_us >= world->run.now_us);
    log->sent[sent].key =
        ob_message_key(log, time_us < OB_TIME_US_MAX ? time_us : OB_TIME_US_MAX, sent);
    ob_event_push(world, log->sent[sent].key);
}

/* An actor that is busy goes on with its mailbox. */
static inline void ob_event_wake(struct ob_world *world, unsigned actor, uint64_t time_us)
{
    ob_event_push(world, ob_key(time_us, actor));
}

/* An actor that is down starts again. */
static inline void ob_event_restart(struct ob_world *world, unsigned actor, uint64_t time_us)
{
    ob_event_push(world, ob_key(time_us, world->actor_count + 1 + actor));
}

/* The actor whose restart an event of an actor is, or 0 when it is a wake. */
static inline unsigned ob_event_restarts(const struct ob_world *world, uint32_t event)
{
    assert(event < ob_event_base(world));
    return event > world->actor_count ? event - world->actor_count - 1 : 0;
}

/* Messages that were let go arrive. */
static inline void ob_event_released(struct ob_world *world)
{
    struct ob_holds *holds = &world->run.holds;
    for (uint32_t sent; (sent = ob_holds_released(holds)) != OB_NONE;)
        ob_event_push(world, world->run.log.sent[sent].key);
}

#endif
