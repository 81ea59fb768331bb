/* Reads the instants of an explored run. */
#include <stdlib.h>
#include <string.h>

#include "search/ordinals.h"
#include "search/shrink.h"
#include "search/timeline_reading.h"
#include "world/trace.h"
#include "world/world.h"

/* -- what the scenario's own deviations have hit -- */

static bool selects(const struct reading *reading, const struct ob_deviation *deviation,
                    uint32_t sent)
{
    const struct ob_sent *message = ob_world_sent(reading->world, sent);

    if (deviation->op == OB_PREEMPT)
        return ob_world_is_resume(reading->world, sent) && message->to == deviation->which.to;
    return (ob_deviation_fields(deviation->op) & OB_USES_MESSAGE) &&
           !ob_world_is_copy(reading->world, sent) && ob_shrink_selects(&deviation->which, message);
}

static void note_hit(const struct reading *reading, struct ob_hit *hit, uint32_t sent)
{
    *hit = (struct ob_hit){.is_hit = true,
                           .is_outside = ob_reading_is_outside(reading, sent),
                           .copy = OB_NONE,
                           .which = ob_reading_selector(reading, sent)};
    if (hit->is_outside)
        hit->input = (uint16_t)ob_world_outside_index(reading->world, sent);
}

static void read_hits(const struct reading *reading)
{
    struct ob_timeline *timeline = reading->timeline;

    for (unsigned at = 0; at < timeline->scenario->deviation_count; at++) {
        const struct ob_deviation *deviation = &timeline->scenario->deviations[at];
        uint32_t matched = 0;
        for (uint32_t sent = 0; sent < ob_world_sent_count(reading->world); sent++) {
            if (!selects(reading, deviation, sent))
                continue;
            uint32_t ordinal = matched++;
            if (deviation->which.nth != 0 && deviation->which.nth - 1u != ordinal)
                continue;
            if (deviation->which.nth != 0)
                note_hit(reading, &timeline->hits[at], sent);
            if (deviation->op == OB_DELAY || deviation->op == OB_PREEMPT)
                reading->extra_us[sent] += deviation->amount;
        }
    }
}

/* -- what happened -- */

static uint64_t happened_us(const struct reading *reading, uint32_t happening)
{
    return happening == OB_NONE ? 0 : ob_world_happening(reading->world, happening)->time_us;
}

static void add_event(struct reading *reading, const struct ob_happening *happening)
{
    uint64_t since_us = happened_us(reading, happening->due_by);
    uint32_t by = happening->due_by == OB_NONE ? OB_NONE : reading->events[happening->due_by];
    struct ob_instant *event = NULL;

    if (happening->type == OB_ARRIVED) {
        event = ob_reading_add_message(reading, reading->alias[happening->sent], happening->due_us);
        event->busy = by;
        event->busy_us = happening->free_us > since_us ? happening->free_us - since_us : 0;
    } else {
        event = ob_reading_add(reading, happening->actor);
        event->type = OB_OF_ACTOR;
        event->cause = by;
        event->least_us = event->most_us = happening->due_us - since_us;
    }
    event->explored_us = happening->time_us;
}

/* What is cancelled in an event is part of it. */
static void read_events(struct reading *reading)
{
    struct ob_timeline *timeline = reading->timeline;
    uint32_t delivery = 0;

    for (uint32_t at = 0; at < reading->happenings; at++) {
        const struct ob_happening *happening = ob_world_happening(reading->world, at);
        for (; delivery < happening->deliveries; delivery++)
            reading->causes[delivery] = timeline->count ? timeline->count - 1 : OB_NONE;
        if (happening->type == OB_PUT_OFF)
            reading->due_us[happening->sent] = happening->due_us + 1;
        else if (happening->type != OB_CANCELLED)
            add_event(reading, happening);
        reading->events[at] = timeline->count ? timeline->count - 1 : OB_NONE;
    }
    for (; delivery < ob_world_delivery_count(reading->world); delivery++)
        reading->causes[delivery] = timeline->count ? timeline->count - 1 : OB_NONE;
    timeline->event_count = timeline->count;
}

/* -- what did not -- */

