#include "report/columns.h"

#include <string.h>

#include "report/ending.h"
#include "report/layout.h"
#include "report/steps.h"

static void print_indented(const char *lines, struct ob_text *text)
{
    for (const char *line = lines; *line;) {
        size_t length = strcspn(line, "\n");
        ob_text_printf(text, "  %.*s\n", (int)length, line);
        line += length;
        line += *line == '\n';
    }
}

static void print_header(const struct ob_world *world, struct ob_text *text)
{
    struct ob_text explanation = {0};
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_verdict *verdict = ob_world_verdict(world);
    const struct ob_target *target = vocabulary->target;

    ob_text_printf(text, "%s/%s: ", target->name, target->variants[vocabulary->variant]);
    if (verdict->outcome == OB_VIOLATED)
        ob_text_printf(text, "%s is violated\n", verdict->invariant);
    else if (verdict->outcome == OB_CUT)
        ob_text_printf(text, "no violation up to where the run was cut (%s)\n", verdict->invariant);
    else
        ob_text_printf(text, "no violation\n");
    print_indented(verdict->detail, text);
    ob_world_explain(world, &explanation);
    print_indented(ob_text_string(&explanation), text);
    ob_text_release(&explanation);
}

/* What a deviation line does not say: that it did nothing, what it hit that has no kind to name, or
 * that not all of its amount counted. The text form takes it for a comment. */
static void print_outcome(const struct ob_world *world, const struct ob_scenario *scenario,
                          unsigned index, struct ob_text *text)
{
    const struct ob_deviation *deviation = &scenario->deviations[index];
    uint32_t sent = ob_world_hit(world, index);
    struct ob_resume resume;

    if (!(ob_world_applied(world) >> index & 1)) {
        ob_text_printf(text, "   (had no effect)");
        return;
    }
    if (sent == OB_NONE)
        return;
    uint32_t amount_us = ob_report_amount_us(world, deviation, sent);
    if (ob_world_resume(world, sent, &resume)) {
        ob_text_printf(text, "   # ");
        ob_resume_print(ob_world_vocabulary(world), &resume, text);
    }
    if (amount_us < deviation->amount) {
        ob_text_printf(text, "   # no more than ");
        ob_duration_print(text, amount_us);
        ob_text_printf(text, " took effect");
    }
}

static void print_scenario(const struct ob_world *world, const struct ob_scenario *scenario,
                           struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    ob_text_printf(text, "\nScenario: %u message%s, %u deviation%s\n", scenario->message_count,
                   ob_plural(scenario->message_count), scenario->deviation_count,
                   ob_plural(scenario->deviation_count));
    for (unsigned index = 0; index < scenario->message_count; index++) {
        ob_text_printf(text, "  ");
        ob_scenario_print_message(vocabulary, scenario, index, text);
        ob_text_printf(text, "\n");
    }
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_text_printf(text, "  ");
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[index], text);
        print_outcome(world, scenario, index, text);
        ob_text_printf(text, "\n");
    }
}

/* Where both runs fit beside each other they are, else the one that passes comes below, from where
 * it differs. */
static void print_traces(struct ob_layout *layout, const struct ob_telling *passing, size_t width,
                         uint32_t deliveries_max, struct ob_text *text)
{
    struct ob_layout other;
    struct ob_layout wide;

    ob_layout_measure(&wide, layout->world, layout->scenario, SIZE_MAX, deliveries_max);
    ob_layout_measure(&other, passing->world, passing->scenario, SIZE_MAX, deliveries_max);
    wide.telling = layout->telling;
    other.telling = passing;
    ob_text_printf(text, "\n");
    if (ob_steps_beside(&wide, &other, width, text))
        return;
    ob_steps_print(layout, "Trace", "left out", text);
    ob_layout_measure(&other, passing->world, passing->scenario, width, deliveries_max);
    other.telling = passing;
    uint32_t common = ob_steps_common(layout, &other);
    bool is_same = common >= other.first;
    if (is_same)
        other.first = common;
    ob_text_printf(text, "\n");
    ob_steps_print(&other, "Passes", is_same ? "the same" : "left out", text);
}

void ob_report_columns(const struct ob_world *world, const struct ob_scenario *scenario,
                       const struct ob_columns_options *options, struct ob_text *text)
{
    size_t start = text->length;
    size_t width = options && options->width ? options->width : OB_COLUMNS_WIDTH;
    uint32_t deliveries_max =
        options && options->deliveries_max ? options->deliveries_max : OB_COLUMNS_DELIVERIES;
    struct ob_layout layout;

    ob_layout_measure(&layout, world, scenario, width, deliveries_max);
    layout.telling = options && options->story ? &options->story->run : NULL;
    print_header(world, text);
    print_scenario(world, scenario, text);
    if (options && options->story && options->story->passing.world) {
        print_traces(&layout, &options->story->passing, width, deliveries_max, text);
    } else {
        ob_text_printf(text, "\n");
        ob_steps_print(&layout, "Trace", "left out", text);
    }
    ob_report_undelivered(&layout, text);
    ob_report_states(&layout, text);
    ob_report_clean(text, start);
}
