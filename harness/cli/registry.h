/* The targets that are built into the command, in the order in which the build lists them. */
#ifndef OFFBEAT_CLI_REGISTRY_H
#define OFFBEAT_CLI_REGISTRY_H

#include "offbeat/offbeat.h"

/* An invariant of a target in one of its variants, and the frames that the stack of its violation
 * begins with in a fuzz program: see engine/violation_frames.h. */
struct ob_invariant_names {
    const char *variant; /* NULL ends a table */
    const char *invariant;
    const char *frames[2];
    bool is_of_target; /* it stands in the target's own code, not in a pattern or the harness */
};

/* Ends with NULL. The build writes it: every offbeat_add_target() adds one. */
extern const struct ob_target *const ob_registry[];

/* The invariants of each, in the same order: those in its code, as the build has found them, and
 * those that the harness checks. */
extern const struct ob_invariant_names *const ob_registry_invariants[];

/* Writes the names of up to `max` invariants in the target's own code, and NULL behind them: none
 * where the build has not looked for them. */
void cli_own_invariants(const struct ob_target *target, const char **names, unsigned max);

/* Has a world note which of these are evaluated, see world/expected.h. */
void cli_expect_invariants(struct ob_world *world);

#endif
