/* What a run keeps of its scenario's deviations, and of the faults that these have brought. */
#ifndef OFFBEAT_WORLD_DEVIATIONS_H
#define OFFBEAT_WORLD_DEVIATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

#define OB_ARMED_MAX 256u /* faults that wait for the delivery of a message that was sent */

struct ob_deviations {
    uint64_t applied;                    /* those that took effect, a bit each */
    uint64_t by_kind[OB_KINDS_MAX];      /* those that select messages of a kind, a bit each */
    uint32_t matched[OB_DEVIATIONS_MAX]; /* messages that each one's selector has seen */
};

struct ob_armed {
    uint32_t sent;
    uint8_t deviation;
};

struct ob_strikes {
    struct ob_armed *armed; /* room for OB_ARMED_MAX, in the order in which they were armed */
    uint64_t end_us;        /* faults strike until then */
    uint32_t count;
    bool lost_something;   /* a crash, a loss or a partition took part */
    bool paused_something; /* a pause did */
};

#endif
