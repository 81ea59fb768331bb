/*
 * Stacks of tasks that overflow: the guard below a stack cannot be touched, so the process gets a
 * signal. Where that comes from the guard of a task that runs, it becomes a violation; everything
 * else goes to the handler that was there before.
 *
 * A signal handler has no argument of its own, so what it must know lies in a variable: which
 * world's tasks run on this thread.
 */
#ifndef OFFBEAT_WORLD_TASK_GUARD_H
#define OFFBEAT_WORLD_TASK_GUARD_H

#include "world/state.h"

/* A task of this world is about to run on this thread. */
void ob_task_guard(struct ob_world *world);

/* The world is no more. */
void ob_task_unguard(const struct ob_world *world);

#endif
