/*
 * Which way of searching to try next: a bandit over arms. An arm that has lately shown what no
 * execution of this process had shown before is drawn more often; none is ever given up.
 *
 * Each arm has runs and gain. Both fade whenever it executes, so that they stand for what it
 * brought lately, and its rate is (gain + 1/2) / (runs + 1): an arm that was not tried for long is
 * worth a try. Walks, which draw whole orders, share the executions with mutation, which goes on
 * from what was found; then the arms of either share what it gets, by their weights (what is worth
 * how much where all are new) times their rates. Arithmetic is on integers: equal histories give
 * equal draws on every machine.
 *
 * Discounted bandits: Garivier, Moulines: "On upper-confidence bound policies for switching bandit
 * problems", ALT 2011. Shares by what operators brought lately: Lyu et al.: "MOPT: optimized
 * mutation scheduling for fuzzers", USENIX Security 2019.
 */
#ifndef OFFBEAT_SEARCH_PORTFOLIO_H
#define OFFBEAT_SEARCH_PORTFOLIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

enum ob_arm {
    OB_ARM_WALK_FRESH,  /* a walk over a workload drawn anew */
    OB_ARM_WALK_PARENT, /* a walk over the parent's workload */
    OB_ARM_ORDER,       /* reversals and random orders of what the parent's run shows */
    OB_ARM_STRIKE,      /* faults and delays aimed at what it shows */
    OB_ARM_MESSAGE,     /* other messages, and any other change of records */
    OB_ARM_OPERAND,     /* values that the target compares arguments with */
    OB_ARM_CROSSOVER,   /* two parents; engines ask for it, it is never drawn */
    OB_ARMS
};
#define OB_ARMS_OF_WALKS (1u << OB_ARM_WALK_FRESH | 1u << OB_ARM_WALK_PARENT)
#define OB_ARMS_ALL ((1u << OB_ARMS) - 1)

/* "walk-fresh", "order", … */
const char *ob_arm_name(enum ob_arm arm);

/* Zero-initialised but for the first field: nothing has been tried. */
struct ob_portfolio {
    bool has_faults; /* the target declares some */
    struct ob_arm_record {
        uint64_t executions; /* so far */
        uint64_t news;       /* of them: showed something new */
        uint32_t runs;       /* lately, in 1/65536 */
        uint32_t gain;
    } arms[OB_ARMS];
    struct {
        uint32_t runs;
        uint32_t gain;
    } groups[2]; /* mutation, walks */
};

/* Draws one of `possible`, a bit each, at least one besides OB_ARM_CROSSOVER. */
enum ob_arm ob_portfolio_draw(const struct ob_portfolio *portfolio, uint32_t possible,
                              struct ob_rng *rng);

/* What an arm made was executed. */
void ob_portfolio_executed(struct ob_portfolio *portfolio, enum ob_arm arm, bool is_news);

/* An arm that was drawn had nothing to change: it counts as tried in vain. */
void ob_portfolio_failed(struct ob_portfolio *portfolio, enum ob_arm arm);

/* The share of an arm among `possible` as of now, in 1/65536. */
uint32_t ob_portfolio_share(const struct ob_portfolio *portfolio, uint32_t possible,
                            enum ob_arm arm);

#endif
