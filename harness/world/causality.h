/*
 * Happens-before between deliveries, by vector clocks: a row for each delivery with, for each
 * actor, how many of its deliveries happen before (Mattern: "Virtual time and global states of
 * distributed systems", 1989). Rows are filled in when somebody asks, up to the delivery that is
 * asked about: most executions of a campaign never need them.
 */
#ifndef OFFBEAT_WORLD_CAUSALITY_H
#define OFFBEAT_WORLD_CAUSALITY_H

#include "world/internal.h"

/* Rows are merged this many counts at a time, and their width is a multiple of it. Counts are
 * signed, as the larger of two signed numbers is one instruction everywhere. */
#define OB_CLOCK_LANES 8

/* The row of a delivery, complete. */
const int16_t *ob_clock_row(const struct ob_world *world, uint32_t delivery);

/* Whether the sending of a message by delivery `cause` depends on the delivery `earlier`. */
static inline bool ob_depends(const struct ob_world *world, uint32_t cause, uint32_t earlier)
{
    if (cause == OB_NONE || cause < earlier)
        return false;
    unsigned place = world->deliveries[earlier].actor - 1u;
    return cause == earlier ||
           ob_clock_row(world, cause)[place] >= ob_clock_row(world, earlier)[place];
}

#endif
