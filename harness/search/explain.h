/*
 * Why a scenario fails: the order of two events that decides, or of three, or the one fault. Not
 * read off the trace but tried out: hundreds of runs near the failing one say which orders those
 * that fail have in common (causes.h), and the same scenario with that order the other way round,
 * or without that one fault, passes.
 */
#ifndef OFFBEAT_SEARCH_EXPLAIN_H
#define OFFBEAT_SEARCH_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "search/causes.h"
#include "search/events.h"
#include "search/forked.h"

#define OB_STRONG_MAX 128u

enum ob_decision {
    OB_UNDECIDED,    /* nothing near it was found to pass */
    OB_BY_ORDER,     /* it fails when events come in an order, and passes the other way round */
    OB_BY_FAULT,     /* it passes without the one deviation that is a fault */
    OB_BY_DEVIATION, /* it passes without one deviation, and no order was found to tell why */
};

/* Events of the failing run, and the order in which they come. The first was delivered; others may
 * have been to come when the run ended. */
struct ob_order {
    enum ob_shape shape;
    struct ob_event events[OB_SHAPE_EVENTS_MAX];
};

struct ob_explanation {
    enum ob_decision decision;
    bool has_order;              /* always with BY_ORDER; with BY_FAULT where it takes both */
    struct ob_order order;       /* in which events come; it passes the other way round */
    struct ob_order core;        /* of BY_ORDER: the pair of it that was open last, where that is
                                    known, else all of it; what names the cause in signatures */
    struct ob_evidence evidence; /* in how many runs near this one it was so */
    bool has_also;           /* of BY_ORDER: it takes another order as well, perhaps elsewhere */
    struct ob_order also;    /* in which events come, a pair */
    struct ob_evidence both; /* in how many runs both were so */
    bool is_among_others;    /* it does not tell failing runs from passing ones by itself */
    uint64_t later_us;       /* of BY_ORDER: it passes when the first of a pair, or the second of a
                                window, comes so much later; 0: not known */
    uint64_t sooner_us;      /* the same, when the second comes so much sooner */
    unsigned strong_count; /* orders that tell failing runs from passing ones about as well, and */
    struct ob_order strong[OB_STRONG_MAX]; /* parts of what decides; with BY_FAULT those of runs
                                              with the fault, and of those that fail without it */
    bool has_death;                        /* of BY_FAULT, where an actor dies by it: */
    struct ob_event death; /* it fails wherever the actor dies after it has handled this */
    unsigned deviation;    /* of BY_FAULT and BY_DEVIATION: its index */
    uint64_t necessary;    /* deviations without which it passes, a bit each */
    uint64_t unneeded;     /* those without which it violates the same */
    bool has_neighbour;
    struct ob_scenario neighbour; /* passes, and has the order the other way round */
};

/*
 * Explains a scenario that violates an invariant, best a minimized one. Runs it in `world`, whose
 * last run it then is, and its neighbours in `replay`, another world of the same target and
 * variant: some 600 runs, fewer where they are long. Where runs may end the process, `forked` is
 * what runs both worlds (ob_forked_run()); else NULL. The explanation is large: best not on the
 * stack. Returns 0, or -1 when memory is short. Of a scenario that passes the decision is
 * OB_UNDECIDED.
 */
int ob_explain(struct ob_world *world, struct ob_world *replay, const struct ob_scenario *scenario,
               struct ob_forked *forked, struct ob_explanation *explanation);

#endif
