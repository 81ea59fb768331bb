/*
 * General oracles: checks for what is wrong in any system, for targets that state no invariant
 * of their own, or not all of them. A line in the target enables each:
 *
 *     OB_TARGET(bank, ...,
 *               .oracles = OB_ORACLES(OB_SERIAL_EQUIVALENCE(observe), OB_DEADLOCK));
 *
 * Some look at what the target records while it runs: operations, transactions, waits, requests,
 * effects. Recording costs nothing where no oracle asks for it, changes nothing that the target can
 * see, and is part of what a run resets and a snapshot keeps. Where a record is full (see the
 * bounds below) or a search would take too long, there is no verdict, never a false one.
 *
 * An oracle judges when the run is over, after the target's own invariants. What it finds is a
 * violation like any other, with the names given at each oracle below; `offbeat explain` adds
 * the history or the cycle in words.
 *
 * The functions for recording are for handlers, unless they say otherwise.
 */
#ifndef OFFBEAT_ORACLE_H
#define OFFBEAT_ORACLE_H

#include <offbeat/isolation.h>
#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_ORACLES_MAX 8         /* oracles of one target */
#define OB_OPERATIONS_MAX 4096   /* operations of one run that are recorded */
#define OB_TRANSACTIONS_MAX 4096 /* transactions of one run */
#define OB_ACCESSES_MAX 16384    /* reads and writes of all its transactions */
#define OB_WAITS_MAX 1024        /* waits that stand at one time */
#define OB_REQUESTS_MAX 4096     /* requests of one run */
#define OB_EFFECTS_MAX 4096      /* different keys of effects in one run */

struct ob_checker; /* the implementation of an oracle; internal */
struct ob_view;    /* what an observe callback writes to */

/* One oracle with its settings. Made by the macros below; its fields are internal. */
struct ob_oracle {
    const struct ob_checker *checker;
    const struct ob_specification *specification;
    void (*observe)(const struct ob_world *world, struct ob_view *view);
    uint32_t level;
    uint32_t within_us;
    uint32_t faults_us;
};

/* The oracles of a target, for `.oracles` in OB_TARGET(). */
#ifdef __cplusplus
#define OB_ORACLES(...)                                                                            \
    ([]() -> const struct ob_oracle * {                                                            \
        static const struct ob_oracle oracles[] = {__VA_ARGS__, {.checker = NULL}};                \
        return oracles;                                                                            \
    }())
#else
#define OB_ORACLES(...) ((const struct ob_oracle[]){__VA_ARGS__, {.checker = NULL}})
#endif

/* ----------------------------------------------------------------------------------------------
 * Operations: linearizability
 */

/*
 * The operations that clients have done on an object (a key, a row, a lock) are those of the object
 * that SPECIFICATION describes: as if each had happened at one moment between its begin and its
 * end (Herlihy, Wing: "Linearizability", TOPLAS 1990). One that has not ended may have happened or
 * not. Violates `linearizable`. Objects are judged one by one, by their numbers.
 *
 * The search is that of Wing and Gong ("Testing and verifying concurrent objects", 1993) with
 * Lowe's cache of configurations ("Testing for linearizability", 2016), partitioned by object
 * (Horn, Kroening: "Faster linearizability checking via P-compositionality", 2015).
 */
#define OB_LINEARIZABLE(SPECIFICATION)                                                             \
    {                                                                                              \
        .checker = &ob_checker_linearizable, .specification = (SPECIFICATION)                      \
    }

#define OB_ANY UINT64_MAX           /* a result that is not known: every one fits */
#define OB_NOTHING (UINT64_MAX - 1) /* the result of a dequeue from an empty queue */