static struct ob_instant *add_pending(struct reading *reading, uint32_t sent, uint64_t due_us,
                                      uint32_t after)
{
    struct ob_instant *pending = ob_reading_add_message(reading, sent, due_us);

    pending->is_pending = true;
    pending->after = after;
    return pending;
}

static void read_cancelled(struct reading *reading)
{
    for (uint32_t at = 0; at < reading->happenings; at++) {
        const struct ob_happening *happening = ob_world_happening(reading->world, at);
        if (happening->type == OB_CANCELLED && reading->places[happening->sent] == OB_NONE)
            add_pending(reading, happening->sent, happening->due_us, reading->events[at])
                ->is_cancelled = true;
    }
}

/* By message: one more than when it was due of which something came after the violation was seen,
 * where the run went on. */
static uint64_t *read_later(const struct reading *reading)
{
    uint64_t *later_us = calloc(ob_world_sent_count(reading->world) + (size_t)1, sizeof *later_us);

    for (uint32_t at = reading->happenings;
         later_us && at < ob_world_happening_count(reading->world); at++) {
        const struct ob_happening *happening = ob_world_happening(reading->world, at);
        if (happening->sent != OB_NONE)
            later_us[happening->sent] = happening->due_us + 1;
    }
    return later_us;
}

/* Deliveries up to the violation. */
static uint32_t delivery_count(const struct reading *reading)
{
    return reading->happenings < ob_world_happening_count(reading->world)
               ? ob_world_happening(reading->world, reading->happenings)->deliveries
               : ob_world_delivery_count(reading->world);
}

static int read_pending(struct reading *reading)
{
    uint64_t *later_us = read_later(reading);
    uint32_t deliveries = delivery_count(reading);

    if (!later_us)
        return -1;
    for (uint32_t sent = 0; sent < ob_world_sent_count(reading->world); sent++) {
        uint32_t cause = ob_world_sent(reading->world, sent)->cause;
        uint64_t due_us = 0;
        if (reading->places[sent] != OB_NONE || (cause != OB_NONE && cause >= deliveries) ||
            (ob_reading_is_outside(reading, sent) && !ob_world_is_copy(reading->world, sent)))
            continue;
        bool is_due = ob_world_is_due(reading->world, sent, &due_us);
        if (is_due || later_us[sent])
            (void)add_pending(reading, sent, is_due ? due_us : later_us[sent] - 1,
                              reading->timeline->event_count - 1);
    }
    free(later_us);
    return 0;
}

/* Whether the run went on for longer than it does after the last message from outside that came. */
static bool needs_outside(const struct reading *reading)
{
    const struct ob_timeline *timeline = reading->timeline;
    uint64_t settle_us = ob_world_target(reading->world)->settle_us;
    uint64_t last_us = 0;

    for (uint32_t at = 0; at < timeline->event_count; at++)
        if (timeline->instants[at].type == OB_OF_OUTSIDE)
            last_us = timeline->instants[at].explored_us;
    return settle_us &&
           timeline->instants[timeline->event_count - 1].explored_us > last_us + settle_us;
}

/* Messages from outside that did not come need not be sent, but for one that lets the run go on. */
static void read_outside(struct reading *reading)
{
    struct ob_timeline *timeline = reading->timeline;
    bool wanted = needs_outside(reading);
    bool came[OB_MESSAGES_MAX] = {false};

    for (uint32_t at = 0; at < timeline->event_count; at++)
        if (timeline->instants[at].type == OB_OF_OUTSIDE)
            came[timeline->instants[at].input] = true;
    for (unsigned input = 0; input < timeline->scenario->message_count; input++) {
        if (came[input])
            continue;
        unsigned to =
            ob_vocabulary_receiver(timeline->vocabulary, &timeline->scenario->messages[input]);
        struct ob_instant *instant = ob_reading_add(reading, to);
        ob_reading_bound_outside(reading, instant);
        instant->input = (uint16_t)input;
        instant->after = timeline->event_count - 1;
        instant->is_pending = true;
        instant->is_optional = !wanted;
        wanted = false;
    }
    timeline->last_outside = OB_NONE;
    for (uint32_t at = 0; at < timeline->count; at++)
        if (timeline->instants[at].type == OB_OF_OUTSIDE && !timeline->instants[at].is_optional)
            timeline->last_outside = at;
}

/* -- all of it -- */

