#include "report/json_trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "offbeat/version.h"
#include "report/fold.h"
#include "report/message.h"
#include "report/said.h"
#include "report/states.h"
#include "world/annex.h"
#include "world/fault_point.h"
#include "world/trace.h"
#include "world/world.h"

/* One run while it is printed. */
struct run {
    const struct ob_world *world;
    const struct ob_scenario *scenario;
    const struct ob_vocabulary *vocabulary;
    struct ob_arities arities;
    struct ob_states states;
    size_t next_state;     /* the first entry that is not yet printed */
    struct ob_fold *folds; /* by delivery; NULL: nothing is periodic */
};

/* A number, or null where there is no such thing. */
static void print_index(struct ob_json *json, const char *name, uint32_t index)
{
    if (index == OB_NONE)
        ob_json_null(json, name);
    else
        ob_json_number(json, name, index);
}

static void print_verdict(const struct run *run, struct ob_json *json)
{
    static const char *const outcomes[] = {
        [OB_PASSED] = "passed", [OB_VIOLATED] = "violated", [OB_CUT] = "cut"};
    const struct ob_verdict *verdict = ob_world_verdict(run->world);
    struct ob_text explanation = {0};

    ob_world_explain(run->world, &explanation);
    ob_json_object(json, "verdict");
    ob_json_string(json, "outcome", outcomes[verdict->outcome]);
    ob_json_string(json, "invariant", verdict->invariant);
    ob_json_string(json, "detail", verdict->detail);
    ob_json_text(json, "explanation", &explanation);
    ob_json_printf(json, "trace_hash", "%016" PRIx64, verdict->trace_hash);
    ob_json_number(json, "end_us", verdict->end_us);
    ob_json_end(json);
}