/* Kinds of operations. A specification of one's own may number its kinds as it likes. */
enum ob_operation_kind {
    OB_OP_READ,     /* register, counter; the result is the value */
    OB_OP_WRITE,    /* register; the argument is the value */
    OB_OP_CAS,      /* register; argument OB_CAS(expected, desired), result 1 done, 0 refused */
    OB_OP_ADD,      /* counter; the result is the sum */
    OB_OP_ENQUEUE,  /* queue; the argument is the item */
    OB_OP_DEQUEUE,  /* queue; the result is the item, or OB_NOTHING */
    OB_OP_INSERT,   /* set; result 1: it was not there, 0: it was */
    OB_OP_REMOVE,   /* set; result 1: it was there, 0: it was not */
    OB_OP_CONTAINS, /* set; result 1: it is there, 0: it is not */
    OB_OP_ACQUIRE,  /* lock; result 1: held from now on, 0: refused */
    OB_OP_RELEASE,  /* lock; result 1: done, 0: refused, as the client did not hold it */
    OB_OPS
};

/* Two values of 32 bits as one argument. */
#define OB_CAS(expected, desired) ((uint64_t)(uint32_t)(expected) << 32 | (uint32_t)(desired))

/* An operation as it was recorded. */
struct ob_operation {
    uint64_t argument;
    uint64_t result;   /* OB_ANY while it is open, or not known */
    uint64_t begin_us; /* virtual time */
    uint64_t end_us;
    uint32_t begin; /* the place of its begin among the begins and ends of the run */
    uint32_t end;   /* of its end; UINT32_MAX while it is open */
    uint32_t object;
    uint32_t kind;
    uint32_t client; /* id of the actor that began it */
};

/* Whether an operation can come next. */
enum ob_step {
    OB_STEP_NO,
    OB_STEP_YES,
    OB_STEP_UNKNOWN, /* the state has outgrown its bytes: no verdict */
};

/*
 * How an object behaves when operations come one after the other. The state is `state_size` bytes;
 * two states that mean the same must be the same bytes.
 */
struct ob_specification {
    const char *name;  /* what the object is: "register" */
    size_t state_size; /* 1 to OB_SPECIFICATION_STATE_MAX */

    /* Fills in the state of a fresh object, which is zeroed. NULL: it stays zeroed. */
    void (*init)(void *state, uint32_t object);

    /* Applies the operation to the state if it can come next with its recorded result; OB_ANY
     * matches every result. If it cannot, the state afterwards does not matter. */
    enum ob_step (*step)(void *state, const struct ob_operation *operation);

    /* Describes the operation for people: "read() gave 3". NULL: kind, argument and result as
     * numbers.
     */
    void (*describe)(const struct ob_operation *operation, struct ob_text *text);
};

#define OB_SPECIFICATION_STATE_MAX 1024

extern const struct ob_specification ob_spec_register; /* begins with 0 */
extern const struct ob_specification ob_spec_counter;  /* begins with 0 */
extern const struct ob_specification ob_spec_queue;    /* first in, first out; up to 120 items */
extern const struct ob_specification ob_spec_set;      /* up to 120 elements */
extern const struct ob_specification ob_spec_lock; /* free at first; its holders are the clients */

/* Records that an operation begins. Returns its handle for ob_op_end(), 0 when it is not recorded:
 * no oracle asks for it, or the record is full. */
uint32_t ob_op_begin(struct ob_actor *self, uint32_t object, unsigned kind, uint64_t argument);

/* Records that it has ended, with an answer that the client has received. Does nothing for a handle
 * of 0, and for an operation that has ended. */
void ob_op_end(struct ob_actor *self, uint32_t operation, uint64_t result);

/* ----------------------------------------------------------------------------------------------
 * Transactions: isolation
 */

/*
 * Transactions keep what LEVEL, an enum ob_isolation, promises. What is wrong is named as by Adya
 * ("Weak consistency", 1999) and Elle (Kingsbury, Alvaro: "Elle: inferring isolation anomalies",
 * VLDB 2020). `wr` is that one transaction read what another wrote, `ww` that one wrote over what
 * another wrote, `rw` that one wrote over what another had read:
 *
 *     mixed_writes               a cycle of ww (G0): writes are mixed
 *     read_of_aborted            one read what an aborted one wrote (G1a)
 *     intermediate_read          one read what another wrote over itself, before it committed (G1b)
 *     circular_information_flow  a cycle of ww and wr (G1c): each saw what the other did
 *     lost_update                both read the same version and both wrote, one over the other
 *     read_skew                  a cycle with one rw (G-single)
 *     long_fork                  a cycle with no two rw one after the other (G-nonadjacent)
 *     write_skew                 a cycle with more of them (G2)
 */