/* The copy of a message that comes first is taken for the message: they are alike. */
static int read_aliases(struct reading *reading)
{
    uint32_t count = ob_world_sent_count(reading->world);
    bool *arrived = calloc(count + (size_t)1, sizeof *arrived);

    if (!arrived)
        return -1;
    for (uint32_t sent = 0; sent < count; sent++)
        reading->alias[sent] = sent;
    for (uint32_t at = 0; at < reading->happenings; at++) {
        const struct ob_happening *happening = ob_world_happening(reading->world, at);
        if (happening->type != OB_ARRIVED)
            continue;
        uint32_t original = ob_reading_original(reading, happening->sent);
        if (!arrived[original] && original != happening->sent) {
            reading->alias[original] = happening->sent;
            reading->alias[happening->sent] = original;
        }
        arrived[original] = true;
    }
    free(arrived);
    return 0;
}

static void read_inputs(struct ob_timeline *timeline)
{
    uint64_t time_us = 0;

    for (unsigned input = 0; input < timeline->scenario->message_count; input++) {
        time_us += timeline->scenario->messages[input].delay_us;
        timeline->input_us[input] = time_us;
    }
}

static void read_turns(const struct reading *reading)
{
    uint32_t counts[OB_ACTORS_MAX + 1] = {0};

    for (uint32_t sent = 0; sent < ob_world_sent_count(reading->world); sent++)
        if (ob_world_is_resume(reading->world, sent))
            reading->turns[sent] = counts[ob_world_sent(reading->world, sent)->to]++;
}

static uint32_t *no_instants(size_t count)
{
    uint32_t *list = malloc(count * sizeof *list);

    if (list)
        memset(list, 0xff, count * sizeof *list);
    return list;
}

static int allocate(struct reading *reading)
{
    size_t width = reading->timeline->vocabulary->actor_count + (size_t)1;
    size_t sent = ob_world_sent_count(reading->world) + (size_t)1;
    size_t happenings = ob_world_happening_count(reading->world) + (size_t)1;

    reading->timeline->instants =
        calloc(happenings + sent + OB_MESSAGES_MAX, sizeof *reading->timeline->instants);
    reading->events = no_instants(happenings);
    reading->causes = no_instants(ob_world_delivery_count(reading->world) + (size_t)1);
    reading->ahead = no_instants((width + 1) * width);
    reading->places = no_instants(sent);
    reading->alias = no_instants(sent);
    reading->ordinals = ob_ordinals_read(reading->world);
    reading->turns = calloc(sent, sizeof *reading->turns);
    reading->extra_us = calloc(sent, sizeof *reading->extra_us);
    reading->due_us = calloc(sent, sizeof *reading->due_us);
    return reading->timeline->instants && reading->events && reading->causes && reading->ahead &&
                   reading->places && reading->alias && reading->ordinals && reading->turns &&
                   reading->extra_us && reading->due_us
               ? 0
               : -1;
}

static int read_all(struct reading *reading)
{
    read_inputs(reading->timeline);
    read_turns(reading);
    read_hits(reading);
    if (read_aliases(reading))
        return -1;
    read_events(reading);
    if (reading->timeline->event_count == 0)
        return -1;
    read_cancelled(reading);
    if (read_pending(reading))
        return -1;
    read_outside(reading);
    return 0;
}

int ob_timeline_read(struct ob_timeline *timeline, const struct ob_world *world,
                     const struct ob_scenario *scenario)
{
    struct reading reading = {.timeline = timeline, .world = world};

    memset(timeline, 0, sizeof *timeline);
    timeline->vocabulary = ob_world_vocabulary(world);
    timeline->scenario = scenario;
    reading.happenings = ob_world_violated_at(world, &timeline->at_end);
    int result = allocate(&reading) ? -1 : read_all(&reading);
    free(reading.events);
    free(reading.causes);
    free(reading.ahead);
    free(reading.places);
    free(reading.alias);
    free(reading.ordinals);
    free(reading.turns);
    free(reading.extra_us);
    free(reading.due_us);
    if (result)
        ob_timeline_release(timeline);
    return result;
}

void ob_timeline_release(struct ob_timeline *timeline)
{
    free(timeline->instants);
    timeline->instants = NULL;
}
