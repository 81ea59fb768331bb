/* From one task to another. */
#ifndef OFFBEAT_WORLD_TASK_SWITCH_H
#define OFFBEAT_WORLD_TASK_SWITCH_H

#include "world/state.h"

static inline struct ob_stack_bounds ob_task_stack(const struct ob_world *world,
                                                   const struct ob_task *task)
{
#ifdef OB_ASAN
    return (struct ob_stack_bounds){ob_stack_bottom(&world->stacks, task->slot),
                                    world->stacks.size};
#else
    (void)world;
    (void)task;
    return (struct ob_stack_bounds){0};
#endif
}

/* Lets a task that waits go on until it awaits again. */
OB_INLINE void ob_task_go_on(struct ob_world *world, struct ob_task *task)
{
#ifdef OB_ASAN
    if (world->run.tasks.running)
        ob_stack_leave(&world->stacks, world->run.tasks.running->slot);
#endif
    task->outer = world->run.tasks.running;
    task->awaits = OB_AWAITS_NOTHING;
    world->run.tasks.running = task;
    struct ob_fiber_transfer transfer =
        ob_fiber_switch(task->place, task, ob_task_stack(world, task), NULL, false);
    if (OB_UNLIKELY(transfer.data != NULL)) /* see ob_task_escape() */
        longjmp(*world->escape, 1);
    world->run.tasks.running = task->outer;
    task->place = transfer.from;
}

/* Leaves the running task until something lets it go on. */
OB_INLINE void ob_task_suspend(struct ob_task *task, enum ob_awaiting awaits)
{
    task->awaits = (uint8_t)awaits;
    task->since_us = task->actor->world->run.now_us;
    task->woken = false;
#ifdef OB_ASAN
    ob_stack_leave(&task->actor->world->stacks, task->slot);
#endif
    struct ob_fiber_transfer transfer =
        ob_fiber_switch(task->caller, NULL, task->caller_stack, &task->caller_stack, false);
    task->caller = transfer.from;
}

/* Leaves the running tasks for where the loop of the world let the outermost of them go on, which
 * then leaves the handler. */
OB_NORETURN void ob_task_escape(struct ob_world *world);

/* Leaves the running task for ever, as it is over. */
OB_NORETURN void ob_task_leave(struct ob_world *world, struct ob_task *task);

#endif
