/*
 * The signature of a failure: equal for failures with one cause, whatever scenario has shown them.
 * One line for people.
 */
#ifndef OFFBEAT_SEARCH_SIGNATURE_H
#define OFFBEAT_SEARCH_SIGNATURE_H

#include "base/text.h"
#include "search/explain.h"
#include "search/sanitizer.h"
#include "world/verdict.h"

/* What is known of a minimal scenario. */
struct ob_signed {
    const struct ob_scenario *scenario;
    const struct ob_explanation *explanation; /* by ob_explain() */
    const struct ob_sanitizer_report *report; /* NULL: no sanitizer has said anything */
};

/* Adds the signature of a minimal scenario, which is the world's last run. */
void ob_signature_add(const struct ob_world *world, const struct ob_signed *known,
                      struct ob_text *text);

/* The same for a failure that does not come every time, of which nothing else can be said. */
void ob_signature_add_flaky(const struct ob_world *world, const struct ob_verdict *verdict,
                            struct ob_text *text);

#define OB_SIGNATURE_ORDERS_MAX 4096u

/* Adds the orders that tell about as well as that of the signature which runs fail, with "; "
 * between them: with those of another failure of the same cause they have some in common. Where a
 * mailbox overflows, that comes first. The failure is the world's last run. */
void ob_signature_add_orders(const struct ob_world *world, const struct ob_explanation *explanation,
                             struct ob_text *text);

/* Adds the order that it takes besides a fault; where a mailbox overflows, whose it is; nothing
 * where there is neither. The failure is the world's last run. */
void ob_signature_add_shared(const struct ob_world *world, const struct ob_explanation *explanation,
                             struct ob_text *text);

#endif
