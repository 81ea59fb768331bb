/* What watched.c, the side that works, and watcher.c share. */
#ifndef OFFBEAT_CLI_WATCHED_INTERNAL_H
#define OFFBEAT_CLI_WATCHED_INTERNAL_H

#include <stdatomic.h>

#include "cli/watched.h"
#include "search/worker.h"

#define CLI_WATCH_SHARE 100u    /* copies take one part of the time in so many, at most */
#define CLI_WATCH_FATAL_MAX 16u /* acts; of earlier ones there is a copy that is behind them */

/* What the processes share: the watcher, the one at work, and its copy. */
struct cli_watched_page {
    _Atomic uint32_t awake; /* the copy that is to go on; a futex */
    volatile pid_t copy;    /* that sleeps; 0 for none */
    volatile uint64_t reached;
    volatile uint64_t fatal[CLI_WATCH_FATAL_MAX]; /* acts that have ended the process, ascending */
    volatile uint32_t fatal_count;
    volatile uint32_t strays;
    volatile uint64_t lost_before; /* memory was lost before this act; 0 for nothing known */
    volatile bool has_lost;        /* that is why the process has ended */
    volatile bool wants_copy;
    volatile bool skips; /* the search is to end: what is woken does not make its act */
    volatile bool is_done;
    volatile uint64_t copy_cost_us; /* of the last one */
};

struct cli_watched {
    struct cli_watched_page *page;
    struct ob_worker worker;
    struct ob_forked *forked;
    const struct ob_forked_options *limits;
    pid_t watcher;

    /* Of the process at work, and so of its copies: */
    uint64_t acts; /* that have begun, this one included */
    uint64_t apart_until;
    uint64_t lost_before; /* as on the page, while the act is sought */
    uint64_t leak_probe;  /* the act before which leaks are looked for next */
    uint64_t leaks_at_ms; /* when they are, where nothing is known */
    uint64_t faults;      /* of pages, up to the last copy */
    pid_t copy;           /* a child of this process */
    unsigned hangs;
    bool is_apart;
    bool is_leak_known; /* or was sought in vain */
    bool wants_copy;
    bool has_skipped;
    const struct ob_world *by_events; /* explored event by event */
};

/* The work begins, in a process or in a copy that was woken. */
void cli_watch_begin_again(struct cli_watched *watched);

#endif
