/*
 * Swarm testing: a process searches with a part of what there is only. Some kinds of deviation are
 * left out, and scenarios stay below limits of their own. What is left is met more often and
 * without what would hide it, and many processes, each with another part, together find what one
 * that uses everything seldom does (Groce, Zhang, Eide, Chen, Regehr: "Swarm testing", ISSTA 2012).
 *
 * The environment variable OFFBEAT_SWARM holds a seed, from which the part is drawn. It limits what
 * the mutator makes, and never what an input means: what was found replays without it.
 */
#ifndef OFFBEAT_ENGINE_SWARM_H
#define OFFBEAT_ENGINE_SWARM_H

#include "base/rng.h"
#include "base/text.h"
#include "scenario/scenario.h"

struct ob_swarm {
    uint32_t ops; /* a bit for each enum ob_deviation_op that may be used; 0: all, and no limits */
    unsigned messages_max;
    unsigned deviations_max;
};

/*
 * Draws a part: each op of `ops_allowed` (as in struct ob_vocabulary; 0: all) with probability one
 * half, one at least; at most 4 to OB_MESSAGES_MAX messages and 2 to OB_DEVIATIONS_MAX deviations,
 * each power of two as likely as the others. Equal arguments give equal results.
 */
struct ob_swarm ob_swarm_draw(uint64_t seed, uint32_t ops_allowed);

/* Reads the variable. Without it everything is used. What is not a decimal number of 64 bits ends
 * the process with exit code 2 and a line that says so. */
struct ob_swarm ob_swarm_read(uint32_t ops_allowed);

/* Takes out of a scenario what the part leaves out, any of what is too much. One without messages
 * stays as it is: engines want no empty inputs. */
void ob_swarm_prune(const struct ob_swarm *swarm, struct ob_scenario *scenario, struct ob_rng *rng);

/* Adds, in words and without a newline, what the part consists of. */
void ob_swarm_describe(const struct ob_swarm *swarm, struct ob_text *text);

#endif
