/* Faults that strike an actor around the delivery of a message: pauses, crashes and restarts. */
#include "world/task.h"

static void clear_chain(struct ob_world *world, uint32_t first)
{
    for (uint32_t at = first; at != OB_NONE;) {
        uint32_t next = world->sent[at].next;
        world->sent[at].next = OB_NONE;
        at = next;
    }
}

static void die(struct ob_world *world, struct ob_actor *actor)
{
    clear_chain(world, actor->mailbox_first);
    clear_chain(world, actor->postponed_first);
    actor->mailbox_first = actor->mailbox_last = OB_NONE;
    actor->postponed_first = actor->postponed_last = OB_NONE;
    actor->mailbox_count = actor->postponed_count = 0;
    actor->busy_until_us = OB_NEVER;
    actor->ahead_us = 0;
    actor->incarnation++; /* its timers are recognised as another's, and pass */
    actor->down = true;
    actor->ending = false;
    ob_tasks_die(world, actor);
}

/* An end that the actor's own code asked for. Nothing was lost that it did not mean to. */
void ob_actor_end(struct ob_world *world, struct ob_actor *actor)
{
    if (world->run.current != OB_NONE)
        world->deliveries[world->run.current].flags |= OB_DELIVERY_ENDED;
    ob_tell_watchers(world, actor, actor->end_reason);
    die(world, actor);
}

static void strike(struct ob_world *world, struct ob_actor *actor,
                   const struct ob_deviation *deviation)
{
    uint64_t now_us = world->run.now_us;
    if (deviation->op == OB_PAUSE) {
        uint32_t length_us = deviation->amount < actor->faults.pause_us_max
                                 ? deviation->amount
                                 : actor->faults.pause_us_max;
        uint64_t from_us = actor->busy_until_us > now_us ? actor->busy_until_us : now_us;
        uint64_t until_us = from_us + length_us;
        if (until_us > world->run.faults_end_us)
            until_us = world->run.faults_end_us > from_us ? world->run.faults_end_us : from_us;
        actor->busy_until_us = until_us;
        actor->busy_by = ob_happening_now(world);
        world->run.paused_something = true;
        return;
    }
    ob_tell_watchers(world, actor, OB_ENDED_BY_CRASH);
    die(world, actor);
    actor->restart_by = ob_happening_now(world);
    world->run.lost_something = true;
    if (deviation->op == OB_RESTART) {
        uint64_t event = world->actor_count + 1 + actor->id;
        ob_queue_push(world, (now_us + deviation->amount) << OB_EVENT_BITS | event);
    }
}

/* Takes the next fault that waits for this moment of this message, or returns OB_NONE. */
static uint32_t take_armed(struct ob_world *world, uint32_t sent, enum ob_moment moment)
{
    for (uint32_t index = 0; index < world->run.armed_count; index++) {
        uint32_t deviation = world->armed[index].deviation;
        if (world->armed[index].sent != sent ||
            world->scenario->deviations[deviation].mode != moment)
            continue;
        world->run.armed_count--;
        memmove(&world->armed[index], &world->armed[index + 1],
                (world->run.armed_count - index) * sizeof *world->armed);
        return deviation;
    }
    return OB_NONE;
}

static void note(struct ob_world *world, uint32_t sent, uint32_t deviation)
{
    world->run.applied |= UINT64_C(1) << deviation;
    world->sent[sent].deviation = (uint8_t)(deviation + 1);
}

bool ob_faults_before(struct ob_world *world, uint32_t sent, struct ob_actor *actor)
{
    uint32_t index = take_armed(world, sent, OB_BEFORE);
    if (index == OB_NONE || world->run.now_us > world->run.faults_end_us)
        return false;
    const struct ob_deviation *deviation = &world->scenario->deviations[index];
    note(world, sent, index);
    if (deviation->op != OB_PAUSE)
        world->run.current = ob_record(world, actor, sent, OB_DELIVERY_LOST | OB_DELIVERY_CRASHED);
    strike(world, actor, deviation);
    return true;
}

void ob_faults_after(struct ob_world *world, uint32_t sent, struct ob_actor *actor)
{
    for (uint32_t index; (index = take_armed(world, sent, OB_AFTER)) != OB_NONE;) {
        const struct ob_deviation *deviation = &world->scenario->deviations[index];
        if (actor->down || world->run.now_us > world->run.faults_end_us)
            continue;
        note(world, sent, index);
        if (deviation->op != OB_PAUSE)
            world->deliveries[world->run.current].flags |= OB_DELIVERY_CRASHED;
        strike(world, actor, deviation);
    }
}

void ob_actor_restart(struct ob_world *world, struct ob_actor *actor)
{
    if (!actor->down)
        return;
    actor->down = false;
    actor->busy_until_us = 0;
    actor->abstract_state = 0;
    memset(actor->state, 0, actor->state_size);
    world->run.current = ob_record(world, actor, OB_NONE, OB_DELIVERY_STARTED);
    ob_actor_start(actor);
    if (actor->ending)
        ob_actor_end(world, actor);
    if (actor->ahead_us) {
        actor->busy_until_us = world->run.now_us + actor->ahead_us;
        actor->busy_by = ob_happening_now(world);
        actor->ahead_us = 0;
    }
    if (world->check)
        world->check(world);
}
