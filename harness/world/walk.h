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

#include "base/rng.h"
#include "scenario/scenario.h"
#include "world/actor.h"
#include "world/bounds.h"

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
    uint64_t deadlines[OB_QUEUE_MAX]; /* keys of the queue of deadlines */
};

/* A walk that goes on. */
struct ob_walk_run {
    struct ob_rng rng;
    struct ob_queue deadlines; /* keys with the latest time */
    uint64_t seed;             /* of priorities */
    uint64_t last_key;         /* what has happened last; what comes next has a greater one */
    uint64_t horizon;          /* what is due until then can be chosen */
    uint64_t outside_sent[OB_MESSAGES_MAX / 64];
    uint32_t outside_left;
    uint32_t punctual_next; /* the next message from outside that comes when it is due */
    uint64_t punctual_us;   /* when that is, or OB_NEVER */
    uint32_t next;          /* place of the next walk */
    uint32_t until;         /* the step at which it ends */
    uint32_t steps;
    uint32_t known;        /* messages whose place is valid */
    uint32_t tick_outside; /* messages that were sent before this microsecond, or by the outside in
                              it before anybody else */
    uint32_t pool_used;
    uint32_t set_count;                       /* what may be taken next */
    uint32_t change_at[OB_WALK_DEPTH_MAX];    /* of PCT: the steps at which a priority falls */
    uint64_t lowered_link[OB_WALK_DEPTH_MAX]; /* of PCT: whose has fallen, the first the lowest but
                                                 last to be chosen */
    uint8_t lowered_count;
    uint8_t strategy;
    uint8_t depth;
    uint8_t late;
    uint8_t deviation; /* its index */
};

#endif
