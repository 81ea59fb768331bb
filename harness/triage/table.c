#include <stdio.h>
#include <string.h>

#include "report/message.h"
#include "triage/report.h"

#define OTHERS_MAX 20 /* of those that are no verdict; all are in the JSON */

/* Adds at most `width` characters of a string; what is cut ends in "...". */
static void add_cut(struct ob_text *text, const char *string, size_t width)
{
    size_t length = strlen(string);

    if (length <= width)
        ob_text_printf(text, "%s", string);
    else
        ob_text_printf(text, "%.*s...", (int)(width > 3 ? width - 3 : 0), string);
}

static void add_bucket(const struct ob_triage_bucket *bucket, size_t number, unsigned width,
                       struct ob_text *text)
{
    char runs[32];

    (void)snprintf(runs, sizeof runs, "%u/%u", bucket->fails, bucket->repeats);
    ob_text_printf(text, "%3zu  %s  %-13s %6zu  %7s  %4u  ", number, bucket->id,
                   ob_triage_failure_name(bucket->failure), bucket->input_count, runs,
                   bucket->messages + bucket->deviations);
    ob_text_printf(text, "%s/%s %s\n", bucket->target, bucket->variant, bucket->invariant);
    const char *line = bucket->decides[0] ? bucket->decides : bucket->signature;
    ob_text_printf(text, "     ");
    add_cut(text, line, width > 8 ? width - 5 : 3);
    ob_text_printf(text, "\n");
}

static void add_counts(const struct ob_triage_report *report, struct ob_text *text)
{
    const char *separator = ":";

    ob_text_printf(text, "%zu input%s", report->input_count, ob_plural(report->input_count));
    for (unsigned state = 0; state < OB_TRIAGE_STATES; state++) {
        size_t count = report->state_counts[state];
        if (count == 0)
            continue;
        ob_text_printf(text, "%s %zu ", separator, count);
        if (count > 1 && state == OB_TRIAGE_FAILS)
            ob_text_printf(text, "fail");
        else if (count > 1 && state == OB_TRIAGE_PASSES)
            ob_text_printf(text, "pass");
        else
            ob_text_printf(text, "%s", ob_triage_state_name(state));
        separator = ",";
    }
    if (report->duplicates)
        ob_text_printf(text, ", %zu of them %s", report->duplicates,
                       report->duplicates == 1 ? "a copy" : "copies");
    ob_text_printf(text, "; %zu bug%s\n", report->bucket_count, ob_plural(report->bucket_count));
}

/* What was not judged, and why. */
static void add_others(const struct ob_triage_report *report, unsigned width, struct ob_text *text)
{
    size_t count = 0;

    for (size_t index = 0; index < report->input_count; index++) {
        const struct ob_triage_input *input = report->inputs[index];
        if (input->state < OB_TRIAGE_BROKEN)
            continue;
        if (count++ == 0)
            ob_text_printf(text, "\nNot judged:\n");
        if (count > OTHERS_MAX)
            continue;
        struct ob_text line = {0};
        ob_text_printf(&line, "%s: %s", input->path, input->reason);
        ob_text_printf(text, "  %-8s ", ob_triage_state_name(input->state));
        add_cut(text, ob_text_string(&line), width > 14 ? width - 11 : 3);
        ob_text_printf(text, "\n");
        ob_text_release(&line);
    }
    if (count > OTHERS_MAX)
        ob_text_printf(text, "  and %zu more, see triage.json\n", count - OTHERS_MAX);
}

void ob_triage_write_table(const struct ob_triage_report *report, unsigned width,
                           struct ob_text *text)
{
    size_t start = text->length;

    add_counts(report, text);
    if (report->bucket_count)
        ob_text_printf(text, "\n  #  id            kind          inputs    fails  size  what\n");
    for (size_t index = 0; index < report->bucket_count; index++)
        add_bucket(report->buckets[index], index + 1, width, text);
    add_others(report, width, text);
    ob_report_clean(text, start);
}
