/*
 * An external service: it is asked to do something that cannot be undone, such as to charge a card,
 * takes a while for it, and answers. Latencies and losses are those of the links to it and back.
 *
 * Semantics of: a payment service over HTTP with optional idempotency keys, as the
 * "Idempotency-Key" header of the IETF draft draft-ietf-httpapi-idempotency-key-header describes:
 * with keys, a second request with the same key does nothing and is given the answer to the first;
 * without, it is done again. A request carries a reference that its answer repeats. Left out: keys
 * that expire, and requests that use one key for two things.
 */
#ifndef OFFBEAT_SERVICE_H
#define OFFBEAT_SERVICE_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_SERVICE_KEYS 256

struct ob_service_config {
    uint8_t request;  /* kind: (key < OB_SERVICE_KEYS, amount, reference) */
    uint8_t answer;   /* kind: (key, amount, reference), by ob_reply() */
    bool remembers;   /* idempotency keys */
    uint32_t work_us; /* what one request takes */
};

/* Adds the service as an actor. It must not be allowed to crash: what it did could not be undone
 * either. `config` is copied. */
struct ob_actor *ob_service_spawn(struct ob_world *world, const char *name,
                                  const struct ob_service_config *config);

/* For checks: how often something was done for a key, and the amount of the first time. */
uint32_t ob_service_count(const struct ob_actor *service, unsigned key);
uint32_t ob_service_amount(const struct ob_actor *service, unsigned key);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
