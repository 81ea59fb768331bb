/*
 * Transactions as they were recorded, and what is wrong with them: cycles of dependencies as Adya
 * defines and Elle names them. Knows transactions only, no world.
 */
#ifndef OFFBEAT_ORACLE_TRANSACTIONS_H
#define OFFBEAT_ORACLE_TRANSACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "offbeat/oracle.h"

enum ob_fate { OB_TXN_OPEN, OB_TXN_COMMITTED, OB_TXN_ABORTED };

struct ob_transaction {
    uint64_t begin_us;
    uint64_t end_us;
    uint16_t client; /* id of the actor that began it */
    uint16_t fate;   /* enum ob_fate */
};

/* A read or a write; in the order in which they happened. */
struct ob_access {
    uint32_t transaction; /* its index */
    uint32_t key;
    uint32_t version; /* read, or made: from 1 in the order of the key's writes; 0 is what was there
                         first */
    bool is_write;
};

struct ob_transactions {
    const struct ob_transaction *transactions;
    const struct ob_access *accesses;
    uint32_t count;
    uint32_t access_count;
};

enum ob_anomaly {
    OB_ANOMALY_NONE,
    OB_G0,
    OB_G1A,
    OB_G1B,
    OB_G1C,
    OB_LOST_UPDATE,
    OB_G_SINGLE,
    OB_G_NONADJACENT,
    OB_G2,
    OB_ANOMALIES
};

/* Ids of violations, and what people say. */
const char *ob_anomaly_id(enum ob_anomaly anomaly);
const char *ob_anomaly_name(enum ob_anomaly anomaly);

/* Why one transaction comes before another. */
enum ob_dependency_kind {
    OB_WW, /* the other wrote over what it wrote */
    OB_WR, /* the other read what it wrote */
    OB_RW, /* the other wrote over what it read */
};

struct ob_dependency {
    uint32_t from;
    uint32_t to;
    uint32_t key;
    uint32_t version; /* that `from` has written or read */
    uint32_t kind;    /* enum ob_dependency_kind */
};

#define OB_CYCLE_MAX 64

struct ob_finding_of_transactions {
    enum ob_anomaly anomaly;
    uint32_t length; /* of the cycle; of G1a and G1b 1: the read */
    struct ob_dependency cycle[OB_CYCLE_MAX];
};

/*
 * Looks for what a level of isolation forbids: the gravest kind there is, in the order of enum
 * ob_anomaly, with its shortest cycle as far as a bounded search finds it. A cycle that is longer
 * than OB_CYCLE_MAX is told by its first dependencies. Returns 0; -1 when memory is short.
 */
int ob_isolation_check(const struct ob_transactions *history, enum ob_isolation level,
                       struct ob_finding_of_transactions *finding);

#endif
