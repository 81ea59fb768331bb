/* What the reports for browsers and programs tell: one run, and what it may be compared with. */
#ifndef OFFBEAT_REPORT_STORY_H
#define OFFBEAT_REPORT_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "world/world.h"

/* A world after its run of a scenario. Both are the caller's. */
struct ob_telling {
    const struct ob_world *world;
    const struct ob_scenario *scenario;
    bool has_pair;    /* whether it is known which two deliveries decide by their order */
    uint32_t pair[2]; /* their indices in this run; OB_NONE for one that did not come to be */
};

/*
 * The run to explain. Where the caller knows it, also its nearest neighbour that passes, in a world
 * of its own, of the same target and variant.
 */
struct ob_story {
    struct ob_telling run;
    struct ob_telling passing; /* world NULL: not known */
    const char *decides;       /* the same for people, in one line; NULL: not known */
};

/* A byte for each message that was sent in the world's run, 1 where it was delivered. NULL when
 * memory is short; the caller frees it. */
uint8_t *ob_story_delivered(const struct ob_world *world);

/* Whether a delivery is one of the deciding pair. */
static inline bool ob_telling_decides(const struct ob_telling *telling, uint32_t index)
{
    return telling->has_pair && (telling->pair[0] == index || telling->pair[1] == index);
}

#endif
