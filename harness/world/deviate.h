/* What the scenario's deviations do to a message when it is sent. Only what the target declares
 * legal is applied. */
#ifndef OFFBEAT_WORLD_DEVIATE_H
#define OFFBEAT_WORLD_DEVIATE_H

#include "world/state.h"

/* What becomes of a message. */
struct ob_plan {
    uint64_t extra_us;   /* of delays */
    uint64_t latency_us; /* instead of the base latency, when `drawn` */
    uint64_t holds;      /* reorders that hit it, a bit each */
    uint64_t copies;     /* duplicates, a bit each */
    uint64_t armed;      /* faults at its delivery, a bit each */
    bool drawn;
    bool drop;
};

/* Before a run: which deviations may hit which kinds. */
void ob_deviations_begin(struct ob_world *world);

/* Clocks that are off from the beginning. */
void ob_apply_skew(struct ob_world *world);

/* Plans what becomes of a message, which comes by `link`, or by itself. */
void ob_plan_message(struct ob_world *world, uint32_t sent, const struct ob_link *link,
                     struct ob_plan *plan);

/* Whether deviations would do something to a message from outside, if it were sent now, that makes
 * it arrive later or not at all, or that others sent now would see. Those that would have taken
 * effect then. */
bool ob_puts_off_input(struct ob_world *world, unsigned kind, unsigned to);

#endif
