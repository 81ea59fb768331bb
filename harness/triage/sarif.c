/*
 * triage.sarif: the bugs for programs that show what analysers found. Static Analysis Results
 * Interchange Format (SARIF) version 2.1.0, OASIS Standard, 27 March 2020.
 *
 * A rule is what is violated in a target, a result one bucket. Where the place in the source is
 * known it is the result's location, otherwise the minimal scenario is; target and variant are its
 * logical location. The bucket's id, which does not change with unrelated edits, is its
 * fingerprint.
 */
#include <stdlib.h>
#include <string.h>

#include "base/html.h"
#include "base/json.h"
#include "offbeat/version.h"
#include "triage/report.h"

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* Which rule each bucket is of. Rules stand in the order of their first buckets. */
struct rules {
    size_t *of;    /* bucket: its rule */
    size_t *first; /* rule: its first bucket */
    size_t count;
};

struct ruled {
    const struct ob_triage_bucket *bucket;
    size_t place;
};

/* Two buckets of one rule differ in what decides. Memory errors and the like are rules by their
 * kind: what stands for their invariant names functions. */
static int compare_rules(const struct ob_triage_bucket *a, const struct ob_triage_bucket *b)
{
    int compared = (a->failure > b->failure) - (a->failure < b->failure);
    if (compared == 0)
        compared = strcmp(a->target, b->target);
    if (compared == 0 && a->failure == OB_INVARIANT_VIOLATED)
        compared = strcmp(a->invariant, b->invariant);
    return compared;
}

static int compare_ruled(const void *a, const void *b)
{
    const struct ruled *one = a;
    const struct ruled *other = b;
    int compared = compare_rules(one->bucket, other->bucket);
    return compared ? compared : (one->place > other->place) - (one->place < other->place);
}

static int make_rules(struct rules *rules, const struct ob_triage_report *report,
                      struct ob_error *error)
{
    size_t count = report->bucket_count;
    struct ruled *ruled = calloc(count + 1, sizeof *ruled);
    size_t first = 0;

    *rules = (struct rules){.of = calloc(count + 1, sizeof *rules->of),
                            .first = calloc(count + 1, sizeof *rules->first)};
    if (!ruled || !rules->of || !rules->first) {
        free(ruled);
        return ob_error_set(error, "memory is short");
    }
    for (size_t at = 0; at < count; at++)
        ruled[at] = (struct ruled){report->buckets[at], at};
    if (count > 1)
        qsort(ruled, count, sizeof *ruled, compare_ruled);
    /* For now, of each bucket the first one with its rule. */
    for (size_t at = 0; at < count; at++) {
        if (at == 0 || compare_rules(ruled[at - 1].bucket, ruled[at].bucket) != 0)
            first = ruled[at].place;
        rules->of[ruled[at].place] = first;
    }
    for (size_t at = 0; at < count; at++) {
        bool is_first = rules->of[at] == at;
        if (is_first)
            rules->first[rules->count] = at;
        rules->of[at] = is_first ? rules->count++ : rules->of[rules->of[at]];
    }
    free(ruled);
    return 0;
}

static void release_rules(struct rules *rules)
{
    free(rules->of);
    free(rules->first);
}

/* `order/paid_order_exists`, `order/memory-error`. */
static void add_rule_id(const char *name, const struct ob_triage_bucket *bucket,
                        struct ob_json *json)
{
    struct ob_text id = {0};

    ob_text_printf(&id, "%s/%s", bucket->target,
                   bucket->failure == OB_INVARIANT_VIOLATED
                       ? bucket->invariant
                       : ob_triage_failure_name(bucket->failure));
    for (size_t at = strlen(bucket->target); at < id.length; at++)
        if (id.data[at] == ' ')
            id.data[at] = '-';
    ob_json_text(json, name, &id);
}

/* Adds `"name": {"text": "first second third"}`. */
static void add_message(const char *name, const char *first, const char *second, const char *third,
                        struct ob_json *json)
{
    ob_json_object(json, name);
    ob_json_printf(json, "text", "%s%s%s", first, second, third);
    ob_json_end(json);
}

static void add_rule(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    bool is_invariant = bucket->failure == OB_INVARIANT_VIOLATED;

    ob_json_object(json, NULL);
    add_rule_id("id", bucket, json);
    if (is_invariant)
        add_message("shortDescription", "The invariant ", bucket->invariant, " is violated.", json);
    else
        add_message("shortDescription",
                    "The target ends with: ", ob_triage_failure_name(bucket->failure), ".", json);
    add_message("fullDescription",
                "An order or timing of messages that is possible makes the target ", bucket->target,
                is_invariant ? " violate one of its invariants." : " fail.", json);
    ob_json_object(json, "defaultConfiguration");
    ob_json_string(json, "level", "error");
    ob_json_end(json);
    ob_json_object(json, "properties");
    ob_json_array(json, "tags");
    ob_json_string(json, NULL, "concurrency");
    ob_json_string(json, NULL, is_invariant ? "correctness" : "reliability");
    ob_json_end(json);
    ob_json_end(json);
    ob_json_end(json);
}

