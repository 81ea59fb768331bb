/* One run in a child process, and how it ended. */
#ifndef OFFBEAT_SEARCH_FORKED_CHILD_H
#define OFFBEAT_SEARCH_FORKED_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "scenario/scenario.h"
#include "search/known_report.h"
#include "world/world.h"

/* What the child tells, in memory that both see. */
struct ob_forked_page {
    volatile uint32_t deliveries; /* that have begun */
    volatile bool is_done;        /* the work came to its end, or its run to a violation */
    volatile bool has_leaked;
    volatile bool is_known;       /* it ended where a report would have begun that is known */
    volatile uint64_t report_key; /* of the report that it was to make, or 0 */
};

enum ob_child_end {
    OB_CHILD_RUNNING,
    OB_CHILD_ENDED, /* by itself */
    OB_CHILD_LATE,  /* stopped, as its time was over */
    OB_CHILD_LARGE, /* stopped, as it had too much memory */
};

struct ob_forked_child {
    struct ob_forked_page *page;          /* the caller's */
    const struct ob_known_reports *known; /* likewise */
    pid_t process;
    int fd; /* its standard error; -1 once that is over */
    uint64_t started_ms;
    uint64_t looked_ms; /* when its memory was last looked at */
    enum ob_child_end end;
    int status;          /* as waitpid() gives it, of one that has ended by itself */
    struct ob_text said; /* what it wrote to standard error, cut where it is long */
};

/* Calls `work` in a child. Returns -1 when no process can be started. Afterwards
 * ob_forked_child_look() until it says that it is over; then `said` is the caller's to release. */
int ob_forked_child_work(struct ob_forked_child *child, void (*work)(void *context), void *context);

/* The same with a run of a scenario. Returns -1 when no process can be started. */
int ob_forked_child_start(struct ob_forked_child *child, struct ob_world *world,
                          const struct ob_scenario *scenario, bool find_leaks);

/* Reads what there is to read, and ends a child that has had its time or its memory. Does not wait.
 * Returns whether it still runs. */
bool ob_forked_child_look(struct ob_forked_child *child, uint32_t timeout_ms, uint32_t memory_mb);

/* Whether this process has lost memory; always false where the build cannot tell. A report of it
 * goes to standard error. */
bool ob_forked_has_leaked(void);

#endif
