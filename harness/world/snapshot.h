/* Copies of everything that a run has changed. */
#ifndef OFFBEAT_WORLD_SNAPSHOT_H
#define OFFBEAT_WORLD_SNAPSHOT_H

#include "world/actor.h"
#include "world/arena.h"

/* A copy of everything that a run has changed. Belongs to the world it was taken from; the scenario
 * of that run must still be there, unchanged, when it is restored. It is made in the memory of
 * `old`, which is not needed any more, where that is large enough: searches take one at each step.
 * `old` is the caller's no longer, and may be NULL. Returns NULL when memory is short or the target
 * has state outside the world. */
struct ob_snapshot *ob_snapshot_take(const struct ob_world *world, struct ob_snapshot *old);
void ob_snapshot_restore(struct ob_world *world, const struct ob_snapshot *snapshot);
void ob_snapshot_free(struct ob_snapshot *snapshot);

/* What a snapshot holds: the memory of the piece at a place of the arena, NULL where there was
 * none; an actor; what was attached to the run; how many messages were sent. */
const uint8_t *ob_snapshot_memory(const struct ob_snapshot *snapshot, size_t place,
                                  const struct ob_arena *arena);
const struct ob_actor *ob_snapshot_actor(const struct ob_snapshot *snapshot, unsigned id);
const void *ob_snapshot_attached(const struct ob_snapshot *snapshot);
uint32_t ob_snapshot_sent_count(const struct ob_snapshot *snapshot);

#endif
