/*
 * Writes what a path has come to as a scenario: a delay for each message and timer that is late at
 * the least times that are possible.
 */
#ifndef OFFBEAT_SEARCH_DELAYS_H
#define OFFBEAT_SEARCH_DELAYS_H

#include "search/timed_path.h"
#include "world/world.h"

/*
 * `question` says what is still pending. On top of the scenario's own deviations. Returns true when
 * a plain run of `*result` in `replay` violates the invariant; otherwise `*result` is not to be
 * used. Takes one or two runs.
 */
bool ob_write_delays(struct ob_path *path, const struct ob_path_question *question,
                     const char *invariant, struct ob_world *replay,
                     const struct ob_scenario *scenario, struct ob_scenario *result);

#endif
