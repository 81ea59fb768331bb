#include "search/events.h"

#include <stdlib.h>

#include "search/ordinals.h"
#include "world/trace.h"

/* Reads one run. */
struct reading {
    const struct ob_world *world;
    struct ob_events *events;
    bool *delivered;    /* of each message */
    uint32_t *ordinals; /* of each message, as ob_ordinals_read() says */
};

/* How many of its sender and kind its receiver has handled before. */
static uint16_t count_before(const struct ob_events *events, const struct ob_event *event)
{
    for (uint32_t at = events->count; at-- > 0;) {
        const struct ob_event *other = &events->list[at];
        if (other->actor == event->actor && other->from == event->from &&
            other->kind == event->kind)
            return (uint16_t)(other->awaited + 1);
    }
    return 0;
}

/* How many events of that name its actor got before. */
static uint16_t count_same(const struct ob_events *events, const struct ob_event *event)
{
    for (uint32_t at = events->count; at-- > 0;) {
        const struct ob_event *other = &events->list[at];
        if (other->actor == event->actor && other->is_resume &&
            ob_resume_equal(&other->resume, &event->resume))
            return (uint16_t)(other->same + 1);
    }
    return 0;
}

/* A task goes on with a message that its actor got before: messages of one kind are handled in the
 * order in which they came. */
static void read_handled(const struct ob_events *events, struct ob_event *event)
{
    unsigned left = event->same;

    event->sender = event->from;
    event->handles_timer = event->is_timer;
    if (!ob_event_is_handling(event))
        return;
    for (uint32_t at = 0; at < events->count; at++) {
        const struct ob_event *other = &events->list[at];
        if (other->is_resume || other->actor != event->actor || other->kind != event->resume.kind)
            continue;
        if (left-- == 0) {
            event->sender = other->from;
            event->handles_timer = other->is_timer;
            return;
        }
    }
}

bool ob_event_is_handling(const struct ob_event *event)
{
    return event->is_resume && event->resume.reason == OB_RESUMES_MESSAGE;
}

static void add_event(const struct reading *reading, uint32_t sent, uint32_t delivery)
{
    const struct ob_sent *message = ob_world_sent(reading->world, sent);
    struct ob_events *events = reading->events;
    struct ob_event event = {.sent = sent,
                             .delivery = delivery,
                             .actor = message->to,
                             .from = message->message.from,
                             .kind = message->message.kind,
                             .ordinal = (uint16_t)reading->ordinals[sent],
                             .is_timer = ob_world_is_timer(reading->world, sent),
                             .is_delivered = delivery != OB_NONE};

    event.is_resume = ob_world_resume(reading->world, sent, &event.resume);
    if (event.is_resume)
        event.same = count_same(events, &event);
    event.is_fixed = event.is_timer && ob_world_lateness(reading->world, sent) == 0;
    event.awaited = count_before(events, &event);
    read_handled(events, &event);
    events->list[events->count++] = event;
}

static void add_delivered(const struct reading *reading)
{
    const struct ob_world *world = reading->world;

    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent == OB_NONE || reading->delivered[delivery->sent])
            continue;
        reading->delivered[delivery->sent] = true;
        if (!(delivery->flags & (OB_DELIVERY_RETRIED | OB_DELIVERY_COPY)))
            add_event(reading, delivery->sent, index);
    }
}

static void add_pending(const struct reading *reading)
{
    for (uint32_t sent = 0; sent < ob_world_sent_count(reading->world); sent++)
        if (!reading->delivered[sent] && !ob_world_is_copy(reading->world, sent))
            add_event(reading, sent, OB_NONE);
}

int ob_events_read(struct ob_events *events, const struct ob_world *world, bool with_pending)
{
    size_t room = (size_t)ob_world_sent_count(world) + 1;
    struct reading reading = {.world = world,
                              .events = events,
                              .delivered = calloc(room, sizeof *reading.delivered),
                              .ordinals = ob_ordinals_read(world)};
    int result = -1;

    *events = (struct ob_events){.list = calloc(room, sizeof *events->list)};
    if (reading.delivered && reading.ordinals && events->list) {
        add_delivered(&reading);
        if (with_pending)
            add_pending(&reading);
        result = 0;
    } else {
        ob_events_release(events);
    }
    free(reading.delivered);
    free(reading.ordinals);
    return result;
}

bool ob_is_about_order(const struct ob_deviation *deviation)
{
    return deviation->op == OB_DELAY || deviation->op == OB_REORDER || deviation->op == OB_DRAW ||
           deviation->op == OB_WALK || deviation->op == OB_PREEMPT;
}

void ob_events_release(struct ob_events *events)
{
    free(events->list);
    *events = (struct ob_events){0};
}

static bool is_like(const struct ob_event *event, const struct ob_event *like)
{
    return event->actor == like->actor && event->from == like->from && event->kind == like->kind &&
           event->ordinal == like->ordinal;
}

uint32_t ob_events_find(const struct ob_events *events, const struct ob_event *like)
{
    uint32_t at = 0;

    while (at < events->count && !is_like(&events->list[at], like))
        at++;
    return at;
}

bool ob_events_hold(const struct ob_event *held, const struct ob_event *awaited,
                    struct ob_deviation *deviation)
{
    if (held->is_fixed || held->ordinal >= UINT8_MAX || awaited->awaited > UINT8_MAX)
        return false;
    *deviation = (struct ob_deviation){
        .op = OB_REORDER,
        .which = {.from = (uint8_t)(held->from + 1),
                  .to = (uint8_t)held->actor,
                  .kind = (uint8_t)(held->kind + 1),
                  .nth = (uint8_t)(held->ordinal + 1)},
        .awaited = {.from = (uint8_t)(awaited->from + 1),
                    .kind = (uint8_t)(awaited->kind + 1),
                    .nth = (uint8_t)awaited->awaited},
    };
    return true;
}
