/* How walks begin and end in the middle of runs. */
#include "base/rng.h"
#include "world/walk.h"

static const struct ob_deviation *walk_at(const struct ob_world *world, unsigned place)
{
    return &world->scenario->deviations[world->walker->fixed.order[place]];
}

static void order_walks(struct ob_world *world)
{
    struct ob_walk_fixed *fixed = &world->walker->fixed;
    fixed->count = 0;
    for (unsigned index = 0; index < world->scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &world->scenario->deviations[index];
        if (deviation->op != OB_WALK)
            continue;
        unsigned place = fixed->count++;
        for (; place > 0 && walk_at(world, place - 1)->walk.from > deviation->walk.from; place--)
            fixed->order[place] = fixed->order[place - 1];
        fixed->order[place] = (uint8_t)index;
    }
}

void ob_walks_begin(struct ob_world *world)
{
    struct ob_walk_run *walk = &world->run.walk;
    uint64_t due_us = 0;
    memset(walk, 0, sizeof *walk);
    world->run.chosen = true;
    order_walks(world);
    walk->outside_left = world->scenario->message_count;
    for (unsigned index = 0; index < world->scenario->message_count; index++) {
        due_us += world->scenario->messages[index].delay_us;
        world->walker->fixed.due_us[index] = due_us;
    }
}

/* The step at which a walk ends: its own end, or the beginning of the next. */
static uint32_t end_of(const struct ob_world *world, unsigned place)
{
    uint32_t end = ob_walk_end(&walk_at(world, place)->walk);
    if (place + 1 < world->walker->fixed.count && walk_at(world, place + 1)->walk.from < end)
        end = walk_at(world, place + 1)->walk.from;
    return end;
}

/* -- messages from outside -- */

static bool is_sent(const struct ob_world *world, unsigned index)
{
    return world->run.walk.outside_sent[index / 64] >> index % 64 & 1;
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
    unsigned count = world->scenario->message_count;
    while (index < count &&
           (is_sent(world, index) ||
            (to && ob_walk_actor_of(world, ob_walk_outside_event(world, index)) != to)))
        index++;
    return index;
}

static void offer(struct ob_world *world, unsigned index)
{
    uint32_t event = ob_walk_outside_event(world, index);
    world->walker->places[event] = OB_WALK_LATER;
    ob_queue_add(world, world->walker->fixed.due_us[index] << OB_EVENT_BITS | event);
}

static void find_punctual(struct ob_world *world, unsigned index)
{
    struct ob_walk_run *walk = &world->run.walk;
    unsigned count = world->scenario->message_count;
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
        run->end_key = (time_us + world->target->settle_us + 1) << OB_EVENT_BITS;
}

