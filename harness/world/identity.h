/*
 * Who is who in executions of one scenario that differ in their order. A message is identified by
 * the delivery whose handler sent it and by its place among that one's messages; a delivery by its
 * message and by the delivery before it at its actor. Neither changes when independent deliveries
 * change places.
 */
#ifndef OFFBEAT_WORLD_IDENTITY_H
#define OFFBEAT_WORLD_IDENTITY_H

#include "world/log.h"

/* What is known so far: a cache, filled in when somebody asks. */
struct ob_identities {
    uint64_t *of_deliveries;
    uint32_t *ranks; /* of messages, among those with the same cause */
    uint32_t count;
    uint32_t rank_count;
};

/* A hash of the first `count` deliveries that is equal for logs which differ only in the order of
 * independent ones: those that happens-before leaves unordered (Mazurkiewicz traces). Times are no
 * part of it. */
uint64_t ob_causal_hash(struct ob_identities *identities, const struct ob_log *log, uint32_t count);

#endif
