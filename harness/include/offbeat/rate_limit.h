/*
 * A rate limiter: a token bucket on its actor's own clock.
 *
 * Semantics of: the token bucket of RFC 2697 with one colour and one bucket. It holds at most
 * `burst` tokens, is full at first, and gains one each `interval_us`; what finds no token is over
 * the rate. A clock that runs fast or jumps gains tokens early, as on a real machine.
 */
#ifndef OFFBEAT_RATE_LIMIT_H
#define OFFBEAT_RATE_LIMIT_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct ob_rate_limit {
    uint32_t burst;       /* tokens at most, ≥ 1 */
    uint32_t interval_us; /* for one token, ≥ 1 */
};

/* A zeroed bucket is full. Part of an actor's state. */
struct ob_bucket {
    uint64_t spent_until_us; /* on the actor's clock: when it is full again */
};

/* Takes a token. Returns whether there was one. */
bool ob_bucket_take(struct ob_actor *self, const struct ob_rate_limit *limit,
                    struct ob_bucket *bucket);

/* How long until a token is there, in µs on the actor's clock; 0 when there is one now. */
uint32_t ob_bucket_wait_us(const struct ob_actor *self, const struct ob_rate_limit *limit,
                           const struct ob_bucket *bucket);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
