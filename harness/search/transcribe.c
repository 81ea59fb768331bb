#include "search/transcribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"
#include "search/events.h"
#include "search/timeline.h"
#include "world/run.h"
#include "world/trace.h"

#define CLASSES_MAX 16u /* of messages that are late for one reason */

/* A scenario being written. */
struct writing {
    const struct ob_timeline *timeline;
    const struct ob_timing *timing;
    struct ob_scenario *result;
    unsigned input_count; /* messages from outside, by their index in the explored scenario */
    uint16_t inputs[OB_MESSAGES_MAX];
    bool fits; /* false when it takes more than a scenario holds */
};

/* What walks have chosen that plain runs do not. */
struct choices {
    struct ob_deviation list[OB_DEVIATIONS_MAX];
    unsigned count;
    bool fit;
};

/* -- the workload -- */

static void write_message(struct writing *writing, const struct ob_instant *instant,
                          uint64_t before_us)
{
    const struct ob_scenario *explored = writing->timeline->scenario;
    struct ob_input_message message = explored->messages[instant->input];

    message.delay_us = ob_duration_limit(instant->sent_us - before_us);
    writing->inputs[writing->input_count++] = instant->input;
    writing->fits &= ob_scenario_insert_message(writing->result, writing->result->message_count,
                                                &message, explored->payload + message.bytes_start);
}

/* The messages from outside in the order of the solution, each at its time. */
static void write_messages(struct writing *writing)
{
    const struct ob_timeline *timeline = writing->timeline;
    uint64_t before_us = 0;

    for (uint32_t at = 0; at < timeline->count; at++) {
        const struct ob_instant *instant = &timeline->instants[at];
        if (instant->type != OB_OF_OUTSIDE || instant->is_optional)
            continue;
        write_message(writing, instant, before_us);
        before_us = instant->sent_us;
    }
}

static void keep_messages(struct writing *writing)
{
    ob_scenario_copy(writing->result, writing->timeline->scenario);
    writing->result->deviation_count = 0;
    while (writing->input_count < writing->result->message_count) {
        writing->inputs[writing->input_count] = (uint16_t)writing->input_count;
        writing->input_count++;
    }
}

/* -- deviations -- */

static void add(struct writing *writing, struct ob_deviation deviation)
{
    ob_deviation_canonicalise(writing->timeline->vocabulary, &deviation);
    writing->fits = writing->fits && ob_scenario_insert_deviation(writing->result, &deviation);
}

/* The place of a message from outside in the workload, or input_count when it is not sent. */
static unsigned place_of(const struct writing *writing, unsigned input)
{
    unsigned place = 0;

    while (place < writing->input_count && writing->inputs[place] != input)
        place++;
    return place;
}

/* It is counted anew, as the workload may be another one. */
static struct ob_selector input_selector(const struct writing *writing, unsigned input)
{
    const struct ob_input_message *messages = writing->timeline->scenario->messages;
    const struct ob_input_message *named = &messages[input];
    unsigned place = place_of(writing, input);
    unsigned nth = 1;

    for (unsigned at = 0; at < place; at++) {
        const struct ob_input_message *other = &messages[writing->inputs[at]];
        nth += other->kind == named->kind && other->instance == named->instance;
    }
    return (struct ob_selector){
        .from = OB_OUTSIDE + 1,
        .to = (uint8_t)ob_vocabulary_receiver(writing->timeline->vocabulary, named),
        .kind = (uint8_t)(named->kind + 1),
        .nth = (uint8_t)(nth < UINT8_MAX ? nth : UINT8_MAX)};
}

