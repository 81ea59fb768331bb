/* Running scenarios. */
#ifndef OFFBEAT_WORLD_RUN_H
#define OFFBEAT_WORLD_RUN_H

#include "scenario/scenario.h"
#include "world/verdict.h"

/* Runs a scenario from the beginning to its end. The scenario is the caller's; it must be
 * canonical, and stay as it is while the world's trace is read. The verdict stays valid until the
 * next run. */
const struct ob_verdict *ob_world_run(struct ob_world *world, const struct ob_scenario *scenario);

/* The same in steps: begin, then step until it returns false. Between steps everything can be
 * looked at. */
void ob_world_begin(struct ob_world *world, const struct ob_scenario *scenario);
bool ob_world_step(struct ob_world *world);

#endif
