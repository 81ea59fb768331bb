#include "report/columns.h"

#include <string.h>

#include "report/ending.h"
#include "report/layout.h"

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_header(const struct ob_world *world, struct ob_text *text)
{
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
    for (const char *line = verdict->detail; *line;) {
        size_t length = strcspn(line, "\n");
        ob_text_printf(text, "  %.*s\n", (int)length, line);
        line += length;
        line += *line == '\n';
    }
}

static void print_scenario(const struct ob_world *world, const struct ob_scenario *scenario,
                           struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint64_t applied = ob_world_applied(world);

    ob_text_printf(text, "\nScenario: %u message%s, %u deviation%s\n", scenario->message_count,
                   plural(scenario->message_count), scenario->deviation_count,
                   plural(scenario->deviation_count));
    for (unsigned index = 0; index < scenario->message_count; index++) {
        ob_text_printf(text, "  ");
        ob_scenario_print_message(vocabulary, scenario, index, text);
        ob_text_printf(text, "\n");
    }
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_text_printf(text, "  ");
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[index], text);
        ob_text_printf(text, "%s\n", applied >> index & 1 ? "" : "   (had no effect)");
    }
}

static void print_head(const struct ob_layout *layout, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);

    ob_text_pad(text, layout->time_end - strlen("time"));
    ob_text_printf(text, "time");
    for (unsigned id = 1; id <= vocabulary->actor_count && !layout->is_list; id++) {
        if (!layout->widths[id])
            continue;
        ob_text_pad(text, layout->starts[id]);
        ob_text_printf(text, "%s", ob_report_actor(vocabulary, id));
    }
    if (layout->is_list) {
        ob_text_pad(text, layout->time_end + 2);
        ob_text_printf(text, "actor");
    }
    ob_text_printf(text, "\n");
}

/* The lifelines of the actors from `from` up to `to`: `|` while they are up, nothing while they are
 * down. */
static void print_lifelines(const struct ob_layout *layout, unsigned from, unsigned to,
                            const bool *down, struct ob_text *text)
{
    for (unsigned id = from; id < to && !layout->is_list; id++) {
        if (!layout->widths[id] || down[id])
            continue;
        ob_text_pad(text, layout->starts[id]);
        ob_text_printf(text, "|");
    }
}

/* One line of a step: whose it is stands in its column, the lifelines of the others left and right
 * of it. */
static void print_line(const struct ob_layout *layout, unsigned actor, const char *line,
                       size_t length, const bool *down, struct ob_text *text)
{
    unsigned actor_count = ob_world_vocabulary(layout->world)->actor_count;

    print_lifelines(layout, 1, actor, down, text);
    ob_text_pad(text, layout->starts[actor]);
    ob_text_append(text, line, length);
    print_lifelines(layout, actor + 1, actor_count + 1, down, text);
    ob_text_printf(text, "\n");
}

static void print_step(const struct ob_layout *layout, uint32_t index, const bool *down,
                       struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);
    const struct ob_delivery *delivery = ob_world_delivery(layout->world, index);
    struct ob_text time = {0};
    struct ob_text lines = {0};

    ob_duration_print(&time, delivery->time_us);
    ob_text_pad(text, layout->time_end > time.length ? layout->time_end - time.length : 0);
    ob_text_printf(text, "%s", ob_text_string(&time));
    if (layout->is_list) {
        ob_text_pad(text, layout->time_end + 2);
        ob_text_printf(text, "%s", ob_report_actor(vocabulary, delivery->actor));
    }
    ob_layout_step(layout, index, &lines);
    for (const char *line = ob_text_string(&lines); *line;) {
        size_t length = strcspn(line, "\n");
        print_line(layout, delivery->actor, line, length, down, text);
        line += length;
        line += *line == '\n';
    }
    ob_text_release(&lines);
    ob_text_release(&time);
}

static void print_trace(const struct ob_layout *layout, struct ob_text *text)
{
    const struct ob_verdict *verdict = ob_world_verdict(layout->world);
    uint32_t count = ob_world_delivery_count(layout->world);
    bool down[OB_ACTORS_MAX + 1] = {false};

    ob_text_printf(text, "\nTrace: %u deliver%s in ", count, count == 1 ? "y" : "ies");
    ob_duration_print(text, verdict->end_us);
    ob_text_printf(text, ", hash %016llx\n", (unsigned long long)verdict->trace_hash);
    if (count == 0)
        return;
    if (layout->first > 0)
        ob_text_printf(text, "  (the first %u are left out)\n", layout->first);
    print_head(layout, text);
    for (uint32_t index = 0; index < count; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(layout->world, index);
        if (delivery->flags & OB_DELIVERY_STARTED)
            down[delivery->actor] = false;
        if (index >= layout->first)
            print_step(layout, index, down, text);
        if (delivery->flags & (OB_DELIVERY_CRASHED | OB_DELIVERY_ENDED))
            down[delivery->actor] = true;
    }
    if (verdict->outcome == OB_VIOLATED)
        return;
    ob_text_pad(text, layout->time_end + 2);
    ob_text_printf(text, "(%s)\n",
                   verdict->outcome == OB_CUT ? "cut here" : "nothing more happens");
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
    print_header(world, text);
    print_scenario(world, scenario, text);
    print_trace(&layout, text);
    ob_report_undelivered(&layout, text);
    ob_report_states(&layout, text);
    ob_report_clean(text, start);
}
