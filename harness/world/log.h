/*
 * The log of a run: what was sent and what was delivered, in order, with a hash of it. It is all
 * that happens-before, identities and holds look at, so these need no world.
 */
#ifndef OFFBEAT_WORLD_LOG_H
#define OFFBEAT_WORLD_LOG_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "offbeat/offbeat.h"
#include "world/hash.h"
#include "world/queue.h"

#define OB_NONE UINT32_MAX

/* Why a delivery is in the log, and what became of it. */
enum ob_delivery_flags {
    OB_DELIVERY_TIMER = 1,     /* a timer fired */
    OB_DELIVERY_COPY = 2,      /* the second copy of a duplicated message */
    OB_DELIVERY_POSTPONED = 4, /* the actor put it aside */
    OB_DELIVERY_RETRIED = 8,   /* handled again after having been put aside */
    OB_DELIVERY_LOST = 16,     /* the actor was down: nobody handled it */
    OB_DELIVERY_CRASHED =
        32, /* its actor died here, before handling it or after: see the deviation */
    OB_DELIVERY_STARTED = 64, /* not a message: the actor started again here */
    OB_DELIVERY_ENDED = 128,  /* its actor ended itself here */
};

/* One step of the trace: a message reached its actor's handler. */
struct ob_delivery {
    uint64_t time_us;
    uint64_t hash; /* of the trace up to and with this step */
    uint32_t sent; /* index of the message, see ob_world_sent(); OB_NONE for OB_DELIVERY_STARTED */
    uint32_t previous; /* the delivery before it at the same actor, or OB_NONE */
    uint16_t actor;    /* id */
    uint16_t state;    /* the actor's declared abstract state before it */
    uint8_t flags;     /* enum ob_delivery_flags */
};

/* A message as it was sent. */
struct ob_sent {
    struct ob_message message;
    uint64_t time_us;  /* when it was sent */
    uint64_t key;      /* the world's own: its place in the queue */
    uint32_t cause;    /* the delivery whose handler sent it, or OB_NONE for one from outside */
    uint32_t next;     /* the world's own: chain of a mailbox or of a link; of what comes by itself,
                          while it is under way, how many µs later than due its key is */
    uint16_t to;       /* id of the receiver */
    uint16_t flags;    /* the world's own: enum ob_sent_flags */
    uint8_t deviation; /* one more than the index of a deviation of the scenario that hit it, 0 for
                          none */
    uint8_t incarnation; /* of the receiver when a timer was started: timers die with their actor */
    uint16_t origin;     /* the world's own: the place of the task that it lets go on; of one from
                            outside its index in the scenario; otherwise, where lives are told
                            apart, that of its sender */
};

enum ob_sent_flags {
    OB_SENT_TIMER = 1,
    OB_SENT_COPY = 2,
    OB_SENT_ARMED = 4,       /* a fault waits for its delivery */
    OB_SENT_HELD = 8,        /* a reordering holds it back */
    OB_SENT_CUT = 16,        /* it waits for the end of a partition */
    OB_SENT_RETRY = 32,      /* its receiver has put it aside before */
    OB_SENT_FIFO = 64,       /* it came by a link that keeps the order */
    OB_SENT_RESUME = 128,    /* it lets a task go on */
    OB_SENT_WAITED = 256,    /* it has waited at its receiver: `waiting_since_us` says since when */
    OB_SENT_CANCELLED = 512, /* a timer that was: `next` is how long after its start it was due */
    OB_SENT_SIGNAL = 1024,   /* no link loses or copies it */
    OB_SENT_EXIT = 2048,     /* an exit signal: it does not wait in the mailbox, see signal.h */
    OB_SENT_TO_LIFE = 4096,  /* for the receiver's life in `incarnation`, and for no later one */
    OB_SENT_MICROTASK = 8192, /* lets a task go on right after what its actor does now */
};

/* What comes by no link. */
#define OB_SENT_BY_ITSELF (OB_SENT_TIMER | OB_SENT_RESUME)