static void add_tool(const struct ob_triage_report *report, const struct rules *rules,
                     struct ob_json *json)
{
    ob_json_object(json, "tool");
    ob_json_object(json, "driver");
    ob_json_string(json, "name", "Offbeat");
    ob_json_string(json, "version", OB_VERSION);
    ob_json_array(json, "rules");
    ob_json_lines(json);
    for (size_t rule = 0; rule < rules->count; rule++)
        add_rule(report->buckets[rules->first[rule]], json);
    ob_json_end(json);
    ob_json_end(json);
    ob_json_end(json);
}

/* Begins `"physicalLocation": {"artifactLocation": {"uri": ...}` for a path, to be ended. */
static void begin_location(const char *scheme, const char *path, const char *file,
                           struct ob_json *json)
{
    struct ob_text uri = {0};

    ob_text_printf(&uri, "%s", scheme);
    ob_html_path(&uri, path);
    ob_text_printf(&uri, "%s", file);
    ob_json_object(json, "physicalLocation");
    ob_json_object(json, "artifactLocation");
    ob_json_text(json, "uri", &uri);
    ob_json_end(json);
}

static void add_region(unsigned line, unsigned column, struct ob_json *json)
{
    ob_json_object(json, "region");
    ob_json_number(json, "startLine", line);
    if (column > 0)
        ob_json_number(json, "startColumn", column);
    ob_json_end(json);
}

static void add_frame_location(const struct ob_triage_frame *frame, struct ob_json *json)
{
    begin_location(frame->file[0] == '/' ? "file://" : "", frame->file, "", json);
    if (frame->line > 0)
        add_region(frame->line, frame->column, json);
    ob_json_end(json);
}

static void add_logical(const char *name, const char *kind, struct ob_json *json)
{
    ob_json_array(json, "logicalLocations");
    ob_json_object(json, NULL);
    ob_json_string(json, "fullyQualifiedName", name);
    ob_json_string(json, "kind", kind);
    ob_json_end(json);
    ob_json_end(json);
}

/* The scenario of the bucket's folder, relative to the file that this is written to. */
static void add_scenario_location(const struct ob_triage_bucket *bucket, bool has_region,
                                  struct ob_json *json)
{
    begin_location("", bucket->directory, "/scenario.txt", json);
    if (has_region)
        add_region(1, 0, json);
    ob_json_end(json);
}

static void add_locations(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    struct ob_text subject = {0};

    ob_text_printf(&subject, "%s/%s", bucket->target, bucket->variant);
    ob_json_array(json, "locations");
    ob_json_object(json, NULL);
    if (bucket->frame_count > 0 && *bucket->frames[0].file)
        add_frame_location(&bucket->frames[0], json);
    else
        add_scenario_location(bucket, true, json);
    add_logical(ob_text_string(&subject), "module", json);
    ob_json_end(json);
    ob_json_end(json);
    ob_json_array(json, "relatedLocations");
    ob_json_object(json, NULL);
    ob_json_number(json, "id", 1);
    add_scenario_location(bucket, false, json);
    add_message("message", bucket->is_minimal ? "the minimal scenario" : "a scenario", "", "",
                json);
    ob_json_end(json);
    ob_json_end(json);
    json->text->failed |= subject.failed;
    ob_text_release(&subject);
}

static void add_stack(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    ob_json_array(json, "stacks");
    ob_json_object(json, NULL);
    add_message("message", bucket->invariant, "", "", json);
    ob_json_array(json, "frames");
    for (size_t index = 0; index < bucket->frame_count; index++) {
        const struct ob_triage_frame *frame = &bucket->frames[index];
        ob_json_object(json, NULL);
        ob_json_object(json, "location");
        if (*frame->file)
            add_frame_location(frame, json);
        add_logical(frame->function, "function", json);
        ob_json_end(json);
        ob_json_end(json);
    }
    ob_json_end(json);
    ob_json_end(json);
    ob_json_end(json);
}

