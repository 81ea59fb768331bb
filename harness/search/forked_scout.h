/*
 * A copy of this process that goes ahead: it takes every run for one that passes, which is what
 * most are, and says which runs it asks for. What it does besides is lost.
 */
#ifndef OFFBEAT_SEARCH_FORKED_SCOUT_H
#define OFFBEAT_SEARCH_FORKED_SCOUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "scenario/scenario.h"

struct ob_scout {
    int fd;        /* the other side; -1 for none */
    bool is_ahead; /* this process is the copy */
    pid_t process;
};

/* Sends a copy ahead. Returns true in the copy. */
bool ob_scout_start(struct ob_scout *scout);

/* In a copy: says that a run is asked for, and returns true. Elsewhere returns false. */
bool ob_scout_says(struct ob_scout *scout, const struct ob_scenario *scenario);

/* The next run that the copy has asked for. Returns false when it says no more. */
bool ob_scout_next(struct ob_scout *scout, struct ob_scenario *scenario);

/* Ends the copy. */
void ob_scout_stop(struct ob_scout *scout);

/* In a copy: the search is over, and so is the copy. Elsewhere nothing. */
void ob_scout_join(const struct ob_scout *scout);

#endif
