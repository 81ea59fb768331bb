/* The failing run: which events it has, when they came, and how they are known again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/process.h"
#include "base/rng.h"
#include "scenario/edit.h"
#include "search/nearby_internal.h"
#include "world/judge.h"
#include "world/trace.h"

#define DELIVERIES_BUDGET 400000u /* of all runs; what is left is not sampled */
#define PENDING_COLUMNS 64u

/* -- who is who -- */

static uint64_t identity_of(const struct ob_world *world, uint32_t sent, uint64_t cause)
{
    const struct ob_sent *message = ob_world_sent(world, sent);
    uint64_t what =
        (uint64_t)message->message.kind << 40 | (uint64_t)message->message.from << 20 | message->to;
    return ob_mix64(ob_mix64(cause) ^ (what << 1 | ob_world_is_copy(world, sent)));
}

static struct known *find_known(const struct ob_nearby *nearby, uint64_t identity)
{
    uint32_t at = (uint32_t)(identity >> 32) & nearby->known_mask;
    while (nearby->known[at].event != OB_NONE && nearby->known[at].identity != identity)
        at = (at + 1) & nearby->known_mask;
    return &nearby->known[at];
}

/* The one that has sent a message, as a number for its identity: an event, or nobody. */
static uint64_t cause_number(const struct ob_world *world, uint32_t sent,
                             const struct ob_nearby_coming *messages, bool *is_known)
{
    uint32_t cause = ob_world_sent(world, sent)->cause;
    *is_known = true;
    if (cause == OB_NONE || ob_world_delivery(world, cause)->sent == OB_NONE)
        return 0;
    uint32_t event = messages[ob_world_delivery(world, cause)->sent].event;
    *is_known = event != OB_NONE;
    return (uint64_t)event + 1;
}

uint32_t ob_nearby_recognise(struct ob_nearby *nearby, const struct ob_world *world, uint32_t sent)
{
    bool is_known;
    uint64_t cause = cause_number(world, sent, nearby->sent, &is_known);
    if (!is_known)
        return OB_NONE;
    uint64_t identity = identity_of(world, sent, cause);
    struct known *known = find_known(nearby, identity);
    while (known->event != OB_NONE && known->claimed == nearby->serial)
        known = find_known(nearby, identity = ob_mix64(identity + 1));
    if (known->event != OB_NONE)
        known->claimed = nearby->serial;
    return known->event;
}

bool ob_nearby_reserve(struct ob_nearby *nearby, uint32_t count)
{
    struct ob_nearby_coming *sent =
        ob_array_reserve(nearby->sent, &nearby->sent_room, (size_t)count + 1, sizeof *sent);
    if (sent)
        nearby->sent = sent;
    return sent;
}

void ob_nearby_know(struct ob_nearby *nearby, const struct ob_world *world, uint32_t sent)
{
    bool is_known;
    uint32_t event = nearby->sent[sent].event;
    uint64_t cause = cause_number(world, sent, nearby->sent, &is_known);
    if (event == OB_NONE || !is_known)
        return;
    uint64_t identity = identity_of(world, sent, cause);
    struct known *known = find_known(nearby, identity);
    while (known->event != OB_NONE)
        known = find_known(nearby, identity = ob_mix64(identity + 1));
    *known = (struct known){.identity = identity, .event = event, .claimed = nearby->serial};
    nearby->parents[event] = cause ? (uint32_t)(cause - 1) : OB_NONE;
}

/* Gives every message of the failing run its identity. */
static void learn(struct ob_nearby *nearby, const struct ob_world *world)
{
    uint32_t count = ob_world_sent_count(world);
    for (uint32_t sent = 0; sent < count; sent++)
        nearby->sent[sent].event = OB_NONE;
    for (uint32_t event = 0; event < nearby->events.count; event++)
        nearby->sent[nearby->events.list[event].sent].event = event;
    for (uint32_t sent = 0; sent < count; sent++)
        ob_nearby_know(nearby, world, sent);
}

/* -- the failing run -- */

/* The deviation that hit a message, or NULL. */
static const struct ob_deviation *hit_by(const struct ob_world *world, uint32_t sent)
{
    unsigned deviation = ob_world_sent(world, sent)->deviation;
    return deviation ? &ob_world_scenario(world)->deviations[deviation - 1] : NULL;
}