static void add_properties(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    ob_json_object(json, "properties");
    ob_json_string(json, "target", bucket->target);
    ob_json_string(json, "variant", bucket->variant);
    ob_json_string(json, "failure", ob_triage_failure_name(bucket->failure));
    ob_json_string(json, "violated", bucket->invariant);
    ob_json_string(json, "decides", bucket->decides);
    ob_json_string(json, "signature", bucket->signature);
    ob_json_string(json, "trace", bucket->trace);
    ob_json_string(json, "scenario", bucket->scenario);
    ob_json_number(json, "messages", bucket->messages);
    ob_json_number(json, "deviations", bucket->deviations);
    ob_json_number(json, "fails", bucket->fails);
    ob_json_number(json, "repeats", bucket->repeats);
    ob_json_array(json, "inputs");
    for (size_t index = 0; index < bucket->input_count; index++)
        ob_json_string(json, NULL, bucket->inputs[index]->path);
    ob_json_end(json);
    ob_json_end(json);
}

/* What is violated, its values, and what decides. */
static void add_result_message(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    struct ob_text words = {0};

    ob_text_printf(&words, "%s/%s: %s%s", bucket->target, bucket->variant, bucket->invariant,
                   bucket->failure == OB_INVARIANT_VIOLATED ? " is violated" : "");
    if (*bucket->detail)
        ob_text_printf(&words, ": %s", bucket->detail);
    if (*bucket->decides)
        ob_text_printf(&words, "\n%s", bucket->decides);
    ob_json_object(json, "message");
    ob_json_text(json, "text", &words);
    ob_json_end(json);
}

static void add_result(const struct ob_triage_report *report, size_t index, size_t rule,
                       struct ob_json *json)
{
    const struct ob_triage_bucket *bucket = report->buckets[index];
    bool is_reproducible = bucket->repeats > 0 && bucket->fails == bucket->repeats;
    double rank = 100.0 * (double)(report->bucket_count - index) / (double)report->bucket_count;

    ob_json_object(json, NULL);
    ob_json_lines(json);
    add_rule_id("ruleId", bucket, json);
    ob_json_number(json, "ruleIndex", rule);
    ob_json_string(json, "kind", "fail");
    ob_json_string(json, "level", is_reproducible ? "error" : "warning");
    ob_json_decimal(json, "rank", rank, 1);
    ob_json_number(json, "occurrenceCount", bucket->input_count ? bucket->input_count : 1);
    add_result_message(bucket, json);
    add_locations(bucket, json);
    if (bucket->frame_count > 0)
        add_stack(bucket, json);
    ob_json_object(json, "partialFingerprints");
    ob_json_string(json, "offbeatSignature/v1", bucket->id);
    ob_json_end(json);
    add_properties(bucket, json);
    ob_json_end(json);
}

/* An input that could not be judged is no result, but this file has to mention it. */
static void add_notifications(const struct ob_triage_report *report, struct ob_json *json)
{
    ob_json_array(json, "invocations");
    ob_json_object(json, NULL);
    ob_json_bool(json, "executionSuccessful", true);
    ob_json_array(json, "toolExecutionNotifications");
    ob_json_lines(json);
    for (size_t index = 0; index < report->input_count; index++) {
        const struct ob_triage_input *input = report->inputs[index];
        if (input->state != OB_TRIAGE_BROKEN && input->state != OB_TRIAGE_UNKNOWN_TARGET &&
            input->state != OB_TRIAGE_TROUBLE)
            continue;
        ob_json_object(json, NULL);
        ob_json_string(json, "level", input->state == OB_TRIAGE_TROUBLE ? "error" : "note");
        add_message("message", input->path, ": ", input->reason, json);
        ob_json_end(json);
    }
    ob_json_end(json);
    ob_json_end(json);
    ob_json_end(json);
}

int ob_triage_write_sarif(const struct ob_triage_report *report, struct ob_text *text,
                          struct ob_error *error)
{
    struct ob_json json = {.text = text};
    struct rules rules;

    if (make_rules(&rules, report, error)) {
        release_rules(&rules);
        return -1;
    }
    ob_json_object(&json, NULL);
    ob_json_lines(&json);
    ob_json_string(&json, "$schema", SCHEMA);
    ob_json_string(&json, "version", "2.1.0");
    ob_json_array(&json, "runs");
    ob_json_object(&json, NULL);
    ob_json_lines(&json);
    add_tool(report, &rules, &json);
    add_notifications(report, &json);
    ob_json_array(&json, "results");
    ob_json_lines(&json);
    for (size_t index = 0; index < report->bucket_count; index++)
        add_result(report, index, rules.of[index], &json);
    ob_json_end(&json);
    ob_json_end(&json);
    ob_json_end(&json);
    ob_json_end(&json);
    release_rules(&rules);
    return text->failed ? ob_error_set(error, "memory is short") : 0;
}
