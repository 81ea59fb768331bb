/*
 * triage.sarif: the bugs for programs that show what analysers found. Static Analysis Results
 * Interchange Format (SARIF) version 2.1.0, OASIS Standard, 27 March 2020.
 *
 * A rule is what is violated in a target, a result one bucket. Where the place in the source is
 * known it is the result's location, otherwise the minimal scenario is; target and variant are its
 * logical location. The bucket's id, which does not change with unrelated edits, is its
 * fingerprint.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/html.h"
#include "base/json.h"
#include "offbeat/version.h"
#include "report/triage.h"

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* Two buckets of one rule differ in what decides. Memory errors and the like are rules by their
 * kind: what stands for their invariant names functions. */
static bool is_same_rule(const struct ob_triage_bucket *a, const struct ob_triage_bucket *b)
{
    return a->failure == b->failure && strcmp(a->target, b->target) == 0 &&
           (a->failure != OB_INVARIANT_VIOLATED || strcmp(a->invariant, b->invariant) == 0);
}

/* The first bucket with the rule of the one at `index`. */
static size_t find_first(const struct ob_triage_report *report, size_t index)
{
    size_t first = 0;
    while (!is_same_rule(report->buckets[first], report->buckets[index]))
        first++;
    return first;
}

/* The place of its rule among the rules, which stand in the order of their first buckets. */
static size_t find_rule(const struct ob_triage_report *report, size_t index)
{
    size_t first = find_first(report, index);
    size_t rule = 0;
    for (size_t other = 0; other < first; other++)
        rule += find_first(report, other) == other;
    return rule;
}

/* `order/paid_order_exists`, `order/memory-error`. */
static void add_rule_id(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    struct ob_text id = {0};

    ob_text_printf(&id, "%s/%s", bucket->target,
                   bucket->failure == OB_INVARIANT_VIOLATED
                       ? bucket->invariant
                       : ob_triage_failure_name(bucket->failure));
    for (size_t at = strlen(bucket->target); at < id.length; at++)
        if (id.data[at] == ' ')
            id.data[at] = '-';
    ob_json_string(text, ob_text_string(&id));
    text->failed = text->failed || id.failed;
    ob_text_release(&id);
}

/* Adds `"name": {"text": "first second third"}`. */
static void add_message(const char *name, const char *first, const char *second, const char *third,
                        struct ob_text *text)
{
    struct ob_text words = {0};

    ob_text_printf(&words, "%s%s%s", first, second, third);
    ob_json_string(text, name);
    ob_text_printf(text, ": {");
    ob_json_member(text, "text", ob_text_string(&words));
    ob_text_printf(text, "}");
    text->failed = text->failed || words.failed;
    ob_text_release(&words);
}

static void add_rule(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    bool is_invariant = bucket->failure == OB_INVARIANT_VIOLATED;

    ob_text_printf(text, "{\"id\": ");
    add_rule_id(bucket, text);
    ob_text_printf(text, ", ");
    if (is_invariant)
        add_message("shortDescription", "The invariant ", bucket->invariant, " is violated.", text);
    else
        add_message("shortDescription",
                    "The target ends with: ", ob_triage_failure_name(bucket->failure), ".", text);
    ob_text_printf(text, ", ");
    add_message("fullDescription",
                "An order or timing of messages that is possible makes the target ", bucket->target,
                is_invariant ? " violate one of its invariants." : " fail.", text);
    ob_text_printf(text, ", \"defaultConfiguration\": {\"level\": \"error\"}, \"properties\": "
                         "{\"tags\": [\"concurrency\", \"");
    ob_text_printf(text, "%s\"]}}", is_invariant ? "correctness" : "reliability");
}

static void add_rules(const struct ob_triage_report *report, struct ob_text *text)
{
    bool first = true;

    ob_text_printf(text, "\"rules\": [");
    for (size_t index = 0; index < report->bucket_count; index++) {
        if (find_first(report, index) != index)
            continue;
        ob_text_printf(text, "%s\n          ", first ? "" : ",");
        add_rule(report->buckets[index], text);
        first = false;
    }
    ob_text_printf(text, "]");
}

