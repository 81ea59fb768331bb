/*
 * The world: one target in one variant, simulated. Created once, run as often as one likes; every
 * run starts from the same state, and the same scenario gives the same trace, on every machine.
 */
#ifndef OFFBEAT_WORLD_WORLD_H
#define OFFBEAT_WORLD_WORLD_H

#include "base/error.h"
#include "offbeat/offbeat.h"
#include "scenario/vocabulary.h"

/*
 * Sets the target up. Returns NULL with a line in `error` when the target's description is wrong or
 * memory is short. The caller frees it with ob_world_destroy().
 */
struct ob_world *ob_world_create(const struct ob_target *target, unsigned variant,
                                 struct ob_error *error);
void ob_world_destroy(struct ob_world *world);

const struct ob_vocabulary *ob_world_vocabulary(const struct ob_world *world);

/* The target as it was given to ob_world_create(). */
const struct ob_target *ob_world_target(const struct ob_world *world);

#endif