struct ob_log {
    struct ob_sent *sent;
    struct ob_delivery *deliveries;
    uint64_t *waiting_since_us; /* of messages that have waited; NULL where nobody asks */
    uint32_t event_base;        /* the event of message 0 in keys; below are actors' events */
    uint64_t hash;
    uint32_t sent_count;
    uint32_t delivery_count;
    uint32_t current;  /* the delivery that is being handled, or OB_NONE */
    uint32_t handling; /* the message that is being handled, or OB_NONE */
};

/* Forgets what a run has shown; the tables stay. */
static inline void ob_log_clear(struct ob_log *log)
{
    *log = (struct ob_log){.sent = log->sent,
                           .deliveries = log->deliveries,
                           .waiting_since_us = log->waiting_since_us,
                           .event_base = log->event_base,
                           .current = OB_NONE,
                           .handling = OB_NONE};
}

/* Whether a message comes by no link: a timer's, or one that lets a task go on. */
static inline bool ob_comes_by_itself(const struct ob_sent *sent)
{
    return sent->flags & OB_SENT_BY_ITSELF;
}

static inline bool ob_is_under_way(const struct ob_sent *sent)
{
    return sent->key != OB_NEVER;
}

static inline uint64_t ob_message_key(const struct ob_log *log, uint64_t time_us, uint32_t sent)
{
    return ob_key(time_us, sent + log->event_base);
}

/* Whether an entry of the queue is one that was cancelled, or let go earlier. */
static inline bool ob_is_stale(const struct ob_log *log, uint64_t key)
{
    uint32_t event = ob_key_event(key);
    return event >= log->event_base && log->sent[event - log->event_base].key != key;
}

/* Gives a message that is under way another time. Its key in the queue becomes stale. */
static inline void ob_put_off(struct ob_log *log, uint32_t sent, uint64_t time_us)
{
    struct ob_sent *message = &log->sent[sent];
    assert(ob_is_under_way(message));
    if (ob_comes_by_itself(message))
        message->next += (uint32_t)(time_us - ob_key_time_us(message->key));
    message->key = ob_message_key(log, time_us, sent);
}

static inline uint64_t ob_hash_delivery(uint64_t hash, const struct ob_delivery *delivery,
                                        const struct ob_sent *sent)
{
    uint64_t place = (uint64_t)delivery->actor << 52 | (uint64_t)delivery->flags << 44;
    if (!sent)
        return ob_hash_step(hash, delivery->time_us ^ place, 0);
    const struct ob_message *message = &sent->message;
    const uint32_t *args = message->args;
    uint64_t first = (uint64_t)args[1] << 32 | args[0];
    uint64_t second = (uint64_t)args[3] << 32 | args[2];
    place ^= delivery->time_us ^ (uint64_t)message->from << 36 ^ (uint64_t)message->kind << 30;
    hash = ob_hash_step(hash, place, first ^ (second << 17 | second >> 47));
    return message->size ? ob_hash_bytes(hash, message->bytes, message->size) : hash;
}

/* Adds a delivery to an actor, for which there must be room. `sent` is OB_NONE for a start. Returns
 * its index. */
static inline uint32_t ob_log_deliver(struct ob_log *log, uint64_t time_us, uint32_t sent,
                                      unsigned actor, unsigned state, uint32_t previous,
                                      unsigned flags)
{
    uint32_t index = log->delivery_count++;
    struct ob_delivery *delivery = &log->deliveries[index];
    delivery->time_us = time_us;
    delivery->sent = sent;
    delivery->previous = previous;
    delivery->actor = (uint16_t)actor;
    delivery->state = (uint16_t)state;
    delivery->flags = (uint8_t)flags;
    log->hash = delivery->hash =
        ob_hash_delivery(log->hash, delivery, sent == OB_NONE ? NULL : &log->sent[sent]);
    return index;
}

#endif
