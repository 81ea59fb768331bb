#include "search/transcribe.h"

#include <string.h>

#include "scenario/edit.h"
#include "search/events.h"

#define ROUNDS_MAX (2 * OB_DEVIATIONS_MAX)

static bool same_event(const struct ob_event *one, const struct ob_event *other)
{
    return one->actor == other->actor && one->from == other->from && one->kind == other->kind &&
           one->ordinal == other->ordinal;
}

/* The next event of an actor in `events` from `at` on, or the count. */
static uint32_t next_of(const struct ob_events *events, uint32_t at, unsigned actor)
{
    while (at < events->count && events->list[at].actor != actor)
        at++;
    return at;
}

static const struct ob_event *last_before(const struct ob_events *events, uint32_t end,
                                          unsigned actor)
{
    for (uint32_t at = end; at-- > 0;)
        if (events->list[at].actor == actor)
            return &events->list[at];
    return NULL;
}

/*
 * Compares actor by actor. At the first difference, an event came that is wanted later: it is to
 * wait for the one that is wanted just before it. Returns 1 with that reorder, 0 when there is no
 * difference, -1 when none would help.
 */
static int find_repair(const struct ob_events *wanted, const struct ob_events *actual,
                       struct ob_deviation *repair)
{
    for (uint32_t at = 0; at < actual->count; at++) {
        const struct ob_event *came = &actual->list[at];
        uint32_t index = 0; /* how many of its actor's came before */
        for (uint32_t before = 0; before < at; before++)
            index += actual->list[before].actor == came->actor;
        uint32_t place = next_of(wanted, 0, came->actor);
        for (uint32_t skipped = 0; skipped < index; skipped++)
            place = next_of(wanted, place + 1, came->actor);
        /* What comes after everything that is wanted of its actor does no harm. */
        if (place >= wanted->count || same_event(&wanted->list[place], came))
            continue;
        /* One that is not wanted at all comes after everything that is. */
        uint32_t wanted_at = ob_events_find(wanted, came);
        const struct ob_event *held = wanted_at < wanted->count ? &wanted->list[wanted_at] : came;
        const struct ob_event *awaited = last_before(wanted, wanted_at, came->actor);
        if (!awaited || !ob_events_hold(held, awaited, repair))
            return -1;
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

/* The messages from outside as a walk has sent them, when it did; what it has not sent is left out.
 */
static void write_workload(const struct ob_world *explored, const struct ob_scenario *scenario,
                           struct ob_scenario *result)
{
    uint64_t before_us = 0;
    while (result->message_count > 0)
        ob_scenario_remove_message(result, result->message_count - 1);
    for (uint32_t sent = 0; sent < ob_world_sent_count(explored); sent++) {
        const struct ob_sent *message = ob_world_sent(explored, sent);
        if (message->message.from != OB_OUTSIDE || ob_world_is_copy(explored, sent))
            continue;
        struct ob_input_message input = scenario->messages[ob_world_outside_index(explored, sent)];
        const uint8_t *bytes = scenario->payload + input.bytes_start;
        input.delay_us = ob_duration_limit(message->time_us - before_us);
        before_us += input.delay_us < message->time_us - before_us ? input.delay_us
                                                                   : message->time_us - before_us;
        (void)ob_scenario_insert_message(result, result->message_count, &input, bytes);
    }
}

bool ob_transcribe(const struct ob_world *explored, struct ob_world *replay,
                   const struct ob_scenario *scenario, struct ob_scenario *result)
{
    const struct ob_verdict *wanted_verdict = ob_world_verdict(explored);
    if (wanted_verdict->outcome != OB_VIOLATED)
        return false;
    struct ob_events wanted;
    if (ob_events_read(&wanted, explored, false))
        return false;
    bool found = false;
    ob_scenario_copy(result, scenario);
    if (ob_scenario_remove_op(result, OB_WALK))
        write_workload(explored, scenario, result);
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        const struct ob_verdict *verdict = ob_world_run(replay, result);
        found = verdict->outcome == OB_VIOLATED &&
                strcmp(verdict->invariant, wanted_verdict->invariant) == 0;
        if (found)
            break;
        struct ob_events actual;
        if (ob_events_read(&actual, replay, false))
            break;
        struct ob_deviation repair;
        bool repaired =
            find_repair(&wanted, &actual, &repair) == 1 && add_repair(replay, result, repair);
        ob_events_release(&actual);
        if (!repaired)
            break;
    }
    ob_events_release(&wanted);
    return found;
}
