/*
 * Writes an execution whose order an explorer has chosen as a scenario that people read: the
 * messages from outside in the order and at the times at which they came, the faults that struck,
 * and the delays by which everything else came when it did.
 */
#ifndef OFFBEAT_SEARCH_TRANSCRIBE_H
#define OFFBEAT_SEARCH_TRANSCRIBE_H

#include "scenario/scenario.h"
#include "world/world.h"
#include <stdbool.h>

/*
 * Reads the last run of `explored`, which was of `scenario` in another order, solves for the times
 * at which its events can have happened (see timeline.h), and writes these down. What is written is
 * run in `replay`, a world of the same target and variant, which may be the same one; that is the
 * only run unless a target reads clocks, or something else makes it necessary to try further
 * solutions. Of the scenario's own deviations those about order are left
 * out, faults are kept. What takes more deviations than a scenario holds is tried with all messages
 * of one kind late, or of two. Returns true when running `*result` violates the same invariant; it
 * is another scenario than `scenario`. Otherwise returns false, and `*result` is not to be used:
 * the run takes more deviations than a scenario holds, or must delay a message that comes too late
 * in its row to be named, and no such class shows it. Takes time in proportion to the events of the
 * run, but for rare cases.
 */
bool ob_transcribe(const struct ob_world *explored, struct ob_world *replay,
                   const struct ob_scenario *scenario, struct ob_scenario *result);

#endif
