/*
 * Which orders of events tell the runs near a failing one that fail from those that pass: pairs "a
 * before b", at one actor or at two; windows "b between a and c"; overlaps "a before b and c before
 * d", where a leads to d and c to b, ranked.
 */
#ifndef OFFBEAT_SEARCH_CAUSES_H
#define OFFBEAT_SEARCH_CAUSES_H

#include <stdbool.h>
#include <stdint.h>

#include "search/nearby.h"

#define OB_CAUSES_MAX 256u
#define OB_CAUSES_CHOSEN 12u /* of these it is looked what is needed as well */
#define OB_F1_DECIDES 0.75   /* an order that tells less is one cause among others */

enum ob_shape { OB_PAIR, OB_WINDOW, OB_OVERLAP, OB_SHAPES };

#define OB_SHAPE_EVENTS_MAX 4u

/* What a shape consists of: its pairs are places among its events, the first before the second. */
struct ob_shape_parts {
    uint8_t event_count;
    uint8_t pair_count;
    uint8_t pairs[2][2];
};
extern const struct ob_shape_parts ob_shape_parts[OB_SHAPES];

/* In how many of the samples that fail, and of those that pass, it was so. */
struct ob_evidence {
    uint16_t failing;
    uint16_t failing_so;
    uint16_t passing;
    uint16_t passing_so;
};

struct ob_cause {
    enum ob_shape shape;
    uint32_t events[OB_SHAPE_EVENTS_MAX]; /* indices into those of the failing run */
    struct ob_evidence evidence;
    double f1;         /* of "it was so" as a test for failing, both kinds of runs weighed alike */
    unsigned distance; /* how much the nearest run differs that passes and has it otherwise */
    bool has_core;     /* one of its pairs is the last order that was open */
    bool is_lone;      /* a run with a deviation less has only this the other way round */
    double cost;       /* the less, the more likely is it what decides */
    struct ob_nearby_plan passing; /* of that run */
    bool has_also;                 /* another pair is needed as well: */
    uint32_t also[2];              /* its events */
    struct ob_evidence both;       /* in how many samples both were so */
};

struct ob_causes {
    struct ob_evidence evidence; /* of all: the numbers of samples */
    bool has_core;               /* the last order that was open is known: */
    bool is_core_near; /* all else comes as well when it is the other way round, and soon */
    uint32_t core[2];  /* indices into the events */
    unsigned count;
    struct ob_cause list[OB_CAUSES_MAX]; /* the best first. For each there is a run that passes and
                                            has it the other way round */
};

/*
 * Samples runs and ranks what they show. `less` are runs that pass and take a deviation less than
 * the failing one: whoever made the failing scenario minimal has found that what they have the
 * other way round is needed. `causes` is large: best not on the stack. Returns 0, or -1 when memory
 * is short.
 */
int ob_causes_find(struct ob_nearby *nearby, const struct ob_nearby_run *less, unsigned less_count,
                   struct ob_causes *causes);

#endif
