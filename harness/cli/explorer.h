/* One exploration, as offbeat explore runs it: walks or every order, alone or as one of several
 * processes. */
#ifndef OFFBEAT_CLI_EXPLORER_H
#define OFFBEAT_CLI_EXPLORER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/input.h"
#include "cli/watched.h"
#include "search/exhaustive.h"
#include "search/findings.h"

struct cli_explorer {
    /* What to do: */
    const char *specification; /* TARGET/VARIANT */
    const struct ob_target *target;
    struct cli_judges judges;
    bool is_exhaustive;
    enum ob_walk_strategy walk;
    unsigned depth; /* of PCT */
    bool no_faults; /* of walks: they strike none that the scenario does not have */
    const struct ob_scenario *scenario; /* NULL: walks draw one each */
    uint64_t runs;                      /* at most so many executions */
    uint64_t seed;
    unsigned faults; /* of exhaustive exploration: up to so many at a time */
    unsigned jobs;   /* processes, of walks */
    bool until_violation;
    bool quiet;                      /* no progress */
    struct ob_forked_options limits; /* of a run that ends the process */
    struct cli_watched *watched;     /* who watches this process; NULL for nobody */

    /* What came of it: */
    struct ob_findings findings;
    struct ob_exhaustive_stats exhaustive; /* of all scenarios */
    uint64_t scenarios; /* that were explored: without faults, and with each combination of them */
    bool interrupted;
    const char *gave_up; /* why it has ended early; NULL when it has not */
    double seconds;
};

/*
 * Explores until it is done or the process gets SIGINT or SIGTERM, which ends it early with what
 * there is. Shows progress on standard error: on a terminal a line that changes, elsewhere a line
 * every ten seconds. Returns 0, or -1 with a line in `error`. ob_findings_release() the findings in
 * both cases.
 */
int cli_explore_run(struct cli_explorer *explorer, struct ob_error *error);

/* Whether that violation, or any where it is NULL, is one to end with, when it is written. */
bool cli_explore_seeks(const struct cli_explorer *explorer, const char *invariant);

/* The part of it that one process does: walks number first, first + jobs, and so on. For
 * explorer_jobs.c. */
int cli_explore_part(struct cli_explorer *explorer, unsigned first, struct ob_error *error);

/* Notes signals that ask for the end, from now on. */
void cli_explore_heed(void);

/* Whether a signal has asked for the end. */
bool cli_explore_interrupted(void);

/* Runs the parts in as many processes as there are jobs, and puts together what they have found. */
int cli_explore_jobs(struct cli_explorer *explorer, struct ob_error *error);

#endif
