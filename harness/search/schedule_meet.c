/* A step of a schedule mutation that lets a timer and another event fall on one moment. */
#include <assert.h>

#include "scenario/edit.h"
#include "search/schedule_step.h"
#include "world/trace.h"

/* A timer's firing, or when it would have fired had it not been cancelled. */
struct firing {
    uint32_t sent;
    uint32_t cause; /* the delivery that started it, or OB_NONE */
    uint64_t time_us;
    unsigned actor;
};

static bool draw_firing(const struct ob_schedule *schedule, struct firing *firing)
{
    const struct ob_world *world = schedule->world;
    uint32_t seen = 0;
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if ((delivery->flags & OB_DELIVERY_TIMER) && ob_rng_below(schedule->rng, ++seen) == 0)
            *firing = (struct firing){.sent = delivery->sent, .time_us = delivery->time_us};
    }
    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++) {
        uint64_t due_us;
        if (ob_world_timer_was_due(world, sent, &due_us) &&
            ob_rng_below(schedule->rng, ++seen) == 0)
            *firing = (struct firing){.sent = sent, .time_us = due_us};
    }
    if (seen == 0)
        return false;
    firing->actor = ob_world_sent(world, firing->sent)->to;
    firing->cause = ob_world_sent(world, firing->sent)->cause;
    return true;
}

/* Something else that the timer's actor gets. */
static uint32_t draw_event(const struct ob_schedule *schedule, const struct firing *firing)
{
    uint32_t chosen = OB_NONE;
    uint32_t seen = 0;
    for (uint32_t index = 0; index < ob_world_delivery_count(schedule->world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(schedule->world, index);
        if (delivery->actor == firing->actor && delivery->sent != OB_NONE &&
            delivery->sent != firing->sent && ob_rng_below(schedule->rng, ++seen) == 0)
            chosen = index;
    }
    return chosen;
}

/* The message from outside by which something was sent in the end: its index in the scenario, or
 * OB_NONE. */
static uint32_t origin_of(const struct ob_world *world, uint32_t sent)
{
    for (uint32_t hops = 0; hops <= ob_world_delivery_count(world) && sent != OB_NONE; hops++) {
        uint32_t cause = ob_world_sent(world, sent)->cause;
        if (cause != OB_NONE) {
            sent = ob_world_delivery(world, cause)->sent;
            continue;
        }
        if (ob_world_sent(world, sent)->message.from != OB_OUTSIDE)
            return OB_NONE;
        uint32_t index = 0;
        for (uint32_t at = 0; at < sent; at++)
            index += ob_world_sent(world, at)->message.from == OB_OUTSIDE &&
                     !ob_world_is_copy(world, at);
        return index;
    }
    return OB_NONE;
}

/* Sends a message from outside earlier or later; the others keep their times. */
static bool shift(struct ob_scenario *scenario, unsigned index, int64_t by_us)
{
    uint64_t times_us[OB_MESSAGES_MAX] = {0};
    uint64_t time_us = 0;
    assert(index < scenario->message_count);
    for (unsigned at = 0; at < scenario->message_count; at++)
        times_us[at] = time_us += scenario->messages[at].delay_us;
    if (by_us == 0 || (int64_t)times_us[index] + by_us < 0)
        return false;
    uint64_t shifted_us = (uint64_t)((int64_t)times_us[index] + by_us);
    unsigned place = index;
    for (; place > 0 && shifted_us < times_us[place - 1]; place--)
        times_us[place] = times_us[place - 1];
    for (; place + 1 < scenario->message_count && shifted_us > times_us[place + 1]; place++)
        times_us[place] = times_us[place + 1];
    times_us[place] = shifted_us;
    ob_scenario_move_message(scenario, index, place);
    for (unsigned at = 0; at < scenario->message_count; at++)
        scenario->messages[at].delay_us =
            ob_duration_limit(times_us[at] - (at > 0 ? times_us[at - 1] : 0));
    return true;
}

/* Durations to the microsecond take more records than others: where there is no room for them, they
 * are rounded. */
static void fit(struct ob_scenario *scenario, size_t records_max)
{
    for (unsigned at = 0; ob_scenario_record_count(scenario) > records_max; at++) {
        assert(at < scenario->message_count);
        scenario->messages[at].delay_us = ob_duration_round(scenario->messages[at].delay_us);
    }
}

bool ob_schedule_meet(struct ob_schedule *schedule)
{
    struct firing firing = {0};
    if (!draw_firing(schedule, &firing))
        return false;
    uint32_t event = draw_event(schedule, &firing);
    if (event == OB_NONE)
        return false;
    const struct ob_delivery *delivery = ob_world_delivery(schedule->world, event);
    uint32_t of_event = origin_of(schedule->world, delivery->sent);
    uint32_t of_timer = origin_of(schedule->world, firing.sent);
    unsigned count = schedule->scenario->message_count;
    if (of_event == of_timer) /* they move together */
        return false;
    int64_t by_us = (int64_t)firing.time_us - (int64_t)delivery->time_us +
                    (int64_t)ob_rng_below(schedule->rng, 3) - 1;
    bool moves_timer =
        of_event == OB_NONE || (of_timer != OB_NONE && ob_rng_below(schedule->rng, 2) == 0);
    uint32_t moved = moves_timer ? of_timer : of_event;
    if (moved >= count || !shift(schedule->scenario, moved, moves_timer ? -by_us : by_us))
        return false;
    fit(schedule->scenario, schedule->records_max);
    return true;
}
