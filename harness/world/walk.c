/* Taking steps whose order and times are drawn; see walk.h. */
#include "world/walk.h"

#include "base/rng.h"

#define TRIES_MAX 8u
#define RECENT_MAX 16u
/* A step is not put off for longer than anybody waits for: the outside may take an hour. */
#define LATE_US_MAX (UINT64_C(60) * 1000000)

/* -- events -- */

/* The key with which an event would come next in a plain run. OB_NEVER for one that was cancelled.
 */
static uint64_t key_of(const struct ob_world *world, uint32_t event)
{
    uint32_t base = ob_event_base(world);
    if (event < base)
        return world->walker->fixed.actor_keys[event];
    if (!ob_walk_is_outside(world, event))
        return world->sent[event - base].key;
    return world->walker->fixed.due_us[event - base - OB_SENT_MAX] << OB_EVENT_BITS | event;
}

/* Where an event has its place among those of one microsecond. What the outside sends comes before
 * what is sent by what happens then, and after everything that was sent before. */
static uint64_t key_at(const struct ob_world *world, uint32_t event, uint64_t time_us)
{
    const struct ob_run *run = &world->run;
    if (ob_walk_is_outside(world, event))
        event =
            ob_event_base(world) + (time_us == run->now_us ? run->walk.tick_sent : run->sent_count);
    return time_us << OB_EVENT_BITS | event;
}

/* Whether a message from outside arrives when it is sent, unless a deviation puts it off. */
static bool is_immediate(const struct ob_world *world, uint32_t event)
{
    return ob_world_link(world, OB_OUTSIDE, ob_walk_actor_of(world, event))->latency_us == 0;
}

/* The earliest time at which it can happen, behind what has happened. */
static uint64_t earliest_us(const struct ob_world *world, uint32_t event)
{
    const struct ob_run *run = &world->run;
    uint64_t due_us = key_of(world, event) >> OB_EVENT_BITS;
    if (due_us > run->now_us)
        return due_us;
    if (key_at(world, event, run->now_us) <= run->walk.last_key)
        return run->now_us + 1;
    /* One that arrives later has its place among what was sent in this microsecond already. */
    if (ob_walk_is_outside(world, event) && run->sent_count > run->walk.tick_sent &&
        !is_immediate(world, event))
        return run->now_us + 1;
    return run->now_us;
}

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

static bool is_stale(const struct ob_world *world, uint32_t event, uint64_t key)
{
    return world->walker->places[event] == OB_WALK_ABSENT || key_of(world, event) == OB_NEVER ||
           (event < ob_event_base(world) && key_of(world, event) != key);
}

/* The first deadline of all: what happens before it comes with a smaller key, or is it. */
static uint64_t first_deadline(struct ob_world *world)
{
    struct ob_walk_run *walk = &world->run.walk;
    while (walk->deadline_head < walk->deadline_tail) {
        uint64_t key = world->walker->deadlines[walk->deadline_head];
        if (!is_stale(world, (uint32_t)key & OB_EVENT_MASK, key))
            return key;
        walk->deadline_head++;
    }
    return OB_NEVER;
}

