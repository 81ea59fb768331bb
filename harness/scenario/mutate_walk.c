/* Walks that mutation draws, and small changes to them. */
#include "scenario/mutate_step.h"

#define DEPTH_MAX 5 /* races that need more ordered constraints than that are rare */

void ob_random_walk(struct ob_rng *rng, struct ob_deviation *deviation)
{
    deviation->mode = (uint8_t)ob_rng_below(rng, OB_WALK_STRATEGIES);
    deviation->amount = (uint32_t)(ob_rng_next(rng) & OB_WALK_SEED_MAX);
    deviation->walk = (struct ob_walk){
        .depth = (uint8_t)(1 + ob_rng_below(rng, DEPTH_MAX)),
        .late = (uint8_t)ob_rng_below(rng, OB_LATE_RATES),
        .hint = (uint16_t)ob_random_log(rng, 10),
    };
}

void ob_random_walk_bounds(struct ob_rng *rng, struct ob_walk *walk)
{
    bool whole = ob_random_once_in(rng, 3);
    uint32_t steps = ob_random_log(rng, 8);
    if (ob_random_once_in(rng, 2))
        walk->from = (uint16_t)(whole ? 0 : steps);
    else
        walk->length = (uint16_t)(whole ? 0 : steps);
}

void ob_nudge_walk(struct ob_rng *rng, struct ob_deviation *deviation)
{
    struct ob_deviation drawn = {0};
    ob_random_walk(rng, &drawn);
    switch (ob_rng_below(rng, 4)) {
    case 0:
        deviation->walk.late = drawn.walk.late;
        break;
    case 1:
        deviation->walk.depth = drawn.walk.depth;
        deviation->walk.hint = drawn.walk.hint;
        break;
    default:
        deviation->amount = drawn.amount;
        break;
    }
}
