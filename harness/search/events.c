#include "search/events.h"

#include <stdlib.h>

static struct ob_event describe(const struct ob_world *world, uint32_t sent,
                                const struct ob_events *before)
{
    const struct ob_sent *message = ob_world_sent(world, sent);
    struct ob_event event = {.sent = sent,
                             .actor = message->to,
                             .from = message->message.from,
                             .kind = message->message.kind,
                             .ordinal = (uint16_t)ob_world_ordinal(world, sent),
                             .is_timer = ob_world_is_timer(world, sent)};
    event.is_fixed = event.is_timer && ob_world_lateness(world, sent) == 0;
    for (uint32_t at = 0; at < before->count; at++) {
        const struct ob_event *other = &before->list[at];
        if (other->actor == event.actor && other->from == event.from && other->kind == event.kind)
            event.awaited++;
    }
    return event;
}

static void add_pending(struct ob_events *events, const struct ob_world *world,
                        const bool *delivered)
{
    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++) {
        if (delivered[sent] || !ob_world_is_under_way(world, sent))
            continue;
        events->list[events->count] = describe(world, sent, events);
        events->count++;
    }
}

int ob_events_read(struct ob_events *events, const struct ob_world *world, bool with_pending)
{
    uint32_t sent_count = ob_world_sent_count(world);
    bool *delivered = calloc(sent_count + 1, sizeof *delivered);
    *events = (struct ob_events){.list = calloc(sent_count + 1, sizeof *events->list)};
    if (!delivered || !events->list) {
        free(delivered);
        ob_events_release(events);
        return -1;
    }
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent == OB_NONE || delivered[delivery->sent])
            continue;
        delivered[delivery->sent] = true;
        if (delivery->flags & (OB_DELIVERY_RETRIED | OB_DELIVERY_COPY))
            continue;
        events->list[events->count] = describe(world, delivery->sent, events);
        events->list[events->count++].is_delivered = true;
    }
    if (with_pending)
        add_pending(events, world, delivered);
    free(delivered);
    return 0;
}

void ob_events_release(struct ob_events *events)
{
    free(events->list);
    *events = (struct ob_events){0};
}

uint32_t ob_events_find(const struct ob_events *events, const struct ob_event *like)
{
    uint32_t at = 0;
    for (; at < events->count; at++) {
        const struct ob_event *event = &events->list[at];
        if (event->actor == like->actor && event->from == like->from && event->kind == like->kind &&
            event->ordinal == like->ordinal)
            break;
    }
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
