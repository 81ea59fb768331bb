/*
 * Who reads and writes what. Two deliveries to different actors depend on each other where one has
 * changed what the other has read: the state of an actor (tables, stores and logs are actors),
 * memory of ob_alloc(), what oracles record. Happens-before, which knows messages and wakes, does
 * not see that.
 *
 * Writes are found by comparing the memory of the world with a snapshot of the moment before. Reads
 * are what a handler has asked for with ob_state() and its like, and what can be reached from there
 * and from its actor's state and the stacks of its tasks by pointers. Memory that is reached in no
 * such way, by a global variable, may be read by everybody: who writes it depends on everybody.
 *
 * Nothing of this is done, and the loop of a world does not ask for it, unless somebody tracks it.
 */
#ifndef OFFBEAT_WORLD_ACCESS_H
#define OFFBEAT_WORLD_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "world/access_note.h"
#include "world/cells.h"
#include "world/snapshot.h"

/* Starts to note accesses in a world, from its next run on. Returns NULL when memory is short. */
struct ob_access *ob_access_begin(struct ob_world *world);

/* Ends that, and releases what was noted. */
void ob_access_end(struct ob_world *world);

/* What the event at an actor has done that has just come to its end, since `before` was taken.
 * `kept` is what its tasks held before, see ob_access_kept(). */
void ob_access_event(struct ob_world *world, const struct ob_snapshot *before, unsigned actor,
                     const struct ob_cells *kept, struct ob_footprint *footprint);

/* Forgets what was noted of events, before the next one. */
void ob_access_reset(struct ob_world *world);

/* What the tasks of an actor, which all wait, hold pointers to. Nothing where the actor is a
 * program: its threads know no memory of a world, and what was left on their stacks would only look
 * like it.
 */
void ob_access_kept(struct ob_world *world, unsigned actor, struct ob_cells *kept);

#endif
