/*
 * The deliveries to one actor in one execution, put into groups: by kind, by sender and kind, or
 * each by itself. What a schedule mutation orders are groups: constraints between kinds hold for
 * any number of messages and senders, so that the cost of finding an order does not grow with what
 * else is under way.
 */
#ifndef OFFBEAT_SEARCH_RACE_GROUPS_H
#define OFFBEAT_SEARCH_RACE_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "scenario/scenario.h"
#include "world/world.h"

#define OB_GROUPS_MAX 48

enum ob_granularity { OB_BY_KIND, OB_BY_SENDER, OB_BY_MESSAGE };

struct ob_group {
    struct ob_selector which;   /* what a reorder that holds the group back selects */
    struct ob_selector awaited; /* what one that waits for it awaits; `nth` for its first */
    uint32_t first;             /* the first delivery, or OB_NONE for a timer that did not fire */
    uint32_t count;             /* of deliveries */
    bool is_fixed;       /* can be awaited, but not be held back: a timer that is never late */
    uint64_t depends_on; /* groups that happen before it, a bit each */
};

struct ob_groups {
    unsigned actor;
    unsigned count;
    struct ob_group list[OB_GROUPS_MAX]; /* in order of their first delivery */
};

/*
 * Reads the groups of an actor off the world's last run. Of more than OB_GROUPS_MAX, some are
 * chosen at random. Timers that were cancelled are among them: a timer that had fired before the
 * message that cancelled it is a race, too.
 */
bool ob_groups_read(struct ob_groups *groups, const struct ob_world *world, unsigned actor,
                    enum ob_granularity granularity, struct ob_rng *rng);

/* Whether two groups can come in either order. */
bool ob_groups_race(const struct ob_groups *groups, unsigned one, unsigned other);

#endif
