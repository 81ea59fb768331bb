/* Signals between actors: that one has ended, that another is to end, that a call is in vain. They
 * come by links as messages do, in their order, but none is lost: see offbeat/process.h. */
#ifndef OFFBEAT_WORLD_SIGNAL_H
#define OFFBEAT_WORLD_SIGNAL_H

#include "offbeat/process.h"
#include "world/state.h"

#define OB_WATCHES_MAX 1024u /* pairs that watch each other, at one time */

/* Tells those that watch an actor, are linked to it or wait for its answers that it has ended. */
void ob_tell_watchers(struct ob_world *world, struct ob_actor *ended, uint32_t reason);

/* A message finds nobody: if it is a call of a process, that learns of it. */
void ob_tell_caller(struct ob_world *world, uint32_t sent);

/* The start of an actor is over: who has started it is told. */
void ob_tell_starter(struct ob_world *world, struct ob_actor *started);

/* Whether what carries this ref is for nobody. */
static inline bool ob_ref_is_over(const struct ob_world *world, const struct ob_message *message,
                                  unsigned to)
{
    const struct ob_ref *call = &world->run.calls.list[message->ref];
    return call->state == OB_CALL_OVER && call->by == to && message->from != to;
}

/* The reason for which an exit signal ends its receiver; `ends` is false when it does not. */
uint32_t ob_exit_reason(const struct ob_message *signal, bool *ends);

#endif
