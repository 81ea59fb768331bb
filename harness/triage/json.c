#include "base/json.h"
#include "offbeat/version.h"
#include "triage/report.h"

#define SCHEMA 1

static void add_input(const struct ob_triage_input *input, struct ob_json *json)
{
    ob_json_object(json, NULL);
    ob_json_string(json, "path", input->path);
    ob_json_string(json, "sha256", input->hash);
    ob_json_number(json, "size", input->size);
    ob_json_string(json, "state", ob_triage_state_name(input->state));
    ob_json_number(json, "fails", input->fails);
    ob_json_number(json, "repeats", input->repeats);
    ob_json_string(json, "reason", input->reason);
    ob_json_end(json);
}

static void add_frames(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    ob_json_array(json, "frames");
    for (size_t index = 0; index < bucket->frame_count; index++) {
        const struct ob_triage_frame *frame = &bucket->frames[index];
        ob_json_object(json, NULL);
        ob_json_string(json, "function", frame->function);
        ob_json_string(json, "file", frame->file);
        ob_json_number(json, "line", frame->line);
        ob_json_number(json, "column", frame->column);
        ob_json_end(json);
    }
    ob_json_end(json);
}

static void add_bucket(const struct ob_triage_bucket *bucket, struct ob_json *json)
{
    ob_json_object(json, NULL);
    ob_json_lines(json);
    ob_json_string(json, "id", bucket->id);
    ob_json_string(json, "signature", bucket->signature);
    ob_json_string(json, "target", bucket->target);
    ob_json_string(json, "variant", bucket->variant);
    ob_json_string(json, "kind", ob_triage_failure_name(bucket->failure));
    ob_json_string(json, "invariant", bucket->invariant);
    ob_json_string(json, "detail", bucket->detail);
    ob_json_string(json, "decides", bucket->decides);
    add_frames(bucket, json);
    ob_json_string(json, "report", bucket->report);
    ob_json_number(json, "fails", bucket->fails);
    ob_json_number(json, "repeats", bucket->repeats);
    ob_json_bool(json, "reproducible", bucket->fails == bucket->repeats);
    ob_json_bool(json, "minimal", bucket->is_minimal);
    ob_json_number(json, "messages", bucket->messages);
    ob_json_number(json, "deviations", bucket->deviations);
    ob_json_number(json, "bytes", bucket->bytes);
    ob_json_string(json, "trace", bucket->trace);
    ob_json_string(json, "made_of", bucket->input_path);
    ob_json_string(json, "scenario", bucket->scenario);
    ob_json_string(json, "directory", bucket->directory);
    ob_json_bool(json, "explained", bucket->has_explanation);
    ob_json_array(json, "inputs");
    ob_json_lines(json);
    for (size_t index = 0; index < bucket->input_count; index++)
        add_input(bucket->inputs[index], json);
    ob_json_end(json);
    ob_json_end(json);
}

static void add_counts(const struct ob_triage_report *report, struct ob_json *json)
{
    ob_json_object(json, "counts");
    ob_json_number(json, "inputs", report->input_count);
    ob_json_number(json, "duplicates", report->duplicates);
    for (unsigned state = 0; state < OB_TRIAGE_STATES; state++)
        ob_json_number(json, ob_triage_state_name(state), report->state_counts[state]);
    ob_json_end(json);
}

void ob_triage_write_json(const struct ob_triage_report *report, struct ob_text *text)
{
    struct ob_json json = {.text = text};

    ob_json_object(&json, NULL);
    ob_json_lines(&json);
    ob_json_number(&json, "schema", SCHEMA);
    ob_json_string(&json, "offbeat", OB_VERSION);
    add_counts(report, &json);
    ob_json_array(&json, "buckets");
    ob_json_lines(&json);
    for (size_t index = 0; index < report->bucket_count; index++)
        add_bucket(report->buckets[index], &json);
    ob_json_end(&json);
    ob_json_array(&json, "others");
    ob_json_lines(&json);
    for (size_t index = 0; index < report->input_count; index++) {
        enum ob_triage_state state = report->inputs[index]->state;
        if (state != OB_TRIAGE_FAILS && state != OB_TRIAGE_FLAKY)
            add_input(report->inputs[index], &json);
    }
    ob_json_end(&json);
    ob_json_end(&json);
}
