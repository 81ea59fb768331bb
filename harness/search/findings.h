/* What an exploration has seen: executions, distinct behaviours, and violations by invariant with
 * an example of each. */
#ifndef OFFBEAT_SEARCH_FINDINGS_H
#define OFFBEAT_SEARCH_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/tally.h"
#include "scenario/scenario.h"
#include "search/goal_tally.h"
#include "search/shown.h"
#include "world/verdict.h"
#include "world/world.h"

#define OB_FINDINGS_MAX 64 /* invariants; violations of further ones are counted together */

struct ob_finding {
    char invariant[64];
    enum ob_failure failure;
    uint64_t count;
    uint64_t unwritten; /* of these, no scenario was found for; 0 where only one was sought */
    uint64_t first;     /* the execution, from 1, that showed it first */
    bool has_example;   /* false when the order could not be written as a scenario */
    bool is_walk; /* the example is the walk itself, as no deviations that do the same were found */
    uint64_t example_at; /* the execution that it comes from */
    struct ob_scenario
        *example; /* violates it when it is run; owned by the findings, NULL without one */
};

/* Zero-initialise before use, ob_findings_release() after it. */
struct ob_findings {
    uint64_t executions;
    uint64_t violating;
    struct ob_runs runs; /* how long they were, and what has cut them */
    struct ob_shown shown;
    struct ob_goal_tally *goals; /* that executions have reached; NULL where the target has none */
    struct ob_tally traces;      /* by causal hash: orders of independent events are one */
    unsigned finding_count;
    struct ob_finding findings[OB_FINDINGS_MAX];
    bool out_of_memory;
};

/*
 * Adds the last execution of `explored`, which was the `number`th and of `scenario` in some order.
 * For the first violation of each invariant an example is sought, in `replay`, another world of the
 * same target and variant.
 */
void ob_findings_add(struct ob_findings *findings, const struct ob_world *explored,
                     struct ob_world *replay, const struct ob_scenario *scenario, uint64_t number);

/* Adds an execution of which nothing is known but its trace, a number that is equal for equal
 * ones. */
void ob_findings_add_trace(struct ob_findings *findings, const struct ob_world *explored,
                           uint64_t trace);

/* Adds something violated in the `number`th execution, with a scenario that shows it in a plain
 * run, which is copied, or NULL when none was found. */
void ob_findings_add_violation(struct ob_findings *findings, const struct ob_verdict *verdict,
                               const struct ob_scenario *example, uint64_t number);

/* Whether something is known to violate that invariant. */
bool ob_findings_has(const struct ob_findings *findings, const char *invariant);

/* Whether there is a violation with an example, of that invariant or, when it is NULL, of any. */
bool ob_findings_written(const struct ob_findings *findings, const char *invariant);

/* Adds what another exploration has seen, and releases it. */
void ob_findings_merge(struct ob_findings *findings, struct ob_findings *other);

void ob_findings_release(struct ob_findings *findings);

#endif
