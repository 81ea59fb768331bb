/* What the two ways of exploring share: the world, what was executed, and whom to tell. */
#ifndef OFFBEAT_SEARCH_EXPLORATION_H
#define OFFBEAT_SEARCH_EXPLORATION_H

#include "base/variables.h"
#include "search/exhaustive.h"
#include "search/timed_path.h"

struct ob_exploration {
    struct ob_world *world;
    struct ob_world *replay;
    struct ob_scenario *scenario; /* its faults and, at the moment, what actors choose */
    struct ob_access *access;
    struct ob_path path;
    struct ob_exhaustive_limits limits;
    const struct ob_exhaustive_watcher *watcher;
    struct ob_exhaustive_stats *stats;
    struct ob_error *error;
    struct ob_scenario example;
    uint16_t overwritten;  /* an actor whose state was changed by a way that is not seen, or 0 */
    uint16_t overwriter;   /* who did that */
    bool has_more_choices; /* than could be tried */
    bool has_left_amounts; /* see ob_alternatives */
    bool is_stopped;       /* the last event was not made */
    struct ob_variables *outside;      /* of the program, as they were; NULL: nobody looks */
    struct ob_text changed;            /* the first of them that was seen to change */
    uint16_t goal_tries[OB_GOALS_MAX]; /* to write a scenario that reaches a goal */
};

/* Tells of what the world's verdict says is violated: in the state of the path, with `pending`
 * still to come, or at the end of the run. Returns false to stop. */
bool ob_exploration_violation(struct ob_exploration *exploration, const struct ob_pending *pending,
                              size_t count, bool is_end);

/* Adds the goals that the world has reached in its state and that `before` lacks, a bit each; the
 * rest as above. Not for what comes after a violation. */
void ob_exploration_goals(struct ob_exploration *exploration, uint32_t before,
                          const struct ob_pending *pending, size_t count, bool is_end);

/* Tells of an execution, and counts it. Returns false to stop. */
bool ob_exploration_execution(struct ob_exploration *exploration, uint64_t trace, bool violates);

/* Counts a step. Returns false to stop. */
bool ob_exploration_goes_on(struct ob_exploration *exploration);

enum ob_explored {
    OB_EXPLORED_TROUBLE = -1,
    OB_EXPLORED,
    OB_EXPLORED_STOPPED,      /* by a limit or the watcher */
    OB_EXPLORED_NEEDS_STATES, /* orders are not enough here */
    OB_EXPLORED_REFUSED,
};

/* One execution of each class of orders: orders.c. */
enum ob_explored ob_explore_orders(struct ob_exploration *exploration);

/* Every state: states.c. */
enum ob_explored ob_explore_states(struct ob_exploration *exploration);

#endif
