/*
 * Why a scenario fails: the one pair of messages whose order decides, or the one fault. Not read
 * off the trace but tried out: the same scenario with just that pair the other way round passes.
 */
#ifndef OFFBEAT_SEARCH_EXPLAIN_H
#define OFFBEAT_SEARCH_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "search/events.h"
#include "world/world.h"

enum ob_decision {
    OB_UNDECIDED, /* no neighbour of it was found to pass */
    OB_BY_PAIR,  /* it fails when `first` is handled before `second`, and passes the other way round
                  */
    OB_BY_FAULT, /* it passes without the one deviation that is a fault */
    OB_BY_SEVERAL, /* the nearest neighbour that passes differs in the order of several pairs, the
                      first of these given */
};

struct ob_explanation {
    enum ob_decision decision;
    struct ob_event first;  /* of BY_PAIR and BY_SEVERAL: events of the failing run; */
    struct ob_event second; /* this one may still have been under way when it ended */
    unsigned reversed; /* pairs that come the other way round in the neighbour, this one included */
    unsigned fault;    /* of BY_FAULT: index of the deviation */
    uint64_t necessary; /* deviations without which it passes, a bit each */
    bool has_neighbour;
    struct ob_scenario neighbour; /* passes */
};

/*
 * Explains a scenario that violates an invariant, best a minimized one. Runs it in `world`, whose
 * last run it then is, and its neighbours in `replay`, another world of the same target and
 * variant; some hundred runs at most. Returns 0, or -1 when memory is short. Of a scenario that
 * passes the decision is OB_UNDECIDED.
 */
int ob_explain(struct ob_world *world, struct ob_world *replay, const struct ob_scenario *scenario,
               struct ob_explanation *explanation);

#endif
