/* What an actor gets in a world with tasks: which of them it is for, and what becomes of it
 * otherwise. */
#ifndef OFFBEAT_WORLD_TASK_RECEIVE_H
#define OFFBEAT_WORLD_TASK_RECEIVE_H

#include "world/state.h"

/* The `receive` of every actor in such a world. */
void ob_task_receive(struct ob_actor *actor, const struct ob_message *message);

/* The same but for the last step: returns the task that is to go on, or NULL when nothing is left
 * to do. */
struct ob_task *ob_task_for(struct ob_actor *actor, const struct ob_message *message);

#endif
