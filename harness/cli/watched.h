/*
 * Long searches that survive what a target does to the process. The search works at full speed in a
 * process of its own; the one that was there before watches it. Now and then the process at work
 * leaves a copy of itself behind, which sleeps. When the process dies or hangs, the watcher wakes
 * the copy: it makes the same runs again, up to the one that was under way, and makes this one in a
 * child process (ob_forked_run()). So the run becomes a violation like others, and the search goes
 * on behind it with everything that it knew.
 *
 * What is counted are acts: each run of a world, and in exhaustive search each event. The copy does
 * what its original did, act by act, as a search depends on nothing but its input.
 *
 * A copy costs memory that both write twice, so there are at most four in a second, and they take
 * at most a hundredth of the time.
 */
#ifndef OFFBEAT_CLI_WATCHED_H
#define OFFBEAT_CLI_WATCHED_H

#include "search/exhaustive.h"
#include "search/forked.h"
#include "world/world.h"

#define CLI_WATCH_HANGS_MAX 4u  /* runs that hang; then the search ends */
#define CLI_WATCH_STRAYS_MAX 8u /* deaths that no run by itself shows; the same */

struct cli_watched;

/*
 * Calls `work` in a process that is watched. Returns what `work` returns, in that process or in a
 * copy of it; this process ends then with the exit code of that one. Returns CLI_TROUBLE in this
 * process, after a line on standard error, when there are no processes to be had or the work cannot
 * be done. `limits` are those of one run. `interrupted` says whether the user wants an end; it is
 * asked in each process for itself, after SIGTERM. What takes longer than a second then is ended.
 */
int cli_watch(const struct ob_forked_options *limits, bool (*interrupted)(void),
              int (*work)(struct cli_watched *watched, void *context), void *context);

/* All of the following take NULL, for work that nobody watches, and do nothing then. */

/* Has the runs of a world watched, until it is destroyed or gets another runner. */
void cli_watch_world(struct cli_watched *watched, struct ob_world *world);

/* The work is over, and what follows is done once: results are printed. No world is run any
 * more. */
void cli_watch_end(struct cli_watched *watched);

/* Each run from now on has a process of its own, as is best around one that fails so; until it is
 * called with OB_NO_FAILURE or OB_INVARIANT_VIOLATED. */
void cli_watch_apart(struct cli_watched *watched, enum ob_failure failure);

/* Whether the last run was not made, as the search is to end: it counts for nothing. */
bool cli_watch_skipped(const struct cli_watched *watched);

/* Looks for leaks at the end of a search. */
void cli_watch_leaks(struct cli_watched *watched);

/* Why the search ends early, for a sentence; NULL where it does not. */
const char *cli_watch_gives_up(const struct cli_watched *watched);

/* Member `ends` of struct ob_exhaustive_watcher: an event, or the end of a run. */
bool cli_watch_event(struct cli_watched *watched, struct ob_world *world,
                     const struct ob_choice *choice, uint64_t time_us,
                     struct ob_known_outcome *known_outcome);

#endif
