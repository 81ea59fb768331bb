#include "report/json_trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "offbeat/version.h"
#include "report/message.h"
#include "report/states.h"

/* One run while it is printed. */
struct run {
    const struct ob_world *world;
    const struct ob_scenario *scenario;
    const struct ob_vocabulary *vocabulary;
    struct ob_arities arities;
    struct ob_states states;
    size_t next_state; /* the first entry that is not yet printed */
};

/* Adds `"name": 7`, or null where there is no such thing. */
static void print_index(struct ob_text *text, const char *name, uint32_t index)
{
    if (index == OB_NONE)
        ob_text_printf(text, "\"%s\": null", name);
    else
        ob_text_printf(text, "\"%s\": %" PRIu32, name, index);
}

static void print_verdict(const struct run *run, struct ob_text *text)
{
    static const char *const outcomes[] = {
        [OB_PASSED] = "passed", [OB_VIOLATED] = "violated", [OB_CUT] = "cut"};
    const struct ob_verdict *verdict = ob_world_verdict(run->world);
    struct ob_text explanation = {0};

    ob_text_printf(text, "    \"verdict\": {\"outcome\": \"%s\", ", outcomes[verdict->outcome]);
    ob_json_member(text, "invariant", verdict->invariant);
    ob_text_printf(text, ", ");
    ob_json_member(text, "detail", verdict->detail);
    ob_world_explain(run->world, &explanation);
    ob_text_printf(text, ", ");
    ob_json_member(text, "explanation", ob_text_string(&explanation));
    ob_text_release(&explanation);
    ob_text_printf(text, ", \"trace_hash\": \"%016" PRIx64 "\", \"end_us\": %" PRIu64 "},\n",
                   verdict->trace_hash, verdict->end_us);
}

static void print_scenario(const struct run *run, struct ob_text *text)
{
    uint64_t applied = ob_world_applied(run->world);
    struct ob_text words = {0};

    ob_scenario_print(run->vocabulary, run->scenario, &words);
    ob_text_printf(text, "    ");
    ob_json_member(text, "scenario", ob_text_string(&words));
    ob_text_printf(text, ",\n    \"deviations\": [");
    for (unsigned index = 0; index < run->scenario->deviation_count; index++) {
        words.length = 0;
        ob_scenario_print_deviation(run->vocabulary, &run->scenario->deviations[index], &words);
        ob_text_printf(text, "%s\n      {", index ? "," : "");
        ob_json_member(text, "text", ob_text_string(&words));
        ob_text_printf(text, ", \"applied\": %s}", applied >> index & 1 ? "true" : "false");
    }
    ob_text_printf(text, "],\n");
    ob_text_release(&words);
}

static void print_timers(const struct run *run, const struct ob_state_entry *entry,
                         struct ob_text *text)
{
    for (uint32_t index = 0; index < entry->timer_count; index++) {
        const struct ob_state_timer *timer = &run->states.timers[entry->timers + index];
        struct ob_text words = {0};
        ob_report_message(run->world, &run->arities, timer->sent, &words);
        ob_text_printf(text, "%s{", index ? ", " : "");
        ob_json_member(text, "text", ob_text_string(&words));
        ob_text_printf(text, ", \"due_us\": %" PRIu64 "}", timer->due_us);
        ob_text_release(&words);
    }
}

/* The states that changed with a delivery, OB_NONE for those before the first. */
static void print_changes(struct run *run, uint32_t delivery, struct ob_text *text)
{
    const struct ob_states *states = &run->states;
    bool first = true;

    ob_text_printf(text, "[");
    while (run->next_state < states->count &&
           states->entries[run->next_state].delivery == delivery) {
        const struct ob_state_entry *entry = &states->entries[run->next_state++];
        ob_text_printf(text, "%s{\"actor\": %u, \"up\": %s, \"mailbox\": %" PRIu32 ", ",
                       first ? "" : ", ", entry->actor, entry->is_up ? "true" : "false",
                       entry->mailbox);
        ob_json_member(text, "state", ob_states_text(states, entry));
        ob_text_printf(text, ", \"timers\": [");
        print_timers(run, entry, text);
        ob_text_printf(text, "]}");
        first = false;
    }
    ob_text_printf(text, "]");
}

static void print_payload(const struct ob_message *message, struct ob_text *text)
{
    if (message->size == 0 || !message->bytes)
        return;
    ob_text_printf(text, ", \"bytes\": \"");
    for (uint32_t at = 0; at < message->size; at++)
        ob_text_printf(text, "%02x", message->bytes[at]);
    ob_text_printf(text, "\"");
}

static void print_deviation(const struct run *run, uint32_t message, uint64_t transit_us,
                            struct ob_text *text)
{
    const struct ob_sent *sent = ob_world_sent(run->world, message);
    struct ob_text words = {0};

