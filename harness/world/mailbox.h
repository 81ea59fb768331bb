/*
 * The mailbox of an actor: messages that have arrived and wait, and those that it has put aside,
 * both as chains through the log, oldest first.
 */
#ifndef OFFBEAT_WORLD_MAILBOX_H
#define OFFBEAT_WORLD_MAILBOX_H

#include "world/actor.h"
#include "world/log.h"

/* A message arrives. */
void ob_mailbox_put(struct ob_log *log, struct ob_actor *actor, uint32_t sent);

/* What lets a task go on comes before what waits, behind others like it. */
void ob_mailbox_put_microtask(struct ob_log *log, struct ob_actor *actor, uint32_t sent);

/* Takes a message out, wherever it waits. Returns false when it does not wait. */
bool ob_mailbox_remove(struct ob_log *log, struct ob_actor *actor, uint32_t sent);

/* Takes the oldest message out. There must be one. */
uint32_t ob_mailbox_take(struct ob_log *log, struct ob_actor *actor);

/* The actor puts a message aside that it was given. */
void ob_mailbox_postpone(struct ob_log *log, struct ob_actor *actor, uint32_t sent);

/* Brings everything that was put aside back, before what waits. Something must have been. */
void ob_mailbox_retry(struct ob_log *log, struct ob_actor *actor);

/* Brings one message back that was put aside. It is handled next. */
void ob_mailbox_retry_one(struct ob_log *log, struct ob_actor *actor, uint32_t sent);

/* Everything in it is lost. */
void ob_mailbox_clear(struct ob_log *log, struct ob_actor *actor);

/* How many messages wait, those put aside included. */
static inline uint32_t ob_mailbox_size(const struct ob_actor *actor)
{
    return actor->mailbox_count + actor->postponed_count;
}

#endif
