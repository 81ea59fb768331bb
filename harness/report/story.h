/* What the reports for browsers and programs tell: one run, and what it may be compared with. */
#ifndef OFFBEAT_REPORT_STORY_H
#define OFFBEAT_REPORT_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "world/world.h"

/* A world after its run of a scenario. Both are the caller's. */
struct ob_annotated_run {
    const struct ob_world *world;
    const struct ob_scenario *scenario;
    /* The deliveries that decide by their order: 0 where it is not known which; two; three, the
     * second between the others; or four, the first before the second and the third before the
     * fourth. Their indices in this run and their messages; OB_NONE for what did not come to be. */
    unsigned deciding_count;
    uint32_t deciding[4];
    uint32_t deciding_sent[4];
};

/* What is known of a deviation of the run to explain: what happens without it, and how much of it
 * that takes. */
struct ob_deviation_need {
    const char *without; /* "passes", "fails" or "differs" */
    const char *unit;    /* of the amounts: "us" or "ppm"; NULL: amounts were not tried */
    bool is_delay;       /* of a reordering: amounts are those of a delay in its place */
    bool has_most;
    bool has_gaps; /* between least and most there are amounts that do not fail */
    uint32_t least;
    uint32_t most;
    const char *words; /* the same for people, in one line; "" when there is nothing to say */
};

/* How many runs near the one to explain fail and pass, and in how many of these the order that
 * decides is as it is there. */
struct ob_cause_evidence {
    uint32_t failing, failing_so, passing, passing_so;
};

/*
 * The run to explain. Where the caller knows it, also its nearest neighbour that passes, in a world
 * of its own, of the same target and variant.
 */
struct ob_story {
    struct ob_annotated_run run;
    struct ob_annotated_run passing;          /* world NULL: not known */
    const char *decides;                      /* what decides, in one line; NULL: not known */
    const struct ob_cause_evidence *evidence; /* for the order that decides; NULL: there is none */
    const struct ob_deviation_need *needs;    /* one a deviation of the run; NULL: not known */
};

/* A byte for each message that was sent in the world's run, 1 where it was delivered. NULL when
 * memory is short; the caller frees it. */
uint8_t *ob_story_delivered(const struct ob_world *world);

/* Whether a delivery is one of those whose order decides. */
static inline bool ob_annotated_decides(const struct ob_annotated_run *annotated, uint32_t index)
{
    bool decides = false;
    for (unsigned at = 0; at < annotated->deciding_count; at++)
        decides |= annotated->deciding[at] == index;
    return decides;
}

/* The same of a message that was sent. */
static inline bool ob_annotated_decides_sent(const struct ob_annotated_run *annotated,
                                             uint32_t sent)
{
    bool decides = false;
    for (unsigned at = 0; at < annotated->deciding_count; at++)
        decides |= annotated->deciding_sent[at] == sent;
    return decides;
}

#endif
