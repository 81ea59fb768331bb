#include "world/task_view.h"

#include "world/state.h"
#include "world/task_queue.h"

uint32_t ob_world_task_places(const struct ob_world *world)
{
    return world->run.tasks.used;
}

bool ob_world_task(const struct ob_world *world, uint32_t place, struct ob_task_view *view)
{
    assert(place < world->run.tasks.used);
    const struct ob_task *task = &world->run.tasks.list[place];
    if (task->handle == 0)
        return false;
    *view = (struct ob_task_view){
        .handle = task->handle,
        .number = task->number,
        .actor = task->actor->id,
        .awaits = task->awaits,
        .times_out = task->pending != OB_NONE,
        .since_us = task->since_us,
        .name = task->name,
        .what = task->awaits == OB_AWAITS_MESSAGE ? task->what : NULL,
        .queue = task->awaits == OB_AWAITS_QUEUE ? task->queue : NULL,
    };
    return true;
}

bool ob_world_task_of(const struct ob_world *world, uint32_t handle, struct ob_task_view *view)
{
    const struct ob_task *task = ob_task_find(world, handle);
    return task && ob_world_task(world, ob_task_slot(task), view);
}

unsigned ob_world_asked(const struct ob_world *world, uint16_t ref)
{
    return ref != 0 && ref <= world->run.calls.count ? world->run.calls.list[ref].asked
                                                     : OB_OUTSIDE;
}
