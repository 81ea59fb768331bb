#include "report/layout.h"
#include "report/said.h"
#include "world/trace.h"
#include "world/world.h"

#include <string.h>

#define LONG_US UINT64_C(60000000)
#define TIME_INDENT 2
#define GAP 2 /* between columns */

/* Of fewer actors a list is as easy to follow as columns whose steps take more lines. */
#define NARROW_ACTORS_MIN 4u

/* Notes that go on below: the widest and the narrowest that are tried. */
#define NOTES_MOST 48u
#define NOTES_LEAST 16u
#define NOTES_STEP 4u
#define NOTES_INDENT 4u

bool ob_layout_violates(const struct ob_layout *layout, uint32_t index)
{
    return ob_world_verdict(layout->world)->outcome == OB_VIOLATED &&
           index + 1 == ob_world_delivery_count(layout->world);
}

/* What the flags say and the deviations do not. A crash that a deviation has told of is not told
 * again. */
static void note_flags(uint8_t flags, bool crash_is_told, struct ob_text *lines)
{
    if (flags & OB_DELIVERY_COPY)
        ob_text_printf(lines, "  ! second copy\n");
    if ((flags & OB_DELIVERY_LOST) && !crash_is_told)
        ob_text_printf(lines, "  ! lost, nobody is there\n");
    if ((flags & OB_DELIVERY_CRASHED) && !crash_is_told)
        ob_text_printf(lines, "  ! crashes here\n");
    if (flags & OB_DELIVERY_ENDED)
        ob_text_printf(lines, "  ~ ends here\n");
    if (flags & OB_DELIVERY_POSTPONED)
        ob_text_printf(lines, "  ~ postponed\n");
    if (flags & OB_DELIVERY_RETRIED)
        ob_text_printf(lines, "  ~ handled again\n");
}

/* Returns whether that told of a crash. */
static bool note_deviation(const struct ob_layout *layout, const struct ob_delivery *delivery,
                           const struct ob_sent *sent, struct ob_text *lines)
{
    if (!sent->deviation || sent->deviation > layout->scenario->deviation_count)
        return false;
    const struct ob_deviation *deviation = &layout->scenario->deviations[sent->deviation - 1];
    bool is_crash = deviation->op == OB_CRASH || deviation->op == OB_RESTART;
    /* A message that was put aside has its note where it came first; a crash is where it was. */
    if (is_crash ? !(delivery->flags & OB_DELIVERY_CRASHED)
                 : (delivery->flags & (OB_DELIVERY_RETRIED | OB_DELIVERY_COPY)) != 0)
        return false;
    ob_text_printf(lines, "  ! ");
    ob_report_effect(layout->world, deviation, delivery->sent, delivery->time_us - sent->time_us,
                     lines);
    ob_text_printf(lines, "\n");
    return is_crash;
}

static void note_choices(const struct ob_layout *layout, uint32_t index, struct ob_text *lines)
{
    struct ob_text words = {0};
    ob_report_choices(layout->world, index, &words);
    if (words.length > 0)
        ob_text_printf(lines, "  ! %s\n", ob_text_string(&words));
    ob_report_faults(layout->world, index, 0, lines);
    ob_text_release(&words);
}

static void add_sender(const struct ob_layout *layout, const char *sender, struct ob_text *lines)
{
    ob_text_printf(lines, layout->is_narrow ? "\n  < %s" : " < %s", sender);
}

