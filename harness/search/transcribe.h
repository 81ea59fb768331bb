/*
 * Writes an execution whose order an explorer has chosen as a scenario: the same messages, and the
 * reorderings that make every actor get them in the same order in a plain run.
 */
#ifndef OFFBEAT_SEARCH_TRANSCRIBE_H
#define OFFBEAT_SEARCH_TRANSCRIBE_H

#include <stdbool.h>

#include "world/world.h"

/*
 * Reads the world's last run, which was of `scenario` in another order, and looks for the
 * deviations, on top of the scenario's own. On success returns true: running `*result` violates the
 * same invariant, and that is the world's last run. Otherwise (the order takes more deviations than
 * a scenario holds, or latencies that none of them gives) returns false; `*result` is then not to
 * be used. A few dozen runs of the world at most.
 */
bool ob_transcribe(struct ob_world *world, const struct ob_scenario *scenario,
                   struct ob_scenario *result);

#endif
