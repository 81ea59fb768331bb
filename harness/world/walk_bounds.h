/* How walks begin and end in the middle of runs. */
#ifndef OFFBEAT_WORLD_WALK_BOUNDS_H
#define OFFBEAT_WORLD_WALK_BOUNDS_H

#include "world/state.h"

/* Puts the walks of a scenario that has some in order, before its run. */
void ob_walks_begin(struct ob_world *world);

/* Whether the next step is one that a walk draws; begins and ends walks. */
bool ob_walk_is_next(struct ob_world *world);

/* The walk over the first step, or NULL: before that, when actors start. */
const struct ob_deviation *ob_walk_of_start(const struct ob_world *world);

/* What a walk draws from, its seed well mixed. */
uint64_t ob_walk_seed(const struct ob_deviation *walk);

/* A walk that goes on ends with its run: what is under way is in the queue again. */
void ob_walk_end_run(struct ob_world *world);

#endif
