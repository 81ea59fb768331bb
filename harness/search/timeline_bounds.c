/* Instants, and how much time there may be between one and what causes it. */
#include "search/timeline_reading.h"
#include "world/trace.h"

bool ob_reading_is_outside(const struct reading *reading, uint32_t sent)
{
    return ob_world_sent(reading->world, sent)->message.from == OB_OUTSIDE;
}

uint32_t ob_reading_original(const struct reading *reading, uint32_t sent)
{
    while (sent > 0 && ob_world_is_copy(reading->world, sent))
        sent--;
    return sent;
}

struct ob_selector ob_reading_selector(const struct reading *reading, uint32_t sent)
{
    const struct ob_sent *message = ob_world_sent(reading->world, sent);
    uint32_t ordinal = reading->ordinals[sent];

    return (struct ob_selector){.from = (uint8_t)(message->message.from + 1),
                                .to = (uint8_t)message->to,
                                .kind = (uint8_t)(message->message.kind + 1),
                                .nth = (uint8_t)(ordinal < UINT8_MAX ? ordinal + 1 : UINT8_MAX)};
}

/* When the handler that has sent it was called. */
static uint64_t called_us(const struct reading *reading, const struct ob_sent *message)
{
    return message->cause == OB_NONE ? 0
                                     : ob_world_delivery(reading->world, message->cause)->time_us;
}

static void bound_timer(const struct reading *reading, struct ob_instant *timer, uint64_t due_us)
{
    uint64_t most_us = ob_world_lateness(reading->world, timer->sent);
    uint64_t extra_us = reading->extra_us[timer->sent];
    uint64_t since_us = called_us(reading, ob_world_sent(reading->world, timer->sent));

    if (reading->due_us[timer->sent])
        due_us = reading->due_us[timer->sent] - 1;
    due_us -= extra_us < most_us ? extra_us : most_us;
    timer->least_us = due_us > since_us ? due_us - since_us : 0;
    timer->most_us = timer->least_us + most_us;
    timer->op = OB_DELAY;
    timer->which = ob_reading_selector(reading, timer->sent);
    if (ob_world_is_resume(reading->world, timer->sent) &&
        reading->turns[timer->sent] < UINT8_MAX) {
        timer->op = OB_PREEMPT;
        timer->which = (struct ob_selector){.to = (uint8_t)timer->actor,
                                            .nth = (uint8_t)(reading->turns[timer->sent] + 1)};
    } else if (reading->ordinals[timer->sent] >= UINT8_MAX) {
        timer->most_us = timer->least_us;
        timer->is_unnamed = true;
    }
}

static void bound_message(const struct reading *reading, struct ob_instant *instant,
                          uint64_t due_us)
{
    const struct ob_sent *message = ob_world_sent(reading->world, instant->sent);
    unsigned from = message->message.from;
    const struct ob_link *link = ob_world_link(reading->world, from, message->to);
    uint64_t leaves_us = message->time_us;

    if (ob_world_waited_for_cut(reading->world, instant->sent))
        leaves_us = due_us - link->latency_us;
    instant->least_us = leaves_us - called_us(reading, message) + link->latency_us;
    instant->most_us = instant->least_us + (link->latency_us_max - link->latency_us);
    instant->is_unnamed = reading->ordinals[instant->sent] >= UINT8_MAX;
    if (instant->is_unnamed)
        instant->most_us = instant->least_us;
    instant->op = OB_DELAY;
    instant->which = ob_reading_selector(reading, instant->sent);
    if (!link->unordered) {
        size_t width = reading->timeline->vocabulary->actor_count + (size_t)1;
        size_t row = link->in_sent_order ? width : from; /* what shares an order has a row */
        uint32_t *ahead = &reading->ahead[row * width + message->to];
        instant->ahead = *ahead;
        *ahead = reading->places[instant->sent];
    }
}

static void bound_copy(const struct reading *reading, struct ob_instant *copy)
{
    struct ob_timeline *timeline = reading->timeline;
    unsigned by = ob_world_sent(reading->world, copy->sent)->deviation - 1u;
    const struct ob_deviation *deviation = &timeline->scenario->deviations[by];

    copy->cause = reading->places[ob_reading_original(reading, copy->sent)];
    copy->least_us = deviation->which.nth ? 0 : deviation->amount;
    copy->most_us = deviation->which.nth ? UINT64_MAX : deviation->amount;
    if (timeline->hits[by].is_hit)
        timeline->hits[by].copy = reading->places[copy->sent];
}

void ob_reading_bound_outside(const struct reading *reading, struct ob_instant *instant)
{
    const struct ob_link *link = ob_world_link(reading->world, OB_OUTSIDE, instant->actor);

    instant->type = OB_OF_OUTSIDE;
    instant->op = OB_DELAY;
    instant->least_us = link->latency_us;
    instant->most_us = link->latency_us_max;
}

struct ob_instant *ob_reading_add(struct reading *reading, unsigned actor)
{
    struct ob_instant *instant = &reading->timeline->instants[reading->timeline->count++];

    *instant = (struct ob_instant){.cause = OB_NONE,
                                   .after = OB_NONE,
                                   .busy = OB_NONE,
                                   .ahead = OB_NONE,
                                   .sent = OB_NONE,
                                   .actor = (uint16_t)actor};
    return instant;
}

struct ob_instant *ob_reading_add_message(struct reading *reading, uint32_t sent, uint64_t due_us)
{
    const struct ob_sent *message = ob_world_sent(reading->world, sent);
    struct ob_instant *instant = ob_reading_add(reading, message->to);

    instant->sent = sent;
    instant->cause = message->cause == OB_NONE ? OB_NONE : reading->causes[message->cause];
    reading->places[sent] = (uint32_t)(instant - reading->timeline->instants);
    if (ob_world_is_copy(reading->world, sent)) {
        instant->type = OB_OF_COPY;
        bound_copy(reading, instant);
    } else if (ob_world_is_timer(reading->world, sent)) {
        instant->type = OB_OF_TIMER;
        bound_timer(reading, instant, due_us);
    } else if (ob_reading_is_outside(reading, sent)) {
        instant->input = (uint16_t)ob_world_outside_index(reading->world, sent);
        ob_reading_bound_outside(reading, instant);
    } else {
        instant->type = OB_OF_LINK;
        bound_message(reading, instant, due_us);
    }
    return instant;
}