/* When an event came or is due; UINT64_MAX: never. One that a reordering holds back at the end
 * comes just after it, as it is not known when it would have. */
static uint64_t read_time(const struct ob_nearby *nearby, const struct ob_world *world,
                          const struct ob_event *event)
{
    uint64_t time_us;
    if (event->is_delivered)
        return ob_world_delivery(world, event->delivery)->time_us;
    if (!ob_world_is_due(world, event->sent, &time_us))
        return UINT64_MAX;
    const struct ob_deviation *by = hit_by(world, event->sent);
    return by && by->op == OB_REORDER ? nearby->end_us + 1 : time_us;
}

/*
 * When it was due on its way, which says what it takes to have it come so late once more;
 * UINT64_MAX: as early as may be. A timer that was cancelled would have come no sooner than it was
 * due. What its receiver stands still before had come by then.
 */
static uint64_t read_due(const struct ob_nearby *nearby, const struct ob_world *world,
                         uint32_t event)
{
    uint32_t sent = nearby->events.list[event].sent;
    uint64_t due_us = nearby->time_us[event];
    if (due_us == UINT64_MAX && !ob_world_timer_was_due(world, sent, &due_us))
        return UINT64_MAX;
    const struct ob_deviation *by = hit_by(world, sent);
    return by && by->op == OB_PAUSE && by->mode == OB_BEFORE ? UINT64_MAX : due_us;
}

static void read_times(struct ob_nearby *nearby, const struct ob_world *world)
{
    for (uint32_t event = 0; event < nearby->events.count; event++) {
        const struct ob_event *of = &nearby->events.list[event];
        uint64_t sent_us = ob_world_sent(world, of->sent)->time_us;
        nearby->time_us[event] = read_time(nearby, world, of);
        uint64_t due_us = read_due(nearby, world, event);
        nearby->stay_us[event] = due_us == UINT64_MAX ? UINT64_MAX
                                 : due_us > sent_us   ? due_us - sent_us
                                                      : 0;
    }
}

/* Of a long run the beginning and the end count: what decides is near the violation, or, where the
 * run goes in circles, where that began. */
static void choose_columns(struct ob_nearby *nearby)
{
    const struct ob_events *events = &nearby->events;
    uint32_t delivered = 0;
    while (delivered < events->count && events->list[delivered].is_delivered)
        delivered++;
    uint32_t pending = events->count - delivered;
    if (pending > PENDING_COLUMNS)
        pending = PENDING_COLUMNS;
    uint32_t room = OB_NEARBY_COLUMNS_MAX - pending;
    uint32_t gap = delivered > room ? room / 2 : delivered;
    uint32_t behind_gap = delivered > room ? delivered - (room - room / 2) : delivered;
    for (uint32_t event = 0; event < events->count; event++)
        nearby->columns_of[event] = OB_NONE;
    for (uint32_t event = 0; event < delivered + pending; event++) {
        if (event >= gap && event < behind_gap)
            continue;
        nearby->columns_of[event] = nearby->column_count;
        nearby->columns[nearby->column_count++] = event;
    }
}

unsigned ob_nearby_class_of(const struct ob_nearby *nearby, unsigned kind, unsigned from,
                            unsigned actor)
{
    unsigned at = 0;
    while (at < nearby->class_count &&
           (nearby->classes[at].kind != kind || nearby->classes[at].from != from ||
            nearby->classes[at].actor != actor))
        at++;
    return at < nearby->class_count ? at : OB_NEARBY_CLASSES_MAX;
}

/* That of an event, which is added; NULL when there is no room. */
static struct ob_nearby_class *class_of(struct ob_nearby *nearby, const struct ob_event *event)
{
    unsigned at = ob_nearby_class_of(nearby, event->kind, event->from, event->actor);
    if (at < OB_NEARBY_CLASSES_MAX)
        return &nearby->classes[at];
    if (nearby->class_count == OB_NEARBY_CLASSES_MAX)
        return NULL;
    at = nearby->class_count++;
    nearby->classes[at] =
        (struct ob_nearby_class){.kind = event->kind, .from = event->from, .actor = event->actor};
    return &nearby->classes[at];
}

static bool is_free(const struct ob_world *world, const struct ob_event *event)
{
    if (event->is_timer)
        return !event->is_fixed;
    const struct ob_link *link = ob_world_link(world, event->from, event->actor);
    return link->latency_us_max > link->latency_us;
}

