/*
 * How commands survive targets that crash, hang, eat memory or leave: the input is first run in a
 * child process. If it comes to an end there, the rest of the work is done in the process itself,
 * at full speed, though in a copy of it: where that dies, all is done again with every run in a
 * child of its own.
 */
#ifndef OFFBEAT_CLI_GUARD_H
#define OFFBEAT_CLI_GUARD_H

#include "cli/cli.h"
#include "cli/input.h"
#include "search/forked.h"
#include "search/minimize.h"
#include "world/world.h"

/* What a command works with. */
struct cli_guard {
    struct ob_forked *forked; /* NULL where every run is made in the process itself */
    struct ob_world *worlds[2];
    size_t world_count;
    bool shows_progress; /* tries, and what is left */
    bool hangs;          /* the input does: runs around it are given less time while searching */
};

/* The limits that the command line asks for. */
struct ob_forked_options cli_guard_options(const struct cli_arguments *arguments);

/* Makes all runs of a world, until it is called with NULL, runs in child processes. */
void cli_guard_world(struct ob_world *world, struct ob_forked *forked);

/* Takes the line that shows progress away, where there is one. */
void cli_guard_end_progress(const struct cli_guard *guard);

/*
 * Opens one or two worlds of the target and variant that the first argument names, reads the second
 * into `input`, and does `work`, which runs the worlds and prints its results when it has all of
 * them. Returns what `work` returns, or CLI_TROUBLE when something could not be opened, read or
 * started; that was told then. May return in a copy of this process, which is then the one that
 * goes on.
 */
int cli_guarded(const struct cli_arguments *arguments, size_t world_count, bool shows_progress,
                struct cli_input *input, int (*work)(const struct cli_guard *guard, void *context),
                void *context);

#endif
