/*
 * Parents without walks, which the mutator keeps for itself. An engine keeps whatever shows
 * something new, and most of that are walks: workloads of dozens of messages in an order that no
 * other constraint can be added to. What goes on from there step by step, above all by the values
 * that a target compares arguments with, needs parents of its own.
 */
#ifndef OFFBEAT_ENGINE_PARENTS_H
#define OFFBEAT_ENGINE_PARENTS_H

#include "base/rng.h"
#include "scenario/scenario.h"

#include <stdbool.h>

#define OB_PARENTS_MAX 128u
#define OB_PARENT_BYTES_MAX 2048u /* longer ones are left to the engine */

/* Zero-initialised: there is none. */
struct ob_parents {
    unsigned count;     /* added so far; the last OB_PARENTS_MAX are here */
    bool have_messages; /* one of them had some */
    struct {
        uint16_t size;
        uint8_t bytes[OB_PARENT_BYTES_MAX];
    } list[OB_PARENTS_MAX];
};

bool ob_has_walk(const struct ob_scenario *scenario);

/* Takes all walks out of a scenario. */
void ob_strip_walks(struct ob_scenario *scenario);

/* Adds a scenario, unless it has a walk, or is there. */
void ob_parents_add(struct ob_parents *parents, const struct ob_vocabulary *vocabulary,
                    const struct ob_scenario *scenario);

/* Reads one of them, half of the time one of the latest. Returns false when there is none. */
bool ob_parents_draw(const struct ob_parents *parents, const struct ob_vocabulary *vocabulary,
                     struct ob_rng *rng, struct ob_scenario *scenario);

#endif
