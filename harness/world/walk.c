/* Taking steps whose order and times are drawn; see walk.h. */
#include "world/walk.h"

/* -- what is under way -- */

void ob_walk_add_deadline(struct ob_world *world, uint64_t key)
{
    struct ob_walk_run *walk = &world->run.walk;
    uint64_t *deadlines = world->walker->deadlines;
    if (walk->deadline_tail == OB_QUEUE_MAX)
        ob_queue_compact(world, deadlines, &walk->deadline_head, &walk->deadline_tail);
    ob_queue_place(deadlines, walk->deadline_head, walk->deadline_tail++, key);
}

static uint64_t deadline_of(const struct ob_world *world, uint32_t sent, uint64_t key)
{
    uint64_t latest_us = ob_latest_us(world, &world->sent[sent], key >> OB_EVENT_BITS);
    if (latest_us > OB_TIME_US_MAX)
        latest_us = OB_TIME_US_MAX;
    return latest_us << OB_EVENT_BITS | (key & OB_EVENT_MASK);
}

static bool is_past(const struct ob_world *world, uint32_t event, uint64_t key)
{
    return world->walker->places[event] == OB_WALK_ABSENT ||
           ob_walk_key(world, event) == OB_NEVER ||
           (event < ob_event_base(world) && ob_walk_key(world, event) != key);
}

/* The first deadline of all: what happens before it comes with a smaller key, or is it. */
static uint64_t first_deadline(struct ob_world *world)
{
    struct ob_walk_run *walk = &world->run.walk;
    while (walk->deadline_head < walk->deadline_tail) {
        uint64_t key = world->walker->deadlines[walk->deadline_head];
        if (!is_past(world, (uint32_t)key & OB_EVENT_MASK, key))
            return key;
        walk->deadline_head++;
    }
    return OB_NEVER;
}

/* It may happen next as far as its link is concerned: now, or when the horizon reaches it. */
static void activate(struct ob_world *world, uint32_t event)
{
    uint64_t key = ob_walk_key(world, event);
    if (key <= world->run.walk.horizon && !ob_is_settled(world, key)) {
        ob_walk_set_add(world, event);
        return;
    }
    world->walker->places[event] = OB_WALK_LATER;
    ob_queue_add(world, key);
}

/* On a link that keeps the order only the first can be next. Returns whether it is that. */
static bool enchain(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    if (!(message->flags & OB_SENT_FIFO))
        return true;
    struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
    bool is_first = pair->chain_last == OB_NONE;
    if (is_first)
        pair->chain_first = sent;
    else
        world->sent[pair->chain_last].next = sent;
    pair->chain_last = sent;
    message->next = OB_NONE;
    return is_first;
}

/* The first of its link happens: the next is the first now. */
static void unchain(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    if (!(message->flags & OB_SENT_FIFO))
        return;
    struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
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
    struct ob_walk_run *walk = &world->run.walk;
    uint32_t event = (uint32_t)key & OB_EVENT_MASK;
    uint32_t base = ob_event_base(world);
    if (event < base) {
        walker->fixed.actor_keys[event] = key;
        ob_walk_add_deadline(world, key);
    } else {
        for (; walk->known <= event - base; walk->known++)
            walker->places[base + walk->known] = OB_WALK_ABSENT;
        ob_walk_add_deadline(world, deadline_of(world, event - base, key));
    }
    uint32_t *place = &walker->places[event];
    if (*place == OB_WALK_LATER ||
        (*place == OB_WALK_ABSENT && (event < base || enchain(world, event - base))))
        activate(world, event);
    else if (*place == OB_WALK_ABSENT)
        *place = OB_WALK_CHAINED;
}

/* What may happen up to a limit leaves the queue. Once is enough: the horizon never draws back. */
static void raise_horizon(struct ob_world *world, uint64_t limit)
{
    struct ob_run *run = &world->run;
    if (limit > run->walk.horizon)
        run->walk.horizon = limit;
    while (run->queue_head < run->queue_tail) {
        uint64_t key = world->queue[run->queue_head];
        uint32_t event = (uint32_t)key & OB_EVENT_MASK;
        if (key > run->walk.horizon || ob_is_settled(world, key))
            return;
        run->queue_head++;
        if (world->walker->places[event] != OB_WALK_LATER || ob_walk_key(world, event) != key)
            continue;
        ob_walk_set_add(world, event);
    }
}

/* -- happening -- */

/* What must happen by the deadline, or what is before it on its link. */
static uint32_t urgent(struct ob_world *world, uint64_t deadline)
{
    uint32_t event = (uint32_t)deadline & OB_EVENT_MASK;
    if (world->walker->places[event] != OB_WALK_CHAINED)
        return event;
    const struct ob_sent *sent = &world->sent[event - ob_event_base(world)];
    return ob_event_base(world) + ob_pair_at(world, sent->message.from, sent->to)->chain_first;
}

