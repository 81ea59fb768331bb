/*
 * Mutation of scenarios for engines: small changes that keep a scenario canonical, drawn from the
 * caller's generator and nothing else, so that equal seeds give equal results. Nothing is
 * allocated.
 */
#ifndef OFFBEAT_SCENARIO_MUTATE_H
#define OFFBEAT_SCENARIO_MUTATE_H

#include "base/rng.h"
#include "scenario/scenario.h"

/*
 * Changes a canonical scenario by one to four steps, each half as likely as the one before. The
 * result is canonical and has at most `records_max` records when encoded; a scenario with more than
 * these loses some. An empty one grows.
 */
void ob_mutate(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario,
               size_t records_max, struct ob_rng *rng);

/* The beginning of a's messages and the end of b's, or a's alone, and most deviations of both, in
 * at most `records_max` records. `out` is neither `a` nor `b`. */
void ob_crossover(const struct ob_vocabulary *vocabulary, const struct ob_scenario *a,
                  const struct ob_scenario *b, struct ob_scenario *out, size_t records_max,
                  struct ob_rng *rng);

#endif
