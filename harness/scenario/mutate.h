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

/*
 * Draws a workload that has nothing to do with any other: 1 to `messages_max` messages, fewer where
 * `records_max` (≥ 1) records do not hold them, and no deviation. Some have all kinds of message,
 * others some; some come at once, others in bursts or apart. A target to which nothing comes from
 * outside gets the empty scenario.
 */
void ob_fresh_workload(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario,
                       unsigned messages_max, size_t records_max, struct ob_rng *rng);

/* So many messages have room for what takes a dozen, and runs stay short: measured on small models
 * of public bug reports, against 1 to 8, 1 to 16 and 1 to 64. */
#define OB_WORKLOAD_MESSAGES_MAX 32u

/* The beginning of a's messages and the end of b's, or a's alone, and most deviations of both, in
 * at most `records_max` records. `out` is neither `a` nor `b`. */
void ob_crossover(const struct ob_vocabulary *vocabulary, const struct ob_scenario *a,
                  const struct ob_scenario *b, struct ob_scenario *out, size_t records_max,
                  struct ob_rng *rng);

#endif
