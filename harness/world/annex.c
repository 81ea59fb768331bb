#include "world/annex.h"

#include "world/goal.h"
#include "world/monitor.h"
#include "world/state.h"

/* That a goal was reached in it. */
static bool goal_said(const struct ob_world *world, uint32_t delivery, uint32_t nth,
                      struct ob_saying *saying)
{
    int goal = ob_world_goal_at(world, delivery, nth);
    if (goal < 0)
        return false;
    *saying = (struct ob_saying){
        .actor = delivery == OB_NONE ? 1 : world->run.log.deliveries[delivery].actor,
        .stream = "goal",
        .text = world->target->goals[goal].name,
    };
    saying->length = strlen(saying->text);
    return true;
}

void ob_world_add_annex(struct ob_world *world, const struct ob_annex *annex, void *context)
{
    assert(!world->set_up && (!world->annex || world->annex_context == context));
    world->annex = annex;
    world->annex_context = context;
}

bool ob_world_said(const struct ob_world *world, uint32_t delivery, uint32_t nth,
                   struct ob_saying *saying)
{
    uint32_t said = 0;
    while (world->annex && world->annex->said(world->annex_context, delivery, said, saying))
        if (said++ == nth)
            return true;
    nth -= said;
    for (said = 0; ob_monitors_said(world, delivery, said, saying); said++)
        if (said == nth)
            return true;
    return goal_said(world, delivery, nth - said, saying);
}

bool ob_world_is_program(const struct ob_world *world, unsigned actor)
{
    return world->annex && world->annex->is_program(world->annex_context, actor);
}

void *ob_world_annex(const struct ob_world *world)
{
    return world->annex_context;
}