#define OB_ISOLATION(LEVEL)                                                                        \
    {                                                                                              \
        .checker = &ob_checker_isolation, .level = (LEVEL)                                         \
    }

/* Records that a transaction of the actor with the id `client` begins. Returns its handle, 0 when
 * it is not recorded. The functions below do nothing for a handle of 0. Any actor may call them:
 * the client, or the store. The store of offbeat/store.h records its transactions by itself. */
uint32_t ob_txn_begin(struct ob_actor *self, unsigned client);

/* Records that the transaction makes a new version of a key, at the moment when others can see it:
 * the order of these calls is the order of versions. Returns its number, 1 for the first of that
 * key; 0 when it is not recorded. */
uint32_t ob_txn_write(struct ob_actor *self, uint32_t transaction, uint32_t key);

/* Records that the transaction reads what is there now: the newest version that was not made by an
 * aborted transaction. */
void ob_txn_read(struct ob_actor *self, uint32_t transaction, uint32_t key);

/* Records that it reads a certain version, such as that of a snapshot or of a cache; 0 is what was
 * there first. */
void ob_txn_read_version(struct ob_actor *self, uint32_t transaction, uint32_t key,
                         uint32_t version);

/* The newest version of a key that was not made by an aborted transaction, for code that keeps a
 * copy.
 */
uint32_t ob_txn_version(struct ob_actor *self, uint32_t key);

/* Records how the transaction has ended. A transaction with neither call may have committed. An
 * abort removes the versions that it made. */
void ob_txn_commit(struct ob_actor *self, uint32_t transaction);
void ob_txn_abort(struct ob_actor *self, uint32_t transaction);

/* ----------------------------------------------------------------------------------------------
 * Serial equivalence
 */

/*
 * The state at the end equals one that the same messages from outside produce when they come
 * one after the other, in some order, each after everything that the previous one caused is over.
 * Violates `serial_equivalence`, and says whose effects are lost. It takes no specification:
 * OBSERVE says what counts of the state, by ob_observe().
 *
 * The orders are run in a second world. There is no verdict with more messages than
 * OB_SERIAL_MESSAGES_MAX or more different orders than OB_SERIAL_ORDERS_MAX, when something was
 * lost by a fault, and for a target with `reset`, whose state outside the world exists only once.
 * With `settle_us`, what is observed must be settled by then.
 */
#define OB_SERIAL_EQUIVALENCE(OBSERVE)                                                             \
    {                                                                                              \
        .checker = &ob_checker_serial_equivalence, .observe = (OBSERVE)                            \
    }

#define OB_SERIAL_ORDERS_MAX 720 /* six different messages, or more where some are the same */
#define OB_SERIAL_MESSAGES_MAX 10

/* A part of the state that counts, for people by a printf format: ob_observe(view, shop->stock[id],
 * "stock of item %u", id). The same parts in the same order every time, at most OB_OBSERVED_MAX. */
void ob_observe(struct ob_view *view, uint64_t value, const char *format, ...) OB_FORMAT(3, 4);

#define OB_OBSERVED_MAX 256

/* ----------------------------------------------------------------------------------------------
 * Waiting: deadlock, progress, latency
 */

/*
 * There is no cycle of waits when the run is over: violates `deadlock`. No recorded wait
 * lasts for ever once nothing more can happen: violates `stuck`. No verdict when something was lost
 * by a fault.
 *
 * Known without being recorded: tasks that wait in a queue that has owners (locks), processes that
 * await the answer to a call, and transactions of the store of offbeat/store.h.
 */
#define OB_DEADLOCK                                                                                \
    {                                                                                              \
        .checker = &ob_checker_deadlock                                                            \
    }

/* Who waits, and for whom: an actor, by its id, or one of several things that wait on its
 * behalf (tasks, transactions), which it numbers from 0. */
#define OB_PARTY(actor_id, number) (((uint32_t)(number) + 1) << 8 | (uint32_t)(actor_id))

