/*
 * Walks: the steps of a run whose order and times a record of the scenario draws.
 *
 * A walk keeps strict time. A plain run takes events in the order of their keys, time above and
 * place in the order of sending below; so does a walk, which only gives events other times within
 * their ranges. What it takes next, at a time T, must come before the first deadline of all, where
 * both are compared as keys: then no order within one microsecond is one that a plain run cannot
 * have, and nothing is late. What it has passed over happens later: in the same microsecond if a
 * plain run has it behind what was taken, else in the next one.
 *
 * Messages from outside that arrive when they are sent, as they do unless the target declares their
 * link, come at any time from when they are due. So do those that a deviation puts off, or whose
 * link has a latency without a bound; they are sent before anything else is in a microsecond. Where
 * a link from outside has a greatest latency, its messages are sent when they are due.
 *
 * What is taken: of all that is possible, each with the same probability (random), the one whose
 * link has the highest priority (pct), or the one that was drawn first (pos). In some microseconds
 * little is possible, next to deadlines. If no more than 64 are under way and 16 of these possible,
 * that still holds then (but that pos draws anew for what is not the first of its actor). If there
 * are more, it holds for random with a probability of at least 1 - (1 - p)^8, where p is the part
 * that is possible; else the choice is among 16 of the set, or, where none of these is
 * possible, of those that were sent last before the limit and first behind what has happened, and
 * all from outside.
 */
#ifndef OFFBEAT_WORLD_WALK_H
#define OFFBEAT_WORLD_WALK_H

#include "world/internal.h"

/* Events are numbered as in the queue's keys: wakes and restarts of actors, then messages. Behind
 * these stand the messages from outside that are not sent yet. */
#define OB_WALK_ACTOR_EVENTS (2u * (OB_ACTORS_MAX + 1))
#define OB_WALK_LEAVES 256u /* a power of two above OB_ACTORS_MAX */
#define OB_WALK_EVENTS (OB_WALK_ACTOR_EVENTS + OB_SENT_MAX + OB_MESSAGES_MAX)
static_assert(OB_WALK_EVENTS <= OB_EVENT_MASK, "every event has a key");

/* Where an event is that is in no set: */
#define OB_WALK_ABSENT OB_NONE        /* it happened, or never was */
#define OB_WALK_CHAINED (OB_NONE - 1) /* behind another one on a link that keeps the order */
#define OB_WALK_LATER (OB_NONE - 2)   /* in the world's queue, until the horizon reaches it */

/* Events in no order, of which one can be drawn. They lie in the pool. */
struct ob_walk_bag {
    uint32_t first;
    uint32_t count;
    uint32_t capacity;
};

/* Of PCT: what may happen, as a heap, the highest priority first. */
struct ob_walk_entry {
    uint64_t priority;
    uint32_t event;
};

struct ob_walker {
    /* What a snapshot copies whole: */
    struct ob_walk_fixed {
        uint8_t order[OB_DEVIATIONS_MAX]; /* the walks, by where they begin */
        unsigned count;
        unsigned tree_size;
        uint64_t due_us[OB_MESSAGES_MAX]; /* messages from outside are not sent before */
        uint64_t actor_keys[OB_WALK_ACTOR_EVENTS];
        struct ob_walk_bag bags[OB_WALK_LEAVES]; /* of POS by receiver, else the first alone */
        uint64_t clocks[OB_WALK_LEAVES];         /* of POS, see walk_set.c */
        uint32_t best[OB_WALK_LEAVES];
        uint8_t winners[OB_WALK_LEAVES];
    } fixed;
    /* What it copies as far as it is in use: */
    uint32_t places[OB_WALK_EVENTS]; /* in a bag or the heap, or one of the three above */
    uint32_t pool[4 * OB_WALK_EVENTS + 16 * (OB_ACTORS_MAX + 1)];
    struct ob_walk_entry heap[OB_WALK_EVENTS];
    uint64_t deadlines[OB_QUEUE_MAX]; /* keys with the latest time, sorted */
};

static inline uint32_t ob_walk_outside_event(const struct ob_world *world, unsigned index)
{
    return ob_event_base(world) + OB_SENT_MAX + index;
}

static inline bool ob_walk_is_outside(const struct ob_world *world, uint32_t event)
{
    return event >= ob_event_base(world) + OB_SENT_MAX;
}