void ob_walk_sent_outside(struct ob_world *world, unsigned index)
{
    struct ob_run *run = &world->run;
    assert(!is_sent(world, index));
    run->walk.outside_sent[index / 64] |= UINT64_C(1) << index % 64;
    run->walk.outside_left--;
    outside_sends_at(world, run->now_us);
    run->outside_next = next_unsent(world, 0, 0);
    if (!run->walking) {
        bool is_last = run->outside_next == world->scenario->message_count;
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
    if (next < world->scenario->message_count)
        offer(world, next);
}

static void offer_all(struct ob_world *world)
{
    for (unsigned index = 0; index < world->scenario->message_count; index++) {
        uint32_t event = ob_walk_outside_event(world, index);
        world->walker->places[event] = OB_WALK_ABSENT;
        if (is_sent(world, index) || is_punctual(world, index))
            continue;
        unsigned to = ob_walk_actor_of(world, event);
        if (ob_walk_link_from_outside(world, event)->unordered ||
            next_unsent(world, 0, to) == index)
            offer(world, index);
    }
    find_punctual(world, 0);
    world->run.outside_us = OB_NEVER;
}

/* -- beginning -- */

static void draw_changes(struct ob_walk_run *walk, const struct ob_walk *record)
{
    for (unsigned at = 0; at + 1u < record->depth; at++)
        walk->change_at[at] = ob_rng_below(&walk->rng, record->hint ? record->hint : 1);
}

static void set_options(struct ob_world *world, unsigned place)
{
    struct ob_walk_run *walk = &world->run.walk;
    const struct ob_deviation *deviation = walk_at(world, place);
    walk->rng = (struct ob_rng){.state = ob_mix64((uint64_t)deviation->amount + 1)};
    walk->seed = ob_mix64(~(uint64_t)deviation->amount);
    walk->strategy = deviation->mode;
    walk->depth = deviation->walk.depth;
    walk->late = deviation->walk.late;
    walk->deviation = world->walker->fixed.order[place];
    walk->until = end_of(world, place);
    walk->steps = 0;
    walk->lowered_count = 0;
    walk->horizon = 0;
    walk->deadline_head = walk->deadline_tail = 0;
    walk->known = world->run.sent_count;
    draw_changes(walk, &deviation->walk);
}

/* -- the queue -- */

static void sift_down(uint64_t *keys, uint32_t count, uint32_t place)
{
    uint64_t key = keys[place];
    for (uint32_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
        child += child + 1 < count && keys[child + 1] > keys[child];
        if (keys[child] <= key)
            break;
        keys[place] = keys[child];
        place = child;
    }
    keys[place] = key;
}

/* By heap: a run allocates nothing, as qsort() may. */
static void sort_keys(uint64_t *keys, uint32_t count)
{
    for (uint32_t place = count / 2; place > 0; place--)
        sift_down(keys, count, place - 1);
    for (uint32_t left = count; left > 1; left--) {
        uint64_t greatest = keys[0];
        keys[0] = keys[left - 1];
        keys[left - 1] = greatest;
        sift_down(keys, left - 1, 0);
    }
}

/* A message that was passed over comes behind what has happened in the plain rest of the run. */
static void resume(struct ob_world *world, uint32_t sent)
{
    const struct ob_run *run = &world->run;
    struct ob_sent *message = &world->sent[sent];
    uint32_t event = ob_event_base(world) + sent;
    uint64_t due_us = message->key >> OB_EVENT_BITS;
    uint64_t latest_us = ob_latest_us(world, message, due_us);
    bool is_behind = world->walker->places[event] == OB_WALK_CHAINED ||
                     (run->now_us << OB_EVENT_BITS | event) <= run->walk.last_key;
    uint64_t time_us = run->now_us + is_behind;
    if (time_us > latest_us)
        time_us = latest_us > run->now_us ? latest_us : run->now_us;
    if (time_us <= due_us)
        return;
    ob_note_aside(world, OB_PUT_OFF, sent);
    ob_put_off(world, sent, time_us);
    if (!(message->flags & OB_SENT_FIFO))
        return;
    struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
    if (pair->last_arrival_us < time_us)
        pair->last_arrival_us = time_us;
}

/* Puts everything that is under way back into the queue; `resumes`: at the times at which a plain
 * run can go on with it. */
static void fill_queue(struct ob_world *world, bool resumes)
{
    struct ob_run *run = &world->run;
    uint32_t base = ob_event_base(world);
    run->queue_head = run->queue_tail = 0;
    for (uint32_t event = 0; event < base; event++)
        if (world->walker->places[event] != OB_WALK_ABSENT)
            world->queue[run->queue_tail++] = world->walker->fixed.actor_keys[event];
    for (uint32_t sent = 0; sent < run->sent_count; sent++) {
        struct ob_sent *message = &world->sent[sent];
        if (message->key == OB_NEVER)
            continue;
        if (resumes)
            resume(world, sent);
        if (message->flags & OB_SENT_FIFO)
            ob_pair_at(world, message->message.from, message->to)->chain_last = OB_NONE;
        world->queue[run->queue_tail++] = message->key;
    }
    sort_keys(world->queue, run->queue_tail);
    run->walking = false;
}

/* What the outside has not sent is not sent before the plain run would send it. */
static void not_before(struct ob_world *world, uint64_t outside_us)
{
    for (unsigned index = 0; index < world->scenario->message_count; index++)
        if (!is_sent(world, index) && world->walker->fixed.due_us[index] < outside_us)
            world->walker->fixed.due_us[index] = outside_us;
}

/* What is under way is taken over from the queue: first in it stays what may be next. It can happen
 * at once, unless a walk that ends here has passed it over. */
static void begin(struct ob_world *world, unsigned place)
{
    struct ob_run *run = &world->run;
    if (run->walking) {
        fill_queue(world, false);
    } else {
        run->walk.last_key = run->now_us << OB_EVENT_BITS;
        run->walk.tick_outside = run->sent_count;
        not_before(world, run->outside_us);
    }
    uint32_t *places = world->walker->places;
    uint32_t head = run->queue_head;
    uint32_t tail = run->queue_tail;
    set_options(world, place);
    ob_walk_set_begin(world);
    for (uint32_t event = 0; event < ob_event_base(world) + run->sent_count; event++)
        places[event] = OB_WALK_ABSENT;
    run->walking = true;
    run->queue_tail = head;
    for (; head < tail; head++) {
        uint64_t key = world->queue[head];
        if (!ob_is_stale(world, key))
            ob_walk_add(world, key);
    }
    offer_all(world);
}

static void end(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    fill_queue(world, true);
    run->outside_next = next_unsent(world, 0, 0);
    if (run->outside_next == world->scenario->message_count)
        return;
    uint64_t now_us = run->now_us + (run->sent_count > run->walk.tick_outside);
    run->outside_us = world->walker->fixed.due_us[run->outside_next];
    if (run->outside_us < now_us)
        run->outside_us = now_us;
    outside_sends_at(world, run->outside_us);
}

void ob_walk_end_run(struct ob_world *world)
{
    if (world->run.walking)
        fill_queue(world, false);
}

/* The next walk whose time has come, or the count. Walks that a step has jumped over are left out.
 */
static unsigned find_next(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    const struct ob_walk_fixed *fixed = &world->walker->fixed;
    for (; run->walk.next < fixed->count; run->walk.next++) {
        unsigned place = run->walk.next;
        uint32_t from = walk_at(world, place)->walk.from;
        if (from > run->delivery_count)
            return fixed->count;
        if (end_of(world, place) > run->delivery_count)
            return run->walk.next++;
        if (end_of(world, place) > from) /* it ended the one before */
            run->applied |= UINT64_C(1) << fixed->order[place];
    }
    return fixed->count;
}

bool ob_walk_is_next(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    if (run->walking && run->delivery_count < run->walk.until)
        return true;
    unsigned place = find_next(world);
    if (place < world->walker->fixed.count)
        begin(world, place);
    else if (run->walking)
        end(world);
    return run->walking;
}
