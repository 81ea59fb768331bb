/*
 * Every order of a scenario's messages, with every message and timer as early or late as it may be,
 * and every state on the way.
 *
 * States are sets of events that hold with each event all that it depends on; those for which there
 * are times (see timed_path.h), with all that has happened no later than the latest of what has
 * not, are exactly the states that a run can come through. Each is visited once, everything pending
 * is tried in it, and the target's check runs in it, so that invariants over several actors need no
 * order among these. A run may also end where all that is pending can come after its end
 * (states.h).
 *
 * Where nothing has a deadline that decides, no actor touches what is another's, nothing is
 * recorded for oracles, nobody reads the clock and the check reads one actor at most, one execution
 * of each class says the same and costs less: dynamic partial order reduction (orders.h). Whether
 * that is so shows while it goes on; where it is not, the search begins anew with states.
 *
 * A violation is written as a scenario when a plain run of that shows it.
 */
#ifndef OFFBEAT_SEARCH_EXHAUSTIVE_H
#define OFFBEAT_SEARCH_EXHAUSTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "search/goal_tally.h"
#include "world/order.h"
#include "world/world.h"

#define OB_EXHAUSTIVE_CHOICES_MAX 128 /* events that wait at one time */
#define OB_EXHAUSTIVE_STATES_MAX UINT64_C(10000000)
#define OB_CAVEAT_MAX 192

struct ob_exhaustive_limits {
    uint64_t executions_max;
    uint64_t states_max; /* that are remembered, 16 bytes each and as much again; 0:
                            OB_EXHAUSTIVE_STATES_MAX */
    bool by_all_ways;    /* for tests: asks for times as if nothing was known of them, see
                            ob_path_is_possible() */
};

struct ob_exhaustive_stats {
    uint64_t executions; /* complete ones, each of another order */
    uint64_t violating;  /* of these, come through a violation in some order of what is independent,
                            or end in one */
    uint64_t cut;        /* of these, reached a bound of the simulation */
    uint64_t blocked;    /* given up, as all that they could still do was explored before */
    uint64_t steps;      /* events that were executed, in all */
    uint64_t states;     /* in which the check ran, each once; 0 where orders were enough */
    uint64_t left;       /* states that were not gone on from, for one of the limits */
    bool is_complete;    /* neither limit was reached, nor did the watcher stop it */
    char caveat[OB_CAVEAT_MAX]; /* why some orders may not have been tried though it is complete, as
                                   a sentence without its end; "" for none */
    char refused[OB_CAVEAT_MAX]; /* why nothing was tried at all; "" when it was */
};

/* Something that is violated, in a state or at an end. */
struct ob_exhaustive_violation {
    const struct ob_verdict *verdict;
    const struct ob_scenario *example; /* shows the same in a plain run; NULL: none was found */
    uint64_t number;                   /* the execution, from 1, in which it was seen */
    bool is_end;                       /* it shows when the run is over */
};

/* Who is told what is found. Each returns false to stop the exploration. */
struct ob_exhaustive_watcher {
    /* An execution has come to its end; the trace is the world's. Of two that are the same up to
     * the order of what is independent, `trace` is equal, and only the first is told. */
    bool (*execution)(const struct ob_world *world, uint64_t trace, void *context);

    /* Something is violated; the state is the world's. */
    bool (*violation)(const struct ob_world *world, const struct ob_exhaustive_violation *what,
                      void *context);

    /* The scenario as it is, its deviations of order among them, violates something: at last, and
     * perhaps nothing new. */
    void (*plain)(const struct ob_verdict *verdict, const struct ob_scenario *scenario,
                  void *context);

    /* Now and then, whether to go on. */
    bool (*poll)(const struct ob_exhaustive_stats *stats, void *context);

    /* Asked before each event of the explored world, or the end of its run (`choice` is NULL),
     * whether it would end the process: crash, hang, leak. Returns true with how it would, which is
     * then what is violated, or with OB_NO_FAILURE to stop the exploration here. The watcher has
     * the replay's runs made in a way that survives. NULL: they do not end it. */
    bool (*ends)(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                 struct ob_known_outcome *known_outcome, void *context);

    /* All that was told so far does not count: it begins anew. */
    void (*again)(void *context);

    /* What is added to, and cleared where it begins anew: a goal that is reached in a state or at
     * an end, before anything is violated, with a scenario that a plain run was found to reach it
     * by; without one it does not count as reached. NULL: nobody wants to know. */
    struct ob_goal_tally *goals;

    void *context;
};

/*
 * Explores the scenario's messages with its faults; deviations that are about order and time alone
 * are left out, as every time is tried. Examples are sought in `replay`, another world of the same
 * target and variant. Returns 0, or -1 with a line in `error` when the target cannot be explored
 * (state outside the world) or memory is short.
 */
int ob_explore_exhaustively(struct ob_world *world, struct ob_world *replay,
                            const struct ob_scenario *scenario,
                            const struct ob_exhaustive_limits *limits,
                            const struct ob_exhaustive_watcher *watcher,
                            struct ob_exhaustive_stats *stats, struct ob_error *error);

/* Adds the numbers of another exploration; `is_first` when it is the first. */
void ob_exhaustive_add(struct ob_exhaustive_stats *stats, const struct ob_exhaustive_stats *other,
                       bool is_first);

/* Whether nothing was left out. */
bool ob_exhaustive_is_all(const struct ob_exhaustive_stats *stats);

/* Says in one line, without its end, what may be claimed: the claim first. */
void ob_exhaustive_claim(const struct ob_exhaustive_stats *stats, struct ob_text *text);

#endif
