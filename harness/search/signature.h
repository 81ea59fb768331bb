/*
 * The signature of a failure: equal for failures with one cause, whatever scenario has shown them.
 * One line for people.
 */
#ifndef OFFBEAT_SEARCH_SIGNATURE_H
#define OFFBEAT_SEARCH_SIGNATURE_H

#include "base/text.h"
#include "search/deciding.h"
#include "search/explain.h"
#include "search/sanitizer.h"
#include "world/world.h"

/* What is known of a minimal scenario. */
struct ob_signed {
    const struct ob_scenario *scenario;
    const struct ob_explanation *explanation; /* by ob_explain() */
    const struct ob_deciding *deciding;       /* by ob_deciding_find() */
    const struct ob_sanitizer_report *report; /* NULL: no sanitizer has said anything */
};

/* Adds the signature of a minimal scenario, which is the world's last run. */
void ob_signature_add(const struct ob_world *world, const struct ob_signed *known,
                      struct ob_text *text);

/* Whether both are of one target, variant and invariant, and every pair that the smaller one says
 * to decide is among those of the larger one. */
bool ob_signature_covers(const char *smaller, const char *larger);

/* The same for a failure that does not come every time, of which nothing else can be said. */
void ob_signature_add_flaky(const struct ob_world *world, const struct ob_verdict *verdict,
                            struct ob_text *text);

#endif
