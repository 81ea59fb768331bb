/* One step of the search for neighbours: those of one scenario. Internal to neighbours.c and
 * neighbours_step.c. */
#ifndef OFFBEAT_SEARCH_NEIGHBOURS_STEP_H
#define OFFBEAT_SEARCH_NEIGHBOURS_STEP_H

#include "scenario/scenario.h"
#include "world/world.h"
#include <stdbool.h>
#include <stdint.h>

/* Gets one neighbour, canonical, which it has to copy. Returns false when it wants no more. */
typedef bool ob_neighbours_take(const struct ob_scenario *scenario, void *context);

/*
 * Runs the scenario and lists its neighbours; some may come twice. Adds to `*unwritable` how many
 * there are besides that cannot be written as a scenario. Returns 0, or -1 when memory is short.
 */
int ob_neighbours_list(struct ob_world *world, const struct ob_scenario *scenario,
                       ob_neighbours_take *take, void *context, uint64_t *unwritable);

#endif
