#include "world/foreseen.h"

#include <stdio.h>

#include "world/leave.h"

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

void ob_settle_foreseen(struct ob_world *world)
{
    const struct ob_foreseen *foreseen = &world->foreseen;
    struct ob_ending *ending = &world->run.ending;
    struct ob_verdict *verdict = &ending->verdict;

    ob_settle(world, foreseen->failure == OB_NO_FAILURE ? OB_PASSED : OB_VIOLATED, foreseen->what);
    verdict->failure = foreseen->failure;
    (void)snprintf(verdict->detail, sizeof verdict->detail, "%s", foreseen->detail);
    ending->violated = verdict->outcome == OB_VIOLATED;
    ending->over = true;
}

bool ob_ends_at_once(struct ob_world *world)
{
    if (!world->is_foreseen ||
        (world->foreseen.failure != OB_NO_FAILURE && world->foreseen.deliveries > 0))
        return false;
    ob_settle_foreseen(world);
    return true;
}
