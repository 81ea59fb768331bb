/*
 * Tasks as the world sees them. What a run changes of them lies in `world->tasks` and on the stacks
 * of those that wait; between two steps of a run all of them do.
 */
#ifndef OFFBEAT_WORLD_TASK_H
#define OFFBEAT_WORLD_TASK_H

#include "world/internal.h"

#define OB_TASK_SLOT_BITS 12 /* a handle holds the task's place in the table below its number */
static_assert(OB_TASKS_LIMIT == 1 << OB_TASK_SLOT_BITS, "every place has a number");

/* How an actor gets what none of its tasks awaits. */
enum ob_manner { OB_HANDLES, OB_IS_PROCESS, OB_IS_ASYNC };

/* What a switch needs comes first, in one cache line. */
struct ob_task {
    void *place;                 /* where it goes on */
    void *caller;                /* where it goes to when it awaits */
    struct ob_task *outer;       /* that has started it, while that waits for its first await */
    const struct ob_await *what; /* the messages that it awaits */
    const struct ob_message *message;
    struct ob_waiters *queue; /* that it waits in, or NULL */
    uint32_t pending;         /* the message that lets it go on, or OB_NONE */
    uint16_t slot;            /* its place in the table */
    uint16_t next; /* one more than the place of the next in the same queue, or of the next free one
                    */
    uint8_t awaits; /* enum ob_awaiting */
    bool woken;     /* rather than timed out */
    bool doomed;    /* cancelled while it ran */
    uint32_t wants; /* what it waits in its queue for, see ob_wait_for() */
    uint64_t since_us;
    struct ob_actor *actor;
    ob_task_body *body;
    void *context;
    const char *name;
    uint32_t handle;        /* 0 for a place in the table that is free */
    uint32_t number;        /* among the tasks of its actor */
    struct ob_waiters done; /* tasks that await its end */
    struct ob_stack_bounds caller_stack;
};

static inline unsigned ob_task_slot(const struct ob_task *task)
{
    return task->slot;
}

/* task_run.c: the life of tasks */

/* Brings the tables of a world that uses tasks about. Returns -1 when memory is short. */
int ob_tasks_create(struct ob_world *world);
void ob_tasks_destroy(struct ob_world *world);

/* Before a run: there are none. */
void ob_tasks_begin(struct ob_world *world);

uint32_t ob_task_begin(struct ob_actor *actor, ob_task_body *body, void *context);
void ob_task_end(struct ob_world *world, struct ob_task *task, struct ob_actor *by);

/* The task with a handle, or NULL when it is over. */
struct ob_task *ob_task_find(const struct ob_world *world, uint32_t handle);

/* The actor dies, and its tasks with it. */
void ob_tasks_die(struct ob_world *world, struct ob_actor *actor);

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
    if (world->running)
        ob_stack_leave(&world->stacks, world->running->slot);
#endif
    task->outer = world->running;
    task->awaits = OB_AWAITS_NOTHING;
    world->running = task;
    struct ob_fiber_transfer transfer =
        ob_fiber_switch(task->place, task, ob_task_stack(world, task), NULL, false);
    if (OB_UNLIKELY(transfer.data != NULL)) /* see ob_task_escape() */
        longjmp(*world->escape, 1);
    world->running = task->outer;
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

/* To where the loop of the world let the outermost running task go on, which then leaves the
 * handler. */
OB_NORETURN void ob_task_escape(struct ob_world *world);

/* task_receive.c: what an actor in a world with tasks gets */

/* The `receive` of every actor in such a world. */
void ob_task_receive(struct ob_actor *actor, const struct ob_message *message);

/* The same but for the last step: returns the task that is to go on, or NULL when nothing is left
 * to do. */
struct ob_task *ob_task_for(struct ob_actor *actor, const struct ob_message *message);

void ob_task_start_process(struct ob_actor *actor);

/* Takes the task out of whatever it waits in. */
void ob_task_unlink(struct ob_world *world, struct ob_task *task);

/* task_guard.c: stacks that overflow */
void ob_task_guard(struct ob_world *world);
void ob_task_unguard(const struct ob_world *world);

#endif
