/*
 * Runs of a world in child processes: for targets that crash, hang, or eat memory. A runner for
 * ob_world_set_runner(), so that whatever runs the world (minimizing, explaining, verifying) goes
 * on as if a crash were an invariant that is violated.
 *
 * Each distinct scenario costs one process. With several jobs, the runs that will be asked for next
 * are made at the same time: a copy of this process, which takes every run for one that passes,
 * goes ahead and says which ones those are. What comes out does not depend on it.
 */
#ifndef OFFBEAT_SEARCH_FORKED_H
#define OFFBEAT_SEARCH_FORKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "scenario/scenario.h"
#include "world/verdict.h"
#include "world/world.h"

#define OB_FORKED_JOBS_MAX 64u
#define OB_FORKED_TIMEOUT_S 10u
#define OB_FORKED_MEMORY_MB 2048u

struct ob_forked_options {
    uint32_t timeout_ms; /* of one run, from 1 */
    uint32_t memory_mb;  /* that one run's process may have in memory; looked at now and then */
    unsigned jobs;       /* runs at the same time, from 1 to OB_FORKED_JOBS_MAX */
    bool find_leaks;     /* looks for leaks after a run that passes, where the build can */
};

struct ob_forked;

/* Returns NULL with a line in `error` when memory is short. Freed with ob_forked_destroy(). */
struct ob_forked *ob_forked_create(const struct ob_forked_options *options, struct ob_error *error);
void ob_forked_destroy(struct ob_forked *forked);

/* The runner; its context is a struct ob_forked. All worlds that use one must be of one target and
 * variant. */
bool ob_forked_run(struct ob_world *world, const struct ob_scenario *scenario,
                   struct ob_known_outcome *known_outcome, void *context);

/*
 * Calls `work` with each number below `count`, in child processes, for what cannot be had as a run
 * of a scenario; what it finds it leaves in memory that processes share. A child does one after the
 * other until it ends in one of them or has lost memory: then `ended` is called here, with how, and
 * another child goes on. In the children the world has no runner. Returns how many were called.
 */
unsigned ob_forked_each(struct ob_forked *forked, struct ob_world *world, unsigned count,
                        void (*work)(unsigned index, void *context),
                        void (*ended)(unsigned index, const struct ob_known_outcome *known_outcome,
                                      void *context),
                        void *context);

/*
 * Runs `count` scenarios, at least one, after each other in one child process. If all end well and
 * no memory is lost, it is remembered that none of them fails, so that ob_forked_run() needs no
 * process for them; if not, nothing is, and each has to be run by itself. Returns which it was.
 */
bool ob_forked_clear(struct ob_forked *forked, struct ob_world *world,
                     const struct ob_scenario *scenarios, unsigned count);

/* To be called when a search is done, before what it has found is used: a copy that goes ahead ends
 * here. */
void ob_forked_join(struct ob_forked *forked);

/* Changes whether leaks are looked for, which takes longer than most runs. */
void ob_forked_find_leaks(struct ob_forked *forked, bool find_leaks);

/* From now on, what this process itself loses is not told, neither by it nor by its children. */
void ob_forked_ignore_own_leaks(struct ob_forked *forked);

/* Whether this build can find leaks at all: LeakSanitizer is part of it. */
bool ob_forked_can_find_leaks(void);

/* For searches around a scenario that hangs, in which many runs do: gives each run a twentieth of
 * its time, though at least OB_FORKED_SHORT_LIMIT_MS, or the whole of it again. What was found out
 * with another limit is forgotten. What comes out has to be run once more with the whole time. */
void ob_forked_shorten_limit(struct ob_forked *forked, bool hurry);
#define OB_FORKED_SHORT_LIMIT_MS 250u

/* Makes every run a process of its own, also those of a scenario that was run before. */
void ob_forked_forget(struct ob_forked *forked);

/* What the process of the last run that failed has said, "" for nothing: a sanitizer's report. It
 * is cut where it is long. Valid until the next run. */
const char *ob_forked_report(const struct ob_forked *forked);

#endif