/* It may happen next as far as its link is concerned: now, or when the horizon reaches it. */
static void activate(struct ob_world *world, uint32_t event)
{
    uint64_t key = key_of(world, event);
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

static void add_again(struct ob_world *world, uint32_t event, uint64_t key)
{
    uint32_t *place = &world->walker->places[event];
    if (*place != OB_WALK_LATER) /* it is where it can be taken from, or behind another */
        return;
    *place = OB_WALK_ABSENT;
    (void)key;
    activate(world, event);
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
    if (walker->places[event] != OB_WALK_ABSENT) {
        add_again(world, event, key);
    } else if (event < base || enchain(world, event - base)) {
        activate(world, event);
    } else {
        walker->places[event] = OB_WALK_CHAINED;
    }
}

/* What may happen before a deadline leaves the queue. Once is enough: the horizon never draws back.
 */
static void raise_horizon(struct ob_world *world, uint64_t deadline)
{
    struct ob_run *run = &world->run;
    if (deadline > run->walk.horizon)
        run->walk.horizon = deadline;
    while (run->queue_head < run->queue_tail) {
        uint64_t key = world->queue[run->queue_head];
        uint32_t event = (uint32_t)key & OB_EVENT_MASK;
        if (key > run->walk.horizon || ob_is_settled(world, key))
            return;
        run->queue_head++;
        if (world->walker->places[event] != OB_WALK_LATER || key_of(world, event) != key)
            continue;
        ob_walk_set_add(world, event);
    }
}

/* -- choosing -- */

static bool is_possible(const struct ob_world *world, uint32_t event, uint64_t deadline)
{
    return key_of(world, event) != OB_NEVER &&
           key_at(world, event, earliest_us(world, event)) <= deadline;
}

/* What must happen by the deadline, or what is before it on its link. */
static uint32_t urgent(struct ob_world *world, uint64_t deadline)
{
    uint32_t event = (uint32_t)deadline & OB_EVENT_MASK;
    if (world->walker->places[event] != OB_WALK_CHAINED)
        return event;
    const struct ob_sent *sent = &world->sent[event - ob_event_base(world)];
    return ob_event_base(world) + ob_pair_at(world, sent->message.from, sent->to)->chain_first;
}

/* The deadline is this very microsecond: what can still come before it was sent between what has
 * happened last and what is urgent, or comes from outside. The best of the youngest of these. */
static uint32_t choose_at_once(struct ob_world *world, uint64_t deadline)
{
    uint32_t base = ob_event_base(world);
    uint32_t best = urgent(world, deadline);
    uint64_t best_rank = ob_walk_set_rank(world, best);
    uint32_t event = (uint32_t)deadline & OB_EVENT_MASK;
    uint32_t last = (uint32_t)world->run.walk.last_key & OB_EVENT_MASK;
    unsigned inputs = world->scenario->message_count;
    /* Behind the known messages are only those from outside, which are looked at below. */
    if (event > base + world->run.walk.known)
        event = base + world->run.walk.known;
    for (unsigned at = 0; at < RECENT_MAX && event > last + 1 && event > base; at++) {
        event--;
        if (world->walker->places[event] >= OB_WALK_LATER || !is_possible(world, event, deadline))
            continue;
        uint64_t rank = ob_walk_set_rank(world, event);
        if (rank > best_rank) {
            best = event;
            best_rank = rank;
        }
    }
    for (unsigned at = world->run.outside_next; at < inputs && at < RECENT_MAX; at++) {
        event = ob_walk_outside_event(world, at);
        if (world->walker->places[event] >= OB_WALK_LATER || !is_possible(world, event, deadline))
            continue;
        uint64_t rank = ob_walk_set_rank(world, event);
        if (rank > best_rank) {
            best = event;
            best_rank = rank;
        }
    }
    return best;
}

/* Where the one of the strategy is not possible, as it would come behind the deadline: the best of
 * some; and what is urgent where none of them is. */
static uint32_t choose_slowly(struct ob_world *world, uint64_t deadline)
{
    uint32_t best = OB_NONE;
    uint32_t event = OB_NONE;
    uint64_t best_rank = 0;
    for (unsigned nth = 0; ob_walk_set_candidate(world, nth, &event); nth++) {
        if (event == OB_NONE || !is_possible(world, event, deadline))
            continue;
        uint64_t rank = ob_walk_set_rank(world, event);
        if (best == OB_NONE || rank > best_rank) {
            best = event;
            best_rank = rank;
        }
    }
    return best == OB_NONE ? urgent(world, deadline) : best;
}

/* What happens next, or OB_NONE when nothing can before the run has settled. */
static uint32_t choose(struct ob_world *world, uint64_t deadline)
{
    bool is_random = world->run.walk.strategy == OB_WALK_RANDOM;
    unsigned tries = 0;
    for (;;) {
        uint32_t event = ob_walk_set_draw(world);
        if (event == OB_NONE)
            return OB_NONE;
        if (key_of(world, event) == OB_NEVER) { /* it was cancelled */
            ob_walk_set_remove(world, event, false);
            continue;
        }
        if (key_at(world, event, earliest_us(world, event)) <= deadline)
            return event;
        if (!is_random || ++tries == TRIES_MAX)
            return choose_slowly(world, deadline);
    }
}

static uint32_t choose_by_strategy(struct ob_world *world, uint64_t deadline)
{
    if (deadline <= world->run.walk.last_key) /* overdue: it comes at once */
        return urgent(world, deadline);
    if (deadline >> OB_EVENT_BITS == world->run.now_us)
        return choose_at_once(world, deadline);
    uint32_t event = choose(world, deadline);
    while (world->run.walk.strategy == OB_WALK_PCT && event != OB_NONE &&
           ob_walk_set_lower(world, event))
        event = choose(world, deadline);
    return event;
}

/* As early as its order permits; some steps as late as may be, as messages that are all early would
 * never meet a timeout. */
static uint64_t draw_time_us(struct ob_world *world, uint32_t event, uint64_t deadline)
{
    static const uint8_t one_in[OB_LATE_RATES] = {
        [OB_LATE_HALF] = 2, [OB_LATE_QUARTER] = 4, [OB_LATE_EIGHTH] = 8};
    struct ob_walk_run *walk = &world->run.walk;
    if (deadline <= walk->last_key)
        return world->run.now_us;
    uint64_t time_us = earliest_us(world, event);
    if (walk->late == OB_LATE_NEVER || ob_rng_below(&walk->rng, one_in[walk->late]) > 0)
        return time_us;
    uint64_t end_key = walk->outside_left ? OB_NEVER : world->run.end_key - 1;
    uint64_t latest_us = (deadline < end_key ? deadline : end_key) >> OB_EVENT_BITS;
    if (latest_us > time_us && key_at(world, event, latest_us) > deadline)
        latest_us--;
    return latest_us > time_us && latest_us - time_us <= LATE_US_MAX ? latest_us : time_us;
}

/* -- happening -- */

static void pass_time(struct ob_world *world, uint64_t time_us)
{
    assert(time_us >= world->run.now_us);
    if (time_us > world->run.now_us)
        world->run.walk.tick_sent = world->run.sent_count;
    world->run.now_us = time_us;
}

/* Sends a message from outside. Where it arrives at the same moment, it does so in the same step.
 */
static void send_from_outside(struct ob_world *world, uint32_t event, uint64_t time_us)
{
    struct ob_run *run = &world->run;
    unsigned index = event - ob_event_base(world) - OB_SENT_MAX;
    bool immediate = is_immediate(world, event);
    if (world->walker->places[event] < OB_WALK_LATER)
        ob_walk_set_remove(world, event, immediate);
    world->walker->places[event] = OB_WALK_ABSENT;
    ob_walk_sent_outside(world, index);
    uint32_t sent = run->sent_count;
    uint64_t key = ob_message_key(world, time_us, sent);
    ob_send_input(world, index, time_us);
    if (!immediate || world->sent[sent].key != key ||
        world->walker->places[ob_event_base(world) + sent] == OB_WALK_CHAINED)
        return;
    /* As if it had been sent before anything else at this moment. */
    run->walk.last_key = ob_message_key(world, time_us, run->walk.tick_sent) - 1;
    if (world->walker->places[ob_event_base(world) + sent] != OB_WALK_LATER)
        ob_walk_set_remove(world, ob_event_base(world) + sent, true);
    world->walker->places[ob_event_base(world) + sent] = OB_WALK_ABSENT;
    unchain(world, sent);
    ob_happen(world, key, time_us);
}

static void happen(struct ob_world *world, uint32_t event, uint64_t time_us)
{
    struct ob_walk_run *walk = &world->run.walk;
    uint32_t base = ob_event_base(world);
    uint64_t key = key_of(world, event);
    pass_time(world, time_us);
    if (ob_walk_is_outside(world, event)) {
        send_from_outside(world, event, time_us);
        return;
    }
    if (world->walker->places[event] < OB_WALK_LATER)
        ob_walk_set_remove(world, event, true);
    world->walker->places[event] = OB_WALK_ABSENT;
    walk->last_key = time_us << OB_EVENT_BITS | event;
    if (event >= base) {
        struct ob_sent *sent = &world->sent[event - base];
        if (time_us > key >> OB_EVENT_BITS && !sent->deviation)
            sent->deviation = (uint8_t)(walk->deviation + 1);
        unchain(world, event - base);
    }
    ob_happen(world, key, time_us);
}

bool ob_walk_step(struct ob_world *world)
{
    struct ob_walk_run *walk = &world->run.walk;
    uint64_t deadline = first_deadline(world);
    raise_horizon(world, deadline);
    uint32_t event = choose_by_strategy(world, deadline);
    if (event == OB_NONE || (ob_is_settled(world, key_of(world, event)) && !walk->outside_left)) {
        ob_walk_end_run(world);
        ob_end(world, world->run.queue_head == world->run.queue_tail);
        return false;
    }
    uint64_t time_us = draw_time_us(world, event, deadline);
    walk->steps++;
    world->run.applied |= UINT64_C(1) << walk->deviation;
    happen(world, event, time_us);
    return true;
}
