#include "world/task_switch.h"

#include <stdlib.h>

void ob_task_escape(struct ob_world *world)
{
    struct ob_task *task = world->run.tasks.running;
    ob_stack_leave(&world->stacks, task->slot);
    while (task->outer)
        task = task->outer;
    world->run.tasks.running = NULL;
    (void)ob_fiber_switch(task->caller, world, task->caller_stack, NULL, true);
    abort(); /* nobody goes on here */
}

void ob_task_leave(struct ob_world *world, struct ob_task *task)
{
    ob_stack_leave(&world->stacks, task->slot);
    (void)ob_fiber_switch(task->caller, NULL, task->caller_stack, NULL, true);
    abort(); /* nobody goes on here */
}