/* The actor that an event happens to. */
static inline unsigned ob_walk_actor_of(const struct ob_world *world, uint32_t event)
{
    uint32_t base = ob_event_base(world);
    if (event < base)
        return event > world->actor_count ? event - world->actor_count - 1 : event;
    if (!ob_walk_is_outside(world, event))
        return world->sent[event - base].to;
    const struct ob_input_message *input = &world->scenario->messages[event - base - OB_SENT_MAX];
    return world->vocabulary.outside[world->outside_by_kind[input->kind]].to_first +
           (unsigned)input->instance;
}

static inline const struct ob_link *ob_walk_link_from_outside(const struct ob_world *world,
                                                              uint32_t event)
{
    return ob_world_link(world, OB_OUTSIDE, ob_walk_actor_of(world, event));
}

/* Whether a message from outside arrives when it is sent: by a link without a latency, and no
 * deviation puts it off if it is sent now. Such a link keeps no order. What would put it off has an
 * effect by that alone, as the walk goes another way. */
static inline bool ob_walk_arrives_at_once(struct ob_world *world, uint32_t event)
{
    unsigned index = event - ob_event_base(world) - OB_SENT_MAX;
    unsigned to = ob_walk_actor_of(world, event);
    return ob_world_link(world, OB_OUTSIDE, to)->latency_us == 0 &&
           !ob_puts_off_input(world, world->scenario->messages[index].kind, to);
}

/* The key with which an event would come next in a plain run. OB_NEVER for one that was cancelled.
 */
static inline uint64_t ob_walk_key(const struct ob_world *world, uint32_t event)
{
    uint32_t base = ob_event_base(world);
    if (OB_UNLIKELY(event < base))
        return world->walker->fixed.actor_keys[event];
    if (OB_LIKELY(!ob_walk_is_outside(world, event)))
        return world->sent[event - base].key;
    return world->walker->fixed.due_us[event - base - OB_SENT_MAX] << OB_EVENT_BITS | event;
}

/* Where an event has its place among those of one microsecond. What the outside sends comes before
 * what is sent by what happens then, and after everything that was sent before. */
static inline uint64_t ob_walk_key_at(const struct ob_world *world, uint32_t event,
                                      uint64_t time_us)
{
    const struct ob_run *run = &world->run;
    if (OB_UNLIKELY(ob_walk_is_outside(world, event)))
        event = ob_event_base(world) +
                (time_us == run->now_us ? run->walk.tick_outside : run->sent_count);
    return time_us << OB_EVENT_BITS | event;
}

/* The earliest time at which it can happen, behind what has happened. */
static inline uint64_t ob_walk_earliest_us(struct ob_world *world, uint32_t event)
{
    const struct ob_run *run = &world->run;
    uint64_t due_us = ob_walk_key(world, event) >> OB_EVENT_BITS;
    if (due_us > run->now_us)
        return due_us;
    /* What is on its way for a while has its place among what is sent in the same microsecond,
     * where the outside is the first to send. */
    if (OB_UNLIKELY(ob_walk_is_outside(world, event)) && !ob_walk_arrives_at_once(world, event))
        return run->now_us + (run->sent_count > run->walk.tick_outside);
    return run->now_us + (ob_walk_key_at(world, event, run->now_us) <= run->walk.last_key);
}

/* walk_set.c: the set of what may be taken, by strategy */
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

/* walk_choose.c */

/* The event that happens next, with a key of at most `limit`; OB_NONE where none is possible. */
uint32_t ob_walk_choose(struct ob_world *world, uint64_t limit);

/* When: as early as its order permits; some steps as late as may be, as messages that are all early
 * would never meet a timeout. */
uint64_t ob_walk_draw_time_us(struct ob_world *world, uint32_t event, uint64_t limit);

/* walk.c: steps */

/* Takes one step. Returns false when the run is over with it. */
bool ob_walk_step(struct ob_world *world);

/* Something is pushed while a walk goes on. */
void ob_walk_add(struct ob_world *world, uint64_t key);

/* Some event must have happened by then. */
void ob_walk_add_deadline(struct ob_world *world, uint64_t key);

/* walk_bounds.c */

/* Puts the walks of a scenario that has some in order, before its run. */
void ob_walks_begin(struct ob_world *world);

/* Whether the next step is one that a walk draws; begins and ends walks. */
bool ob_walk_is_next(struct ob_world *world);

/* A walk that goes on ends with its run: what is under way is in the queue again. */
void ob_walk_end_run(struct ob_world *world);

/* A message from outside was sent: the next is the first that was not. */
void ob_walk_sent_outside(struct ob_world *world, unsigned index);

#endif
