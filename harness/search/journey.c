#include "search/journey.h"
#include "world/trace.h"

#include <stdbool.h>
#include <stdlib.h>

#define LEFT_OUT (OB_DELIVERY_TIMER | OB_DELIVERY_COPY | OB_DELIVERY_RETRIED)

static void add(struct ob_journeys *journeys, const struct ob_world *world, uint32_t index,
                uint64_t handled_us)
{
    const struct ob_sent *sent = ob_world_sent(world, index);

    journeys->list[journeys->count++] = (struct ob_journey){
        .from = sent->message.from,
        .to = sent->to,
        .kind = sent->message.kind,
        .deviation = sent->deviation,
        .ordinal = ob_world_ordinal(world, index),
        .sent_us = sent->time_us,
        .handled_us = handled_us > sent->time_us ? handled_us : sent->time_us,
    };
}

/* A message to oneself that has not come may be a timer that was cancelled. */
static void add_undelivered(struct ob_journeys *journeys, const struct ob_world *world)
{
    uint32_t sent_count = ob_world_sent_count(world);
    uint32_t delivery_count = ob_world_delivery_count(world);
    bool *delivered = calloc(sent_count + (size_t)1, sizeof *delivered);

    if (!delivered)
        return;
    for (uint32_t index = 0; index < delivery_count; index++) {
        uint32_t sent = ob_world_delivery(world, index)->sent;
        if (sent < sent_count)
            delivered[sent] = true;
    }
    for (uint32_t index = 0; index < sent_count && journeys->count < OB_JOURNEYS_MAX; index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        if (!delivered[index] && sent->message.from != sent->to)
            add(journeys, world, index, ob_world_verdict(world)->end_us + 1);
    }
    free(delivered);
}

void ob_journeys_read(struct ob_journeys *journeys, const struct ob_world *world)
{
    uint32_t count = ob_world_delivery_count(world);
    uint32_t first = count > OB_JOURNEYS_ARRIVED_MAX ? count - OB_JOURNEYS_ARRIVED_MAX : 0;

    journeys->count = 0;
    for (uint32_t index = first; index < count; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent != OB_NONE && !(delivery->flags & LEFT_OUT))
            add(journeys, world, delivery->sent, delivery->time_us);
    }
    add_undelivered(journeys, world);
}

const struct ob_journey *ob_journeys_find(const struct ob_journeys *journeys,
                                          const struct ob_journey *like)
{
    for (unsigned index = 0; index < journeys->count; index++) {
        const struct ob_journey *journey = &journeys->list[index];
        if (journey->from == like->from && journey->to == like->to && journey->kind == like->kind &&
            journey->ordinal == like->ordinal)
            return journey;
    }
    return NULL;
}

uint64_t ob_journey_us(const struct ob_journey *journey)
{
    return journey->handled_us - journey->sent_us;
}

bool ob_journey_is_nameable(const struct ob_journey *journey)
{
    return journey->ordinal < UINT8_MAX;
}

struct ob_selector ob_journey_selector(const struct ob_journey *journey)
{
    return (struct ob_selector){
        .from = (uint8_t)(journey->from + 1),
        .to = (uint8_t)journey->to,
        .kind = (uint8_t)(journey->kind + 1),
        .nth = (uint8_t)(journey->ordinal + 1),
    };
}
