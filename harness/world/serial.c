#include "world/serial.h"

#include "world/deliver.h"
#include "world/ending.h"
#include "world/run.h"
#include "world/send.h"

/* What a guarded action is told: it has no argument but the world. */
struct ob_serial {
    const uint8_t *order;
    unsigned count;
};

static void drain(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    for (;;) {
        uint64_t key = ob_queue_first(&run->queue);
        if (key >= run->end_key || key == OB_NEVER)
            return;
        ob_queue_pop(&run->queue);
        if (!ob_is_stale(&run->log, key))
            ob_happen(world, key, ob_key_time_us(key));
    }
}

/* Periodic timers go on for as long as the target says, after each message. */
static void allow_to_settle(struct ob_world *world)
{
    world->run.end_key = ob_end_key(world, world->run.now_us);
}

static void run_in_order(struct ob_world *world)
{
    const struct ob_serial *serial = world->serial;
    struct ob_run *run = &world->run;
    allow_to_settle(world);
    drain(world);
    for (unsigned at = 0; at < serial->count; at++) {
        run->outside_next = serial->order[at];
        run->outside_us = run->now_us + 1;
        ob_send_outside(world);
        run->outside_us = OB_NEVER;
        allow_to_settle(world);
        drain(world);
    }
    ob_end(world, run->queue.head == run->queue.tail);
}

const struct ob_verdict *ob_world_run_serially(struct ob_world *world,
                                               const struct ob_scenario *scenario,
                                               const uint8_t *order, unsigned count)
{
    struct ob_serial serial = {.order = order, .count = count};
    assert(scenario->deviation_count == 0);
    ob_world_begin(world, scenario);
    if (world->run.ending.over)
        return &world->run.ending.verdict;
    world->run.outside_us = OB_NEVER;
    world->serial = &serial;
    (void)ob_guard(world, run_in_order);
    world->serial = NULL;
    return &world->run.ending.verdict;
}
