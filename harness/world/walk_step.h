/* Steps whose order and times are drawn; see walk.h. */
#ifndef OFFBEAT_WORLD_WALK_STEP_H
#define OFFBEAT_WORLD_WALK_STEP_H

#include "world/state.h"

/* Takes one step. Returns false when the run is over with it. */
bool ob_walk_step(struct ob_world *world);

#endif
