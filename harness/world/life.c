#include "world/life.h"

#include "world/annex.h"
#include "world/delivery.h"
#include "world/event.h"
#include "world/mailbox.h"
#include "world/signal.h"
#include "world/task_life.h"

void ob_actor_start(struct ob_actor *actor)
{
    actor->world->run.starting = actor->id;
    if (actor->start)
        actor->start(actor);
    if (actor->process)
        ob_task_start_process(actor);
    actor->world->run.starting = 0;
}

void ob_actors_start(struct ob_world *world)
{
    for (unsigned id = 1; id <= world->actor_count; id++) {
        struct ob_actor *actor = &world->actors[id];
        if ((!actor->start && !actor->process) || actor->down)
            continue;
        ob_actor_start(actor);
        ob_actor_finish_handler(world, actor);
    }
}

static void die(struct ob_world *world, struct ob_actor *actor)
{
    assert(!actor->down);
    ob_mailbox_clear(&world->run.log, actor);
    actor->busy_until_us = OB_NEVER;
    actor->ahead_us = 0;
    actor->incarnation++; /* its timers are recognised as another's, and pass */
    actor->down = true;
    actor->ending = false;
    actor->starting = actor->start_is_on = false;
    if (actor->begun)
        actor->receive = actor->begun;
    actor->begun = NULL;
    ob_tasks_die(world, actor);
}

void ob_actor_end(struct ob_world *world, struct ob_actor *actor)
{
    struct ob_log *log = &world->run.log;
    if (log->current != OB_NONE)
        log->deliveries[log->current].flags |= OB_DELIVERY_ENDED;
    ob_tell_watchers(world, actor, actor->end_reason);
    die(world, actor);
}

void ob_actor_crash(struct ob_world *world, struct ob_actor *actor)
{
    ob_tell_watchers(world, actor, OB_ENDED_BY_CRASH);
    if (world->annex)
        world->annex->crash(world->annex_context, actor);
    die(world, actor);
    actor->restart_by = ob_happening_now(&world->run.happenings);
    world->run.strikes.lost_something = true;
}

void ob_actor_finish_handler(struct ob_world *world, struct ob_actor *actor)
{
    if (actor->ahead_us) {
        actor->busy_until_us = world->run.now_us + actor->ahead_us;
        actor->busy_by = ob_happening_now(&world->run.happenings);
        actor->ahead_us = 0;
    }
    if (OB_UNLIKELY(actor->ending || actor->starting))
        (void)ob_actor_rests(world, actor);
}

bool ob_actor_rests(struct ob_world *world, struct ob_actor *actor)
{
    bool tells = actor->starting && !actor->start_is_on;
    if ((!actor->ending && !tells) || actor->down)
        return false;
    if (ob_is_busy(actor, world->run.now_us)) {
        if (actor->wake_us != actor->busy_until_us) {
            actor->wake_us = actor->busy_until_us;
            ob_event_wake(world, actor->id, actor->wake_us);
        }
        return false;
    }
    if (world->run.log.current == OB_NONE)
        world->run.log.current = actor->last_delivery;
    if (!actor->ending) {
        ob_tell_starter(world, actor);
        return false;
    }
    ob_actor_end(world, actor);
    return true;
}

void ob_actor_restart(struct ob_world *world, struct ob_actor *actor)
{
    if (!actor->down)
        return;
    actor->down = actor->unborn = false;
    actor->busy_until_us = 0;
    actor->abstract_state = 0;
    memset(actor->state, 0, actor->state_size);
    world->run.log.current = ob_record(world, actor, OB_NONE, OB_DELIVERY_STARTED);
    ob_actor_start(actor);
    ob_actor_finish_handler(world, actor);
    if (world->check)
        world->check(world);
}
