/*
 * Which orders of events tell the runs near a failing one that fail from those that pass: pairs "a
 * before b", at one actor or at two, and windows "b between a and c", ranked.
 */
#ifndef OFFBEAT_SEARCH_CAUSES_H
#define OFFBEAT_SEARCH_CAUSES_H

#include <stdbool.h>
#include <stdint.h>

#include "search/nearby.h"

#define OB_CAUSES_MAX 256u

/* In how many of the samples that fail, and of those that pass, it was so. */
struct ob_evidence {
    uint16_t failing;
    uint16_t failing_so;
    uint16_t passing;
    uint16_t passing_so;
};

/* Events are indices into those of the failing run. */
struct ob_cause {
    uint32_t first;
    uint32_t second;
    uint32_t third; /* of a window: the second comes between the first and this; else OB_NONE */
    struct ob_evidence evidence;
    double f1;         /* of "it was so" as a test for failing, both kinds of runs weighed alike */
    unsigned distance; /* how much the nearest run differs that passes and has it otherwise */
    bool is_lone;      /* a run with a deviation less has only this the other way round */
    double cost;       /* the less, the more likely is it what decides */
    struct ob_nearby_plan passing; /* of that run */
};

struct ob_causes {
    struct ob_evidence evidence; /* of all: the numbers of samples */
    unsigned count;
    struct ob_cause list[OB_CAUSES_MAX]; /* the best first. For each there is a run that passes and
                                            has it the other way round */
};

/*
 * Samples runs and ranks what they show. `lone` are runs that pass in which just one pair of one
 * actor comes the other way round, and which take a deviation less than the failing one: whoever
 * made the failing scenario minimal has found that this pair is needed. `causes` is large: best not
 * on the stack. Returns 0, or -1 when memory is short.
 */
int ob_causes_find(struct ob_nearby *nearby, const struct ob_events *events,
                   const struct ob_nearby_run *lone, unsigned lone_count, struct ob_causes *causes);

#endif