/* A file of the bucket's folder, relative to the file that this is written to. */
static void add_uri(const struct ob_triage_bucket *bucket, const char *file, struct ob_text *text)
{
    ob_text_printf(text, "\"artifactLocation\": {\"uri\": \"");
    ob_html_path(text, bucket->directory);
    ob_text_printf(text, "/%s\"}", file);
}

static void add_frame_location(const struct ob_triage_frame *frame, struct ob_text *text)
{
    ob_text_printf(text, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": \"%s",
                   frame->file[0] == '/' ? "file://" : "");
    ob_html_path(text, frame->file);
    ob_text_printf(text, "\"}");
    if (frame->line > 0) {
        ob_text_printf(text, ", \"region\": {\"startLine\": %u", frame->line);
        if (frame->column > 0)
            ob_text_printf(text, ", \"startColumn\": %u", frame->column);
        ob_text_printf(text, "}");
    }
    ob_text_printf(text, "}");
}

static void add_logical(const char *name, const char *kind, struct ob_text *text)
{
    ob_text_printf(text, "\"logicalLocations\": [{");
    ob_json_member(text, "fullyQualifiedName", name);
    ob_text_printf(text, ", \"kind\": \"%s\"}]", kind);
}

static void add_locations(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    struct ob_text subject = {0};

    ob_text_printf(&subject, "%s/%s", bucket->target, bucket->variant);
    ob_text_printf(text, "\"locations\": [{");
    if (bucket->frame_count > 0 && *bucket->frames[0].file) {
        add_frame_location(&bucket->frames[0], text);
    } else {
        ob_text_printf(text, "\"physicalLocation\": {");
        add_uri(bucket, "scenario.txt", text);
        ob_text_printf(text, ", \"region\": {\"startLine\": 1}}");
    }
    ob_text_printf(text, ", ");
    add_logical(ob_text_string(&subject), "module", text);
    ob_text_printf(text, "}],\n       \"relatedLocations\": [{\"id\": 1, \"physicalLocation\": {");
    add_uri(bucket, "scenario.txt", text);
    ob_text_printf(text, "}, ");
    add_message("message", bucket->is_minimal ? "the minimal scenario" : "a scenario", "", "",
                text);
    ob_text_printf(text, "}]");
    text->failed = text->failed || subject.failed;
    ob_text_release(&subject);
}

static void add_stack(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    ob_text_printf(text, ",\n       \"stacks\": [{");
    add_message("message", bucket->invariant, "", "", text);
    ob_text_printf(text, ", \"frames\": [");
    for (size_t index = 0; index < bucket->frame_count; index++) {
        const struct ob_triage_frame *frame = &bucket->frames[index];
        ob_text_printf(text, "%s{\"location\": {", index ? ", " : "");
        if (*frame->file) {
            add_frame_location(frame, text);
            ob_text_printf(text, ", ");
        }
        add_logical(frame->function, "function", text);
        ob_text_printf(text, "}}");
    }
    ob_text_printf(text, "]}]");
}

static void add_properties(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    const struct {
        const char *name;
        const char *value;
    } members[] = {
        {"target", bucket->target},
        {"variant", bucket->variant},
        {"failure", ob_triage_failure_name(bucket->failure)},
        {"violated", bucket->invariant},
        {"decides", bucket->decides},
        {"signature", bucket->signature},
        {"trace", bucket->trace},
        {"scenario", bucket->scenario},
    };

    ob_text_printf(text, ",\n       \"properties\": {");
    for (size_t index = 0; index < sizeof members / sizeof *members; index++) {
        ob_json_member(text, members[index].name, members[index].value);
        ob_text_printf(text, ", ");
    }
    ob_text_printf(text, "\"messages\": %u, \"deviations\": %u, \"fails\": %u, \"repeats\": %u, ",
                   bucket->messages, bucket->deviations, bucket->fails, bucket->repeats);
    ob_text_printf(text, "\"inputs\": [");
    for (size_t index = 0; index < bucket->input_count; index++) {
        ob_text_printf(text, "%s", index ? ", " : "");
        ob_json_string(text, bucket->inputs[index]->path);
    }
    ob_text_printf(text, "]}");
}

