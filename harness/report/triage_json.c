#include <inttypes.h>

#include "base/json.h"
#include "offbeat/version.h"
#include "report/triage.h"

#define SCHEMA 1

static void add_member(struct ob_text *text, const char *name, const char *value)
{
    ob_json_member(text, name, value);
    ob_text_printf(text, ", ");
}

static void add_input(const struct ob_triage_input *input, struct ob_text *text)
{
    ob_text_printf(text, "{");
    add_member(text, "path", input->path);
    add_member(text, "sha256", input->hash);
    ob_text_printf(text, "\"size\": %" PRIu64 ", ", input->size);
    add_member(text, "state", ob_triage_state_name(input->state));
    ob_text_printf(text, "\"fails\": %u, \"repeats\": %u, ", input->fails, input->repeats);
    ob_json_member(text, "reason", input->reason);
    ob_text_printf(text, "}");
}

static void add_inputs(const struct ob_triage_input *const *inputs, size_t count,
                       const char *indent, struct ob_text *text)
{
    ob_text_printf(text, "[");
    for (size_t index = 0; index < count; index++) {
        ob_text_printf(text, "%s\n%s", index ? "," : "", indent);
        add_input(inputs[index], text);
    }
    ob_text_printf(text, "]");
}

static void add_frames(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    ob_text_printf(text, "    \"frames\": [");
    for (size_t index = 0; index < bucket->frame_count; index++) {
        const struct ob_triage_frame *frame = &bucket->frames[index];
        ob_text_printf(text, "%s{", index ? ", " : "");
        add_member(text, "function", frame->function);
        add_member(text, "file", frame->file);
        ob_text_printf(text, "\"line\": %u, \"column\": %u}", frame->line, frame->column);
    }
    ob_text_printf(text, "],\n");
}

static void add_bucket(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    ob_text_printf(text, "   {");
    add_member(text, "id", bucket->id);
    ob_json_member(text, "signature", bucket->signature);
    ob_text_printf(text, ",\n    ");
    add_member(text, "target", bucket->target);
    add_member(text, "variant", bucket->variant);
    add_member(text, "kind", ob_triage_failure_name(bucket->failure));
    ob_json_member(text, "invariant", bucket->invariant);
    ob_text_printf(text, ",\n    ");
    add_member(text, "detail", bucket->detail);
    ob_json_member(text, "decides", bucket->decides);
    ob_text_printf(text, ",\n");
    add_frames(bucket, text);
    ob_text_printf(text, "    ");
    ob_json_member(text, "report", bucket->report);
    ob_text_printf(text, ",\n    \"fails\": %u, \"repeats\": %u, \"reproducible\": %s,\n",
                   bucket->fails, bucket->repeats,
                   bucket->fails == bucket->repeats ? "true" : "false");
    ob_text_printf(text, "    \"minimal\": %s, \"messages\": %u, \"deviations\": %u, ",
                   bucket->is_minimal ? "true" : "false", bucket->messages, bucket->deviations);
    ob_text_printf(text, "\"bytes\": %zu, ", bucket->bytes);
    add_member(text, "trace", bucket->trace);
    ob_json_member(text, "made_of", bucket->input_path);
    ob_text_printf(text, ",\n    ");
    ob_json_member(text, "scenario", bucket->scenario);
    ob_text_printf(text, ",\n    ");
    add_member(text, "directory", bucket->directory);
    ob_text_printf(
        text, "\"explained\": %s,\n    \"inputs\": ", bucket->has_explanation ? "true" : "false");
    add_inputs(bucket->inputs, bucket->input_count, "     ", text);
    ob_text_printf(text, "}");
}

void ob_triage_write_json(const struct ob_triage_report *report, struct ob_text *text)
{
    ob_text_printf(text, "{\"schema\": %d, ", SCHEMA);
    add_member(text, "offbeat", OB_VERSION);
    ob_text_printf(text, "\n \"counts\": {\"inputs\": %zu, \"duplicates\": %zu",
                   report->input_count, report->duplicates);
    for (unsigned state = 0; state < OB_TRIAGE_STATES; state++)
        ob_text_printf(text, ", \"%s\": %zu", ob_triage_state_name(state),
                       report->state_counts[state]);
    ob_text_printf(text, "},\n \"buckets\": [");
    for (size_t index = 0; index < report->bucket_count; index++) {
        ob_text_printf(text, "%s\n", index ? "," : "");
        add_bucket(report->buckets[index], text);
    }
    ob_text_printf(text, "],\n \"others\": [");
    for (size_t index = 0, count = 0; index < report->input_count; index++) {
        enum ob_triage_state state = report->inputs[index]->state;
        if (state == OB_TRIAGE_FAILS || state == OB_TRIAGE_FLAKY)
            continue;
        ob_text_printf(text, "%s\n   ", count++ ? "," : "");
        add_input(report->inputs[index], text);
    }
    ob_text_printf(text, "]}\n");
}
