#include "world/known_outcome.h"

#include <stdio.h>

#include "world/leave.h"

void ob_world_set_runner(struct ob_world *world, ob_world_runner *runner, void *context)
{
    world->runner = runner;
    world->runner_context = context;
    world->is_outcome_known = false;
    world->deliveries_stop = world->deliveries_max;
}

void ob_world_copy_runner(struct ob_world *world, const struct ob_world *other)
{
    ob_world_set_runner(world, other->runner, other->runner_context);
}

void ob_world_publish(struct ob_world *world, volatile uint32_t *deliveries)
{
    world->published = deliveries;
    if (deliveries)
        *deliveries = 0;
    world->deliveries_stop = deliveries ? 0 : world->deliveries_max;
}

void ob_ask_known_outcome(struct ob_world *world, const struct ob_scenario *scenario)
{
    world->is_outcome_known = world->runner && world->runner(world, scenario, &world->known_outcome,
                                                             world->runner_context);
    world->deliveries_stop = world->deliveries_max;
    if (world->published)
        ob_world_publish(world, world->published);
    else if (world->is_outcome_known && world->known_outcome.deliveries > 0 &&
             world->known_outcome.deliveries <= world->deliveries_max)
        world->deliveries_stop = world->known_outcome.deliveries - 1;
}

void ob_end_as_known(struct ob_world *world)
{
    const struct ob_known_outcome *known_outcome = &world->known_outcome;
    struct ob_ending *ending = &world->run.ending;
    struct ob_verdict *verdict = &ending->verdict;

    ob_set_verdict(world, known_outcome->failure == OB_NO_FAILURE ? OB_PASSED : OB_VIOLATED,
                   known_outcome->what);
    verdict->failure = known_outcome->failure;
    (void)snprintf(verdict->detail, sizeof verdict->detail, "%s", known_outcome->detail);
    ending->violated = verdict->outcome == OB_VIOLATED;
    world->run.happenings.violated_at = world->run.happenings.count;
    world->run.happenings.violated_at_end = ending->at_end;
    ending->over = true;
}

bool ob_ends_at_once(struct ob_world *world)
{
    if (!world->is_outcome_known ||
        (world->known_outcome.failure != OB_NO_FAILURE && world->known_outcome.deliveries > 0))
        return false;
    ob_end_as_known(world);
    return true;
}
