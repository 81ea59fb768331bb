#include "report/steps.h"
#include "report/message.h"
#include "report/said.h"
#include "world/goal.h"
#include "world/trace.h"
#include "world/world.h"

#include <string.h>

#define BETWEEN 4 /* blanks between two runs */

/* What goes wrong and what an actor says as it starts, before the first delivery. */
static void print_beginning(const struct ob_layout *layout, unsigned id, struct ob_text *text)
{
    struct ob_text lines = {0};

    if (layout->widths[id]) {
        ob_report_faults(layout->world, OB_NONE, id, &lines);
        ob_report_said(layout->world, OB_NONE, id, &lines);
    }
    for (const char *line = ob_text_string(&lines); *line;) {
        size_t length = strcspn(line, "\n");
        ob_text_pad(text, layout->time_end + 2);
        if (layout->is_list)
            ob_text_printf(text, "%s", ob_report_actor(ob_world_vocabulary(layout->world), id));
        ob_text_pad(text, layout->starts[id]);
        ob_text_append(text, line, length);
        ob_text_printf(text, "\n");
        line += length + 1;
    }
    ob_text_release(&lines);
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
    for (unsigned id = 1; id <= vocabulary->actor_count && layout->first == 0; id++)
        print_beginning(layout, id, text);
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

    ob_duration_print_in(&time, delivery->time_us, layout->time_unit_us);
    ob_text_printf(text, "%s", ob_layout_decides(layout, index) ? "*" : "");
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

static void print_title(const struct ob_layout *layout, const char *title, struct ob_text *text)
{
    const struct ob_verdict *verdict = ob_world_verdict(layout->world);
    uint32_t count = ob_world_delivery_count(layout->world);

    ob_text_printf(text, "%s: %u deliver%s in ", title, count, count == 1 ? "y" : "ies");
    ob_duration_print(text, verdict->end_us);
    ob_text_printf(text, ", hash %016llx\n", (unsigned long long)verdict->trace_hash);
}

/* What comes after the last step of a run that was not ended by a violation. */
static void print_end(const struct ob_layout *layout, struct ob_text *text)
{
    const struct ob_verdict *verdict = ob_world_verdict(layout->world);

    if (verdict->outcome == OB_VIOLATED)
        return;
    ob_text_pad(text, layout->time_end + 2);
    ob_text_printf(text, "(%s)\n",
                   verdict->outcome == OB_CUT ? "cut here" : "nothing more happens");
}

/* Adds a step that is shown, and keeps account of who is down. */
static void walk(const struct ob_layout *layout, uint32_t index, bool *down, struct ob_text *text)
{
    const struct ob_delivery *delivery = ob_world_delivery(layout->world, index);

    if (delivery->flags & OB_DELIVERY_STARTED)
        down[delivery->actor] = false;
    if (index >= layout->first && !ob_layout_is_folded(layout, index))
        print_step(layout, index, down, text);
    if (delivery->flags & (OB_DELIVERY_CRASHED | OB_DELIVERY_ENDED))
        down[delivery->actor] = true;
}

const char *ob_steps_other_title(const struct ob_world *fails)
{
    return ob_world_ended_at_goal(fails) ? "Not reached" : "Passes";
}

void ob_steps_print(const struct ob_layout *layout, const char *title, const char *left_out,
                    struct ob_text *text)
{
    uint32_t count = ob_world_delivery_count(layout->world);
    bool down[OB_ACTORS_MAX + 1] = {false};

    print_title(layout, title, text);
    if (count == 0)
        return;
    if (layout->first == 1)
        ob_text_printf(text, "  (the first is %s)\n", left_out);
    else if (layout->first > 1)
        ob_text_printf(text, "  (the first %u are %s)\n", layout->first, left_out);
    if (layout->first < count)
        print_head(layout, text);
    for (uint32_t index = 0; index < count; index++)
        walk(layout, index, down, text);
    print_end(layout, text);
}

/* -- two beside each other -- */

/* Adds the lines of both texts beside each other, and empties them. */
static void join(struct ob_text *left, struct ob_text *right, size_t column, struct ob_text *text)
{
    const char *a = ob_text_string(left);
    const char *b = ob_text_string(right);

    while (*a || *b) {
        size_t a_length = strcspn(a, "\n");
        size_t b_length = strcspn(b, "\n");
        ob_text_append(text, a, a_length);
        if (b_length > 0)
            ob_text_pad(text, column);
        ob_text_append(text, b, b_length);
        ob_text_printf(text, "\n");
        a += a_length + (a[a_length] == '\n');
        b += b_length + (b[b_length] == '\n');
    }
    left->length = 0;
    right->length = 0;
}

/* A line that has only lifelines, beside a step of the other run that takes more lines. */
static void fill(const struct ob_layout *layout, const bool *down, bool is_over,
                 struct ob_text *text)
{
    unsigned actor_count = ob_world_vocabulary(layout->world)->actor_count;

    if (!is_over)
        print_lifelines(layout, 1, actor_count + 1, down, text);
    ob_text_printf(text, "\n");
}

static unsigned count_lines(const struct ob_text *text)
{
    unsigned count = 0;
    for (size_t at = 0; at < text->length; at++)
        count += text->data[at] == '\n';
    return count;
}

bool ob_steps_beside(const struct ob_layout *fails, const struct ob_layout *passes, size_t width,
                     struct ob_text *text)
{
    const struct ob_layout *const layouts[2] = {fails, passes};
    bool down[2][OB_ACTORS_MAX + 1] = {{false}};
    struct ob_text sides[2] = {{0}};
    uint32_t counts[2];

    print_title(fails, "Trace", &sides[0]);
    print_title(passes, ob_steps_other_title(fails->world), &sides[1]);
    size_t left = fails->width > sides[0].length ? fails->width : sides[0].length;
    size_t right = passes->width > sides[1].length ? passes->width : sides[1].length;
    size_t column = left + BETWEEN;
    bool fits = column + right <= width && fails->first == 0 && passes->first == 0;
    for (unsigned side = 0; side < 2; side++) {
        counts[side] = ob_world_delivery_count(layouts[side]->world);
        print_head(layouts[side], &sides[side]);
    }
    if (fits)
        join(&sides[0], &sides[1], column, text);
    for (uint32_t index = 0; fits && (index <= counts[0] || index <= counts[1]); index++) {
        for (unsigned side = 0; side < 2; side++)
            if (index < counts[side])
                walk(layouts[side], index, down[side], &sides[side]);
            else if (index == counts[side])
                print_end(layouts[side], &sides[side]);
        for (unsigned side = 0; side < 2; side++)
            while (count_lines(&sides[side]) < count_lines(&sides[1 - side]))
                fill(layouts[side], down[side], index >= counts[side], &sides[side]);
        join(&sides[0], &sides[1], column, text);
    }
    ob_text_release(&sides[0]);
    ob_text_release(&sides[1]);
    return fits;
}

uint32_t ob_steps_common(const struct ob_world *a, const struct ob_world *b)
{
    uint32_t a_count = ob_world_delivery_count(a);
    uint32_t b_count = ob_world_delivery_count(b);
    uint32_t common = 0;

    /* Hashes are those of the trace up to there. */
    while (common < a_count && common < b_count &&
           ob_world_delivery(a, common)->hash == ob_world_delivery(b, common)->hash)
        common++;
    return common;
}
