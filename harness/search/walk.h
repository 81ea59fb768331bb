/*
 * Random walks: executions of one scenario whose order is drawn, for search without an engine. In
 * one walk of four some steps happen as late as may be, all others as early as their order permits.
 * Latencies are ranges: whatever the strategy, something happens only at a time that its link
 * allows, and nothing is overtaken by what comes after the latest time at which it could happen.
 */
#ifndef OFFBEAT_SEARCH_WALK_H
#define OFFBEAT_SEARCH_WALK_H

#include <stdint.h>

#include "world/world.h"

#define OB_CHOICES_MAX 1024
#define OB_PCT_DEPTH_MAX 32

enum ob_strategy {
    OB_WALK_RANDOM, /* each of what may happen next is equally likely */
    OB_WALK_PCT,    /* random priorities of links, lowered at depth - 1 random places (Burckhardt et
                       al.: "A randomized scheduler with probabilistic guarantees of finding bugs",
                       ASPLOS 2010) */
    OB_WALK_POS, /* a random priority for each message, drawn anew when another one that races with
                    it was handled (Yuan, Yang, Gu: "Partial order aware concurrency sampling", CAV
                    2018) */
};

struct ob_walk_options {
    enum ob_strategy strategy;
    unsigned depth; /* of PCT: ordering constraints that the bug needs, 1 to OB_PCT_DEPTH_MAX */
    uint32_t steps_hint; /* of PCT: how many steps a walk takes; the longest so far */
};

/*
 * Runs the scenario once; its deviations apply as they do in any run. Equal seeds give equal walks.
 * The verdict and the trace are the world's, valid until its next run.
 */
const struct ob_verdict *ob_walk(struct ob_world *world, const struct ob_scenario *scenario,
                                 const struct ob_walk_options *options, uint64_t seed);

#endif