/* The scenario's own faults strike whom they struck. */
static void write_fault(struct writing *writing, unsigned index)
{
    const struct ob_timeline *timeline = writing->timeline;
    const struct ob_hit *hit = &timeline->hits[index];
    struct ob_deviation fault = timeline->scenario->deviations[index];
    bool names_one = (ob_deviation_fields(fault.op) & OB_USES_MESSAGE) && fault.which.nth;

    if (ob_is_about_order(&fault) || (names_one && !hit->is_hit))
        return;
    if (names_one && hit->is_outside && place_of(writing, hit->input) == writing->input_count)
        return;
    if (names_one)
        fault.which = hit->is_outside ? input_selector(writing, hit->input) : hit->which;
    if (names_one && fault.op == OB_DUPLICATE && hit->copy != OB_NONE) {
        const struct ob_instant *copy = &timeline->instants[hit->copy];
        fault.amount = (uint32_t)(copy->time_us - timeline->instants[copy->cause].time_us);
    }
    add(writing, fault);
}

/* What makes an instant of the solution late; false when nothing has to. */
static bool find_delay(const struct writing *writing, const struct ob_instant *instant,
                       struct ob_deviation *delay)
{
    const struct ob_timeline *timeline = writing->timeline;
    bool is_outside = instant->type == OB_OF_OUTSIDE;

    if (instant->type == OB_OF_COPY || instant->type == OB_OF_ACTOR ||
        (instant->is_optional && !writing->timing->keeps_workload) ||
        instant->time_us <= ob_timeline_due_us(timeline, instant))
        return false;
    uint64_t sent_us = is_outside                  ? instant->sent_us
                       : instant->cause == OB_NONE ? 0
                                                   : timeline->instants[instant->cause].time_us;
    *delay = (struct ob_deviation){.op = instant->op, .which = instant->which};
    if (is_outside)
        delay->which = input_selector(writing, instant->input);
    delay->amount = ob_duration_limit(instant->time_us - sent_us - instant->least_us);
    return true;
}

static void write_delays(struct writing *writing)
{
    struct ob_deviation delay;

    for (uint32_t at = 0; at < writing->timeline->count && writing->fits; at++)
        if (find_delay(writing, &writing->timeline->instants[at], &delay))
            add(writing, delay);
}

static void read_choices(const struct ob_world *explored, struct choices *choices)
{
    choices->count = 0;
    choices->fit = true;
    for (uint32_t index = 0; index < ob_world_chosen_count(explored); index++) {
        const struct ob_chosen *chosen = ob_world_chosen(explored, index);
        if (!chosen->is_drawn || chosen->value == 0)
            continue;
        choices->fit &= choices->count < OB_DEVIATIONS_MAX;
        if (!choices->fit)
            return;
        choices->list[choices->count++] =
            (struct ob_deviation){.op = OB_CHOOSE,
                                  .which = {.to = (uint8_t)chosen->actor,
                                            .kind = chosen->point,
                                            .nth = (uint8_t)(chosen->ordinal + 1)},
                                  .amount = chosen->value};
    }
}

/* -- attempts -- */

static bool violates(struct ob_world *replay, const struct ob_scenario *scenario,
                     const char *invariant)
{
    const struct ob_verdict *verdict = ob_world_run(replay, scenario);

    return verdict->outcome == OB_VIOLATED && strcmp(verdict->invariant, invariant) == 0;
}

/* The workload, the faults and the choices; not yet what is late. */
static void write_rest(struct writing *writing, const struct choices *choices)
{
    ob_scenario_clear(writing->result);
    writing->input_count = 0;
    if (writing->timing->keeps_workload)
        keep_messages(writing);
    else
        write_messages(writing);
    for (unsigned index = 0; index < writing->timeline->scenario->deviation_count; index++)
        write_fault(writing, index);
    for (unsigned index = 0; index < choices->count; index++)
        add(writing, choices->list[index]);
}

static bool attempt(struct ob_timeline *timeline, const struct ob_timing *timing,
                    const struct choices *choices, struct ob_world *replay, const char *invariant,
                    struct ob_scenario *result)
{
    struct writing writing = {
        .timeline = timeline, .timing = timing, .result = result, .fits = true};

    if (!ob_timeline_solve(timeline, timing))
        return false;
    write_rest(&writing, choices);
    write_delays(&writing);
    return writing.fits && violates(replay, result, invariant);
}

