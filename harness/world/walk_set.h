/*
 * What may be taken next in a walk, so that each strategy finds its choice without a look at all of
 * them.
 *
 * random: a bag, of which one is drawn.
 *
 * pct: a heap by the priority of links.
 *
 * pos: of the priorities of an actor's messages only the first counts, as all are drawn anew when
 * it was handled. Priorities are drawn as exponential clocks: the first of m such clocks is again
 * exponential, with an mth of the mean, and each of the m is as likely to be it. So an actor has a
 * bag of messages, one clock and one message whose clock it is; a tree of winners has the actors.
 */
#ifndef OFFBEAT_WORLD_WALK_SET_H
#define OFFBEAT_WORLD_WALK_SET_H

#include "world/state.h"

void ob_walk_set_begin(struct ob_world *world);
void ob_walk_set_add(struct ob_world *world, uint32_t event);

/* Takes an event out. `taken`: because it happens now; what races with it draws anew. */
void ob_walk_set_remove(struct ob_world *world, uint32_t event, bool taken);

/* One by the strategy, which may not be possible now; OB_NONE when there is none. */
uint32_t ob_walk_set_draw(struct ob_world *world);

/* Those of it that are not barred, in no order; where it is larger than OB_WALK_LISTED_MAX, of a
 * few only. Barred are those from `first` on, so many of them. Returns how many, and whether it has
 * looked at all. */
#define OB_WALK_LISTED_MAX 64u
struct ob_walk_bar {
    uint32_t first;
    uint32_t count;
};
static inline bool ob_walk_is_barred(const struct ob_walk_bar bars[2], uint32_t event)
{
    return event - bars[0].first < bars[0].count || event - bars[1].first < bars[1].count;
}
unsigned ob_walk_set_list(const struct ob_world *world, const struct ob_walk_bar bars[2],
                          uint32_t *events, bool *all);

/* How an event of the set ranks among some: the greatest is to be taken. */
uint64_t ob_walk_set_rank(struct ob_world *world, uint32_t event);

/* Of PCT: lowers the priority of what it belongs to, if it is time. Returns whether it was. */
bool ob_walk_set_lower(struct ob_world *world, uint32_t event);

#endif