/* The line of all that are folded, without what differs among them. */
static void add_folded(const struct ob_layout *layout, uint32_t index, struct ob_text *lines)
{
    const struct ob_fold *fold = &layout->folds[index];
    const struct ob_delivery *delivery = ob_world_delivery(layout->world, index);
    const char *sender = ob_report_sender(layout->world, delivery->sent);
    size_t start = lines->length;

    ob_report_message(layout->world, &layout->arities, delivery->sent, lines);
    char *arguments = fold->varies && !lines->failed ? strchr(lines->data + start, '(') : NULL;
    if (arguments) {
        lines->length = (size_t)(arguments - lines->data);
        ob_text_printf(lines, "(..)");
    }
    if (sender)
        add_sender(layout, sender, lines);
    ob_text_printf(lines, layout->is_narrow && !sender ? "\n  %u times" : ", %u times",
                   fold->count);
    ob_text_printf(lines, "\n  ~ from ");
    ob_duration_print_in(lines, delivery->time_us, layout->time_unit_us);
    ob_text_printf(lines, " to ");
    ob_duration_print_in(lines, ob_world_delivery(layout->world, fold->last)->time_us,
                         layout->time_unit_us);
    if (delivery->flags & OB_DELIVERY_POSTPONED)
        ob_text_printf(lines, ", postponed again");
    else if (delivery->flags & OB_DELIVERY_LOST)
        ob_text_printf(lines, ", nobody is there");
    else if (fold->is_known)
        ob_text_printf(lines, ", nothing changed");
    ob_text_printf(lines, "\n");
}

static void add_step(const struct ob_layout *layout, uint32_t index, struct ob_text *lines)
{
    if (layout->folds && layout->folds[index].head == index) {
        add_folded(layout, index, lines);
        return;
    }
    const struct ob_delivery *delivery = ob_world_delivery(layout->world, index);
    bool crash_is_told = false;

    if (delivery->sent == OB_NONE) {
        ob_text_printf(lines, "(starts again)\n");
    } else {
        const struct ob_sent *sent = ob_world_sent(layout->world, delivery->sent);
        const char *sender = ob_report_sender(layout->world, delivery->sent);
        ob_report_message(layout->world, &layout->arities, delivery->sent, lines);
        if (sender)
            add_sender(layout, sender, lines);
        else if (!ob_world_is_resume(layout->world, delivery->sent))
            ob_text_printf(lines, layout->is_narrow ? "\n  (timer)" : " (timer)");
        ob_text_printf(lines, "\n");
        crash_is_told = note_deviation(layout, delivery, sent, lines);
    }
    note_flags(delivery->flags, crash_is_told, lines);
    note_choices(layout, index, lines);
    ob_report_said(layout->world, index, 0, lines);
    if (ob_layout_violates(layout, index))
        ob_text_printf(lines, "^ %s\n", ob_world_verdict(layout->world)->invariant);
}

void ob_layout_step(const struct ob_layout *layout, uint32_t index, struct ob_text *lines)
{
    struct ob_text whole = {0};

    if (layout->notes_max == 0) {
        add_step(layout, index, lines);
        return;
    }
    add_step(layout, index, &whole);
    for (const char *line = ob_text_string(&whole); *line;) {
        size_t length = strcspn(line, "\n");
        size_t most = line == ob_text_string(&whole) ? SIZE_MAX : layout->notes_max;
        struct ob_text one = {0};
        ob_text_append(&one, line, length);
        ob_text_wrap(lines, ob_text_string(&one), most, NOTES_INDENT);
        ob_text_release(&one);
        line += length;
        line += *line == '\n';
    }
    lines->failed |= whole.failed;
    ob_text_release(&whole);
}

static size_t longest_line(const char *lines)
{
    size_t longest = 0;

    while (*lines) {
        size_t length = strcspn(lines, "\n");
        if (length > longest)
            longest = length;
        lines += length;
        lines += *lines == '\n';
    }
    return longest;
}

/* Times of one table have one unit, so that they can be compared at a glance: where they would have
 * several, milliseconds, and seconds in runs of minutes. */
static uint32_t find_unit(const struct ob_layout *layout)
{
    uint32_t count = ob_world_delivery_count(layout->world);
    uint32_t only_us = 0;
    for (uint32_t index = layout->first; index < count; index++) {
        uint64_t time_us = ob_world_delivery(layout->world, index)->time_us;
        uint32_t unit_us = ob_duration_unit(time_us);
        if (time_us == 0 || unit_us == only_us)
            continue;
        if (only_us != 0)
            return ob_world_delivery(layout->world, count - 1)->time_us < LONG_US ? 1000 : 1000000;
        only_us = unit_us;
    }
    return 0;
}

