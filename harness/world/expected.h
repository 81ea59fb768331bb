/*
 * Which invariants of a target were evaluated: those that somebody expects, by their names. A note
 * of OB_INVARIANT() says so, wherever it stands: two of one name are one invariant.
 */
#ifndef OFFBEAT_WORLD_EXPECTED_H
#define OFFBEAT_WORLD_EXPECTED_H

#include <stdbool.h>
#include <stdint.h>

#define OB_EXPECTED_MAX 64u /* invariants of one target; further ones are not expected */

struct ob_world;

/*
 * From its next run on, the world knows which of the invariants it has evaluated. `names` end with
 * NULL, and must live as long as the world; of those that have no note, such as the ones that a
 * monitor's `hot_violates` names, nothing is known. Notes are the program's, so one world at a time
 * should run that expects something. Where memory is short nothing is expected.
 */
void ob_world_expect(struct ob_world *world, const char *const *names);

/* The name of the invariant with an index, from 0, in the order in which they were given; NULL
 * behind the last, and where invariants do not judge. */
const char *ob_world_expected(const struct ob_world *world, unsigned index);

/* Those that the last run has evaluated, or of which nothing is known, a bit each by index. */
uint64_t ob_world_evaluated(const struct ob_world *world);

/* Part of the beginning and the end of worlds. */
void ob_expected_begin(struct ob_world *world);
void ob_expected_release(struct ob_world *world);

#endif
