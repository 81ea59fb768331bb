#include "search/transcribe.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"

#define ROUNDS_MAX (2 * OB_DEVIATIONS_MAX)

/* A delivery, by what a selector can say of it. */
struct event {
    uint16_t actor;
    uint16_t from;
    uint16_t kind;
    uint16_t ordinal; /* of its sender, receiver and kind, in order of sending */
    uint16_t awaited; /* how many of its sender and kind its actor had handled before */
    bool is_timer;
};

struct events {
    uint32_t count;
    struct event *list;
};

static struct events read_events(const struct ob_world *world)
{
    uint32_t count = ob_world_delivery_count(world);
    struct events events = {.list = calloc(count ? count : 1, sizeof *events.list)};
    for (uint32_t index = 0; index < count && events.list; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent == OB_NONE ||
            (delivery->flags & (OB_DELIVERY_RETRIED | OB_DELIVERY_COPY)))
            continue;
        const struct ob_sent *sent = ob_world_sent(world, delivery->sent);
        struct event event = {.actor = delivery->actor,
                              .from = sent->message.from,
                              .kind = sent->message.kind,
                              .ordinal = (uint16_t)ob_world_ordinal(world, delivery->sent),
                              .is_timer = ob_world_is_timer(world, delivery->sent)};
        for (uint32_t at = 0; at < events.count; at++)
            if (events.list[at].actor == event.actor && events.list[at].from == event.from &&
                events.list[at].kind == event.kind)
                event.awaited++;
        events.list[events.count++] = event;
    }
    return events;
}

static bool same_event(const struct event *one, const struct event *other)
{
    return one->actor == other->actor && one->from == other->from && one->kind == other->kind &&
           one->ordinal == other->ordinal;
}

/* The next event of an actor in `events` from `at` on, or the count. */
static uint32_t next_of(const struct events *events, uint32_t at, unsigned actor)
{
    while (at < events->count && events->list[at].actor != actor)
        at++;
    return at;
}

static const struct event *last_before(const struct events *events, uint32_t end, unsigned actor)
{
    for (uint32_t at = end; at-- > 0;)
        if (events->list[at].actor == actor)
            return &events->list[at];
    return NULL;
}

static const struct event *find(const struct events *events, const struct event *like,
                                uint32_t *place)
{
    for (uint32_t at = 0; at < events->count; at++) {
        if (same_event(&events->list[at], like)) {
            *place = at;
            return &events->list[at];
        }
    }
    return NULL;
}

/*
 * Compares actor by actor. At the first difference, an event came that is wanted later: it is to
 * wait for the one that is wanted just before it. Returns 1 with that reorder, 0 when there is no
 * difference, -1 when none would help.
 */
static int find_repair(const struct events *wanted, const struct events *actual,
                       struct ob_deviation *repair)
{
    for (uint32_t at = 0; at < actual->count; at++) {
        const struct event *came = &actual->list[at];
        uint32_t index = 0; /* how many of its actor's came before */
        for (uint32_t before = 0; before < at; before++)
            index += actual->list[before].actor == came->actor;
        uint32_t place = next_of(wanted, 0, came->actor);
        for (uint32_t skipped = 0; skipped < index; skipped++)
            place = next_of(wanted, place + 1, came->actor);
        if (place < wanted->count && same_event(&wanted->list[place], came))
            continue;
        uint32_t wanted_at = wanted->count;
        const struct event *held = find(wanted, came, &wanted_at);
        /* One that is not wanted at all comes after everything that is. */
        const struct event *awaited = last_before(wanted, wanted_at, came->actor);
        if (!held)
            held = came;
        if (!awaited || held->is_timer || held->ordinal >= UINT8_MAX ||
            awaited->awaited > UINT8_MAX)
            return -1;
        *repair = (struct ob_deviation){
            .op = OB_REORDER,
            .which = {.from = (uint8_t)(held->from + 1),
                      .to = (uint8_t)held->actor,
                      .kind = (uint8_t)(held->kind + 1),
                      .nth = (uint8_t)(held->ordinal + 1)},
            .awaited = {.from = (uint8_t)(awaited->from + 1),
                        .kind = (uint8_t)(awaited->kind + 1),
                        .nth = (uint8_t)awaited->awaited},
        };
        return 1;
    }
    return 0;
}

/* A message waits for one other here: a new reorder takes the place of an older one. */
static bool add_repair(const struct ob_world *world, struct ob_scenario *scenario,
                       struct ob_deviation repair)
{
    ob_deviation_canonicalise(ob_world_vocabulary(world), &repair);
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *other = &scenario->deviations[index];
        if (ob_deviation_compare(other, &repair) == 0)
            return false; /* it is there already, and does not help */
        if (other->op == OB_REORDER &&
            memcmp(&other->which, &repair.which, sizeof repair.which) == 0) {
            ob_scenario_remove_deviation(scenario, index);
            break;
        }
    }
    return ob_scenario_insert_deviation(scenario, &repair);
}

bool ob_transcribe(const struct ob_world *explored, struct ob_world *replay,
                   const struct ob_scenario *scenario, struct ob_scenario *result)
{
    const struct ob_verdict *wanted_verdict = ob_world_verdict(explored);
    if (wanted_verdict->outcome != OB_VIOLATED)
        return false;
    struct events wanted = read_events(explored);
    bool found = false;
    ob_scenario_copy(result, scenario);
    for (unsigned round = 0; round < ROUNDS_MAX && wanted.list; round++) {
        const struct ob_verdict *verdict = ob_world_run(replay, result);
        found = verdict->outcome == OB_VIOLATED &&
                strcmp(verdict->invariant, wanted_verdict->invariant) == 0;
        if (found)
            break;
        struct events actual = read_events(replay);
        struct ob_deviation repair;
        bool repaired = actual.list && find_repair(&wanted, &actual, &repair) == 1 &&
                        add_repair(replay, result, repair);
        free(actual.list);
        if (!repaired)
            break;
    }
    free(wanted.list);
    return found;
}
