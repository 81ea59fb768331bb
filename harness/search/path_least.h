/*
 * The least times of a path's events: constraints, and rules that ways have added to them, are
 * raised until each holds (Bellman, Ford). Where there are none, it says which forks have led to
 * that.
 */
#ifndef OFFBEAT_SEARCH_PATH_LEAST_H
#define OFFBEAT_SEARCH_PATH_LEAST_H

#include "search/timed_path.h"

#define OB_PATH_RULES_MAX 512u /* constraints that ways have added to the system */
#define OB_PATH_FORKS_MAX 256u /* ways that are open at one time */

/* A set of forks, by their numbers. */
struct ob_path_forks {
    uint64_t words[OB_PATH_FORKS_MAX / 64];
};

/* The event at `second` comes no sooner than `apart_us` after that at `first`, which may be
 * OB_PATH_START; and where both are at one time, in that order. */
struct ob_path_rule {
    int first;
    int second;
    int64_t apart_us;
    bool is_order;
    struct ob_path_forks why; /* it holds on their present ways, whatever the others are */
};

/* Which event, or START, and by which rule, or OB_PATH_NO_RULE, asks for a time. */
struct ob_path_raised {
    int16_t by;
    uint16_t rule;
};

#define OB_PATH_NO_RULE UINT16_MAX

/* Times that are sought: path->times_us. */
struct ob_path_least {
    struct ob_path *path;
    const struct ob_path_question *question;
    struct ob_path_rule rules[OB_PATH_RULES_MAX];
    uint32_t rule_count;
    struct ob_path_raised raised[OB_PATH_EVENTS_MAX]; /* which gave each one its time */
    uint32_t seen_in[OB_PATH_EVENTS_MAX];
    uint64_t now_us; /* of the last event */
    int now_place;   /* that event */
    uint16_t rule;   /* that is looked at, or OB_PATH_NO_RULE */
    bool changed;
    /* Where there are no times: whichever way other forks go, there are none. */
    struct ob_path_forks conflict;
};

/* When the event at a place happens, in virtual microseconds; 0 for OB_PATH_START. */
static inline uint64_t ob_path_time(const struct ob_path_least *least, int place)
{
    return place == OB_PATH_START ? 0 : least->path->times_us[place];
}

/* Begins from the times that are there, without rules. */
void ob_path_least_begin(struct ob_path_least *least, struct ob_path *path,
                         const struct ob_path_question *question);

/* Raises each time to what its cause and those before it ask for: for times from elsewhere. */
void ob_path_raise_effects(struct ob_path_least *least);

/* Raises the times until all holds: none of them can be less. Returns false when they cannot. */
bool ob_path_solve(struct ob_path_least *least);

void ob_path_add_fork(struct ob_path_forks *forks, uint32_t fork);
bool ob_path_has_fork(const struct ob_path_forks *forks, uint32_t fork);

#endif
