/*
 * Writes an execution whose order an explorer has chosen as a scenario: the same messages, and the
 * reorderings that make every actor get them in the same order in a plain run.
 */
#ifndef OFFBEAT_SEARCH_TRANSCRIBE_H
#define OFFBEAT_SEARCH_TRANSCRIBE_H

#include <stdbool.h>

#include "world/world.h"

/*
 * Reads the last run of `explored`, which was of `scenario` in another order, by its walks or by an
 * explorer's choice, and looks for the deviations, on top of the scenario's own but its walks, by
 * runs of `replay`, another world of the same target and variant. Returns true when it has found
 * them: running `*result` in a plain run violates the same invariant. Otherwise (the order takes
 * more deviations than a scenario holds, or latencies that none of them gives) returns false, and
 * `*result` is not to be used. Takes some dozen runs at most.
 */
bool ob_transcribe(const struct ob_world *explored, struct ob_world *replay,
                   const struct ob_scenario *scenario, struct ob_scenario *result);

#endif