    if (!sent->deviation || sent->deviation > run->scenario->deviation_count) {
        ob_text_printf(text, ", \"deviation\": null");
        return;
    }
    unsigned index = sent->deviation - 1u;
    ob_report_effect(run->world, &run->scenario->deviations[index], message, transit_us, &words);
    ob_text_printf(text, ", \"deviation\": {\"index\": %u, ", index);
    ob_json_member(text, "effect", ob_text_string(&words));
    ob_text_printf(text, "}");
    ob_text_release(&words);
}

/* What a delivery and a message that was not delivered have in common. */
static void print_message(const struct run *run, uint32_t index, uint64_t transit_us,
                          struct ob_text *text)
{
    const struct ob_sent *sent = ob_world_sent(run->world, index);
    const struct ob_message *message = &sent->message;
    struct ob_text words = {0};

    ob_text_printf(text, "\"from\": %u, ", message->from);
    ob_json_member(text, "kind", ob_vocabulary_kind_name(run->vocabulary, message->kind));
    ob_text_printf(text, ", \"ordinal\": %" PRIu32 ", \"args\": [",
                   ob_world_ordinal(run->world, index));
    for (unsigned arg = 0; message->kind < OB_KINDS_MAX && arg < run->arities.shown[message->kind];
         arg++)
        ob_text_printf(text, "%s%" PRIu32, arg ? ", " : "", message->args[arg]);
    ob_text_printf(text, "]");
    print_payload(message, text);
    ob_text_printf(text, ", ");
    ob_report_message(run->world, &run->arities, index, &words);
    ob_json_member(text, "text", ob_text_string(&words));
    ob_text_release(&words);
    ob_text_printf(text, ", \"sent_us\": %" PRIu64 ", ", sent->time_us);
    print_index(text, "cause", sent->cause);
    print_deviation(run, index, transit_us, text);
}

static void print_flags(uint8_t flags, struct ob_text *text)
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
    bool first = true;

    ob_text_printf(text, "\"flags\": [");
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (!(flags & names[index].flag))
            continue;
        ob_text_printf(text, "%s\"%s\"", first ? "" : ", ", names[index].name);
        first = false;
    }
    ob_text_printf(text, "]");
}

/* Whether a delivery may have had a part in the violation. In a run without one, all have. */
static bool is_relevant(const struct run *run, uint32_t index)
{
    uint32_t last = ob_world_delivery_count(run->world) - 1;

    return ob_world_verdict(run->world)->outcome != OB_VIOLATED || index == last ||
           ob_world_happens_before(run->world, index, last);
}

static void print_delivery(struct run *run, uint32_t index, struct ob_text *text)
{
    const struct ob_delivery *delivery = ob_world_delivery(run->world, index);

    ob_text_printf(text, "      {\"index\": %" PRIu32 ", \"time_us\": %" PRIu64 ", \"actor\": %u, ",
                   index, delivery->time_us, delivery->actor);
    if (delivery->sent == OB_NONE) {
        ob_text_printf(text, "\"from\": null, \"kind\": null, \"ordinal\": null, \"args\": [], "
                             "\"text\": \"(starts again)\", \"sent_us\": null, \"cause\": null, "
                             "\"deviation\": null");
    } else {
        uint64_t sent_us = ob_world_sent(run->world, delivery->sent)->time_us;
        print_message(run, delivery->sent, delivery->time_us - sent_us, text);
    }
    ob_text_printf(text, ", ");
    print_index(text, "previous", delivery->previous);
    ob_text_printf(text, ", ");
    print_flags(delivery->flags, text);
    ob_text_printf(text,
                   ", \"relevant\": %s, \"changes\": ", is_relevant(run, index) ? "true" : "false");
    print_changes(run, index, text);
    ob_text_printf(text, "}");
}

static void print_undelivered(const struct run *run, struct ob_text *text)
{
    uint32_t sent_count = ob_world_sent_count(run->world);
    uint8_t *delivered = ob_story_delivered(run->world);
    bool first = true;

    ob_text_printf(text, "    \"undelivered\": [");
    for (uint32_t index = 0; delivered && index < sent_count; index++) {
        if (delivered[index])
            continue;
        ob_text_printf(text, "%s\n      {\"to\": %u, ", first ? "" : ",",
                       ob_world_sent(run->world, index)->to);
        print_message(run, index, OB_NONE, text);
        ob_text_printf(text, ", \"timer\": %s}",
                       ob_world_is_timer(run->world, index) ? "true" : "false");
        first = false;
    }
    ob_text_printf(text, "]\n");
    text->failed = text->failed || !delivered;
    free(delivered);
}

static void print_pair(const struct ob_telling *telling, struct ob_text *text)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};

    ob_text_printf(text, "    \"pair\": ");
    for (unsigned at = 0; at < telling->deciding_count; at++) {
        ob_text_printf(text, at ? ", " : "{");
        print_index(text, names[at], telling->deciding[at]);
    }
    ob_text_printf(text, telling->deciding_count ? "},\n" : "null,\n");
}

