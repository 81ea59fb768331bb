/*
 * What AFL++'s executions come to: they are made in processes that say nothing to afl-fuzz but how
 * they end. The mutator, which afl-fuzz has loaded, makes memory that all of them count in.
 */
#ifndef OFFBEAT_ENGINE_SHARED_RUNS_H
#define OFFBEAT_ENGINE_SHARED_RUNS_H

#include <stdbool.h>

#include "search/goal_tally.h"
#include "search/shown.h"
#include "world/bounds.h"

/* The parts of that memory. */
struct ob_shared_runs {
    struct ob_runs *runs;
    struct ob_shown *shown;
    struct ob_goal_tally *goals; /* NULL for a target without goals */
};

/* Memory that processes find which this one starts from now on. Returns false when there is none;
 * then nothing is counted. It stays to the end of the process. */
bool ob_shared_runs_create(const struct ob_target *target, struct ob_shared_runs *shared);

/* That memory, in a process that was started since; false when there is none. */
bool ob_shared_runs_find(const struct ob_target *target, struct ob_shared_runs *shared);

#endif
