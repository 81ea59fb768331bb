/* What is under way while a walk goes on: in its set, in the world's queue until the horizon
 * reaches it, or behind another message on its link. */
#ifndef OFFBEAT_WORLD_WALK_UNDER_WAY_H
#define OFFBEAT_WORLD_WALK_UNDER_WAY_H

#include "world/state.h"

/* Something is pushed while a walk goes on. */
void ob_walk_add(struct ob_world *world, uint64_t key);

/* A message from outside that is not sent yet may be sent when it is due. */
void ob_walk_offer(struct ob_world *world, unsigned index);

/* A message happens: the next on its link is the first now. */
void ob_walk_unchain(struct ob_world *world, uint32_t sent);

/* The first deadline of all, or OB_NEVER: what happens before it comes with a smaller key, or is
 * it. */
uint64_t ob_walk_first_deadline(struct ob_world *world);

/* What must happen by a deadline, or what is before it on its link. */
uint32_t ob_walk_urgent(struct ob_world *world, uint64_t deadline);

/* What may happen up to a limit leaves the queue. Once is enough: the horizon never draws back. */
void ob_walk_raise_horizon(struct ob_world *world, uint64_t limit);

#endif