/* What is violated, its values, and what decides. */
static void add_result_message(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    struct ob_text words = {0};

    ob_text_printf(&words, "%s/%s: %s%s", bucket->target, bucket->variant, bucket->invariant,
                   bucket->failure == OB_INVARIANT_VIOLATED ? " is violated" : "");
    if (*bucket->detail)
        ob_text_printf(&words, ": %s", bucket->detail);
    if (*bucket->decides)
        ob_text_printf(&words, "\n%s", bucket->decides);
    add_message("message", ob_text_string(&words), "", "", text);
    text->failed = text->failed || words.failed;
    ob_text_release(&words);
}

static void add_result(const struct ob_triage_report *report, size_t index, struct ob_text *text)
{
    const struct ob_triage_bucket *bucket = report->buckets[index];
    bool is_reproducible = bucket->repeats > 0 && bucket->fails == bucket->repeats;
    double rank = 100.0 * (double)(report->bucket_count - index) / (double)report->bucket_count;

    ob_text_printf(text, "\n      {\"ruleId\": ");
    add_rule_id(bucket, text);
    ob_text_printf(text, ", \"ruleIndex\": %zu, \"kind\": \"fail\", \"level\": \"%s\", ",
                   find_rule(report, index), is_reproducible ? "error" : "warning");
    ob_text_printf(text, "\"rank\": %.1f, \"occurrenceCount\": %zu,\n       ", rank,
                   bucket->input_count ? bucket->input_count : 1);
    add_result_message(bucket, text);
    ob_text_printf(text, ",\n       ");
    add_locations(bucket, text);
    if (bucket->frame_count > 0)
        add_stack(bucket, text);
    ob_text_printf(text, ",\n       \"partialFingerprints\": {");
    ob_json_member(text, "offbeatSignature/v1", bucket->id);
    ob_text_printf(text, "}");
    add_properties(bucket, text);
    ob_text_printf(text, "}");
}

/* What could not be judged is no result, but whoever reads only this file should know of it. */
static void add_notifications(const struct ob_triage_report *report, struct ob_text *text)
{
    bool first = true;

    ob_text_printf(text, "\"invocations\": [{\"executionSuccessful\": true, "
                         "\"toolExecutionNotifications\": [");
    for (size_t index = 0; index < report->input_count; index++) {
        const struct ob_triage_input *input = report->inputs[index];
        if (input->state != OB_TRIAGE_BROKEN && input->state != OB_TRIAGE_UNTOLD &&
            input->state != OB_TRIAGE_TROUBLE)
            continue;
        ob_text_printf(text, "%s\n      {\"level\": \"%s\", ", first ? "" : ",",
                       input->state == OB_TRIAGE_TROUBLE ? "error" : "note");
        add_message("message", input->path, ": ", input->reason, text);
        ob_text_printf(text, "}");
        first = false;
    }
    ob_text_printf(text, "]}],\n    ");
}

int ob_triage_write_sarif(const struct ob_triage_report *report, struct ob_text *text,
                          struct ob_error *error)
{
    ob_text_printf(text, "{\n  \"$schema\": \"" SCHEMA "\",\n  \"version\": \"2.1.0\",\n"
                         "  \"runs\": [{\n    \"tool\": {\"driver\": {");
    ob_json_member(text, "name", "Offbeat");
    ob_text_printf(text, ", ");
    ob_json_member(text, "version", OB_VERSION);
    ob_text_printf(text, ",\n        ");
    add_rules(report, text);
    ob_text_printf(text, "}},\n    ");
    add_notifications(report, text);
    ob_text_printf(text, "\"results\": [");
    for (size_t index = 0; index < report->bucket_count; index++) {
        ob_text_printf(text, "%s", index ? "," : "");
        add_result(report, index, text);
    }
    ob_text_printf(text, "]\n  }]\n}\n");
    return text->failed ? ob_error_set(error, "memory is short") : 0;
}
