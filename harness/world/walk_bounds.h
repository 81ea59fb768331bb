/* How walks begin and end in the middle of runs. */
#ifndef OFFBEAT_WORLD_WALK_BOUNDS_H
#define OFFBEAT_WORLD_WALK_BOUNDS_H

#include "world/state.h"

/* Puts the walks of a scenario that has some in order, before its run. */
void ob_walks_begin(struct ob_world *world);

/* Whether the next step is one that a walk draws; begins and ends walks. */
bool ob_walk_is_next(struct ob_world *world);

/* A walk that goes on ends with its run: what is under way is in the queue again. */
void ob_walk_end_run(struct ob_world *world);

#endif
