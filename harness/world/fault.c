#include "world/fault.h"

#include "world/delivery.h"
#include "world/event.h"
#include "world/life.h"

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
        if (until_us > world->run.strikes.end_us)
            until_us = world->run.strikes.end_us > from_us ? world->run.strikes.end_us : from_us;
        actor->busy_until_us = until_us;
        actor->busy_by = ob_happening_now(&world->run.happenings);
        world->run.strikes.paused_something = true;
        ob_notice(&world->run.monitoring, (struct ob_noticed){.what = OB_SAW_PAUSED,
                                                              .actor = actor->id,
                                                              .until_us = until_us,
                                                              .sent = world->run.log.sent_count});
        return;
    }
    ob_actor_crash(world, actor);
    if (deviation->op == OB_RESTART)
        ob_event_restart(world, actor->id, now_us + deviation->amount);
}

/* Takes the next fault that waits for this moment of this message, or returns OB_NONE. */
static uint32_t take_armed(struct ob_world *world, uint32_t sent, enum ob_moment moment)
{
    struct ob_strikes *strikes = &world->run.strikes;
    for (uint32_t index = 0; index < strikes->count; index++) {
        uint32_t deviation = strikes->armed[index].deviation;
        if (strikes->armed[index].sent != sent ||
            world->run.scenario->deviations[deviation].mode != moment)
            continue;
        strikes->count--;
        memmove(&strikes->armed[index], &strikes->armed[index + 1],
                (strikes->count - index) * sizeof *strikes->armed);
        return deviation;
    }
    return OB_NONE;
}

static void note(struct ob_world *world, uint32_t sent, uint32_t deviation)
{
    world->run.deviations.applied |= UINT64_C(1) << deviation;
    world->run.log.sent[sent].deviation = (uint8_t)(deviation + 1);
}

bool ob_faults_before(struct ob_world *world, uint32_t sent, struct ob_actor *actor)
{
    uint32_t index = take_armed(world, sent, OB_BEFORE);
    if (index == OB_NONE || world->run.now_us > world->run.strikes.end_us)
        return false;
    const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
    note(world, sent, index);
    if (deviation->op != OB_PAUSE)
        world->run.log.current =
            ob_record(world, actor, sent, OB_DELIVERY_LOST | OB_DELIVERY_CRASHED);
    strike(world, actor, deviation);
    return true;
}

void ob_faults_after(struct ob_world *world, uint32_t sent, struct ob_actor *actor)
{
    for (uint32_t index; (index = take_armed(world, sent, OB_AFTER)) != OB_NONE;) {
        const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
        if (actor->down || world->run.now_us > world->run.strikes.end_us)
            continue;
        note(world, sent, index);
        if (deviation->op != OB_PAUSE)
            world->run.log.deliveries[world->run.log.current].flags |= OB_DELIVERY_CRASHED;
        strike(world, actor, deviation);
    }
}
