/*
 * Leases, and the election of a leader by them: who has put its name into a row of a store leads
 * for a while, and puts it there anew before that is over. For actors with a handler.
 *
 * Semantics of: leader election as Kubernetes' client-go has it (tools/leaderelection), over a
 * store that writes on a condition: a candidate reads the row every `retry_us`. When nobody has it,
 * or when it has not changed for `lease_us` since the candidate has first seen it so, by its own
 * clock, the candidate writes its name if the row still is as it was. The leader writes its name
 * anew every `retry_us`; when that has not come about for `deadline_us`, it no longer leads. So
 * clocks may be off by as much as they like, but not run at rates that differ by more than
 * lease_us / deadline_us. A life that starts again is another candidate.
 *
 * Two faults that are common can be asked for:
 *   - `from_answer`: the leader counts the deadline from when the answer to its write has come, as
 *     client-go does, and not from when it has asked. With an answer that takes longer than the
 *     lease exceeds the deadline, two lead;
 *   - `by_clocks`: the row says until when the lease lasts, by the clock of its holder, and others
 *     compare it with theirs, as ShedLock and locks in tables with a column `locked_until` do. With
 *     clocks that are off, two lead.
 *
 * None of this keeps a leader from acting on stale knowledge, nor its messages from arriving
 * late: ob_lease_term() is a number for that, which grows with each leader, and
 * with which a receiver can refuse messages of an earlier leader (fencing).
 */
#ifndef OFFBEAT_LEASE_H
#define OFFBEAT_LEASE_H

#include <offbeat/store.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Constant, shared by all candidates. Times are µs on each one's own clock, ≥ 1. */
struct ob_lease_policy {
    const char *store;    /* the name of the store */
    uint8_t store_kinds;  /* its first kind */
    uint8_t row;          /* whose value must be 0 at the beginning */
    uint8_t timer;        /* kind of the candidate's timer */
    uint32_t lease_us;    /* a row that has not changed for so long is free */
    uint32_t deadline_us; /* less than lease_us: so long the leader leads without having renewed */
    uint32_t retry_us;    /* from one attempt to the next */
    bool from_answer;
    bool by_clocks;
};

/* What a candidate knows. Zeroed: nothing. Part of an actor's state; its fields are the pattern's.
 */
struct ob_lease {
    uint64_t seen_us;  /* since when the row is as it was seen last */
    uint64_t asked_us; /* when the last request was sent */
    uint64_t until_us; /* until when it leads */
    uint32_t value;    /* of the row, as it was seen last */
    uint32_t version;  /* of the row, then */
    uint32_t attempt;  /* what the last request carries */
    uint32_t term;
    bool is_seen;
    bool waits;  /* for the answer to the last request, */
    bool writes; /* which was a write */
    bool leads;  /* by what it has been told so far */
};

enum ob_lease_event {
    OB_LEASE_OTHER,   /* the message is not of the lease */
    OB_LEASE_WAITS,   /* it is, and nothing has changed */
    OB_LEASE_WON,     /* it leads from now on */
    OB_LEASE_RENEWED, /* it leads for longer */
    OB_LEASE_LOST,    /* it no longer leads; it remains a candidate */
};

/* Begins to be a candidate: for a start function or a handler, once in each life. */
void ob_lease_start(struct ob_actor *self, const struct ob_lease_policy *policy,
                    struct ob_lease *lease);

/* Hands it a message: the store's answers and the timer are the lease's. */
enum ob_lease_event ob_lease_hear(struct ob_actor *self, const struct ob_lease_policy *policy,
                                  struct ob_lease *lease, const struct ob_message *message);

/* Whether the actor leads now, by its own clock. Also for checks. */
bool ob_lease_is_held(const struct ob_actor *self, const struct ob_lease *lease);

/* The number of the term in which it leads, or has led last: greater than that of every leader
 * before. 0: never. */
uint32_t ob_lease_term(const struct ob_lease *lease);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
