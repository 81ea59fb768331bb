/* Messages from outside in runs with walks, which may send them in another order. */
#ifndef OFFBEAT_WORLD_WALK_OUTSIDE_H
#define OFFBEAT_WORLD_WALK_OUTSIDE_H

#include "world/state.h"

/* A message from outside was sent: the next is the first that was not. */
void ob_walk_sent_outside(struct ob_world *world, unsigned index);

/* A walk begins: offers those that are not sent. */
void ob_walk_offer_all(struct ob_world *world);

/* A walk has ended: the plain run sends the next one, at the earliest when it would. */
void ob_walk_leave_outside(struct ob_world *world);

/* What was not sent is not sent before the plain run would send it. */
void ob_walk_not_before(struct ob_world *world, uint64_t outside_us);

#endif
