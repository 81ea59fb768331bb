#include "world/walk_bounds.h"

#include "world/range.h"
#include "world/walk_event.h"
#include "world/walk_outside.h"
#include "world/walk_set.h"
#include "world/walk_under_way.h"

static const struct ob_deviation *walk_at(const struct ob_world *world, unsigned place)
{
    return &world->run.scenario->deviations[world->walker->fixed.order[place]];
}

static void order_walks(struct ob_world *world)
{
    struct ob_walk_fixed *fixed = &world->walker->fixed;
    fixed->count = 0;
    for (unsigned index = 0; index < world->run.scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
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
    struct ob_walk_run *walk = &world->walk;
    uint64_t due_us = 0;
    *walk = (struct ob_walk_run){
        .deadlines = {.keys = world->walker->deadlines, .capacity = OB_QUEUE_MAX}};
    world->run.happenings.noted = true;
    order_walks(world);
    walk->outside_left = world->run.scenario->message_count;
    for (unsigned index = 0; index < world->run.scenario->message_count; index++) {
        due_us += world->run.scenario->messages[index].delay_us;
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

static void draw_changes(struct ob_walk_run *walk, const struct ob_walk *record)
{
    for (unsigned at = 0; at + 1u < record->depth; at++)
        walk->change_at[at] = ob_rng_below(&walk->rng, record->hint ? record->hint : 1);
}

uint64_t ob_walk_seed(const struct ob_deviation *walk)
{
    return ob_mix64(~(uint64_t)walk->amount);
}

static void set_options(struct ob_world *world, unsigned place)
{
    struct ob_walk_run *walk = &world->walk;
    const struct ob_deviation *deviation = walk_at(world, place);
    walk->rng = (struct ob_rng){.state = ob_mix64((uint64_t)deviation->amount + 1)};
    walk->seed = ob_walk_seed(deviation);
    walk->strategy = deviation->mode;
    walk->depth = deviation->walk.depth;
    walk->late = deviation->walk.late;
    walk->deviation = world->walker->fixed.order[place];
    walk->until = end_of(world, place);
    walk->steps = 0;
    walk->lowered_count = 0;
    walk->horizon = 0;
    ob_queue_clear(&walk->deadlines);
    walk->known = world->run.log.sent_count;
    draw_changes(walk, &deviation->walk);
}

/* A message that was passed over comes behind what has happened in the plain rest of the run. */
static void resume(struct ob_world *world, uint32_t sent)
{
    const struct ob_run *run = &world->run;
    struct ob_sent *message = &world->run.log.sent[sent];
    uint32_t event = ob_event_base(world) + sent;
    uint64_t due_us = ob_key_time_us(message->key);
    uint64_t latest_us = ob_latest_us(world, message, due_us);
    bool is_behind = world->walker->places[event] == OB_WALK_CHAINED ||
                     ob_key(run->now_us, event) <= world->walk.last_key;
    uint64_t time_us = run->now_us + is_behind;
    if (time_us > latest_us)
        time_us = latest_us > run->now_us ? latest_us : run->now_us;
    if (time_us <= due_us)
        return;
    ob_note_aside(&world->run.happenings, &run->log, OB_PUT_OFF, sent, run->now_us);
    ob_put_off(&world->run.log, sent, time_us);
    if (!(message->flags & OB_SENT_FIFO))
        return;
    struct ob_pair *pair = ob_way_of(&run->network, message);
    if (pair->last_arrival_us < time_us)
        pair->last_arrival_us = time_us;
}

/* Puts everything that is under way back into the queue; `resumes`: at the times at which a plain
 * run can go on with it. */
static void fill_queue(struct ob_world *world, bool resumes)
{
    struct ob_run *run = &world->run;
    uint32_t base = ob_event_base(world);
    ob_queue_clear(&run->queue);
    for (uint32_t event = 0; event < base; event++)
        if (world->walker->places[event] != OB_WALK_ABSENT)
            ob_queue_append(&run->queue, world->walker->fixed.actor_keys[event]);
    for (uint32_t sent = 0; sent < run->log.sent_count; sent++) {
        struct ob_sent *message = &world->run.log.sent[sent];
        if (message->key == OB_NEVER)
            continue;
        if (resumes)
            resume(world, sent);
        if (message->flags & OB_SENT_FIFO)
            ob_way_of(&run->network, message)->chain_last = OB_NONE;
        ob_queue_append(&run->queue, message->key);
    }
    ob_queue_sort(&run->queue);
    run->walking = false;
}

/* What is under way is taken over from the queue: first in it stays what may be next. It can happen
 * at once, unless a walk that ends here has passed it over. */
static void begin(struct ob_world *world, unsigned place)
{
    struct ob_run *run = &world->run;
    if (run->walking) {
        fill_queue(world, false);
    } else {
        world->walk.last_key = ob_key(run->now_us, 0);
        world->walk.tick_outside = run->log.sent_count;
        ob_walk_not_before(world, run->outside_us);
    }
    uint32_t *places = world->walker->places;
    ob_queue_gather(&run->queue);
    uint32_t head = run->queue.head;
    uint32_t tail = run->queue.tail;
    set_options(world, place);
    ob_walk_set_begin(world);
    for (uint32_t event = 0; event < ob_event_base(world) + run->log.sent_count; event++)
        places[event] = OB_WALK_ABSENT;
    run->walking = true;
    run->queue.tail = head;
    for (; head < tail; head++) {
        uint64_t key = world->run.queue.keys[head];
        if (!ob_is_stale(&run->log, key))
            ob_walk_add(world, key);
    }
    ob_walk_offer_all(world);
}

static void end(struct ob_world *world)
{
    fill_queue(world, true);
    ob_walk_leave_outside(world);
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
    for (; world->walk.next < fixed->count; world->walk.next++) {
        unsigned place = world->walk.next;
        uint32_t from = walk_at(world, place)->walk.from;
        if (from > run->log.delivery_count)
            return fixed->count;
        if (end_of(world, place) > run->log.delivery_count)
            return world->walk.next++;
        if (end_of(world, place) > from) /* it ended the one before */
            run->deviations.applied |= UINT64_C(1) << fixed->order[place];
    }
    return fixed->count;
}

const struct ob_deviation *ob_walk_of_start(const struct ob_world *world)
{
    const struct ob_deviation *first =
        world->run.has_walks && world->walker->fixed.count > 0 ? walk_at(world, 0) : NULL;
    return first && first->walk.from == 0 ? first : NULL;
}

bool ob_walk_is_next(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    if (run->walking && run->log.delivery_count < world->walk.until)
        return true;
    unsigned place = find_next(world);
    if (place < world->walker->fixed.count)
        begin(world, place);
    else if (run->walking)
        end(world);
    return run->walking;
}