static void pass_time(struct ob_world *world, uint64_t time_us)
{
    struct ob_run *run = &world->run;
    assert(time_us >= run->now_us);
    if (time_us > run->now_us)
        run->walk.tick_outside = run->sent_count;
    run->now_us = time_us;
}

static void send_from_outside(struct ob_world *world, unsigned index)
{
    ob_walk_sent_outside(world, index);
    ob_send_input(world, index, world->run.now_us);
    world->run.walk.tick_outside = world->run.sent_count;
}

/* One that arrives when it is sent does so in the same step, as if it had been sent before anything
 * else in this microsecond. */
static void arrive_from_outside(struct ob_world *world, unsigned index)
{
    struct ob_run *run = &world->run;
    uint32_t sent = run->sent_count;
    uint64_t key = ob_message_key(world, run->now_us, sent);
    uint32_t *place = &world->walker->places[ob_event_base(world) + sent];
    ob_walk_sent_outside(world, index);
    ob_send_input(world, index, run->now_us);
    if (run->walk.tick_outside == sent)
        run->walk.tick_outside++;
    assert(world->sent[sent].key == key && !(world->sent[sent].flags & OB_SENT_FIFO));
    run->walk.last_key = ob_message_key(world, run->now_us, run->walk.tick_outside) - 1;
    if (*place < OB_WALK_LATER)
        ob_walk_set_remove(world, ob_event_base(world) + sent, true);
    *place = OB_WALK_ABSENT;
    ob_happen(world, key, run->now_us);
}

static void happen(struct ob_world *world, uint32_t event, uint64_t time_us)
{
    struct ob_walk_run *walk = &world->run.walk;
    uint32_t base = ob_event_base(world);
    uint64_t key = ob_walk_key(world, event);
    bool is_outside = ob_walk_is_outside(world, event);
    pass_time(world, time_us);
    bool arrives = !is_outside || ob_walk_arrives_at_once(world, event);
    if (world->walker->places[event] < OB_WALK_LATER)
        ob_walk_set_remove(world, event, arrives);
    world->walker->places[event] = OB_WALK_ABSENT;
    if (is_outside) {
        (arrives ? arrive_from_outside : send_from_outside)(world, event - base - OB_SENT_MAX);
        return;
    }
    uint64_t now_key = time_us << OB_EVENT_BITS | event;
    if (now_key > walk->last_key) /* what is overdue comes though others have passed it */
        walk->last_key = now_key;
    if (event >= base) {
        struct ob_sent *sent = &world->sent[event - base];
        if (time_us > key >> OB_EVENT_BITS && !sent->deviation)
            sent->deviation = (uint8_t)(walk->deviation + 1);
        unchain(world, event - base);
    }
    ob_happen(world, key, time_us);
}

/* What the next step comes before, or is: the first deadline; the end of the run; and what the
 * outside sends when the scenario says, which comes before everything else in its microsecond. */
static uint64_t limit_of(const struct ob_world *world, uint64_t deadline)
{
    const struct ob_run *run = &world->run;
    uint64_t limit = deadline;
    if (run->walk.outside_left == 0 && run->end_key != OB_NEVER && run->end_key - 1 < limit)
        limit = run->end_key - 1;
    if (run->walk.punctual_us != OB_NEVER && run->walk.punctual_us << OB_EVENT_BITS < limit)
        limit = run->walk.punctual_us << OB_EVENT_BITS;
    return limit;
}

bool ob_walk_step(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    uint64_t deadline = first_deadline(world);
    uint64_t limit = limit_of(world, deadline);
    bool is_overdue = deadline <= run->walk.last_key;
    raise_horizon(world, limit);
    uint32_t event = is_overdue ? urgent(world, deadline) : ob_walk_choose(world, limit);
    if (event == OB_NONE && run->walk.punctual_us != OB_NEVER &&
        limit == run->walk.punctual_us << OB_EVENT_BITS) {
        pass_time(world, run->walk.punctual_us);
        send_from_outside(world, run->walk.punctual_next);
        return true;
    }
    if (event == OB_NONE && limit == deadline && deadline != OB_NEVER)
        event = urgent(world, deadline);
    if (event == OB_NONE) {
        ob_walk_end_run(world);
        ob_end(world, run->queue_head == run->queue_tail);
        return false;
    }
    uint64_t time_us = is_overdue ? run->now_us : ob_walk_draw_time_us(world, event, limit);
    run->walk.steps++;
    run->applied |= UINT64_C(1) << run->walk.deviation;
    happen(world, event, time_us);
    return true;
}
