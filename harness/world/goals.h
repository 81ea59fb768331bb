/* How far a run has come to each goal of its target, see OB_SOMETIMES(). */
#ifndef OFFBEAT_WORLD_GOALS_H
#define OFFBEAT_WORLD_GOALS_H

#include <stdint.h>

#include "offbeat/offbeat.h"

/* One goal in one run. */
struct ob_progress {
    uint32_t deliveries; /* there were when it was reached, that in which it was among them */
    uint16_t monitor;    /* the id of the one that goes its steps; 0: none has yet */
    uint8_t next;        /* the step whose turn it is, from 0 */
    uint8_t furthest;    /* steps that were gone, in the longest row; all when it is reached */
};

/* All of them in one run. */
struct ob_goals {
    struct ob_progress *list; /* as many as the target has goals; NULL where it has none */
    uint32_t reached;         /* a bit each */
};

/* What is fixed once the target is set up. */
struct ob_goal_plan {
    unsigned count;
    uint8_t steps[OB_GOALS_MAX]; /* of each, at least 1 */
    uint8_t marks[OB_GOALS_MAX]; /* the place of its first step among those of all goals */
};

#endif
