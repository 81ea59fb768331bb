/*
 * Makes a scenario that violates an invariant as small and plain as it can, by trying simpler ones
 * and keeping those that still violate the same invariant. In the process itself: a try costs one
 * run of the world.
 */
#ifndef OFFBEAT_SEARCH_MINIMIZE_H
#define OFFBEAT_SEARCH_MINIMIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "scenario/scenario.h"
#include "search/forked.h"
#include "world/world.h"

#define OB_MINIMIZE_EXECUTIONS_MAX                                                                 \
    200000u /* runs of the world; reached by large scenarios of slow targets only */

struct ob_minimize_stats {
    uint32_t executions; /* runs of the world */
    unsigned messages_before;
    unsigned messages_after;
    unsigned deviations_before;
    unsigned deviations_after;
    bool is_cut_short; /* OB_MINIMIZE_EXECUTIONS_MAX was reached: the result is valid, but may not
                          be minimal */
};

/*
 * Minimizes `input`, which must be canonical. The result depends on the target and the input only,
 * and unless it is cut short it is minimal: removing any one message or deviation, or clearing any
 * one set bit of a duration, an argument or a payload, makes the violation go away. Minimizing it
 * again gives it back unchanged.
 *
 * Removing and lowering, step by step, ends where no single step is simpler. From there three
 * searches go on. The first looks for the plainest scenario of as many records, so that those of
 * one cause end alike: other deviations in the place of one or two, and kinds of messages that are
 * declared earlier and do alike. The second takes a record away and changes another one: messages
 * come at other moments or in another order, a deviation hits another message. The third are fresh
 * walks over fewer of its messages, over others, and over the same; what they find is written down
 * as deviations. What is found is minimized alike. A walk in the input is written down first. So a
 * walk is left only where all of that fails.
 *
 * What is simpler is decided in this order: no walks, fewer messages, no drawn latencies, fewer
 * deviations, deviations that name one message rather than many, less payload, kinds of messages
 * that are declared earlier, smaller numbers, actors that are spawned earlier.
 * Every accepted step is simpler, so that the search ends.
 *
 * `output` may be `input`. `stats` may be NULL. Afterwards the world's last run is that of
 * `*output`, which therefore must stay as it is while that trace is read. Returns 0, or -1 with a
 * line in `error` when the input violates nothing or memory is short; `*output` is then untouched.
 */
int ob_minimize(struct ob_world *world, const struct ob_scenario *input, struct ob_scenario *output,
                struct ob_minimize_stats *stats, struct ob_error *error);

/*
 * The same where runs may end the process: `forked`, which may be NULL, is what makes the world's
 * runs. For an input that `hangs`, runs have less time while it is minimized; what comes of it is
 * tried with all of its time, and minimized so where that does not hang.
 */
int ob_minimize_forked(struct ob_world *world, struct ob_forked *forked, bool hangs,
                       const struct ob_scenario *input, struct ob_scenario *output,
                       struct ob_minimize_stats *stats, struct ob_error *error);

#endif
