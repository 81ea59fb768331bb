/* Who waits for whom when a run is over: what was recorded, and what the world knows of tasks. */
#ifndef OFFBEAT_ORACLE_WAITS_H
#define OFFBEAT_ORACLE_WAITS_H

#include "oracle/records.h"
#include "world/world.h"

/* One party waits for another. */
struct ob_wait {
    uint32_t waiter; /* an OB_PARTY() */
    uint32_t holder;
    const char *what; /* that the holder has, or NULL */
    uint64_t since_us;
    uint32_t choice; /* waits of one party with the same number that is not 0: any one of their
                        holders can let it go on */
    bool is_recorded;
    bool is_over;  /* of one that was recorded: it counts no more */
    uint16_t next; /* of one that was: the recorded one before it of the same hash, or 0; its place
                      in the list and 1 */
};

struct ob_waits {
    struct ob_wait items[OB_WAITS_MAX];
    uint32_t count;
    bool is_full; /* there are more */
};

/* All waits that do not end by themselves. */
void ob_waits_collect(struct ob_world *world, struct ob_waits *waits);

/* Keeps only waits of parties that nobody can let go on any more, as all of those who could wait
 * themselves, for ever. What is left holds a cycle, unless it is empty. */
void ob_waits_keep_hopeless(struct ob_waits *waits);

#endif
