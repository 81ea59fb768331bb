/*
 * Levels of isolation: how a store runs a transaction (offbeat/store.h), and what the oracle of
 * transactions holds it to (OB_ISOLATION in offbeat/oracle.h, where the anomalies are explained).
 */
#ifndef OFFBEAT_ISOLATION_H
#define OFFBEAT_ISOLATION_H

enum ob_isolation {
    OB_READ_UNCOMMITTED, /* no cycle of writes (G0); a store gives read committed, as PostgreSQL
                          * does
                          */
    OB_READ_COMMITTED,   /* nor what was aborted, intermediate or circular (G1a, G1b, G1c) */
    OB_SNAPSHOT,         /* nor lost updates, read skew or long forks */
    OB_SERIALIZABLE,     /* nor write skew: nothing that no serial order gives */
    OB_OPTIMISTIC,       /* serializable as well; a store validates at the end and takes no locks */
};

#endif
