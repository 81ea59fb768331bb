/*
 * The scenarios around one: what a fix of the bug that it shows must stand as well. Neighbours have
 * the same messages from outside and differ in one deviation:
 *
 *   - one is removed;
 *   - one that names many messages names just one of those that it hits;
 *   - two deliveries to one actor that race are reversed: the first waits until the second was
 *     handled, or a copy comes earlier or later than it did. A timer that a message cancels counts
 *     as a delivery: it fires before that message;
 *   - what one actor is given comes later than what another one is, where they race, and a check or
 *     one of the two handlers asks for the state of both, or one changes memory that both reach: by
 *     a delay, as nothing waits there;
 *   - a fault is added, of those that are legal (ob_faults_list()).
 *
 * The neighbours of neighbours are at distance 2, and so on.
 */
#ifndef OFFBEAT_SEARCH_NEIGHBOURS_H
#define OFFBEAT_SEARCH_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "scenario/scenario.h"
#include "world/world.h"

struct ob_neighbours_stats {
    uint64_t executions; /* scenarios that were run, each once: no two are equal */
    uint64_t distinct; /* of these, by causal hash: what happens-before leaves independent may come
                          in any order */
    uint64_t cut;      /* of these, reached a bound of the simulation: no verdict beyond it */
    uint64_t unwritable; /* neighbours that cannot be written as a scenario: they name the 256th of
                            its kind, or need a 65th deviation */
    unsigned distance;   /* every scenario up to this distance was run, but for the unwritable */
    bool is_complete;    /* the same for the distance that was asked for */
};

/*
 * Called after each run, with the distance of its scenario and the counts so far; the trace is the
 * world's. May not run the world, and need not keep the scenario. Returns false to stop.
 */
typedef bool ob_neighbours_visit(const struct ob_world *world, const struct ob_scenario *scenario,
                                 unsigned distance, const struct ob_neighbours_stats *stats,
                                 void *context);

/*
 * Runs a canonical scenario, and then every scenario up to `distance_max` from it, the nearest
 * first, in an order that depends on target and scenario alone; at most `executions_max` ≥ 1. Of
 * those at one distance, the ones whose executions are not equivalent to an earlier one have their
 * neighbours first, so that what the bound cuts off is what is least likely to be new. Returns 0,
 * or -1 with a line in `error` when memory is short; `stats` then hold what was done.
 */
int ob_neighbours_run(struct ob_world *world, const struct ob_scenario *scenario,
                      unsigned distance_max, uint64_t executions_max, ob_neighbours_visit *visit,
                      void *context, struct ob_neighbours_stats *stats, struct ob_error *error);

#endif
