/*
 * What was to come after the failing run. A check that fails ends it at once, and what would have
 * saved it need not have been sent by then, such as the answer that comes after a request is
 * handled that is on its way. So one run is made in which a late event is put off as long as it
 * may, and which passes; what comes there of what was pending is added.
 */
#include <string.h>

#include "search/nearby_internal.h"
#include "world/trace.h"

#define TRIED 8u /* of the last events */

static bool descends(const struct ob_nearby *nearby, uint32_t event, uint32_t from)
{
    while (event != OB_NONE && event != from)
        event = nearby->parents[event];
    return event == from;
}

/* The event that has sent a message of the last run, or OB_NONE. */
static uint32_t parent_of(const struct ob_nearby *nearby, uint32_t sent)
{
    const struct ob_world *world = nearby->replay;
    uint32_t cause = ob_world_sent(world, sent)->cause;
    uint32_t by = cause == OB_NONE ? OB_NONE : ob_world_delivery(world, cause)->sent;
    return by == OB_NONE ? OB_NONE : nearby->sent[by].event;
}

/* As late after its parent as in the last run. */
static void add(struct ob_nearby *nearby, const struct ob_event *event, uint32_t parent)
{
    const struct ob_world *world = nearby->replay;
    const struct ob_sent *sent = ob_world_sent(world, event->sent);
    uint64_t came_us = ob_world_delivery(world, event->delivery)->time_us;
    uint64_t sent_us = ob_world_delivery(world, sent->cause)->time_us;
    uint32_t at = nearby->events.count++;

    nearby->events.list[at] = *event;
    nearby->events.list[at].sent = nearby->events.list[at].delivery = OB_NONE;
    nearby->events.list[at].is_delivered = false;
    nearby->time_us[at] = nearby->time_us[parent] == UINT64_MAX
                              ? UINT64_MAX
                              : nearby->time_us[parent] + came_us - sent_us;
    nearby->stay_us[at] = came_us > sent->time_us ? came_us - sent->time_us : 0;
    nearby->sent[event->sent].event = at;
    ob_nearby_know(nearby, world, event->sent);
}

static void add_all(struct ob_nearby *nearby, uint32_t held)
{
    struct ob_events events;
    uint32_t room = nearby->events.count + OB_NEARBY_MORE_MAX;

    if (ob_events_read(&events, nearby->replay, false))
        return;
    for (uint32_t at = 0; at < events.count && nearby->events.count < room; at++) {
        uint32_t sent = events.list[at].sent;
        uint32_t parent = parent_of(nearby, sent);
        if (nearby->sent[sent].event == OB_NONE && parent != OB_NONE &&
            !descends(nearby, parent, held))
            add(nearby, &events.list[at], parent);
    }
    ob_events_release(&events);
}

void ob_nearby_look_ahead(struct ob_nearby *nearby)
{
    struct ob_nearby_run run;
    struct ob_nearby_plan plan = ob_nearby_plain();
    uint32_t count = 0;

    if (nearby->forked || nearby->last == OB_NONE)
        return;
    while (count < nearby->events.count && nearby->events.list[count].is_delivered)
        count++;
    for (unsigned tried = 0; tried < TRIED && tried < count; tried++) {
        plan.held = count - 1 - tried;
        ob_nearby_make_run(nearby, &plan, &run);
        if (run.outcome == OB_NEARBY_PASSES) {
            add_all(nearby, plan.held);
            return;
        }
    }
}
