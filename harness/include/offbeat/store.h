/*
 * A small store of rows with transactions, as an actor that clients send requests to. Every request
 * of a transaction is answered once, by ob_reply(), so that plain handlers and tasks that await the
 * answer can use it alike. A transaction has one request under way at a time.
 *
 * Semantics of, by isolation level:
 *   - OB_READ_COMMITTED: PostgreSQL's READ COMMITTED (manual, 13.2.1). A read gives what was last
 *     committed and takes no lock; a write locks its row until the end.
 *   - OB_SNAPSHOT: PostgreSQL's REPEATABLE READ (13.2.2), which is snapshot isolation (Berenson,
 *     Bernstein, Gray et al.: "A critique of ANSI SQL isolation levels", SIGMOD 1995). Reads see
 * the moment of the beginning; to write or lock a row that was committed since then aborts.
 *   - OB_OPTIMISTIC: no locks. Writes are put in at the end, when every row that was read must
 * still have the version that was read (backward validation, Kung and Robinson: "On optimistic
 * methods for concurrency control", TODS 1981); otherwise it aborts.
 *   - OB_SERIALIZABLE: strict two-phase locking, rows for reading and for writing (Eswaran, Gray,
 *     Lorie, Traiger: "The notions of consistency and predicate locks", CACM 1976). With
 * OB_WAIT_DIE it is what Mnesia's transactions do (Mnesia User's Guide, "Transactions and other
 * access contexts"); OB_STORE_DIRTY_READ and OB_STORE_DIRTY_WRITE are its dirty operations.
 *
 * Left out: predicates and ranges (there are no phantoms, as there are no inserts), savepoints,
 * replication, and crashes of the store itself.
 */
#ifndef OFFBEAT_STORE_H
#define OFFBEAT_STORE_H

#include <offbeat/isolation.h>
#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_STORE_ROWS 16         /* rows, by number */
#define OB_STORE_TRANSACTIONS 32 /* open at one time; BEGIN is refused beyond */

/* What happens when a row is locked by another transaction, or another has waited longer for a lock
 * that excludes this one: locks are granted in the order of the requests, as in PostgreSQL and
 * InnoDB. Only a transaction that already holds a lock on the row may pass the queue. */
enum ob_store_conflict {
    OB_WAIT,   /* wait for it, for ever if need be: deadlocks remain */
    OB_DETECT, /* wait for it; a transaction whose wait would close a cycle is aborted (PostgreSQL)
                */
    OB_WAIT_DIE, /* the older waits, the younger is aborted (Rosenkrantz, Stearns, Lewis: "System
                    level concurrency control for distributed database systems", TODS 1978; Mnesia)
                  */
};

/*
 * Kinds of message, from the first on that the target gives the store. `transaction` is a number
 * that its client chooses, and that no open transaction has.
 */
enum ob_store_kind {
    OB_STORE_BEGIN,       /* (transaction, isolation, age): age 0, or that of the transaction which
                             this one is a second attempt of. Answer: BEGUN, or ABORTED */
    OB_STORE_READ,        /* (transaction, row). VALUE, or ABORTED */
    OB_STORE_LOCK,        /* (transaction, row): select for update. VALUE, or ABORTED */
    OB_STORE_WRITE,       /* (transaction, row, value). DONE, or ABORTED */
    OB_STORE_COMMIT,      /* (transaction). DONE, or ABORTED */
    OB_STORE_ABORT,       /* (transaction). DONE, also when there is no such transaction */
    OB_STORE_PUT_IF,      /* (reference, row, value, version): writes if that is still its version.
                             DONE, or STALE. No transaction */
    OB_STORE_DIRTY_READ,  /* (reference, row). VALUE. No transaction, no lock */
    OB_STORE_DIRTY_WRITE, /* (reference, row, value). DONE. The same */
    /* Answers: */
    OB_STORE_BEGUN,   /* (transaction, age) */
    OB_STORE_VALUE,   /* (transaction, row, value, version) */
    OB_STORE_DONE,    /* (transaction, row) */
    OB_STORE_ABORTED, /* (transaction): it is over, and has changed nothing */
    OB_STORE_STALE,   /* (reference, row) */
    OB_STORE_KINDS,   /* how many kinds of the target's are the store's */
};

