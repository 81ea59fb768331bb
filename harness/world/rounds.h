/* Livelocks: whether the same state comes again before the bound of deliveries. */
#ifndef OFFBEAT_WORLD_ROUNDS_H
#define OFFBEAT_WORLD_ROUNDS_H

#include "world/state.h"

/* At a run's beginning; and at a delivery that somebody wants to know of, before it. */
void ob_rounds_begin(struct ob_world *world);
void ob_rounds_look(struct ob_world *world, uint32_t sent);

/* When the bound of deliveries is reached. Does not return if there is a livelock. */
void ob_rounds_end(struct ob_world *world);

#endif
