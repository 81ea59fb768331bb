/*
 * What targets record for oracles, in the world's arena: it goes with every reset and snapshot. The
 * lists grow by doubling up to their bounds; one that is full says so, and then there is no verdict
 * from it.
 */
#ifndef OFFBEAT_ORACLE_RECORDS_H
#define OFFBEAT_ORACLE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "offbeat/oracle.h"
#include "world/world.h"

#define OB_PARTIES_KNOWN 64u /* a power of two */

struct ob_list {
    void *items;
    uint32_t count;
    uint32_t capacity;
    bool is_full; /* something did not fit */
};

struct ob_records {
    struct ob_list operations;   /* struct ob_operation */
    struct ob_list transactions; /* struct ob_transaction */
    struct ob_list accesses;     /* struct ob_access */
    struct ob_list waits;        /* struct ob_wait */
    uint16_t
        waits_of[OB_PARTIES_KNOWN]; /* the last of each party, by the party's hash, see waits.c */
    uint32_t waits_over;            /* waits that are in the list still, and over */
    struct ob_list requests;        /* struct ob_request */
    struct ob_list effects;         /* struct ob_effect */
    uint32_t operation_events;      /* begins and ends of operations so far */
};

/* The records of this run, made when something is recorded first. */
struct ob_records *ob_records_of(struct ob_world *world);

/* The same for reading: those of a run in which nothing was recorded are empty. */
const struct ob_records *ob_records_read(const struct ob_world *world);

/* Adds a zeroed item of `size` bytes to a list of at most `most`. Returns NULL when it is full. */
void *ob_list_add(struct ob_world *world, struct ob_list *list, size_t size, uint32_t most);

/* How an actor is called; "outside" for OB_OUTSIDE. */
const char *ob_oracle_actor(const struct ob_world *world, unsigned id);

bool ob_everybody_is_up(const struct ob_world *world);

#endif
