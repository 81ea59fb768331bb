/* What happens when an event is taken from the queue: a message reaches its actor, or waits for it,
 * and an actor goes on with its mailbox or starts again. */
#ifndef OFFBEAT_WORLD_DELIVER_H
#define OFFBEAT_WORLD_DELIVER_H

#include "world/delivery.h"
#include "world/signal.h"
#include "world/task_receive.h"
#include "world/task_switch.h"

/* Lets the event of a key, which was taken from the queue, happen at a time, which becomes the
 * virtual time. */
void ob_happen(struct ob_world *world, uint64_t key, uint64_t time_us);

/* Handles what waits for an actor, as far as it can now. */
OB_RARE void ob_drain(struct ob_world *world, struct ob_actor *actor);

/* Goes on where a check has left a run after a delivery, before its actor's mailbox was looked at.
 */
void ob_resume_after_check(struct ob_world *world);

/* Whether a message is for a life that the actor has no more, see ob_use_pids(). */
static inline bool ob_is_for_earlier_life(const struct ob_sent *message,
                                          const struct ob_actor *actor)
{
    return (message->flags & OB_SENT_TO_LIFE) && message->incarnation != actor->incarnation;
}

/* The rare parts of the functions below. */
OB_RARE void ob_after_handler(struct ob_world *world, struct ob_actor *actor, uint32_t sent);
OB_RARE void ob_arrive_slowly(struct ob_world *world, uint32_t sent);
OB_RARE void ob_check_mailbox(struct ob_world *world, const struct ob_actor *actor);
OB_RARE void ob_actor_event(struct ob_world *world, uint32_t event);

/* Tasks go on from here: a processor predicts the returns of every function in between wrongly,
 * once stacks have been switched. */
OB_INLINE void ob_hand_over(struct ob_world *world, struct ob_actor *actor,
                            const struct ob_message *message)
{
    if (OB_LIKELY(actor->receive != ob_task_receive)) {
        actor->receive(actor, message);
        return;
    }
    struct ob_task *task = ob_task_for(actor, message);
    if (task)
        ob_task_go_on(world, task);
}

OB_INLINE void ob_deliver(struct ob_world *world, struct ob_actor *actor, uint32_t sent)
{
    struct ob_log *log = &world->run.log;
    struct ob_sent *message = &log->sent[sent];
    unsigned flags = message->flags & (OB_SENT_TIMER | OB_SENT_COPY);
    static_assert(OB_SENT_TIMER == (int)OB_DELIVERY_TIMER && OB_SENT_COPY == (int)OB_DELIVERY_COPY,
                  "same bits");
    assert(!actor->down && !ob_is_busy(actor, world->run.now_us) && log->handling == OB_NONE);
    if (message->flags & OB_SENT_RETRY)
        flags |= OB_DELIVERY_RETRIED;
    log->current = ob_record(world, actor, sent, flags);
    log->handling = sent;
    /* An exit signal that has become a message is no longer its link's. */
    if (OB_LIKELY(message->message.ref == 0) || (message->flags & OB_SENT_EXIT) ||
        !ob_ref_is_over(world, &message->message, actor->id))
        ob_hand_over(world, actor, &message->message);
    if (OB_UNLIKELY(actor->attention || (message->flags & OB_SENT_ARMED)))
        ob_after_handler(world, actor, sent);
    log->handling = OB_NONE;
    if (OB_LIKELY(world->check != NULL))
        world->check(world);
}

OB_INLINE void ob_arrive(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    struct ob_actor *actor = &world->actors[message->to];
    message->key = OB_NEVER;
    if (OB_UNLIKELY(
            actor->mailbox_first != OB_NONE || ob_is_busy(actor, world->run.now_us) ||
            (message->flags & (OB_SENT_ARMED | OB_SENT_HELD | OB_SENT_BY_ITSELF | OB_SENT_EXIT)) ||
            ob_is_for_earlier_life(message, actor) || actor->ending)) {
        ob_arrive_slowly(world, sent);
        return;
    }
    ob_deliver(world, actor, sent);
    /* What the actor had put aside may be handled now. */
    if (OB_UNLIKELY(actor->mailbox_first != OB_NONE)) {
        ob_drain(world, actor);
        ob_check_mailbox(world, actor);
    }
}

/* As ob_happen(), as a part of the loop. */
OB_INLINE void ob_happen_here(struct ob_world *world, uint64_t key, uint64_t time_us)
{
    struct ob_run *run = &world->run;
    uint32_t event = ob_key_event(key);
    if (OB_UNLIKELY(run->happenings.noted))
        ob_note_happening(&run->happenings, &run->log, world->actors, world->actor_count, key,
                          time_us);
    run->now_us = time_us;
    if (OB_LIKELY(event >= run->log.event_base))
        ob_arrive(world, event - run->log.event_base);
    else
        ob_actor_event(world, event);
}

#endif
