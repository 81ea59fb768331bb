/*
 * Processes as Erlang has them: pids that name one life, exit signals, links and monitors at run
 * time, calls that are given up.
 *
 * Semantics of: processes (Erlang/OTP, "Erlang Reference Manual: Processes", and erlang(3): link/1,
 * monitor/2, demonitor/2, exit/2, process_flag/2, alias/1).
 *   - Signals between two processes keep the order in which they were sent, messages among them. No
 *     link loses, copies or forgets a signal; one that a cut link kept back says noconnection.
 *   - An exit signal acts when it arrives: it does not wait behind the mailbox. It ends the
 *     process unless the reason is normal; a process that traps exits gets a message instead, but
 *     for OB_KILL, which cannot be trapped and is told to others as OB_ENDED_KILLED.
 *   - A link tells both ways, a monitor one way. A monitor of a process that is not up tells of it
 *     at once: noproc.
 * What ob_spawn_process() makes behaves so by itself: its lives are told apart, its calls end when
 * the one that was called does, and answers to calls that it has given up are dropped. Of other
 * actors it is declared here.
 * Connections that are torn down by a cut during which nobody ends (net_ticktime) are node.h's.
 * Left out: groups of processes, and the effects of a handler whose process is ended in the middle
 * of ob_work(): what it has sent leaves all the same.
 */
#ifndef OFFBEAT_PROCESS_H
#define OFFBEAT_PROCESS_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Reasons that the world gives, beside OB_ENDED_BY_CRASH. */
#define OB_ENDED_NOPROC (UINT32_MAX - 1)       /* it was not up when the monitor was made */
#define OB_ENDED_NOCONNECTION (UINT32_MAX - 2) /* the news was kept back by a cut */
#define OB_ENDED_KILLED (UINT32_MAX - 3)       /* OB_KILL has reached it */
#define OB_KILL (UINT32_MAX - 4)               /* for ob_exit() only */
#define OB_STARTED (UINT32_MAX - 5)            /* not an end: see ob_start_child() */

/* -- set-up -- */

/*
 * Who sends to the actor by ob_send(), ob_send_to() or ob_reply() means one life of it, as a pid
 * does: the one that it has then, and of ob_reply() the one that has sent the message which is
 * answered. What arrives later is lost. Without it a name stands for an address, as that of a
 * machine that starts again. Messages from outside go to whoever is there.
 */
void ob_use_pids(struct ob_actor *actor);

/* Keeps answers to calls of the process, or of ob_gen_call(), that have timed out: they reach it as
 * messages like others, as before Erlang/OTP 24. */
void ob_keep_late_replies(struct ob_actor *actor);

/* As ob_monitor(), but by an exit signal of that kind: half of a link, in every life of both. */
void ob_monitor_exits(struct ob_world *world, const char *watcher, const char *watched,
                      unsigned kind);

/*
 * Keeps an actor, or each of a group, down as a run begins: processes that others start while it
 * runs, by ob_spawn_next() or, as a supervisor does, by ob_start_child(). Its name is a pid, see
 * ob_use_pids(): what is sent to it before it was started is lost. For set-up. May be allowed to
 * crash, but not to restart.
 */
void ob_keep_down(struct ob_world *world, const char *name);

/* Which life of the actor it is: 0 the first, one more after each end. */
unsigned ob_life(const struct ob_actor *actor);

/* -- set-up, start functions and handlers -- */

/* Whether the actor gets exit signals as messages: of the kind that the link or ob_exit() names,
 * with the id of the sender and the reason. It holds until it is said anew, in later lives, too. */
void ob_trap_exits(struct ob_actor *self, bool traps);

/* -- handlers -- */

/*
 * Monitors the actor with that id: once, when it ends, `self` gets a message of `kind` from it with
 * its id and the reason, and with the ref that this returns; when it is not up, with
 * OB_ENDED_NOPROC. Never 0. The message comes by their link, but is never lost.
 */
uint16_t ob_monitor_start(struct ob_actor *self, unsigned id, unsigned kind);

/* Links the two, once: when one ends, the other gets an exit signal of `kind`; both, when the
 * other is not up. */
void ob_link_start(struct ob_actor *self, unsigned id, unsigned kind);

/* Undoes ob_link_start(), no matter which of the two has called it: an exit signal that is under
 * way does nothing any more. A signal that has already become a message, because `self` traps
 * exits, stays in its mailbox. */
void ob_unlink(struct ob_actor *self, unsigned id);

/*
 * Nothing that carries this ref reaches the actor any more, not even what waits in its mailbox: the
 * news of a monitor (demonitor/2 with flush), or the answer to a call, as with an alias that is no
 * longer active. 0: nothing.
 */
void ob_forget(struct ob_actor *self, uint16_t ref);

/* What a timeout of a call does: ob_forget(), unless the actor keeps late replies. */
void ob_give_up(struct ob_actor *self, uint16_t ref);

/*
 * What the actor with id `watcher` has of `watched` ends now, for want of a connection: its
 * monitors, its halves of links, its open calls. It is told by `self`, with the id of `watched` and
 * OB_ENDED_NOCONNECTION. For what models connections, such as node.h.
 */
void ob_disconnect(struct ob_actor *self, unsigned watcher, unsigned watched);

/* Sends an exit signal: exit(Pid, Reason). The sender goes on. */
void ob_exit(struct ob_actor *self, unsigned id, unsigned kind, uint32_t reason);

/*
 * Starts a process: the next member of a group of ob_keep_down(), with a message that says what for
 * (spawn/3): unsigned worker = ob_spawn_next(self, "worker", WORK, order). It is up at once, so
 * that it can be monitored, linked and sent to, and it begins when the first message arrives:
 * usually this one, which has come by their link. What `self` does in the same handler has happened
 * by then, so that ob_monitor_start() is as good as spawn_monitor(), and ob_link_start() as
 * spawn_link(). Returns its id. Each member is started once, so that no id ever means another
 * process; a run that needs more of them than there are ends without a verdict.
 */
#define ob_spawn_next(self, group, ...) ob_spawn_words((self), (group), OB_WORDS(__VA_ARGS__))
unsigned ob_spawn_words(struct ob_actor *self, const char *group, const uint32_t *words);

/*
 * Starts the actor named `name` now, if it is not up, as a supervisor does. When its start function
 * has returned and its work is done (see ob_work()), in a process when that awaits for the first
 * time, `self` gets a signal of `kind` with its id and OB_STARTED. When it ends before that, only
 * monitors tell. To be called once at a time for one actor.
 */
void ob_start_child(struct ob_actor *self, const char *name, unsigned kind);

/* In a start function: the start is over only when the actor calls ob_start_is_over(), in a
 * handler. */
void ob_start_goes_on(struct ob_actor *self);
void ob_start_is_over(struct ob_actor *self);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
