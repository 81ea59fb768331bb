/*
 * Messages that a reordering holds back: until their receiver has handled what is awaited, or, when
 * that does not come or may not take so long, until the most that their link allows. So constraints
 * that contradict each other, or that an edit has made void, give way by themselves. On a link that
 * keeps the order, what is sent later waits behind.
 *
 * Nothing here searches through what is held: each hold is in the chain of its message and, unless
 * it waits behind another message, in the line of those that await the same at the same actor.
 *
 * Messages that are let go get new keys; the caller takes them with ob_holds_released() and puts
 * them into the queue.
 */
#ifndef OFFBEAT_WORLD_HOLD_H
#define OFFBEAT_WORLD_HOLD_H

#include "scenario/scenario.h"
#include "world/actor.h"
#include "world/network.h"

/* One thing that a message that is held back waits for: deliveries to its receiver, or the release
 * of the message before it on a link that keeps the order. It goes when nothing is left that it
 * waits for. */
struct ob_hold {
    uint64_t ready_us;        /* it does not arrive before */
    uint32_t sent;            /* the message, whose first hold `first_of` says */
    uint32_t next_of_message; /* its next hold, or OB_NONE */
    uint32_t follower;        /* in a message's first hold: that of the one behind it, or OB_NONE */
    uint32_t behind;          /* the message before it, or OB_NONE when it waits for deliveries */
    uint32_t due;             /* then: what its line's `delivered` must have come to */
    uint32_t next;            /* and the next of its line; also chains places that are free */
    uint32_t previous;
    uint8_t deviation; /* and the index of the reorder */
};

/* The messages that one reorder holds back until one actor has handled what it awaits, the oldest
 * first. Valid when `epoch` is the run's. */
struct ob_line {
    uint32_t epoch;
    uint32_t first; /* hold, or OB_NONE */
    uint32_t last;
    uint32_t delivered; /* awaited messages that the actor has handled while some were held */
    uint32_t least_due; /* no hold is due before */
    uint32_t seen;      /* the delivery to the actor up to which `handled` counts, or OB_NONE */
    uint32_t handled;   /* awaited messages that it has handled so far */
};

struct ob_holds {
    /* Tables, and the rest of the world as far as it matters here: fixed. */
    struct ob_hold *list;
    uint32_t *first_of;    /* of messages that are held back; of those let go, chains them */
    struct ob_line *lines; /* [deviation * network->width + actor] */
    struct ob_log *log;
    const struct ob_network *network;
    struct ob_actor *actors; /* by id */
    uint32_t capacity;
    /* Of the run: */
    const struct ob_deviation *deviations;
    uint32_t line_rows; /* rows of `lines` that this run may use */
    uint32_t used;      /* entries of `list`, those included that are free again */
    uint32_t free;      /* the first of these, or OB_NONE */
    uint32_t count;     /* those that hold something */
    uint32_t released_first;
    uint32_t released_last;
};

/* Before a run of some deviations: nothing is held. */
void ob_holds_begin(struct ob_holds *holds, const struct ob_deviation *deviations, unsigned count);

enum ob_held {
    OB_NOT_HELD, /* nothing holds the message: it goes as others do */
    OB_HELD,
    OB_HOLDS_FULL, /* it should be held, but more cannot be */
};

/* Holds a message back by some reorders, a bit each, and behind what is held on its way: `pair`, or
 * NULL where no order is kept. It does not arrive before `ready_us`. Adds the reorders that hold it
 * to `applied`. */
enum ob_held ob_hold(struct ob_holds *holds, uint32_t sent, uint64_t reorders, struct ob_pair *pair,
                     uint64_t ready_us, uint64_t *applied);

/* How many more messages an actor has to handle until a reorder lets its messages to it go. */
uint32_t ob_hold_lacks(const struct ob_holds *holds, unsigned reorder,
                       const struct ob_actor *actor);

/* An actor has handled a message, in the delivery that is the log's current one. */
void ob_holds_delivered(struct ob_holds *holds, struct ob_actor *actor,
                        const struct ob_message *message, uint64_t now_us);

/* A message goes at the latest moment that its link allows, or was cancelled: nothing holds it any
 * more. */
void ob_holds_drop(struct ob_holds *holds, uint32_t sent, uint64_t now_us);

/* The next message that was let go, or OB_NONE. */
uint32_t ob_holds_released(struct ob_holds *holds);

/* Forgets all runs, when their number begins anew. */
void ob_holds_forget(struct ob_holds *holds);

#endif
