/* A process of ours that is watched: it may die or hang without hurting anybody. */
#ifndef OFFBEAT_SEARCH_WORKER_H
#define OFFBEAT_SEARCH_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "scenario/scenario.h"
#include "world/verdict.h"
#include "world/world.h"

/* What it shows of itself, in memory that both see. */
struct ob_worker_page {
    volatile uint32_t runs; /* of worlds, begun so far; or other signs that it goes on */
    volatile bool rests;    /* what it does now has limits of its own, or needs none */
    volatile bool is_done;  /* its work is: an exit code without this is the target's */
};

struct ob_worker {
    struct ob_worker_page *page;
    pid_t process; /* 0 for none */
    int fd;        /* can be read when the process has ended; -1: that has to be looked for */
    uint32_t seen_runs;
    uint64_t seen_ms;     /* when these were first seen */
    uint64_t seen_cpu_ms; /* what the process had used by then */
    uint32_t begun_mb;    /* its memory then */
    uint64_t looked_ms;
    int status; /* of one that has ended, as waitpid() gives it */
};

struct ob_worker_limits {
    uint32_t timeout_ms; /* of one run; 0: not watched */
    uint32_t memory_mb;
    bool of_one_run;    /* memory is what a run takes in addition; else all of the process */
    bool without_rests; /* limits hold while it rests, too */
};

enum ob_worker_state {
    OB_WORKER_RUNS,
    OB_WORKER_ENDED, /* when its work was done, with a code */
    OB_WORKER_DIED,  /* by a signal, a sanitizer or exit() in a target, or stopped at a limit */
};

/* Starts a copy of this process. Returns 0 in the copy, its id here, or -1 with a line in `error`.
 * A sanitizer says nothing in the copy: if it dies, that is looked at elsewhere. */
pid_t ob_worker_start(struct ob_worker *worker, struct ob_error *error);

/* Watches a child of this process that goes on with the work of one that has ended. The worker has
 * a page, and no process. */
void ob_worker_adopt(struct ob_worker *worker, pid_t process);

/* Looks how it is, without waiting; `code` is its exit code when it has ended. Stops it at a limit.
 * Afterwards it can be started again, unless it runs. */
enum ob_worker_state ob_worker_look(struct ob_worker *worker, const struct ob_worker_limits *limits,
                                    int *code);

/* Ends a worker whose work is done, from within. */
OB_NORETURN void ob_worker_leave(struct ob_worker_page *page, int code);

/* Ends it, if it runs. */
void ob_worker_stop(struct ob_worker *worker);

void ob_worker_release(struct ob_worker *worker);

/* A runner for ob_world_set_runner() that counts, in a worker; its context is the page. */
bool ob_worker_run(struct ob_world *world, const struct ob_scenario *scenario,
                   struct ob_known_outcome *known_outcome, void *context);

#endif
