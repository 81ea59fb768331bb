/*
 * Supervisors, which start again what has ended, and links between processes.
 *
 * Semantics of: supervisor (Erlang/OTP, stdlib, supervisor(3), "Design Principles: Supervisor
 * Behaviour"): one_for_one, one_for_all and rest_for_one; permanent, transient and temporary
 * children; more than `restarts_max` restarts within `period_us` end the children and then the
 * supervisor. A child that is started again has lost its state, its mailbox and its timers, and
 * what was sent to the one before is lost. The others are ended by an exit signal, the last one
 * first, each waited for and killed when it takes too long; a child that does not trap exits ends
 * when the signal arrives. Then all are started in the order of the list, each when the start
 * of the one before is over; one that ends in its start counts as a restart. A child may be a
 * supervisor: told to end it ends its children first, and started again it starts them. Children
 * are linked to their supervisor, and end when it does. As a run begins all actors start at one
 * time, and children are up. Left out: children that are added later, and settings of single
 * children.
 */
#ifndef OFFBEAT_SUPERVISOR_H
#define OFFBEAT_SUPERVISOR_H

#include <offbeat/process.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_CHILDREN_MAX 16
#define OB_RESTARTS_MAX 32

/* Reasons for ob_stop(), beside OB_ENDED_NORMALLY. */
#define OB_ENDED_BY_SHUTDOWN 1 /* the supervisor has asked for it */
#define OB_ENDED_BY_LINK 2     /* another one has ended, to which it is linked */

enum ob_supervisor_strategy {
    OB_ONE_FOR_ONE,  /* the one that has ended */
    OB_ONE_FOR_ALL,  /* all */
    OB_REST_FOR_ONE, /* that one and those after it in the list */
};

enum ob_child_restart {
    OB_PERMANENT, /* for whatever reason it has ended */
    OB_TRANSIENT, /* unless it has ended normally, or by a shutdown */
    OB_TEMPORARY, /* never */
};

struct ob_supervisor_spec {
    enum ob_supervisor_strategy strategy;
    enum ob_child_restart restart;
    uint8_t down;          /* kind of the message by which it is told that a child has ended, or
                              has started: see OB_STARTED */
    uint8_t shutdown;      /* kind of the exit signal by which it ends a child; the same in all
                              supervisors of a tree */
    uint32_t shutdown_us;  /* a child that takes longer to end is killed; 0: 5 s; UINT32_MAX: none
                              is,  as is usual where children are supervisors */
    uint32_t restarts_max; /* within the period, at most OB_RESTARTS_MAX */
    uint32_t period_us;    /* on its own clock */
    const char *children[OB_CHILDREN_MAX + 1]; /* up to the first NULL; actors, spawned before */
};

/*
 * Adds a supervisor as an actor, and has it watch its children, which are started by the world and
 * by it alone: allow them to crash, not to restart. `spec` must live as long as the target.
 */
struct ob_actor *ob_supervisor_spawn(struct ob_world *world, const char *name,
                                     const struct ob_supervisor_spec *spec);

/* For the handler of a child that traps exits: ends it if the message is its supervisor's request
 * to do so, and says whether it is. */
bool ob_shut_down(struct ob_actor *self, const struct ob_message *message, unsigned shutdown);

/* How often the supervisor has started something again. For checks. */
uint32_t ob_supervisor_restarts(const struct ob_actor *supervisor);

/* Links two actors, as Erlang's link/1: when one ends, not normally, the other ends when the signal
 * arrives, with the same reason; one that traps exits gets a message of `kind`. For set-up, and for
 * all lives of both. */
void ob_link_processes(struct ob_world *world, const char *one, const char *other, unsigned kind);

/* For one that traps exits: ends it if the message says that one to which it is linked has ended,
 * not normally. Returns whether the message is of that kind. */
bool ob_exit_with(struct ob_actor *self, const struct ob_message *message, unsigned kind);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