/* Those whose time can be drawn come first. */
static void read_classes(struct ob_nearby *nearby, const struct ob_world *world)
{
    const struct ob_events *events = &nearby->events;
    uint32_t *room = nearby->class_events;
    for (uint32_t event = 0; event < events->count; event++) {
        struct ob_nearby_class *class = class_of(nearby, &events->list[event]);
        if (class) {
            class->count++;
            class->is_free |= is_free(world, &events->list[event]);
        }
    }
    for (unsigned at = 0; at < nearby->class_count; at++) {
        struct ob_nearby_class class = nearby->classes[at];
        class.events = room;
        room += class.count;
        class.count = 0;
        nearby->classes[at] = class;
        if (class.is_free) {
            nearby->classes[at] = nearby->classes[nearby->free_count];
            nearby->classes[nearby->free_count++] = class;
        }
    }
    for (uint32_t event = 0; event < events->count; event++) {
        struct ob_nearby_class *class = class_of(nearby, &events->list[event]);
        nearby->classes_of[event] =
            class ? (uint16_t)(class - nearby->classes) : OB_NEARBY_CLASSES_MAX;
        if (class)
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): has the room counted above */
            class->events[class->count++] = event;
    }
}

static void count_resumes(struct ob_nearby *nearby)
{
    for (uint32_t event = 0; event < nearby->events.count; event++) {
        const struct ob_event *of = &nearby->events.list[event];
        if (nearby->classes_of[event] < OB_NEARBY_CLASSES_MAX)
            nearby->classes[nearby->classes_of[event]].resumes += of->is_delivered && of->is_resume;
    }
}

static void read_end(struct ob_nearby *nearby, const struct ob_world *world)
{
    uint32_t count = ob_world_delivery_count(world);
    nearby->wanted = *ob_world_verdict(world);
    nearby->end_us = nearby->wanted.end_us;
    nearby->last = OB_NONE;
    if (count == 0 || ob_world_current(world) == OB_NONE)
        return;
    uint32_t sent = ob_world_delivery(world, count - 1)->sent;
    if (sent != OB_NONE)
        nearby->last = nearby->sent[sent].event;
}

static bool allocate(struct ob_nearby *nearby, const struct ob_event *list, uint32_t sent_count)
{
    size_t events = (size_t)nearby->events.count + OB_NEARBY_MORE_MAX + 1;
    size_t known = 2;
    while (known < 2 * events)
        known *= 2;
    nearby->events.list = calloc(events, sizeof *nearby->events.list);
    nearby->time_us = calloc(events, sizeof *nearby->time_us);
    nearby->stay_us = calloc(events, sizeof *nearby->stay_us);
    nearby->parents = calloc(events, sizeof *nearby->parents);
    nearby->columns_of = calloc(events, sizeof *nearby->columns_of);
    nearby->classes_of = calloc(events, sizeof *nearby->classes_of);
    nearby->class_events = calloc(events, sizeof *nearby->class_events);
    nearby->known = calloc(known, sizeof *nearby->known);
    nearby->known_mask = (uint32_t)known - 1;
    nearby->runs = ob_shared_create(OB_NEARBY_RUNS_MAX * sizeof *nearby->runs);
    if (!nearby->events.list || !nearby->time_us || !nearby->stay_us || !nearby->parents ||
        !nearby->columns_of || !nearby->classes_of || !nearby->class_events || !nearby->known ||
        !nearby->runs || !ob_nearby_reserve(nearby, sent_count))
        return false;
    memcpy(nearby->events.list, list, nearby->events.count * sizeof *list);
    for (size_t at = 0; at < known; at++)
        nearby->known[at].event = OB_NONE;
    for (size_t at = 0; at < events; at++)
        nearby->parents[at] = OB_NONE;
    return true;
}

