/*
 * Mutation of a scenario's schedule by what its execution shows: race reversal. The scenario is run
 * once; what raced is put into another order, by deviations that name what must wait for what;
 * timers are made to fire before what cancels them; faults are aimed at messages and actors that
 * there are and where they are legal.
 *
 * No single strategy is trusted: reversals of one pair, random orders of everything that an actor
 * gets, and faults are drawn in turn. Constraints of the form "this waits until that was handled"
 * cost the same however long the causal chain is across which a message is held back, which is what
 * random schedulers pay for exponentially.
 */
#ifndef OFFBEAT_SEARCH_SCHEDULE_MUTATION_H
#define OFFBEAT_SEARCH_SCHEDULE_MUTATION_H

#include "base/rng.h"
#include "scenario/scenario.h"
#include "world/world.h"

enum ob_schedule_part {
    OB_SCHEDULE_ORDERS = 1,  /* reversals, random orders, events that meet */
    OB_SCHEDULE_STRIKES = 2, /* faults, and delays to the other side of something else */
};

struct ob_schedule_options {
    unsigned parts;  /* of which the first step is, a set of enum ob_schedule_part; 0: all */
    bool no_classes; /* name single messages only */
    uint32_t ops;    /* a bit for each enum ob_deviation_op that may be added; 0: all */
};

/*
 * Changes the deviations of a canonical scenario; its messages stay, and so do their arguments, but
 * one may be sent at another time. The world is the caller's,
 * without feedback or a hook for violations. The result is canonical and has at most `records_max`
 * records when encoded. Returns false, with nothing changed, when the execution shows nothing that
 * could be changed.
 */
bool ob_mutate_schedule(struct ob_world *world, struct ob_scenario *scenario, size_t records_max,
                        const struct ob_schedule_options *options, struct ob_rng *rng);

#endif
