/*
 * A short search through all variants of a target, for what it declares and no run needs: kinds of
 * message that no variant sends or delivers, actors that get nothing, checks with nothing to check,
 * invariants that are never evaluated, variants that do the same, and descriptions of states that
 * read what is beside the state.
 *
 * It says nothing of a target until so many rounds have passed, a walk in each variant in each; one
 * that shows all is done after some.
 */
#ifndef OFFBEAT_SEARCH_SURVEY_H
#define OFFBEAT_SEARCH_SURVEY_H

#include "base/error.h"
#include "offbeat/offbeat.h"

/* Gets each finding: a name such as "shop/refund" or "shop/racy", another one where it is about
 * two, else NULL, and a line that says what it is. */
typedef void ob_survey_tell(void *context, const char *name, const char *other, const char *line);

/* Runs happen in child processes, so that one may crash or hang. `invariants`, which end with NULL,
 * should be evaluated in some run. Returns -1 with a line in `error`
 * when memory or processes are short, or the target's description is wrong. */
int ob_survey(const struct ob_target *target, const char *const *invariants, uint32_t rounds,
              ob_survey_tell *tell, void *context, struct ob_error *error);

#endif
