#include "world/engine.h"

#include "world/state.h"

void ob_world_on_violation(struct ob_world *world,
                           void (*hook)(struct ob_world *world, void *context), void *context)
{
    world->on_violation = hook;
    world->violation_context = context;
}

void ob_world_feedback(struct ob_world *world, uint8_t *counters, size_t size)
{
    assert(!counters || (size > 0 && (size & (size - 1)) == 0));
    world->counters = counters;
    world->counters_mask = counters ? (uint32_t)(size - 1) : 0;
    world->goal_marks = UINT32_MAX;
    if (world->goal_plan.count > 0 && size >= (size_t)2 * OB_GOAL_MARKS)
        world->goal_marks = (uint32_t)size - OB_GOAL_MARKS;
}

uint64_t ob_world_kinds_seen(const struct ob_world *world, unsigned id)
{
    assert(id >= 1 && id <= world->actor_count);
    return world->actors[id].kinds_seen;
}

bool ob_world_has_defect(const struct ob_world *world)
{
    return world->has_defect;
}
