/* Memory outside of the world that runs change. */
#ifndef OFFBEAT_SEARCH_OUTSIDE_H
#define OFFBEAT_SEARCH_OUTSIDE_H

#include "scenario/scenario.h"
#include "world/world.h"

/*
 * Runs the plain scenario twice, in a child process: `scenario`, or, where that is NULL, each
 * message from outside once. Says in one line on standard error which variable of a shared library
 * the second run has changed: nothing brings it back, so that runs depend on those before. Says
 * nothing of targets that have a `reset`, nor where the runs do not come to an end.
 */
void ob_warn_outside(struct ob_world *world, const struct ob_scenario *scenario);

#endif
