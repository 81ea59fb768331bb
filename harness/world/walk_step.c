#include "world/walk_step.h"

#include "world/deliver.h"
#include "world/ending.h"
#include "world/send.h"
#include "world/walk_bounds.h"
#include "world/walk_choose.h"
#include "world/walk_outside.h"
#include "world/walk_set.h"
#include "world/walk_under_way.h"

static void pass_time(struct ob_world *world, uint64_t time_us)
{
    struct ob_run *run = &world->run;
    assert(time_us >= run->now_us);
    if (time_us > run->now_us)
        world->walk.tick_outside = run->log.sent_count;
    run->now_us = time_us;
}

static void send_from_outside(struct ob_world *world, unsigned index)
{
    ob_walk_sent_outside(world, index);
    ob_send_input(world, index, world->run.now_us);
    world->walk.tick_outside = world->run.log.sent_count;
}

/* One that arrives when it is sent does so in the same step, as if it had been sent before anything
 * else in this microsecond. */
static void arrive_from_outside(struct ob_world *world, unsigned index)
{
    struct ob_run *run = &world->run;
    uint32_t sent = run->log.sent_count;
    uint64_t key = ob_message_key(&run->log, run->now_us, sent);
    uint32_t *place = &world->walker->places[ob_event_base(world) + sent];
    ob_walk_sent_outside(world, index);
    ob_send_input(world, index, run->now_us);
    if (world->walk.tick_outside == sent)
        world->walk.tick_outside++;
    assert(world->run.log.sent[sent].key == key &&
           !(world->run.log.sent[sent].flags & OB_SENT_FIFO));
    world->walk.last_key = ob_message_key(&run->log, run->now_us, world->walk.tick_outside) - 1;
    if (*place < OB_WALK_LATER)
        ob_walk_set_remove(world, ob_event_base(world) + sent, true);
    *place = OB_WALK_ABSENT;
    ob_happen(world, key, run->now_us);
}

static void happen(struct ob_world *world, uint32_t event, uint64_t time_us)
{
    struct ob_walk_run *walk = &world->walk;
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
    uint64_t now_key = ob_key(time_us, event);
    if (now_key > walk->last_key) /* what is overdue comes though others have passed it */
        walk->last_key = now_key;
    if (event >= base) {
        struct ob_sent *sent = &world->run.log.sent[event - base];
        if (time_us > ob_key_time_us(key) && !sent->deviation)
            sent->deviation = (uint8_t)(walk->deviation + 1);
        ob_walk_unchain(world, event - base);
    }
    ob_happen(world, key, time_us);
}

/* What the next step comes before, or is: the first deadline; the end of the run; and what the
 * outside sends when the scenario says, which comes before everything else in its microsecond. */
static uint64_t limit_of(const struct ob_world *world, uint64_t deadline)
{
    const struct ob_run *run = &world->run;
    uint64_t limit = deadline;
    if (world->walk.outside_left == 0 && run->end_key != OB_NEVER && run->end_key - 1 < limit)
        limit = run->end_key - 1;
    if (world->walk.punctual_us != OB_NEVER && ob_key(world->walk.punctual_us, 0) < limit)
        limit = ob_key(world->walk.punctual_us, 0);
    return limit;
}

bool ob_walk_step(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    uint64_t deadline = ob_walk_first_deadline(world);
    uint64_t limit = limit_of(world, deadline);
    bool is_overdue = deadline <= world->walk.last_key;
    ob_walk_raise_horizon(world, limit);
    uint32_t event = is_overdue ? ob_walk_urgent(world, deadline) : ob_walk_choose(world, limit);
    if (event == OB_NONE && world->walk.punctual_us != OB_NEVER &&
        limit == ob_key(world->walk.punctual_us, 0)) {
        pass_time(world, world->walk.punctual_us);
        send_from_outside(world, world->walk.punctual_next);
        return true;
    }
    if (event == OB_NONE && limit == deadline && deadline != OB_NEVER)
        event = ob_walk_urgent(world, deadline);
    if (event == OB_NONE) {
        ob_walk_end_run(world);
        ob_end(world, run->queue.head == run->queue.tail);
        return false;
    }
    uint64_t time_us = is_overdue ? run->now_us : ob_walk_draw_time_us(world, event, limit);
    world->walk.steps++;
    run->deviations.applied |= UINT64_C(1) << world->walk.deviation;
    happen(world, event, time_us);
    return true;
}
