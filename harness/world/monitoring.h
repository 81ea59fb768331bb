/* How far monitors have seen a run, and the states that they went through. */
#ifndef OFFBEAT_WORLD_MONITORING_H
#define OFFBEAT_WORLD_MONITORING_H

#include <stdbool.h>
#include <stdint.h>

#include "offbeat/monitor.h"

#define OB_MOVES_MAX 8192u /* changes of state that are noted of one run; later ones are not */

/* A monitor has declared another state. */
struct ob_move {
    uint32_t delivery; /* the last one before it, or OB_NONE */
    uint16_t monitor;  /* id */
    uint16_t state;
};

/* A fault that no message or delivery of the log shows. */
struct ob_noticed {
    uint64_t until_us;
    uint32_t sent; /* messages that were sent before it */
    uint16_t actor;
    uint16_t to;
    uint16_t what; /* enum ob_sight_kind */
};

#define OB_NOTICED_MAX 512u /* between two looks; further ones are not shown */

struct ob_monitoring {
    struct ob_move *moves;
    struct ob_noticed *noticed; /* NULL where there are no monitors */
    uint32_t move_count;
    uint32_t noticed_count;
    uint32_t noticed_shown;
    uint32_t judged;    /* one more than the deliveries when clocks were looked at last */
    uint32_t sent;      /* messages that were seen */
    uint32_t delivered; /* deliveries that were seen */
    uint64_t faults;    /* deviations that had struck by then, a bit each */
    uint64_t fault_us;  /* when one did last */
    uint64_t judged_us; /* and the time */
    bool is_violated;   /* by a monitor, while others are still to see the same */
    uint64_t hot_since_us[OB_MONITORS_MAX]; /* OB_NEVER while it is cold */
};

static inline void ob_notice(struct ob_monitoring *monitoring, struct ob_noticed noticed)
{
    if (monitoring->noticed && monitoring->noticed_count < OB_NOTICED_MAX)
        monitoring->noticed[monitoring->noticed_count++] = noticed;
}

#endif
