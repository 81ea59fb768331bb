#include "world/delivery.h"

#include <inttypes.h>

#include "world/judge.h"
#include "world/known_outcome.h"
#include "world/leave.h"
#include "world/rounds.h"
#include "world/walk_bounds.h"

static OB_NORETURN void exceed(struct ob_world *world)
{
    world->run.ending.over = true;
    ob_walk_end_run(world);
    if (world->target->steps_max && world->deliveries_max == world->target->steps_max) {
        if (!world->run.ending.violated)
            ob_oracles_cut(world);
        OB_BOUND(world, step_budget, "more than %" PRIu32 " deliveries", world->deliveries_max);
    }
    ob_rounds_end(world);
    ob_cut(world, OB_BOUND_DELIVERIES, "the most deliveries that one run may have were made");
}

void ob_deliveries_stop(struct ob_world *world, struct ob_actor *actor, uint32_t sent,
                        unsigned flags)
{
    struct ob_log *log = &world->run.log;
    if (log->delivery_count == world->deliveries_max)
        exceed(world);
    if (!world->is_outcome_known) {
        ob_rounds_look(world, sent);
        if (world->published)
            *world->published = log->delivery_count + 1;
        world->deliveries_stop = log->delivery_count + 1;
        return;
    }
    world->deliveries_stop = world->deliveries_max;
    log->current = ob_log_delivery(world, actor, sent, flags);
    ob_end_as_known(world);
    ob_leave(world);
}
