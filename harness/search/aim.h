/*
 * Faults and delays that are aimed at what an execution has shown: at messages that there were, by
 * ops that the target allows there, with amounts that put them beside something else that happened.
 */
#ifndef OFFBEAT_SEARCH_AIM_H
#define OFFBEAT_SEARCH_AIM_H

#include "base/rng.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* Everything that ob_aim() can draw but delays and preemptions: what walks do not do themselves. */
#define OB_AIMED_FAULTS                                                                            \
    (1u << OB_DUPLICATE | 1u << OB_DROP | 1u << OB_PAUSE | 1u << OB_CRASH | 1u << OB_RESTART |     \
     1u << OB_PARTITION | 1u << OB_SKEW)

/*
 * Draws a deviation that is aimed at the world's last run, of one of `ops`, a bit for each enum
 * ob_deviation_op. `no_classes`: it names one message, never all of a kind. The result is canonical
 * and legal. Returns false when the message that was drawn allows none: another call may find one.
 */
bool ob_aim(struct ob_world *world, uint32_t ops, bool no_classes, struct ob_rng *rng,
            struct ob_deviation *aimed);

#endif