/* -- what takes more deviations than a scenario holds -- */

/* What is late in the solution, a deviation for all of one sender, receiver and kind: with the most
 * that one of them is late. Returns their number. */
static unsigned find_classes(const struct writing *writing,
                             struct ob_deviation classes[CLASSES_MAX])
{
    unsigned count = 0;
    struct ob_deviation late;

    for (uint32_t at = 0; at < writing->timeline->count; at++) {
        unsigned place = 0;
        if (!find_delay(writing, &writing->timeline->instants[at], &late))
            continue;
        late.which.nth = 0;
        while (place < count && (classes[place].op != late.op ||
                                 memcmp(&classes[place].which, &late.which, sizeof late.which)))
            place++;
        if (place == CLASSES_MAX)
            continue;
        if (place == count)
            classes[count++] = late;
        if (classes[place].amount < late.amount)
            classes[place].amount = late.amount;
    }
    return count;
}

/* Long runs: an order that shows again and again shows when all of a kind are late. One class, then
 * two. */
static bool attempt_classes(struct ob_timeline *timeline, const struct choices *choices,
                            struct ob_world *replay, const char *invariant,
                            struct ob_scenario *result)
{
    static const struct ob_timing timing = {.only_named = true};
    struct writing writing = {.timeline = timeline, .timing = &timing, .result = result};
    struct ob_deviation classes[CLASSES_MAX];

    if (!ob_timeline_solve(timeline, &timing))
        return false;
    unsigned count = find_classes(&writing, classes);
    for (unsigned distance = 0; distance < count; distance++) {
        for (unsigned one = 0; one + distance < count; one++) {
            writing.fits = true;
            write_rest(&writing, choices);
            add(&writing, classes[one]);
            if (distance > 0)
                add(&writing, classes[one + distance]);
            if (writing.fits && violates(replay, result, invariant))
                return true;
        }
    }
    return false;
}

/* What goes wrong before the first event: nothing is late there. */
static bool attempt_start(const struct ob_scenario *scenario, const struct choices *choices,
                          struct ob_world *replay, const char *invariant,
                          struct ob_scenario *result)
{
    bool fits = true;

    ob_scenario_copy(result, scenario);
    for (unsigned index = result->deviation_count; index-- > 0;)
        if (result->deviations[index].op == OB_WALK)
            ob_scenario_remove_deviation(result, index);
    for (unsigned index = 0; index < choices->count && fits; index++)
        fits = ob_scenario_insert_deviation(result, &choices->list[index]);
    return fits && violates(replay, result, invariant);
}

bool ob_transcribe(const struct ob_world *explored, struct ob_world *replay,
                   const struct ob_scenario *scenario, struct ob_scenario *result)
{
    /* From the plainest to the most exact. */
    static const struct ob_timing attempts[] = {
        {0},
        {.per_actor = true},
        {.from_explored = true},
        {.keeps_workload = true},
        {.keeps_workload = true, .from_explored = true},
        {.only_past = true},
        {.only_named = true},
    };
    const struct ob_verdict *verdict = ob_world_verdict(explored);
    char invariant[sizeof verdict->invariant];
    struct ob_timeline *timeline = malloc(sizeof *timeline);
    struct choices choices;
    bool found = false;

    read_choices(explored, &choices);
    memcpy(invariant, verdict->invariant, sizeof invariant);
    if (verdict->outcome == OB_VIOLATED && choices.fit && ob_world_delivery_count(explored) == 0) {
        found = attempt_start(scenario, &choices, replay, invariant, result);
    } else if (verdict->outcome == OB_VIOLATED && timeline && choices.fit &&
               ob_timeline_read(timeline, explored, scenario) == 0) {
        for (size_t at = 0; at < sizeof attempts / sizeof attempts[0] && !found; at++)
            found = attempt(timeline, &attempts[at], &choices, replay, invariant, result);
        found = found || attempt_classes(timeline, &choices, replay, invariant, result);
        ob_timeline_release(timeline);
    }
    free(timeline);
    return found;
}
