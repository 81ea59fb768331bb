/* The life of tasks: how they start, run on stacks of their own, and end. */
#ifndef OFFBEAT_WORLD_TASK_LIFE_H
#define OFFBEAT_WORLD_TASK_LIFE_H

#include "world/state.h"

/* Makes the list and the stacks of a world that uses tasks. Returns -1 when memory is short. */
int ob_tasks_create(struct ob_world *world);
void ob_tasks_destroy(struct ob_world *world);

/* Starts a task, which runs up to its first await. Returns its handle. */
uint32_t ob_task_begin(struct ob_actor *actor, ob_task_body *body, void *context);

/* Starts the task that is an actor's process. */
void ob_task_start_process(struct ob_actor *actor);

/* The actor dies, and its tasks with it. */
void ob_tasks_die(struct ob_world *world, struct ob_actor *actor);

#endif
