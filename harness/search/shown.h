/*
 * What no execution of a search has shown, however many there were: a search that finds nothing may
 * have tried nothing. Kinds of message that were never sent or delivered, and actors to whom
 * messages come from outside that got nothing.
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
    uint64_t actors[(OB_ACTORS_MAX + 64) / 64]; /* a bit for each, by id, that got something */
    bool knows_deliveries_only;
};

/* Adds the world's last execution, by its trace. */
void ob_shown_add(struct ob_shown *shown, const struct ob_world *world);

/* The same by what is noted for engines, which costs next to nothing; for worlds of which somebody
 * wants feedback. */
void ob_shown_add_marks(struct ob_shown *shown, const struct ob_world *world);

void ob_shown_merge(struct ob_shown *shown, const struct ob_shown *other);

/* Adds up to three lines, such as `never sent: cancel, refund`. Nothing where nothing is missing,
 * or nothing was executed. */
void ob_shown_print(const struct ob_shown *shown, const struct ob_world *world,
                    struct ob_text *text);

/* Adds the member "unseen": {"never_sent": [...], "never_delivered": [...], "got_nothing": [...]},
 * the first only where sending is known. Nothing where nothing was executed. */
void ob_shown_json(const struct ob_shown *shown, const struct ob_world *world,
                   struct ob_json *json);

#endif
