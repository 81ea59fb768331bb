#include "world/deliver.h"

#include "world/annex.h"
#include "world/event.h"
#include "world/fault.h"
#include "world/leave.h"
#include "world/life.h"
#include "world/mailbox.h"
#include "world/monitor.h"

static void note_waiting(struct ob_world *world, uint32_t sent)
{
    struct ob_log *log = &world->run.log;
    if (!log->waiting_since_us || (log->sent[sent].flags & OB_SENT_WAITED))
        return;
    log->sent[sent].flags |= OB_SENT_WAITED;
    log->waiting_since_us[sent] = world->run.now_us;
}

OB_RARE void ob_check_mailbox(struct ob_world *world, const struct ob_actor *actor)
{
    uint32_t waiting = ob_mailbox_size(actor);
    if (world->target->mailbox_max && waiting > world->target->mailbox_max)
        OB_BOUND(world, mailbox_bound, "%u message%s for %s", (unsigned)waiting,
                 waiting == 1 ? " waits" : "s wait", world->names[actor->id]);
}

static void let_go(struct ob_world *world, struct ob_actor *actor, uint32_t sent)
{
    struct ob_run *run = &world->run;
    ob_holds_delivered(&run->holds, actor, &run->log.sent[sent].message, run->now_us);
    ob_event_released(world);
}

OB_RARE void ob_after_handler(struct ob_world *world, struct ob_actor *actor, uint32_t sent)
{
    struct ob_log *log = &world->run.log;
    if (actor->postponing) {
        actor->postponing = false;
        log->deliveries[log->current].flags |= OB_DELIVERY_POSTPONED;
        ob_mailbox_postpone(log, actor, sent);
        note_waiting(world, sent);
        ob_check_mailbox(world, actor);
    } else {
        /* In a process it is a task that takes them, see ob_await(). What was put aside comes
         * before what waits in the mailbox. */
        if (actor->postponed_count && actor->receive_style != OB_IS_PROCESS)
            ob_mailbox_retry(log, actor);
        if (actor->held_lines)
            let_go(world, actor, sent);
    }
    ob_actor_finish_handler(world, actor);
    actor->attention = actor->postponed_count > 0 || actor->held_lines != 0;
    if (log->sent[sent].flags & OB_SENT_ARMED)
        ob_faults_after(world, sent, actor);
}

OB_RARE void ob_drain(struct ob_world *world, struct ob_actor *actor)
{
    struct ob_run *run = &world->run;
    if (ob_actor_rests(world, actor))
        return;
    while (actor->mailbox_first != OB_NONE) {
        if (ob_is_busy(actor, run->now_us)) {
            if (actor->wake_us != actor->busy_until_us) {
                actor->wake_us = actor->busy_until_us;
                ob_event_wake(world, actor->id, actor->wake_us);
            }
            return;
        }
        uint32_t sent = actor->mailbox_first;
        if ((run->log.sent[sent].flags & OB_SENT_ARMED) && ob_faults_before(world, sent, actor)) {
            ob_monitors_catch_up(world);
            continue;
        }
        ob_deliver(world, actor, ob_mailbox_take(&run->log, actor));
    }
}

/* An exit signal arrives at an actor that does not trap it. */
static void exit_now(struct ob_world *world, struct ob_actor *actor, uint32_t sent)
{
    const struct ob_message *signal = &world->run.log.sent[sent].message;
    bool ends;
    uint32_t reason = ob_exit_reason(signal, &ends);
    world->run.log.current = ob_record(world, actor, sent, 0);
    if (actor->held_lines)
        let_go(world, actor, sent);
    if (ends) {
        actor->end_reason = reason;
        ob_actor_end(world, actor);
    }
    if (world->check)
        world->check(world);
}

OB_RARE void ob_arrive_slowly(struct ob_world *world, uint32_t sent)
{
    struct ob_run *run = &world->run;
    struct ob_sent *message = &run->log.sent[sent];
    struct ob_actor *actor = &world->actors[message->to];
    if (message->flags & OB_SENT_HELD) {
        ob_holds_drop(&run->holds, sent, run->now_us);
        ob_event_released(world);
    }
    if (ob_comes_by_itself(message) && message->incarnation != actor->incarnation)
        return;
    (void)ob_actor_rests(world, actor);
    if (actor->down || ob_is_for_earlier_life(message, actor)) {
        world->run.log.current = ob_record(world, actor, sent, OB_DELIVERY_LOST);
        ob_tell_caller(world, sent);
        if (actor->down && world->annex)
            world->annex->miss(world->annex_context, actor, &run->log.sent[sent].message);
        ob_monitors_catch_up(world);
        return;
    }
    if ((message->flags & OB_SENT_EXIT) && message->message.ref &&
        ob_ref_is_over(world, &message->message, actor->id))
        return;
    if ((message->flags & OB_SENT_EXIT) && (!actor->traps || message->message.args[1] == OB_KILL)) {
        exit_now(world, actor, sent);
        return;
    }
    ob_mailbox_put(&run->log, actor, sent);
    note_waiting(world, sent);
    ob_drain(world, actor);
    ob_check_mailbox(world, actor);
}

OB_RARE void ob_actor_event(struct ob_world *world, uint32_t event)
{
    unsigned restarts = ob_event_restarts(world, event);
    world->run.log.current = OB_NONE;
    if (restarts)
        ob_actor_restart(world, &world->actors[restarts]);
    else
        ob_drain(world, &world->actors[event]);
}

void ob_happen(struct ob_world *world, uint64_t key, uint64_t time_us)
{
    ob_happen_here(world, key, time_us);
}

void ob_resume_after_check(struct ob_world *world)
{
    const struct ob_log *log = &world->run.log;
    assert(log->delivery_count > 0);
    struct ob_actor *actor = &world->actors[log->deliveries[log->delivery_count - 1].actor];
    ob_monitors_catch_up(world);
    if (!actor->down)
        ob_drain(world, actor);
}
