/* How runs end. */
#ifndef OFFBEAT_WORLD_VERDICT_H
#define OFFBEAT_WORLD_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/bounds.h"

struct ob_scenario;
struct ob_text;
struct ob_world;

enum ob_outcome {
    OB_PASSED,   /* the run came to its end and no invariant was violated */
    OB_VIOLATED, /* one was; the run stopped there */
    OB_CUT, /* a bound of the simulation was reached before the end; no verdict beyond that point */
};

/* In which way a run was violated. The target's own invariants are checked in the run itself; the
 * others end the process, and are known from a run in another one, see known_outcome.h. */
enum ob_failure {
    OB_NO_FAILURE,
    OB_INVARIANT_VIOLATED,
    OB_MEMORY_ERROR, /* or undefined behaviour: a sanitizer said so */
    OB_KILLED,       /* by a signal: a crash */
    OB_HANG,
    OB_OUT_OF_MEMORY,
    OB_LEAK,
    OB_EXITED, /* the target ended the process */
    OB_FAILURES
};

struct ob_verdict {
    enum ob_outcome outcome;
    enum ob_failure failure; /* not OB_NO_FAILURE when violated */
    enum ob_bound bound;     /* that a run was cut at; not OB_NO_BOUND when cut */
    char invariant[64];  /* id of the violated invariant, or what the run was cut at; "" when passed
                          */
    char detail[256];    /* the values, for people */
    uint64_t trace_hash; /* of every delivery: equal for equal executions, on every machine */
    uint32_t delivery_count;
    uint64_t end_us; /* virtual time of the end */
};

/* What judges the runs of a world. */
enum ob_judge {
    OB_JUDGE_INVARIANTS = 1, /* the target's own: its checks, and OB_INVARIANT in handlers */
    OB_JUDGE_ORACLES = 2,
    OB_CALL_CHECK = 4, /* no judge: the target's check is called even so, as it only looks */
};

/* How a run is known to end, as it was run in another process. */
struct ob_known_outcome {
    enum ob_failure failure; /* not OB_INVARIANT_VIOLATED. OB_NO_FAILURE: the scenario is not run at
                                all and taken as one that passes, with an empty trace */
    uint32_t deliveries;     /* that had begun when the process ended: 0 while actors started;
                                OB_NONE for a failure that shows after the run's natural end */
    char what[sizeof((struct ob_verdict *)NULL)->invariant]; /* stands for the invariant; no C
                                identifier, so that it is not one */
    char detail[sizeof((struct ob_verdict *)NULL)->detail];
};

/*
 * Called before each run begins. Returns true with `known_outcome` filled in for a scenario
 * that must not be run to its end in this process: the run then stops at the delivery whose handler
 * ends the process, before that is called, as violated. Returns false for one that can be run.
 */
typedef bool ob_world_runner(struct ob_world *world, const struct ob_scenario *scenario,
                             struct ob_known_outcome *known_outcome, void *context);

/* Who has found a violation and can say more of it. */
struct ob_finder {
    void (*explain)(struct ob_world *world, const void *finder, struct ob_text *text); /* or NULL */
    const void *context;
};

/* How a run stands. */
struct ob_ending {
    bool over;
    bool cut;      /* at a bound; what can be judged then was not yet */
    bool violated; /* the verdict stands, though the run may go on */
    bool at_end;   /* nothing more happens */
    struct ob_finder finder;
    struct ob_verdict verdict;
};

#endif