static size_t duration_length(const struct ob_layout *layout, uint64_t time_us)
{
    struct ob_text text = {0};
    ob_duration_print_in(&text, time_us, layout->time_unit_us);
    size_t length = text.length;
    ob_text_release(&text);
    return length;
}

/* Finds out how wide each actor's column and the times have to be. */
static void measure_steps(struct ob_layout *layout)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);
    uint32_t count = ob_world_delivery_count(layout->world);
    struct ob_text lines = {0};
    size_t time_width = strlen("time");

    layout->time_unit_us = find_unit(layout);
    memset(layout->widths, 0, sizeof layout->widths);
    for (uint32_t index = layout->first; index < count; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(layout->world, index);
        if (ob_layout_is_folded(layout, index))
            continue;
        size_t time = duration_length(layout, delivery->time_us);
        if (time > time_width)
            time_width = time;
        lines.length = 0;
        ob_layout_step(layout, index, &lines);
        size_t longest = longest_line(ob_text_string(&lines));
        size_t *width = &layout->widths[delivery->actor];
        if (*width == 0)
            *width = strlen(ob_report_actor(vocabulary, delivery->actor));
        if (longest > *width)
            *width = longest;
    }
    ob_text_release(&lines);
    layout->time_end = TIME_INDENT + time_width;
}

/* A list: the names in one column, what happened to them in the next. */
static void fold(struct ob_layout *layout)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);
    size_t longest = 0;

    for (unsigned id = 1; id <= vocabulary->actor_count; id++) {
        size_t length = strlen(ob_report_actor(vocabulary, id));
        if (layout->widths[id] && length > longest)
            longest = length;
    }
    for (unsigned id = 0; id <= OB_ACTORS_MAX; id++)
        layout->starts[id] = layout->time_end + GAP + longest + GAP;
    layout->is_list = true;
}

bool ob_layout_decides(const struct ob_layout *layout, uint32_t index)
{
    return layout->annotated && ob_annotated_decides(layout->annotated, index);
}

/* Places the columns of all actors beside each other. Returns how many there are. */
static unsigned place_columns(struct ob_layout *layout)
{
    unsigned actor_count = ob_world_vocabulary(layout->world)->actor_count;
    size_t at = layout->time_end + GAP;
    unsigned columns = 0;

    for (unsigned id = 1; id <= actor_count; id++) {
        layout->starts[id] = at;
        if (layout->widths[id])
            at += layout->widths[id] + GAP;
        columns += layout->widths[id] > 0;
    }
    layout->width = at - GAP;
    return columns;
}

/* Tells steps in more and shorter lines, no shorter than it takes. Where nothing makes the columns
 * fit, steps are as they were. */
static void make_narrow(struct ob_layout *layout, size_t width)
{
    layout->is_narrow = true;
    measure_steps(layout);
    (void)place_columns(layout);
    for (size_t most = NOTES_MOST; layout->width > width && most >= NOTES_LEAST;
         most -= NOTES_STEP) {
        layout->notes_max = most;
        measure_steps(layout);
        (void)place_columns(layout);
    }
    if (layout->width <= width)
        return;
    layout->is_narrow = false;
    layout->notes_max = 0;
    measure_steps(layout);
}

void ob_layout_measure(struct ob_layout *layout, const struct ob_world *world,
                       const struct ob_scenario *scenario, const struct ob_fold *folds,
                       size_t width, uint32_t deliveries_max)
{
    uint32_t count = ob_world_delivery_count(world);

    *layout = (struct ob_layout){.world = world, .scenario = scenario, .folds = folds};
    layout->first = count > deliveries_max ? count - deliveries_max : 0;
    ob_report_arities(world, &layout->arities);
    measure_steps(layout);
    if (place_columns(layout) >= NARROW_ACTORS_MIN && layout->width > width)
        make_narrow(layout, width);
    if (layout->width > width)
        fold(layout);
}
