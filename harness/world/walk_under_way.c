#include "world/walk_under_way.h"

#include "world/leave.h"
#include "world/range.h"
#include "world/walk_event.h"
#include "world/walk_set.h"

/* A key in the queue of the world or of deadlines. */
static void queue_put(struct ob_world *world, struct ob_queue *queue, uint64_t key)
{
    if (OB_UNLIKELY(!ob_queue_add(queue, key)))
        ob_queue_overflows(world);
}

static uint64_t deadline_of(const struct ob_world *world, uint32_t sent, uint64_t key)
{
    uint64_t latest_us = ob_latest_us(world, &world->run.log.sent[sent], ob_key_time_us(key));
    if (latest_us > OB_TIME_US_MAX)
        latest_us = OB_TIME_US_MAX;
    return ob_key(latest_us, ob_key_event(key));
}

static bool is_past(const struct ob_world *world, uint32_t event, uint64_t key)
{
    return world->walker->places[event] == OB_WALK_ABSENT ||
           ob_walk_key(world, event) == OB_NEVER ||
           (event < ob_event_base(world) && ob_walk_key(world, event) != key);
}

uint64_t ob_walk_first_deadline(struct ob_world *world)
{
    struct ob_queue *deadlines = &world->walk.deadlines;
    for (; deadlines->head < deadlines->tail; deadlines->head++) {
        uint64_t key = ob_queue_first(deadlines);
        if (!is_past(world, ob_key_event(key), key))
            return key;
    }
    return OB_NEVER;
}

/* It may happen next as far as its link is concerned: now, or when the horizon reaches it. */
static void activate(struct ob_world *world, uint32_t event)
{
    uint64_t key = ob_walk_key(world, event);
    if (key <= world->walk.horizon && !ob_is_settled(world, key)) {
        ob_walk_set_add(world, event);
        return;
    }
    world->walker->places[event] = OB_WALK_LATER;
    queue_put(world, &world->run.queue, key);
}

/* On a link that keeps the order only the first can be next. Returns whether it is that. */
static bool enchain(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    if (!(message->flags & OB_SENT_FIFO))
        return true;
    struct ob_pair *pair = ob_way_of(&world->run.network, message);
    bool is_first = pair->chain_last == OB_NONE;
    if (is_first)
        pair->chain_first = sent;
    else
        world->run.log.sent[pair->chain_last].next = sent;
    pair->chain_last = sent;
    message->next = OB_NONE;
    return is_first;
}

void ob_walk_unchain(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    if (!(message->flags & OB_SENT_FIFO))
        return;
    struct ob_pair *pair = ob_way_of(&world->run.network, message);
    assert(pair->chain_first == sent);
    pair->chain_first = message->next;
    if (message->next == OB_NONE)
        pair->chain_last = OB_NONE;
    else
        activate(world, ob_event_base(world) + message->next);
}

void ob_walk_add(struct ob_world *world, uint64_t key)
{
    struct ob_walker *walker = world->walker;
    struct ob_walk_run *walk = &world->walk;
    uint32_t event = ob_key_event(key);
    uint32_t base = ob_event_base(world);
    if (event < base) {
        walker->fixed.actor_keys[event] = key;
        queue_put(world, &walk->deadlines, key);
    } else {
        for (; walk->known <= event - base; walk->known++)
            walker->places[base + walk->known] = OB_WALK_ABSENT;
        queue_put(world, &walk->deadlines, deadline_of(world, event - base, key));
    }
    uint32_t *place = &walker->places[event];
    if (*place == OB_WALK_LATER ||
        (*place == OB_WALK_ABSENT && (event < base || enchain(world, event - base))))
        activate(world, event);
    else if (*place == OB_WALK_ABSENT)
        *place = OB_WALK_CHAINED;
}

void ob_walk_raise_horizon(struct ob_world *world, uint64_t limit)
{
    struct ob_run *run = &world->run;
    if (limit > world->walk.horizon)
        world->walk.horizon = limit;
    while (run->queue.head < run->queue.tail) {
        uint64_t key = world->run.queue.keys[run->queue.head];
        uint32_t event = ob_key_event(key);
        if (key > world->walk.horizon || ob_is_settled(world, key))
            return;
        ob_queue_pop(&run->queue);
        if (world->walker->places[event] != OB_WALK_LATER || ob_walk_key(world, event) != key)
            continue;
        ob_walk_set_add(world, event);
    }
}

uint32_t ob_walk_urgent(struct ob_world *world, uint64_t deadline)
{
    uint32_t event = ob_key_event(deadline);
    if (world->walker->places[event] != OB_WALK_CHAINED)
        return event;
    const struct ob_sent *sent = &world->run.log.sent[event - ob_event_base(world)];
    return ob_event_base(world) + ob_way_of(&world->run.network, sent)->chain_first;
}

void ob_walk_offer(struct ob_world *world, unsigned index)
{
    uint32_t event = ob_walk_outside_event(world, index);
    world->walker->places[event] = OB_WALK_LATER;
    queue_put(world, &world->run.queue, ob_key(world->walker->fixed.due_us[index], event));
}
