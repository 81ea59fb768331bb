/* What the files of the store share: its state, and who may lock what. */
#ifndef OFFBEAT_PATTERNS_STORE_H
#define OFFBEAT_PATTERNS_STORE_H

#include <offbeat/oracle.h>
#include <offbeat/store.h>

#define NOBODY UINT32_MAX
#define NO_KIND UINT8_MAX

/* The number of a transaction is its place in the table from here on. */
struct transaction {
    const struct ob_message *request; /* that waits for a lock, where one does */
    uint32_t number;                  /* the client's */
    uint32_t age;                     /* the smaller, the older */
    uint32_t start;                   /* commits before its beginning */
    uint32_t wait_order; /* the smaller, the longer it has waited; UINT32_MAX: it does not */
    uint32_t before;     /* those that wait longer than one that waits does, a bit each */
    uint32_t recorded;   /* its handle for oracles, see ob_txn_begin() */
    uint16_t client;
    uint8_t isolation;
    uint16_t written; /* rows, a bit each */
    uint16_t was_read;
    uint32_t values[OB_STORE_ROWS];   /* written, or of the snapshot */
    uint32_t versions[OB_STORE_ROWS]; /* of what was read, or of the snapshot */
};

struct row {
    uint32_t value;
    uint32_t version;
    uint32_t committed_at; /* which commit of the store wrote it */
    uint32_t readers;      /* transactions that have locked it for reading, a bit each */
    uint32_t writer;       /* the one that has locked it for writing, or NOBODY */
    uint32_t queue;        /* transactions that wait for it, a bit each, */
    uint32_t to_write;     /* and those of them that wait to write or lock it */
};

struct store {
    struct ob_store_config config;
    struct row rows[OB_STORE_ROWS];
    struct transaction transactions[OB_STORE_TRANSACTIONS];
    uint32_t open;    /* transactions, a bit each */
    uint32_t waiting; /* those of them that have a request that waits, a bit each */
    uint32_t told[OB_STORE_TRANSACTIONS]; /* who oracles were told that each waits for */
    uint32_t told_any;                    /* whose of these are not 0, a bit each */
    uint32_t commits;
    uint32_t ages;
    uint32_t waits;
    uint8_t monitor_kind;
};

_Static_assert(OB_STORE_ROWS <= 16 && OB_STORE_TRANSACTIONS == 32, "sets are kept as bits");

/* The first of a set of places that is not empty, which is taken out of it. */
static inline unsigned store_next(uint32_t *places)
{
    unsigned place = (unsigned)__builtin_ctz(*places);
    *places &= *places - 1;
    return place;
}

/* The transactions that keep `place` from locking a row, a bit each. */
uint32_t store_blockers(const struct store *store, unsigned place, unsigned row, bool for_writing);

/* Those that a waiting transaction waits for, a bit each; 0 for one that does not wait. */
uint32_t store_waits_for(const struct store *store, unsigned place);

/* Whether a waiting transaction is to wait on: not when nobody is in its way any more, and not when
 * one has come to be whom it may not wait for. */
bool store_waits_on(const struct store *store, unsigned place);

enum store_lock { STORE_LOCKED, STORE_MUST_WAIT, STORE_MUST_ABORT };

/* Locks a row if nobody is in the way, and says what to do otherwise. */
enum store_lock store_lock(struct store *store, unsigned place, unsigned row, bool for_writing);

/* A request waits from now on, unless it does already. */
void store_wait(struct store *store, unsigned place, const struct ob_message *request);

/* A transaction does not wait any longer, at least for now: it keeps its place in the queue until
 * it has got what it waited for. */
void store_stop_waiting(struct store *store, unsigned place);

void store_unlock_all(struct store *store, unsigned place);

/* Whether a request locks, and if so what for. */
bool store_locks(const struct store *store, unsigned place, enum ob_store_kind kind,
                 bool *for_writing);

#endif
