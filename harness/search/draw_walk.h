/*
 * Walks for a search: a workload, faults aimed at what it has, and the record that draws the order
 * and the times of its run (OB_WALK).
 */
#ifndef OFFBEAT_SEARCH_DRAW_WALK_H
#define OFFBEAT_SEARCH_DRAW_WALK_H

#include <stdbool.h>

#include "base/rng.h"
#include "scenario/scenario.h"
#include "world/world.h"

struct ob_walk_drawing {
    struct ob_world
        *world; /* the caller's, in which what was executed is run to aim faults at it */
    const struct ob_vocabulary *vocabulary; /* whose ops may be used, with the known durations */
    uint32_t steps_per_message; /* how long runs are, in 1/256 of a delivery; 0: not known */
    size_t records_max;
    struct ob_rng *rng;
};

/*
 * Makes a walk over a workload drawn anew or, where faults are to strike, over that of `executed`,
 * a scenario that was run before, empty for none: what may end the process is never run here for
 * the first time. Returns how many runs of the world it took.
 */
unsigned ob_draw_walk_fresh(const struct ob_walk_drawing *drawing,
                            const struct ob_scenario *executed, struct ob_scenario *scenario);

/* Makes a walk over the workload of a canonical scenario that was run before, half of the time
 * after a mutation. Deviations of order and latency go, as the walk draws both; half of the time
 * the others stay. Otherwise as above. */
unsigned ob_draw_walk_over(const struct ob_walk_drawing *drawing, struct ob_scenario *scenario);

#endif