/* The names of these kinds, for the target's `messages`: OB_STORE_MESSAGES(STORE) */
#define OB_STORE_MESSAGES(FIRST)                                                                   \
    OB_AT((FIRST) + OB_STORE_BEGIN){.name = "begin",                                               \
                                    .args = {{.name = "tx"}, {.name = "level"}, {.name = "age"}},  \
                                    .may_be_unused = true},                                        \
        OB_AT((FIRST) + OB_STORE_READ){                                                            \
            .name = "read", .args = {{.name = "tx"}, {.name = "row"}}, .may_be_unused = true},     \
        OB_AT((FIRST) + OB_STORE_LOCK){                                                            \
            .name = "lock", .args = {{.name = "tx"}, {.name = "row"}}, .may_be_unused = true},     \
        OB_AT((FIRST) +                                                                            \
              OB_STORE_WRITE){.name = "write",                                                     \
                              .args = {{.name = "tx"}, {.name = "row"}, {.name = "value"}},        \
                              .may_be_unused = true},                                              \
        OB_AT((FIRST) +                                                                            \
              OB_STORE_COMMIT){.name = "commit", .args = {{.name = "tx"}}, .may_be_unused = true}, \
        OB_AT((FIRST) +                                                                            \
              OB_STORE_ABORT){.name = "abort", .args = {{.name = "tx"}}, .may_be_unused = true},   \
        OB_AT((FIRST) + OB_STORE_PUT_IF){                                                          \
            .name = "put_if",                                                                      \
            .args = {{.name = "ref"}, {.name = "row"}, {.name = "value"}, {.name = "version"}},    \
            .may_be_unused = true},                                                                \
        OB_AT((FIRST) + OB_STORE_DIRTY_READ){.name = "dirty_read",                                 \
                                             .args = {{.name = "ref"}, {.name = "row"}},           \
                                             .may_be_unused = true},                               \
        OB_AT((FIRST) +                                                                            \
              OB_STORE_DIRTY_WRITE){.name = "dirty_write",                                         \
                                    .args = {{.name = "ref"}, {.name = "row"}, {.name = "value"}}, \
                                    .may_be_unused = true},                                        \
        OB_AT((FIRST) + OB_STORE_BEGUN){                                                           \
            .name = "begun", .args = {{.name = "tx"}, {.name = "age"}}, .may_be_unused = true},    \
        OB_AT((FIRST) + OB_STORE_VALUE){                                                           \
            .name = "value",                                                                       \
            .args = {{.name = "tx"}, {.name = "row"}, {.name = "value"}, {.name = "version"}},     \
            .may_be_unused = true},                                                                \
        OB_AT((FIRST) + OB_STORE_DONE){                                                            \
            .name = "done", .args = {{.name = "tx"}, {.name = "row"}}, .may_be_unused = true},     \
        OB_AT((FIRST) + OB_STORE_ABORTED){                                                         \
            .name = "aborted", .args = {{.name = "tx"}}, .may_be_unused = true},                   \
        OB_AT((FIRST) + OB_STORE_STALE)                                                            \
    {                                                                                              \
        .name = "stale", .args = {{.name = "ref"}, {.name = "row"}}, .may_be_unused = true         \
    }

struct ob_store_config {
    uint8_t first_kind; /* of the target's kinds: that of OB_STORE_BEGIN */
    enum ob_store_conflict conflict;
    uint32_t values[OB_STORE_ROWS]; /* of the rows at the beginning, version 0 */
};

/* Adds the store as an actor. It must not be allowed to crash. `config` is copied. */
struct ob_actor *ob_store_spawn(struct ob_world *world, const char *name,
                                const struct ob_store_config *config);

/* Says by which kind of message ob_monitor() tells the store that a client has ended: its open
 * transactions are aborted then, as a database does when it loses the connection. For set-up. */
void ob_store_monitors(struct ob_actor *store, unsigned kind);

/* -- for checks -- */

/* The committed value and version of a row. */
uint32_t ob_store_value(const struct ob_actor *store, unsigned row);
uint32_t ob_store_version(const struct ob_actor *store, unsigned row);

/* How many transactions are open, and how many of them wait for a lock. */
unsigned ob_store_open_count(const struct ob_actor *store);
unsigned ob_store_waiting_count(const struct ob_actor *store);

/* A waiting transaction that is part of a cycle of waits, or 0 when there is none. With OB_WAIT
 * the transactions of the cycle wait for ever. */
uint32_t ob_store_deadlocked(const struct ob_actor *store);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
