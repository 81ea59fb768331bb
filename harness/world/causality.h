/*
 * Happens-before between deliveries, by vector clocks: a row for each delivery with, for each
 * actor, how many of its deliveries happen before (Mattern: "Virtual time and global states of
 * distributed systems", 1989). Rows are filled in when somebody asks, up to the delivery that is
 * asked about: most executions of a campaign never need them.
 */
#ifndef OFFBEAT_WORLD_CAUSALITY_H
#define OFFBEAT_WORLD_CAUSALITY_H

#include "world/log.h"

/* Rows are merged this many counts at a time, and their width is a multiple of it. Counts are
 * signed, as the larger of two signed numbers is one instruction everywhere. */
#define OB_CLOCK_LANES 8

struct ob_causality {
    int16_t *rows;  /* `width` counts for each delivery that the log has room for */
    uint32_t width; /* at least the number of actors, a multiple of OB_CLOCK_LANES */
    uint32_t count; /* rows that are filled in */
};

/* Whether delivery `earlier` happens before delivery `later`: through its actor's order and the
 * causes of sends (Lamport: "Time, clocks, and the ordering of events", CACM 1978). */
bool ob_happens_before(struct ob_causality *causality, const struct ob_log *log, uint32_t earlier,
                       uint32_t later);

/* Whether two deliveries to one actor race: the send of the later does not depend on the delivery
 * of the earlier, and no FIFO link keeps their order. A message that is handled again after it was
 * put aside does not race with itself. */
bool ob_races(struct ob_causality *causality, const struct ob_log *log, uint32_t earlier,
              uint32_t later);

#endif