struct ob_nearby *ob_nearby_create(const struct ob_world *world, struct ob_world *replay,
                                   const struct ob_scenario *scenario,
                                   const struct ob_events *events, struct ob_forked *forked)
{
    struct ob_nearby *nearby = calloc(1, sizeof *nearby);

    assert(ob_world_verdict(world)->outcome == OB_VIOLATED);
    if (!nearby)
        return NULL;
    nearby->replay = replay;
    nearby->forked = forked;
    nearby->events.count = events->count;
    nearby->deliveries_left = DELIVERIES_BUDGET;
    if (!allocate(nearby, events->list, ob_world_sent_count(world) + 1)) {
        ob_nearby_destroy(nearby);
        return NULL;
    }
    ob_scenario_copy(&nearby->base, scenario);
    for (unsigned index = scenario->deviation_count; index-- > 0;)
        if (ob_is_about_order(&scenario->deviations[index]))
            ob_scenario_remove_deviation(&nearby->base, index);
    if (!forked && ob_effects_find(&nearby->effects, replay, ob_world_scenario(world), events)) {
        ob_nearby_destroy(nearby);
        return NULL;
    }
    learn(nearby, world);
    read_end(nearby, world);
    nearby->seed = ob_mix64(nearby->wanted.trace_hash);
    read_times(nearby, world);
    ob_nearby_look_ahead(nearby);
    choose_columns(nearby);
    read_classes(nearby, world);
    count_resumes(nearby);
    return nearby;
}

void ob_nearby_destroy(struct ob_nearby *nearby)
{
    if (!nearby)
        return;
    if (nearby->runs)
        ob_shared_destroy(nearby->runs, OB_NEARBY_RUNS_MAX * sizeof *nearby->runs);
    ob_events_release(&nearby->events);
    free(nearby->time_us);
    free(nearby->stay_us);
    free(nearby->parents);
    ob_effects_release(&nearby->effects);
    free(nearby->columns_of);
    free(nearby->classes_of);
    free(nearby->class_events);
    free(nearby->known);
    free(nearby->sent);
    free(nearby);
}

unsigned ob_nearby_run_count(const struct ob_nearby *nearby)
{
    return nearby->run_count;
}

const struct ob_nearby_run *ob_nearby_run(const struct ob_nearby *nearby, unsigned index)
{
    assert(index < nearby->run_count);
    return &nearby->runs[index];
}

unsigned ob_nearby_column_count(const struct ob_nearby *nearby)
{
    return nearby->column_count;
}

uint32_t ob_nearby_column(const struct ob_nearby *nearby, unsigned column)
{
    assert(column < nearby->column_count);
    return nearby->columns[column];
}

uint32_t ob_nearby_column_of(const struct ob_nearby *nearby, uint32_t event)
{
    return nearby->columns_of[event];
}

uint32_t ob_nearby_last_column(const struct ob_nearby *nearby)
{
    return nearby->last == OB_NONE ? OB_NONE : nearby->columns_of[nearby->last];
}

uint32_t ob_nearby_parent(const struct ob_nearby *nearby, uint32_t event)
{
    return nearby->parents[event];
}

enum ob_effect ob_nearby_effect(const struct ob_nearby *nearby, uint32_t event)
{
    return nearby->effects.list && event < nearby->effects.count ? nearby->effects.list[event]
                                                                 : OB_EFFECT_SOME;
}

const struct ob_events *ob_nearby_events(const struct ob_nearby *nearby)
{
    return &nearby->events;
}

uint64_t ob_nearby_time_us(const struct ob_nearby *nearby, uint32_t event)
{
    return nearby->time_us[event];
}

bool ob_nearby_meet(const struct ob_nearby *nearby, uint32_t one, uint32_t other)
{
    const struct ob_event *first = &nearby->events.list[one];
    const struct ob_event *second = &nearby->events.list[other];
    const struct ob_effects *effects = &nearby->effects;
    const struct ob_effect_at at = {one, first->actor};
    if (first->actor == second->actor || !effects->asked ||
        ob_effects_meet(effects, at, (struct ob_effect_at){other, second->actor}))
        return true;
    /* A check sees the one without the other only where the other has not come; and what that would
     * ask for is not known. */
    return !second->is_delivered && (ob_effects_checked(effects, first->actor, second->actor) ||
                                     ob_actor_set_count(&effects->asked[one]) >
                                         ob_actor_set_has(&effects->asked[one], first->actor));
}

bool ob_nearby_is_seen(const struct ob_nearby *nearby, uint32_t event)
{
    const struct ob_effects *effects = &nearby->effects;
    bool is_known =
        effects->asked && (nearby->last != OB_NONE || ob_actor_set_count(&effects->checked) > 0);
    return !is_known || event == nearby->last ||
           ob_actor_set_has(&effects->checked, nearby->events.list[event].actor);
}
