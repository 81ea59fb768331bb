/*
 * Acknowledgement and retry: a message is sent again until its receiver has acknowledged it, with
 * growing waits and a maximum number of attempts.
 *
 * The sender keeps a `struct ob_retry` for each message that is under way, and passes what it
 * receives to ob_retry_acknowledged() and ob_retry_timed_out(). At-least-once: the receiver may get
 * the message more than once, and after the sender has given up; it must be idempotent.
 *
 * Semantics of: retransmission with exponential backoff as in RFC 6298, section 5 (the wait doubles
 * with each attempt, up to a maximum), without its estimate of the round-trip time, and without
 * jitter: deviations of a scenario stand for that.
 */
#ifndef OFFBEAT_RETRY_H
#define OFFBEAT_RETRY_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The policy; constant, shared by all messages of a kind. */
struct ob_retry_policy {
    uint32_t timeout_us;   /* of the first attempt, ≥ 1 */
    uint32_t timeout_max;  /* µs; the wait doubles up to this; 0: it stays the same */
    uint32_t attempts_max; /* ≥ 1, the first included */
    uint8_t timer;         /* kind of the timer's message; its argument is the tag */
};

/* A message under way. Zeroed means: none. */
struct ob_retry {
    uint32_t words[OB_ARGS_MAX + 1]; /* kind and arguments */
    uint32_t tag;                    /* which of the sender's messages it is */
    uint32_t timer;                  /* 0 when none runs */
    uint32_t wait_us;                /* of the running attempt */
    uint32_t attempts;               /* so far */
    uint16_t to;                     /* id of the receiver */
    bool waiting;                    /* for the acknowledgement */
};

/*
 * Sends the message of `words` (kind, then OB_ARGS_MAX arguments) to the actor with id `to`, and
 * starts the first timer. `tag` tells the sender's messages under way apart: the timers and the
 * acknowledgements carry it. What `retry` held before is forgotten.
 */
void ob_retry_send(struct ob_actor *self, const struct ob_retry_policy *policy,
                   struct ob_retry *retry, uint32_t tag, unsigned to, const uint32_t *words);

/* The acknowledgement for `tag` has come. Returns false, and does nothing, when `retry` does not
 * wait for that one: a second copy, or one that came after the sender had given up. */
bool ob_retry_acknowledged(struct ob_actor *self, struct ob_retry *retry, uint32_t tag);

enum ob_retry_result {
    OB_RETRY_STALE,    /* not this message's timer, or it is no longer waited for */
    OB_RETRY_REPEATED, /* it was sent again */
    OB_RETRY_GAVE_UP,  /* that was the last attempt; whether it arrived is not known */
};

/* A timer of the policy's kind, with `tag` as its argument, has fired. */
enum ob_retry_result ob_retry_timed_out(struct ob_actor *self, const struct ob_retry_policy *policy,
                                        struct ob_retry *retry, uint32_t tag);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
