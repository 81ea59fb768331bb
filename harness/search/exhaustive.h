/*
 * Every order of a scenario's messages, up to happens-before equivalence: dynamic partial order
 * reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson, Sagonas: "Optimal dynamic
 * partial order reduction", POPL 2014), for actors that handle one message at a time, where two
 * deliveries depend on each other just when one actor gets both.
 *
 * Every message comes as early as its order permits. So no order is reported that latencies and
 * timers make impossible; one that is possible only when some message is late without having to be
 * is not looked at.
 */
#ifndef OFFBEAT_SEARCH_EXHAUSTIVE_H
#define OFFBEAT_SEARCH_EXHAUSTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "world/world.h"

#define OB_EXHAUSTIVE_DEPTH_MAX 512   /* events of one execution */
#define OB_EXHAUSTIVE_CHOICES_MAX 128 /* events that wait at one time */

struct ob_exhaustive_stats {
    uint64_t executions; /* complete ones, each of another equivalence class */
    uint64_t blocked;    /* given up, as all that they could still do was explored before */
    uint64_t steps;      /* events that were executed, in all */
    bool is_timed; /* deadlines decided what could come next: a few orders that are possible may be
                      missing, as the reduction knows of actors and causes, and not of time */
    bool is_complete; /* nothing was left out: neither limit was reached, nor did the visitor stop
                         it */
};

/* Called with each complete execution; the trace is the world's. Returns false to stop. */
typedef bool ob_exhaustive_visit(const struct ob_world *world, const struct ob_verdict *verdict,
                                 void *context);

/*
 * Explores. At most `executions_max` executions. Returns 0, or -1 with a line in `error` when the
 * target cannot be explored (state outside the world), memory is short, or the scenario is too
 * large for the bounds above.
 */
int ob_explore_exhaustively(struct ob_world *world, const struct ob_scenario *scenario,
                            uint64_t executions_max, ob_exhaustive_visit *visit, void *context,
                            struct ob_exhaustive_stats *stats, struct ob_error *error);

#endif
