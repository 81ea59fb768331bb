/*
 * A pool of connections, as an actor that lends them: a client that finds none idle waits in a
 * queue, in the order of requests, for as long as it likes.
 *
 * Semantics of: poolboy (https://github.com/devinus/poolboy), the pool of Erlang and Elixir, which
 * others are like: checkout is a call, what is idle is lent last in, first out, and checkin lends
 * to who has waited longest. A caller whose timeout has passed says so (cancel_waiting); what it
 * was lent meanwhile goes back. So links to the pool must keep the order. The pool does not know
 * what a connection is, nor whether an answer is still under way on it: who returns one says by
 * check_in that it can be lent as it is, or by discard that another is to take its place. Of a
 * client that has ended (ob_pool_monitors()) connections are closed, as DBConnection does, or lent
 * on as they are, as poolboy does. Left out: overflow workers, and connections that the pool closes
 * of its own accord.
 */
#ifndef OFFBEAT_POOL_H
#define OFFBEAT_POOL_H

#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_POOL_CONNECTIONS_MAX 16
#define OB_POOL_WAITING_MAX 64

/* Kinds of message, from the first on that the target gives the pool. */
enum ob_pool_kind {
    OB_POOL_CHECK_OUT, /* A call, which its `ref` names. LENT, now or later, or REFUSED when as many
                          wait as may */
    OB_POOL_CANCEL,    /* (ref): that call is given up. No answer */
    OB_POOL_CHECK_IN,  /* (connection, loan): it can be lent as it is. No answer; nothing when that
                          is not its present loan */
    OB_POOL_DISCARD,   /* (connection, loan): the same, but it is closed, and a new one in its place
                        */
    /* Answers: */
    OB_POOL_LENT,    /* (connection, loan, age): see struct ob_pool_loan */
    OB_POOL_REFUSED, /* () */
    OB_POOL_KINDS,   /* how many kinds of the target's are the pool's */
};

/* The names of these kinds, for the target's `messages`: OB_POOL_MESSAGES(POOL) */
#define OB_POOL_MESSAGES(FIRST)                                                                    \
    OB_AT((FIRST) + OB_POOL_CHECK_OUT){.name = "check_out", .may_be_unused = true},                \
        OB_AT((FIRST) +                                                                            \
              OB_POOL_CANCEL){.name = "cancel", .args = {{.name = "ref"}}, .may_be_unused = true}, \
        OB_AT((FIRST) + OB_POOL_CHECK_IN){.name = "check_in",                                      \
                                          .args = {{.name = "connection"}, {.name = "loan"}},      \
                                          .may_be_unused = true},                                  \
        OB_AT((FIRST) + OB_POOL_DISCARD){.name = "discard",                                        \
                                         .args = {{.name = "connection"}, {.name = "loan"}},       \
                                         .may_be_unused = true},                                   \
        OB_AT((FIRST) +                                                                            \
              OB_POOL_LENT){.name = "lent",                                                        \
                            .args = {{.name = "connection"}, {.name = "loan"}, {.name = "age"}},   \
                            .may_be_unused = true},                                                \
        OB_AT((FIRST) + OB_POOL_REFUSED)                                                           \
    {                                                                                              \
        .name = "no_connection", .may_be_unused = true                                             \
    }

struct ob_pool_config {
    uint8_t first_kind;   /* of the target's kinds: that of OB_POOL_CHECK_OUT */
    unsigned connections; /* 1 to OB_POOL_CONNECTIONS_MAX, idle at first */
    unsigned waiting_max; /* 0: OB_POOL_WAITING_MAX, which is the most */
    bool lends_left;      /* what a client that has ended had, is lent on as it is */
};

/* What is lent. */
struct ob_pool_loan {
    uint32_t connection; /* from 0 */
    uint32_t loan;       /* of all that the pool has lent, from 1: proves who has it now */
    uint32_t age;        /* how many connections were closed in its place before */
};

/* Adds the pool as an actor. It must not be allowed to crash. `config` is copied. */
struct ob_actor *ob_pool_spawn(struct ob_world *world, const char *name,
                               const struct ob_pool_config *config);

/* Says by which kind of message ob_monitor() tells the pool that a client has ended. For set-up. */
void ob_pool_monitors(struct ob_actor *pool, unsigned kind);

/* -- for tasks -- */

/* Awaits a connection of the pool of that name, at most `timeout_us`; false when there is none, and
 * then the call is given up as it should be. */
bool ob_pool_check_out(struct ob_actor *self, const char *pool, uint32_t timeout_us,
                       struct ob_pool_loan *loan);

/* Returns what was lent. */
void ob_pool_check_in(struct ob_actor *self, const char *pool, const struct ob_pool_loan *loan);
void ob_pool_discard(struct ob_actor *self, const char *pool, const struct ob_pool_loan *loan);

/* -- for checks -- */

unsigned ob_pool_lent_count(const struct ob_actor *pool);
unsigned ob_pool_waiting_count(const struct ob_actor *pool);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
