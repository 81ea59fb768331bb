/* Who waits for what: chains of tasks, each from the first to the last, by place. */
#ifndef OFFBEAT_WORLD_TASK_QUEUE_H
#define OFFBEAT_WORLD_TASK_QUEUE_H

#include "world/state.h"

/* The task with a handle, or NULL when it is over. */
struct ob_task *ob_task_find(const struct ob_world *world, uint32_t handle);

/* A place is one more in a chain than in the list, so that 0 is none. */
static inline struct ob_task *ob_task_at(const struct ob_world *world, unsigned place)
{
    assert(place >= 1 && place <= world->run.tasks.used);
    return &world->run.tasks.list[place - 1];
}

/* Adds a task to a chain. */
OB_INLINE void ob_task_append(struct ob_world *world, uint16_t *first, uint16_t *last,
                              struct ob_task *task)
{
    uint16_t slot = (uint16_t)(ob_task_slot(task) + 1);
    task->next = 0;
    if (*first == 0)
        *first = slot;
    else
        ob_task_at(world, *last)->next = slot;
    *last = slot;
}

/* Takes a task, which is in a chain, out of it. */
OB_INLINE void ob_task_take_out(struct ob_world *world, uint16_t *first, uint16_t *last,
                                struct ob_task *task)
{
    uint16_t slot = (uint16_t)(ob_task_slot(task) + 1);
    if (OB_LIKELY(*first == slot)) {
        *first = task->next;
        if (*last == slot)
            *last = 0;
        return;
    }
    uint16_t before = 0;
    uint16_t at = *first;
    while (at != 0 && at != slot) {
        before = at;
        at = ob_task_at(world, at)->next;
    }
    assert(at == slot && before != 0);
    ob_task_at(world, before)->next = task->next;
    if (*last == slot)
        *last = before;
}

/* Whether what a task awaits is a promise of its own event loop, kept in one of its callbacks. */
bool ob_is_microtask(const struct ob_actor *self, const struct ob_task *task);

/* What would let the task go on does not come. */
void ob_task_drop_pending(struct ob_world *world, struct ob_task *task);

/* As ob_wake_by(), of those that wait the one that `nth` others came before; there are so many. */
uint32_t ob_wake_nth(struct ob_actor *self, struct ob_waiters *waiters, unsigned nth,
                     const char *call);

/* Takes the task out of whatever it waits in. */
void ob_task_unlink(struct ob_world *world, struct ob_task *task);

#endif
