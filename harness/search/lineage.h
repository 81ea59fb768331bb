/*
 * Which message from outside each message of a run goes back to, and so what becomes of the
 * deviations' "the nth of its kind" when messages from outside are taken away.
 */
#ifndef OFFBEAT_SEARCH_LINEAGE_H
#define OFFBEAT_SEARCH_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "world/world.h"

struct ob_lineage {
    uint32_t sent_count;
    uint32_t
        *roots; /* by message sent: index of the message from outside, OB_NONE when there is none */
    bool *copies; /* by message sent: whether it is the copy of a duplication */
    /* By deviation that names one message, and by message from outside: how many messages that the
     * deviation counts before the one that it hits go back to it; the same for what a reordering
     * awaits. */
    uint8_t before[OB_DEVIATIONS_MAX][OB_MESSAGES_MAX];
    uint8_t awaited_before[OB_DEVIATIONS_MAX][OB_MESSAGES_MAX];
    uint16_t target_roots[OB_DEVIATIONS_MAX]; /* where what it hits goes back to; OB_MESSAGES_MAX:
                                                 nowhere */
};

/* Reads it off the world's last run, which was of `scenario`. The caller releases it. Returns -1
 * when memory is short, with nothing to release. */
int ob_lineage_read(struct ob_lineage *lineage, const struct ob_world *world,
                    const struct ob_scenario *scenario);
void ob_lineage_release(struct ob_lineage *lineage);

/* Makes the deviations of a scenario hit what they hit before the messages marked in `gone` were
 * taken away. Deviations whose message goes, go. Returns whether that changed anything. */
bool ob_lineage_follow(const struct ob_lineage *lineage, const bool *gone,
                       struct ob_scenario *scenario);

#endif
