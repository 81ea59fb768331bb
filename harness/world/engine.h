/* For engines. */
#ifndef OFFBEAT_WORLD_ENGINE_H
#define OFFBEAT_WORLD_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ob_world;

/* Called at the spot where an invariant is violated, with the verdict complete, before the run
 * ends: an engine aborts there, so that the stack is the target's. NULL: the violation is returned
 * as a verdict. */
void ob_world_on_violation(struct ob_world *world,
                           void (*hook)(struct ob_world *world, void *context), void *context);

/* Where the world marks what a run has shown, apart from code: a byte becomes 1 for each hashed
 * (actor, abstract state, kind), for each ordered pair of kinds at an actor, and for each step of a
 * goal. `size` is a power
 * of two; NULL for none. The caller clears the bytes. */
void ob_world_feedback(struct ob_world *world, uint8_t *counters, size_t size);

/* The kinds that an actor has got in the last run, a bit each; where somebody wants feedback. */
uint64_t ob_world_kinds_seen(const struct ob_world *world, unsigned id);

/* Whether the process ends as the target's code has made a mistake in what it asks of the world. */
bool ob_world_has_defect(const struct ob_world *world);

#endif
