/*
 * What no execution of a search has shown, however many there were: a search that finds nothing may
 * have tried nothing. Kinds of message that were never sent or delivered; actors that got nothing,
 * and to whose state nobody has done anything either; checks that had nothing to check: monitors
 * that were shown nothing, oracles for which nothing was recorded, and what is checked where
 * nothing more can happen, which no execution has come to; invariants that were never evaluated,
 * where the world expects them.
 */
#ifndef OFFBEAT_SEARCH_SHOWN_H
#define OFFBEAT_SEARCH_SHOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/text.h"
#include "world/world.h"

/* What was shown. Zero-initialise before use. */
struct ob_shown {
    uint64_t executions;
    uint64_t kinds_sent; /* a bit for each kind that some execution has sent */
    uint64_t kinds_delivered;
    uint64_t actors[(OB_ACTORS_MAX + 64) / 64]; /* a bit for each, by id, that got something, or
                                                   whose state has become another */
    uint32_t monitors;   /* a bit for each, in the order of their ids, that has seen something */
    uint32_t oracles;    /* a bit for each, in the target's order, that had something to judge */
    uint64_t invariants; /* a bit for each that was evaluated, see world/expected.h */
    bool came_to_rest;
    bool knows_deliveries_only;
};

/* Adds the world's last execution, by its trace. */
void ob_shown_add(struct ob_shown *shown, const struct ob_world *world);

/* The same by what is noted for engines, which costs next to nothing; for worlds of which somebody
 * wants feedback. */
void ob_shown_add_marks(struct ob_shown *shown, const struct ob_world *world);

void ob_shown_merge(struct ob_shown *shown, const struct ob_shown *other);

/* What is missing, in the order in which it is told. */
enum ob_missing {
    OB_NEVER_SENT,
    OB_NEVER_DELIVERED,
    OB_GOT_NOTHING,
    OB_HAD_NOTHING_TO_CHECK,
    OB_NEVER_EVALUATED,
    OB_MISSING
};

/* The next name of what is missing of a sort after the place `at`, from 0, which it moves on; NULL
 * where there is none. The world is of the target and variant that was executed. */
const char *ob_shown_missing(const struct ob_shown *shown, const struct ob_world *world,
                             enum ob_missing missing, unsigned *at);

/* Adds up to five lines, such as `never sent: cancel, refund`. Nothing where nothing is missing,
 * or nothing was executed. */
void ob_shown_print(const struct ob_shown *shown, const struct ob_world *world,
                    struct ob_text *text);

/* Adds the member "unseen": {"never_sent": [...], "never_delivered": [...], "got_nothing": [...],
 * "nothing_to_check": [...], "never_evaluated": [...]}, the first only where sending is known.
 * Nothing where nothing was executed. */
void ob_shown_json(const struct ob_shown *shown, const struct ob_world *world,
                   struct ob_json *json);

#endif
