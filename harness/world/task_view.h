/* Tasks as others see them: who awaits what. */
#ifndef OFFBEAT_WORLD_TASK_VIEW_H
#define OFFBEAT_WORLD_TASK_VIEW_H

#include "world/task.h"

/* A task between two steps of a run. */
struct ob_task_view {
    uint32_t handle;                /* unique in the run */
    uint32_t number;                /* among the tasks of its actor, as in `resume(task=N)` */
    uint16_t actor;                 /* id */
    uint8_t awaits;                 /* enum ob_awaiting */
    bool times_out;                 /* it goes on after some time in any case */
    uint64_t since_us;              /* virtual time at which it began to wait */
    const char *name;               /* ob_task_name(), or NULL */
    const struct ob_await *what;    /* of OB_AWAITS_MESSAGE, else NULL */
    const struct ob_waiters *queue; /* of OB_AWAITS_QUEUE, else NULL; its owners are handles */
};

/* How many places for tasks the run so far has used; each holds one task or is free. */
uint32_t ob_world_task_places(const struct ob_world *world);

/* Looks at the task of a place. Returns false when it is free. */
bool ob_world_task(const struct ob_world *world, uint32_t place, struct ob_task_view *view);

/* The same by handle. False when the task is over. */
bool ob_world_task_of(const struct ob_world *world, uint32_t handle, struct ob_task_view *view);

/* The actor that a call with that ref was made to, or OB_OUTSIDE when there was none. */
unsigned ob_world_asked(const struct ob_world *world, uint16_t ref);

#endif
