/*
 * Every pair of messages whose order decides, where it takes several at once: each message that a
 * deviation has made late, with the one that it came after and should have come before.
 */
#ifndef OFFBEAT_SEARCH_DECIDING_H
#define OFFBEAT_SEARCH_DECIDING_H

#include "search/events.h"
#include "world/world.h"

#define OB_DECIDING_MAX 16u

struct ob_deciding_pair {
    struct ob_event first;
    struct ob_event second; /* it was late; with it just before the first, the scenario passes */
    unsigned reversed;      /* pairs that come the other way round then, this one included */
};

struct ob_deciding {
    unsigned count;
    struct ob_deciding_pair pairs[OB_DECIDING_MAX];
};

/*
 * Looks for them in a minimal scenario that fails. A late message is put before the one that came
 * just before it, then before the one before that, and so on, until the scenario passes: so however
 * it came to be late, and whatever else it is behind, the pair is the same. What a fault has
 * brought about, or no deviation at all, has none. Runs the scenario in `world`, whose last run it
 * then is, and some hundred others in `replay`, another world of the same target and variant.
 * Returns 0, or -1 when memory is short.
 */
int ob_deciding_find(struct ob_world *world, struct ob_world *replay,
                     const struct ob_scenario *scenario, struct ob_deciding *deciding);

#endif