/* Records that the actor waits for another: for a lock that it holds, for its answer. All its
 * waits stand until ob_waits_done(). Do not record waits that end by themselves, with a timeout.
 * `what` is a constant string that says for what, such as "lock 3"; NULL: not said.
 */
void ob_waits_for(struct ob_actor *self, uint32_t holder, const char *what);
void ob_waits_done(struct ob_actor *self);

/* Whether an oracle uses waits, for callers to whom recording them is expensive. */
bool ob_waits_are_asked_for(const struct ob_world *world);

/* The same for any party. */
void ob_party_waits(struct ob_world *world, uint32_t waiter, uint32_t holder, const char *what);
void ob_party_done(struct ob_world *world, uint32_t waiter);

/*
 * Everything that begins ends. Faults (losses, copies, pauses, partitions, crashes, restarts) go on
 * for FAULTS_US after the last message from outside; then they stop and partitions heal. Each
 * operation that is recorded by ob_op_begin() must end WITHIN_US after that, or after its begin
 * where that is later; latencies stay what links allow. Safety comes first, and then what Lamport
 * calls liveness, with a bound. Operations of an actor that is down need not end.
 *
 *     stalled       nothing more can happen, and an operation has not ended
 *     starvation    others began later and have ended
 *     livelock      messages still circulate
 */
#define OB_PROGRESS(WITHIN_US, FAULTS_US)                                                          \
    {                                                                                              \
        .checker = &ob_checker_progress, .within_us = (WITHIN_US), .faults_us = (FAULTS_US)        \
    }

/*
 * No message waits longer than WITHIN_US in a mailbox, put aside or for an actor at work: violates
 * `mailbox_latency`. No verdict for runs with pauses or in which something was lost by a fault. How
 * many may wait is `mailbox_max` of the target.
 */
#define OB_MAILBOX_LATENCY(WITHIN_US)                                                              \
    {                                                                                              \
        .checker = &ob_checker_mailbox_latency, .within_us = (WITHIN_US)                           \
    }

/* ----------------------------------------------------------------------------------------------
 * Requests and their answers
 */

/*
 * An answer is used for the request that it answers: violates `late_reply_used` when it answers
 * one that was given up, or cannot be an answer to this one, as it was sent by somebody who did
 * not know of it. Every request is answered or given up when nothing more can happen, unless
 * something was lost by a fault or an actor is down: violates `request_lost`.
 */
#define OB_REQUESTS                                                                                \
    {                                                                                              \
        .checker = &ob_checker_requests                                                            \
    }

/* Records that the actor has sent a request, in this handler, with a number that it uses for one
 * request only. */
void ob_request_sent(struct ob_actor *self, uint64_t reference);

/* Records that it does not wait for the answer any more: a timeout, a cancellation. */
void ob_request_given_up(struct ob_actor *self, uint64_t reference);

/* Records that it accepts `reply`, the message that is being handled, as the answer. */
void ob_request_answered(struct ob_actor *self, const struct ob_message *reply, uint64_t reference);

/*
 * An effect happens once: violates `effect_once` at the second time, where it happens. What was
 * acknowledged has happened when nothing more can: violates `effect_lost`.
 */
#define OB_EFFECTS                                                                                 \
    {                                                                                              \
        .checker = &ob_checker_effects                                                             \
    }

/* Records an effect (a charge, a mail) under `key`, which is the same for every attempt. */
void ob_effect(struct ob_actor *self, uint64_t key);

/* Records that it was taken back: rolled back, or lost by a crash that may lose it. */
void ob_effect_undone(struct ob_actor *self, uint64_t key);

/* Records that somebody was told that it has happened. */
void ob_effect_acknowledged(struct ob_actor *self, uint64_t key);

/* What the macros above refer to. */
extern const struct ob_checker ob_checker_linearizable;
extern const struct ob_checker ob_checker_isolation;
extern const struct ob_checker ob_checker_serial_equivalence;
extern const struct ob_checker ob_checker_deadlock;
extern const struct ob_checker ob_checker_progress;
extern const struct ob_checker ob_checker_mailbox_latency;
extern const struct ob_checker ob_checker_requests;
extern const struct ob_checker ob_checker_effects;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
