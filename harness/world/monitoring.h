/* How far monitors have seen a run, and the states that they went through. */
#ifndef OFFBEAT_WORLD_MONITORING_H
#define OFFBEAT_WORLD_MONITORING_H

#include <stdint.h>

#include "offbeat/monitor.h"

#define OB_MOVES_MAX 8192u /* changes of state that are noted of one run; later ones are not */

/* A monitor has declared another state. */
struct ob_move {
    uint32_t delivery; /* the last one before it, or OB_NONE */
    uint16_t monitor;  /* id */
    uint16_t state;
};

struct ob_monitoring {
    struct ob_move *moves;
    uint32_t move_count;
    uint32_t sent;                          /* messages that were seen */
    uint32_t delivered;                     /* deliveries that were seen */
    uint64_t faults;                        /* deviations that had struck by then, a bit each */
    uint64_t fault_us;                      /* when one did last */
    uint64_t hot_since_us[OB_MONITORS_MAX]; /* OB_NEVER while it is cold */
};

#endif