static void print_scenario(const struct run *run, struct ob_json *json)
{
    uint64_t applied = ob_world_applied(run->world);
    struct ob_text words = {0};

    ob_scenario_print(run->vocabulary, run->scenario, &words);
    ob_json_text(json, "scenario", &words);
    ob_json_array(json, "deviations");
    ob_json_lines(json);
    for (unsigned index = 0; index < run->scenario->deviation_count; index++) {
        ob_scenario_print_deviation(run->vocabulary, &run->scenario->deviations[index], &words);
        ob_json_object(json, NULL);
        ob_json_text(json, "text", &words);
        ob_json_bool(json, "applied", applied >> index & 1);
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void print_timers(const struct run *run, const struct ob_state_entry *entry,
                         struct ob_json *json)
{
    ob_json_array(json, "timers");
    for (uint32_t index = 0; index < entry->timer_count; index++) {
        const struct ob_state_timer *timer = &run->states.timers[entry->timers + index];
        struct ob_text words = {0};
        ob_report_message(run->world, &run->arities, timer->sent, &words);
        ob_json_object(json, NULL);
        ob_json_text(json, "text", &words);
        ob_json_number(json, "due_us", timer->due_us);
        ob_json_end(json);
    }
    ob_json_end(json);
}

/* The states that changed with a delivery, OB_NONE for those before the first. */
static void print_changes(struct run *run, const char *name, uint32_t delivery,
                          struct ob_json *json)
{
    const struct ob_states *states = &run->states;

    ob_json_array(json, name);
    while (run->next_state < states->count &&
           states->entries[run->next_state].delivery == delivery) {
        const struct ob_state_entry *entry = &states->entries[run->next_state++];
        ob_json_object(json, NULL);
        ob_json_number(json, "actor", entry->actor);
        ob_json_bool(json, "up", entry->is_up);
        ob_json_number(json, "mailbox", entry->mailbox);
        ob_json_string(json, "state", ob_states_text(states, entry));
        print_timers(run, entry, json);
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void print_payload(const struct ob_message *message, struct ob_json *json)
{
    struct ob_text digits = {0};

    if (message->size == 0 || !message->bytes)
        return;
    for (uint32_t at = 0; at < message->size; at++)
        ob_text_printf(&digits, "%02x", message->bytes[at]);
    ob_json_text(json, "bytes", &digits);
}

static void print_deviation(const struct run *run, uint32_t message, uint64_t transit_us,
                            struct ob_json *json)
{
    const struct ob_sent *sent = ob_world_sent(run->world, message);
    struct ob_text words = {0};

    if (!sent->deviation || sent->deviation > run->scenario->deviation_count) {
        ob_json_null(json, "deviation");
        return;
    }
    unsigned index = sent->deviation - 1u;
    ob_report_effect(run->world, &run->scenario->deviations[index], message, transit_us, &words);
    ob_json_object(json, "deviation");
    ob_json_number(json, "index", index);
    ob_json_text(json, "effect", &words);
    ob_json_end(json);
}

/* What a delivery and a message that was not delivered have in common. */
static void print_message(const struct run *run, uint32_t index, uint64_t transit_us,
                          struct ob_json *json)
{
    const struct ob_sent *sent = ob_world_sent(run->world, index);
    const struct ob_message *message = &sent->message;
    struct ob_text words = {0};

    ob_json_number(json, "from", message->from);
    ob_json_string(json, "kind", ob_vocabulary_kind_name(run->vocabulary, message->kind));
    ob_json_number(json, "ordinal", ob_world_ordinal(run->world, index));
    ob_json_array(json, "args");
    for (unsigned arg = 0; message->kind < OB_KINDS_MAX && arg < run->arities.shown[message->kind];
         arg++)
        ob_json_number(json, NULL, message->args[arg]);
    ob_json_end(json);
    print_payload(message, json);
    ob_report_message(run->world, &run->arities, index, &words);
    ob_json_text(json, "text", &words);
    ob_json_number(json, "sent_us", sent->time_us);
    print_index(json, "cause", sent->cause);
    print_deviation(run, index, transit_us, json);
}

static void print_choices(const struct run *run, uint32_t delivery, struct ob_json *json)
{
    ob_json_array(json, "choices");
    for (uint32_t index = 0; index < ob_world_chosen_count(run->world); index++) {
        const struct ob_chosen *chosen = ob_world_chosen(run->world, index);
        const struct ob_fault_point *fault = ob_world_fault_point(run->world, chosen->point);
        if (chosen->delivery != delivery || (fault && chosen->value == 0))
            continue;
        ob_json_object(json, NULL);
        ob_json_string(json, "point", ob_vocabulary_choice_name(run->vocabulary, chosen->point));
        ob_json_number(json, "ordinal", chosen->ordinal);
        ob_json_number(json, "value", chosen->value);
        ob_json_number(json, "count", chosen->count);
        if (fault) {
            struct ob_text words = {0};
            fault->print(run->world, chosen, &words);
            ob_json_text(json, "words", &words);
        }
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void print_flags(uint8_t flags, struct ob_json *json)
{
    static const struct {
        uint8_t flag;
        const char *name;
    } names[] = {
        {OB_DELIVERY_TIMER, "timer"},         {OB_DELIVERY_COPY, "copy"},
        {OB_DELIVERY_POSTPONED, "postponed"}, {OB_DELIVERY_RETRIED, "retried"},
        {OB_DELIVERY_LOST, "lost"},           {OB_DELIVERY_CRASHED, "crashed"},
        {OB_DELIVERY_STARTED, "started"},     {OB_DELIVERY_ENDED, "ended"},
    };

    ob_json_array(json, "flags");
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        if (flags & names[index].flag)
            ob_json_string(json, NULL, names[index].name);
    ob_json_end(json);
}

/* Whether a delivery may have had a part in the violation. In a run without one, all have. */
static bool is_relevant(const struct run *run, uint32_t index)
{
    uint32_t last = ob_world_delivery_count(run->world) - 1;

    return ob_world_verdict(run->world)->outcome != OB_VIOLATED || index == last ||
           ob_world_happens_before(run->world, index, last);
}

/* An actor starts again, without a message. */
static void print_start(struct ob_json *json)
{
    ob_json_null(json, "from");
    ob_json_null(json, "kind");
    ob_json_null(json, "ordinal");
    ob_json_array(json, "args");
    ob_json_end(json);
    ob_json_string(json, "text", "(starts again)");
    ob_json_null(json, "sent_us");
    ob_json_null(json, "cause");
    ob_json_null(json, "deviation");
}

static void print_delivery(struct run *run, uint32_t index, struct ob_json *json)
{
    const struct ob_delivery *delivery = ob_world_delivery(run->world, index);

    ob_json_object(json, NULL);
    ob_json_number(json, "index", index);
    ob_json_number(json, "time_us", delivery->time_us);
    ob_json_number(json, "actor", delivery->actor);
    if (delivery->sent == OB_NONE) {
        print_start(json);
    } else {
        uint64_t sent_us = ob_world_sent(run->world, delivery->sent)->time_us;
        print_message(run, delivery->sent, delivery->time_us - sent_us, json);
    }
    print_choices(run, index, json);
    ob_report_said_json(run->world, index, json);
    print_index(json, "previous", delivery->previous);
    print_flags(delivery->flags, json);
    ob_json_bool(json, "relevant", is_relevant(run, index));
    print_index(json, "folded", run->folds ? run->folds[index].head : OB_NONE);
    print_changes(run, "changes", index, json);
    ob_json_end(json);
}

static void print_undelivered(const struct run *run, struct ob_json *json)
{
    uint32_t sent_count = ob_world_sent_count(run->world);
    uint8_t *delivered = ob_story_delivered(run->world);

    ob_json_array(json, "undelivered");
    ob_json_lines(json);
    for (uint32_t index = 0; delivered && index < sent_count; index++) {
        if (delivered[index])
            continue;
        ob_json_object(json, NULL);
        ob_json_number(json, "to", ob_world_sent(run->world, index)->to);
        print_message(run, index, OB_NONE, json);
        ob_json_bool(json, "timer", ob_world_is_timer(run->world, index));
        ob_json_end(json);
    }
    ob_json_end(json);
    json->text->failed |= !delivered;
    free(delivered);
}

static void print_pair(const struct ob_annotated_run *annotated, struct ob_json *json)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};

    if (annotated->deciding_count == 0) {
        ob_json_null(json, "pair");
        return;
    }
    ob_json_object(json, "pair");
    for (unsigned at = 0; at < annotated->deciding_count; at++)
        print_index(json, names[at], annotated->deciding[at]);
    ob_json_end(json);
}

static int print_run(const struct ob_annotated_run *annotated, const char *name,
                     struct ob_json *json, struct ob_error *error)
{
    uint32_t count = ob_world_delivery_count(annotated->world);
    struct run run = {
        .world = annotated->world,
        .scenario = annotated->scenario,
        .vocabulary = ob_world_vocabulary(annotated->world),
    };
    int result = ob_states_record(annotated, &run.states, error);

    if (result == 0) {
        run.folds = ob_fold_find(annotated, 0);
        ob_report_arities(run.world, &run.arities);
        ob_json_object(json, name);
        ob_json_lines(json);
        print_verdict(&run, json);
        print_scenario(&run, json);
        print_pair(annotated, json);
        print_changes(&run, "initial", OB_NONE, json);
        ob_report_said_json(run.world, OB_NONE, json);
        ob_json_array(json, "deliveries");
        ob_json_lines(json);
        for (uint32_t index = 0; index < count; index++)
            print_delivery(&run, index, json);
        ob_json_end(json);
        print_undelivered(&run, json);
        ob_json_end(json);
    }
    free(run.folds);
    ob_states_release(&run.states);
    return result;
}

static void print_need(const struct ob_deviation_need *need, unsigned index, struct ob_json *json)
{
    ob_json_object(json, NULL);
    ob_json_number(json, "deviation", index);
    ob_json_string(json, "without", need->without);
    ob_json_string(json, "text", need->words);
    if (need->unit) {
        ob_json_object(json, "amount");
        ob_json_string(json, "of", need->is_delay ? "delay" : "deviation");
        ob_json_string(json, "unit", need->unit);
        ob_json_number(json, "least", need->least);
        print_index(json, "most", need->has_most ? need->most : OB_NONE);
        ob_json_bool(json, "gaps", need->has_gaps);
        ob_json_end(json);
    } else {
        ob_json_null(json, "amount");
    }
    ob_json_end(json);
}

static void print_needs(const struct ob_story *story, struct ob_json *json)
{
    if (!story->needs) {
        ob_json_null(json, "necessary");
        return;
    }
    ob_json_array(json, "necessary");
    ob_json_lines(json);
    for (unsigned index = 0; index < story->run.scenario->deviation_count; index++)
        print_need(&story->needs[index], index, json);
    ob_json_end(json);
}

static void print_evidence(const struct ob_cause_evidence *evidence, struct ob_json *json)
{
    if (!evidence) {
        ob_json_null(json, "evidence");
        return;
    }
    ob_json_object(json, "evidence");
    ob_json_number(json, "failing", evidence->failing);
    ob_json_number(json, "failing_so", evidence->failing_so);
    ob_json_number(json, "passing", evidence->passing);
    ob_json_number(json, "passing_so", evidence->passing_so);
    ob_json_end(json);
}

static void print_party(const struct ob_world *world, struct ob_json *json)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    ob_json_array(json, "actors");
    for (unsigned id = 0; id <= vocabulary->actor_count; id++) {
        const char *role = ob_world_is_program(world, id) ? "host" : "actor";
        ob_json_object(json, NULL);
        ob_json_number(json, "id", id);
        ob_json_string(json, "name", ob_report_actor(vocabulary, id));
        ob_json_string(json, "role", id == OB_OUTSIDE ? "outside" : role);
        ob_json_end(json);
    }
    ob_json_end(json);
    ob_json_array(json, "monitors");
    for (unsigned nth = 1; nth <= vocabulary->monitor_count; nth++) {
        ob_json_object(json, NULL);
        ob_json_number(json, "id", vocabulary->actor_count + nth);
        ob_json_string(json, "name", ob_report_actor(vocabulary, vocabulary->actor_count + nth));
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void print_head(const struct ob_story *story, struct ob_json *json)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(story->run.world);

    ob_json_number(json, "schema", OB_JSON_TRACE_SCHEMA);
    ob_json_string(json, "offbeat", OB_VERSION);
    ob_json_string(json, "target", vocabulary->target->name);
    ob_json_string(json, "variant", vocabulary->target->variants[vocabulary->variant]);
    bool is_described = false;
    for (unsigned id = 1; id <= vocabulary->actor_count; id++)
        is_described |= ob_world_describes(story->run.world, id);
    ob_json_bool(json, "described", is_described);
    print_party(story->run.world, json);
    ob_json_string(json, "decides", story->decides);
    print_evidence(story->evidence, json);
    print_needs(story, json);
}

int ob_report_json(const struct ob_story *story, struct ob_text *text, struct ob_error *error)
{
    struct ob_json json = {.text = text};

    ob_json_object(&json, NULL);
    ob_json_lines(&json);
    print_head(story, &json);
    if (print_run(&story->run, "run", &json, error))
        return -1;
    if (!story->passing.world)
        ob_json_null(&json, "passing");
    else if (print_run(&story->passing, "passing", &json, error))
        return -1;
    ob_json_end(&json);
    return 0;
}
