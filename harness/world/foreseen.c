/*
 * Runs whose end is known from another process, as it would end this one. All of it hangs on the
 * one comparison that each delivery makes anyway, of its number with the most that there may be, so
 * runs without it cost nothing more.
 */
#include "world/internal.h"

void ob_world_run_by(struct ob_world *world, ob_world_runner *runner, void *context)
{
    world->runner = runner;
    world->runner_context = context;
    world->is_foreseen = false;
    world->deliveries_stop = world->deliveries_max;
}

void ob_world_run_as(struct ob_world *world, const struct ob_world *other)
{
    ob_world_run_by(world, other->runner, other->runner_context);
}

void ob_world_publish(struct ob_world *world, volatile uint32_t *deliveries)
{
    world->published = deliveries;
    if (deliveries)
        *deliveries = 0;
    world->deliveries_stop = deliveries ? 0 : world->deliveries_max;
}

void ob_foresee(struct ob_world *world, const struct ob_scenario *scenario)
{
    world->is_foreseen =
        world->runner && world->runner(world, scenario, &world->foreseen, world->runner_context);
    world->deliveries_stop = world->deliveries_max;
    if (world->published)
        ob_world_publish(world, world->published);
    else if (world->is_foreseen && world->foreseen.deliveries > 0 &&
             world->foreseen.deliveries <= world->deliveries_max)
        world->deliveries_stop = world->foreseen.deliveries - 1;
}

void ob_world_end_as(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                     const struct ob_foreseen *foreseen)
{
    world->foreseen = *foreseen;
    world->is_foreseen = true;
    world->deliveries_stop = world->run.delivery_count;
    /* What is no message may begin with code of the target. */
    if (choice && choice->sent != OB_NONE && foreseen->failure != OB_NO_FAILURE)
        (void)ob_world_choose(world, choice, time_us);
    if (!world->run.over)
        ob_settle_foreseen(world);
    world->is_foreseen = false;
    world->deliveries_stop = world->deliveries_max;
}

bool ob_is_over_at_once(struct ob_world *world)
{
    if (!world->is_foreseen ||
        (world->foreseen.failure != OB_NO_FAILURE && world->foreseen.deliveries > 0))
        return false;
    ob_settle_foreseen(world);
    return true;
}

void ob_deliveries_stop(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                        unsigned flags)
{
    if (world->run.delivery_count == world->deliveries_max)
        ob_deliveries_exceeded(world);
    if (!world->is_foreseen) {
        *world->published = world->run.delivery_count + 1;
        world->deliveries_stop = world->run.delivery_count + 1;
        return;
    }
    world->deliveries_stop = world->deliveries_max;
    world->run.current = ob_record(world, actor, sent, flags);
    ob_fail(world);
}