static int print_run(const struct ob_telling *telling, struct ob_text *text, struct ob_error *error)
{
    uint32_t count = ob_world_delivery_count(telling->world);
    struct run run = {
        .world = telling->world,
        .scenario = telling->scenario,
        .vocabulary = ob_world_vocabulary(telling->world),
    };
    int result = ob_states_record(telling, &run.states, error);

    if (result == 0) {
        ob_report_arities(run.world, &run.arities);
        ob_text_printf(text, "{\n");
        print_verdict(&run, text);
        print_scenario(&run, text);
        print_pair(telling, text);
        ob_text_printf(text, "    \"initial\": ");
        print_changes(&run, OB_NONE, text);
        ob_text_printf(text, ",\n    \"deliveries\": [");
        for (uint32_t index = 0; index < count; index++) {
            ob_text_printf(text, "%s\n", index ? "," : "");
            print_delivery(&run, index, text);
        }
        ob_text_printf(text, "],\n");
        print_undelivered(&run, text);
        ob_text_printf(text, "  }");
    }
    ob_states_release(&run.states);
    return result;
}

static void print_need(const struct ob_telling_need *need, unsigned index, struct ob_text *text)
{
    ob_text_printf(text, "{\"deviation\": %u, ", index);
    ob_json_member(text, "without", need->without);
    ob_text_printf(text, ", ");
    ob_json_member(text, "text", need->words);
    ob_text_printf(text, ", \"amount\": ");
    if (!need->unit) {
        ob_text_printf(text, "null}");
        return;
    }
    ob_text_printf(text, "{\"of\": \"%s\", ", need->is_delay ? "delay" : "deviation");
    ob_json_member(text, "unit", need->unit);
    ob_text_printf(text, ", \"least\": %" PRIu32 ", ", need->least);
    print_index(text, "most", need->has_most ? need->most : OB_NONE);
    ob_text_printf(text, ", \"gaps\": %s}}", need->has_gaps ? "true" : "false");
}

static void print_needs(const struct ob_story *story, struct ob_text *text)
{
    ob_text_printf(text, "  \"necessary\": %s", story->needs ? "[" : "null,\n");
    if (!story->needs)
        return;
    for (unsigned index = 0; index < story->run.scenario->deviation_count; index++) {
        ob_text_printf(text, "%s\n    ", index ? "," : "");
        print_need(&story->needs[index], index, text);
    }
    ob_text_printf(text, "],\n");
}

static void print_evidence(const struct ob_telling_evidence *evidence, struct ob_text *text)
{
    ob_text_printf(text, "  \"evidence\": ");
    if (evidence)
        ob_text_printf(text,
                       "{\"failing\": %u, \"failing_so\": %u, \"passing\": %u, "
                       "\"passing_so\": %u},\n",
                       evidence->failing, evidence->failing_so, evidence->passing,
                       evidence->passing_so);
    else
        ob_text_printf(text, "null,\n");
}

static void print_head(const struct ob_story *story, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(story->run.world);

    ob_text_printf(text, "{\n  \"schema\": %d,\n  ", OB_JSON_TRACE_SCHEMA);
    ob_json_member(text, "offbeat", OB_VERSION);
    ob_text_printf(text, ",\n  ");
    ob_json_member(text, "target", vocabulary->target->name);
    ob_text_printf(text, ",\n  ");
    ob_json_member(text, "variant", vocabulary->target->variants[vocabulary->variant]);
    ob_text_printf(text, ",\n  \"described\": %s,\n  \"actors\": [",
                   vocabulary->target->describe ? "true" : "false");
    for (unsigned id = 0; id <= vocabulary->actor_count; id++) {
        ob_text_printf(text, "%s{\"id\": %u, ", id ? ", " : "", id);
        ob_json_member(text, "name", ob_report_actor(vocabulary, id));
        ob_text_printf(text, "}");
    }
    ob_text_printf(text, "],\n  ");
    if (story->decides)
        ob_json_member(text, "decides", story->decides);
    else
        ob_text_printf(text, "\"decides\": null");
    ob_text_printf(text, ",\n");
    print_evidence(story->evidence, text);
    print_needs(story, text);
}

int ob_report_json(const struct ob_story *story, struct ob_text *text, struct ob_error *error)
{
    print_head(story, text);
    ob_text_printf(text, "  \"run\": ");
    if (print_run(&story->run, text, error))
        return -1;
    ob_text_printf(text, ",\n  \"passing\": ");
    if (!story->passing.world)
        ob_text_printf(text, "null");
    else if (print_run(&story->passing, text, error))
        return -1;
    ob_text_printf(text, "\n}\n");
    return 0;
}
