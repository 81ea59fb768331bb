#include "world/run.h"

#include "world/annex.h"
#include "world/deliver.h"
#include "world/deviate.h"
#include "world/ending.h"
#include "world/expected.h"
#include "world/judge.h"
#include "world/known_outcome.h"
#include "world/life.h"
#include "world/monitor.h"
#include "world/rounds.h"
#include "world/send.h"
#include "world/setup.h"
#include "world/walk_bounds.h"
#include "world/walk_step.h"

OB_INLINE bool advance(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    uint64_t key = ob_queue_first(&run->queue);
    if (run->outside_us <= ob_key_time_us(key)) {
        ob_send_outside(world);
        return true;
    }
    /* The run is over when nothing is left to happen, or when only periodic timers go on for as
     * long as the target says. */
    if (OB_UNLIKELY(key >= run->end_key)) {
        ob_end(world, key == OB_NEVER);
        return false;
    }
    ob_queue_pop(&run->queue);
    if (OB_UNLIKELY(ob_is_stale(&run->log, key)))
        return true;
    ob_happen_here(world, key, ob_key_time_us(key));
    return true;
}

/* The number of the run, by which what it has changed of links is told from what others have. */
static uint32_t next_epoch(struct ob_world *world)
{
    if (++world->epochs == 0) { /* the count has gone round: nothing may seem to be of this run */
        ob_network_forget(&world->run.network);
        ob_holds_forget(&world->run.holds);
        world->epochs = 1;
    }
    return world->epochs;
}

static void reset(struct ob_world *world, const struct ob_scenario *scenario)
{
    struct ob_run *run = &world->run;
    *run = world->run_initial;
    ob_setup_restore(world);
    if (OB_UNLIKELY(run->goals.list != NULL))
        memset(run->goals.list, 0, world->goal_plan.count * sizeof *run->goals.list);
    run->scenario = scenario;
    run->network.epoch = next_epoch(world);
    if (scenario->message_count > 0)
        run->outside_us = scenario->messages[0].delay_us;
    for (unsigned index = 0; index < scenario->message_count; index++)
        run->outside_end_us += scenario->messages[index].delay_us;
    run->end_key = ob_end_key(world, run->outside_end_us);
    ob_deviations_begin(world);
    ob_holds_begin(&run->holds, scenario->deviations, scenario->deviation_count);
}

void ob_world_begin(struct ob_world *world, const struct ob_scenario *scenario)
{
    if (OB_UNLIKELY(world->runner || world->published))
        ob_ask_known_outcome(world, scenario);
    if (world->expected)
        ob_expected_begin(world);
    ob_rounds_begin(world);
    reset(world, scenario);
    if (OB_UNLIKELY(world->run.has_walks))
        ob_walks_begin(world);
    ob_apply_skew(world);
    if (OB_UNLIKELY(world->annex != NULL))
        world->annex->enter(world->annex_context, world);
    if (OB_UNLIKELY(ob_ends_at_once(world)))
        return;
    if (OB_UNLIKELY(world->target->oracles != NULL))
        ob_oracles_begin(world);
    if (OB_UNLIKELY(world->monitor_count > 0))
        ob_monitors_begin(world);
    if (world->has_start)
        (void)ob_guard(world, ob_actors_start);
    if (OB_UNLIKELY(world->monitor_count > 0) && !world->run.ending.over)
        (void)ob_guard(world, ob_monitors_catch_up);
}

/* In runs that have walks. */
static bool advance_drawn(struct ob_world *world)
{
    return ob_walk_is_next(world) ? ob_walk_step(world) : advance(world);
}

static void advance_once(struct ob_world *world)
{
    (void)(world->run.has_walks ? advance_drawn(world) : advance(world));
}

bool ob_world_step(struct ob_world *world)
{
    if (OB_UNLIKELY(world->annex != NULL))
        world->annex->enter(world->annex_context, world);
    if (!world->run.ending.over)
        (void)ob_guard(world, advance_once);
    return !world->run.ending.over;
}

static void advance_to_end(struct ob_world *world)
{
    if (OB_UNLIKELY(world->run.has_walks))
        while (advance_drawn(world))
            continue;
    else
        while (advance(world))
            continue;
}

const struct ob_verdict *ob_world_run(struct ob_world *world, const struct ob_scenario *scenario)
{
    ob_world_begin(world, scenario);
    if (world->run.ending.over)
        return &world->run.ending.verdict;
    /* Where runs are to go on after a violation, they are left at each that a check finds. */
    while (!ob_guard(world, advance_to_end) && !world->run.ending.over)
        while (!ob_guard(world, ob_resume_after_check) && !world->run.ending.over)
            continue;
    return &world->run.ending.verdict;
}
