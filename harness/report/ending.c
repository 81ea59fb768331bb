#include "report/ending.h"

#include <stdlib.h>
#include <string.h>

#include "report/story.h"
#include "world/trace.h"
#include "world/world.h"

#define UNDELIVERED_SHOWN 20u /* lines */
#define UNDELIVERED_INDENT 6u
#define STATE_INDENT 2u
#define STATE_WIDTH_MIN 20u

/* A timer that was cancelled is no news: only what a deviation hit, or what others sent. */
static bool is_news(const struct ob_sent *sent)
{
    return sent->deviation || sent->message.from != sent->to;
}

/* Messages that nobody received and of which the same is to be said. */
struct undelivered {
    struct ob_text begin; /* up to when they were sent */
    struct ob_text end;
    uint64_t first_us;
    uint64_t last_us;
    uint32_t count;
};

static void say(const struct ob_layout *layout, uint32_t index, struct undelivered *line)
{
    const struct ob_sent *sent = ob_world_sent(layout->world, index);
    bool decides = layout->annotated && ob_annotated_decides_sent(layout->annotated, index);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);

    *line = (struct undelivered){.first_us = sent->time_us, .last_us = sent->time_us, .count = 1};
    ob_text_printf(&line->begin, "%s%s -> %s  ", decides ? "* " : "  ",
                   ob_report_actor(vocabulary, sent->message.from),
                   ob_report_actor(vocabulary, sent->to));
    ob_report_message(layout->world, &layout->arities, index, &line->begin);
    if (sent->deviation && sent->deviation <= layout->scenario->deviation_count) {
        ob_text_printf(&line->end, "   ! ");
        ob_report_effect(layout->world, &layout->scenario->deviations[sent->deviation - 1], index,
                         OB_NONE, &line->end);
    }
}

static void forget(struct undelivered *line)
{
    ob_text_release(&line->begin);
    ob_text_release(&line->end);
}

/* Counts it with one of the lines that says the same. Returns false when there is none. */
static bool join(struct undelivered *lines, uint32_t count, const struct undelivered *line)
{
    for (uint32_t at = 0; at < count; at++) {
        if (strcmp(ob_text_string(&lines[at].begin), ob_text_string(&line->begin)) != 0 ||
            strcmp(ob_text_string(&lines[at].end), ob_text_string(&line->end)) != 0)
            continue;
        lines[at].last_us = line->last_us;
        lines[at].count++;
        return true;
    }
    return false;
}

static void print_undelivered(const struct undelivered *line, size_t width, struct ob_text *text)
{
    struct ob_text whole = {0};

    ob_text_printf(&whole, "%s, ", ob_text_string(&line->begin));
    if (line->count > 1)
        ob_text_printf(&whole, "%u times, ", line->count);
    ob_text_printf(&whole, line->count > 1 ? "sent from " : "sent at ");
    ob_duration_print(&whole, line->first_us);
    if (line->count > 1) {
        ob_text_printf(&whole, " to ");
        ob_duration_print(&whole, line->last_us);
    }
    ob_text_printf(&whole, "%s", ob_text_string(&line->end));
    ob_text_wrap(text, ob_text_string(&whole), width, UNDELIVERED_INDENT);
    ob_text_release(&whole);
}

void ob_report_undelivered(const struct ob_layout *layout, size_t width, bool unfold,
                           struct ob_text *text)
{
    uint8_t *delivered = ob_story_delivered(layout->world);
    uint32_t sent_count = ob_world_sent_count(layout->world);
    struct undelivered lines[UNDELIVERED_SHOWN];
    uint32_t count = 0;
    uint32_t more = 0;

    for (uint32_t index = 0; delivered && index < sent_count; index++) {
        struct undelivered line;
        if (delivered[index] || !is_news(ob_world_sent(layout->world, index)))
            continue;
        say(layout, index, &line);
        bool is_joined = !unfold && join(lines, count, &line);
        if (!is_joined && count < UNDELIVERED_SHOWN) {
            lines[count++] = line;
            continue;
        }
        more += !is_joined;
        forget(&line);
    }
    ob_text_printf(text, "%s", count > 0 ? "\nNot delivered:\n" : "");
    for (uint32_t at = 0; at < count; at++) {
        print_undelivered(&lines[at], width, text);
        forget(&lines[at]);
    }
    if (more > 0)
        ob_text_printf(text, "  and %u more\n", more);
    free(delivered);
}

/* What there is to say about one actor, in lines without indentation; nothing when nothing. */
static void describe(const struct ob_layout *layout, unsigned id, struct ob_text *text)
{
    const struct ob_actor *actor = ob_world_actor(layout->world, id);
    size_t waiting = ob_world_mailbox_count(layout->world, id);

    if (!ob_is_up(actor)) {
        ob_text_printf(text, "down");
        return;
    }
    ob_world_describe(layout->world, id, text);
    if (waiting > 0)
        ob_text_printf(text, "%s%zu waiting in its mailbox", text->length ? "\n" : "", waiting);
}

/* What is too long for the page goes on below. */
static void print_state(const char *name, size_t column, size_t width, const char *lines,
                        struct ob_text *text)
{
    size_t room = width > column + STATE_WIDTH_MIN ? width - column : STATE_WIDTH_MIN;
    struct ob_text wrapped = {0};

    while (*lines) {
        size_t length = strcspn(lines, "\n");
        struct ob_text line = {0};
        ob_text_append(&line, lines, length);
        ob_text_wrap(&wrapped, ob_text_string(&line), room, STATE_INDENT);
        ob_text_release(&line);
        lines += length;
        lines += *lines == '\n';
    }
    ob_text_printf(text, "  %s", name);
    for (const char *line = ob_text_string(&wrapped); *line;) {
        size_t length = strcspn(line, "\n");
        ob_text_pad(text, column);
        ob_text_append(text, line, length);
        ob_text_printf(text, "\n");
        line += length;
        line += *line == '\n';
    }
    ob_text_release(&wrapped);
}

/* Of actors those that got something; all monitors. */
static bool is_shown(const struct ob_layout *layout, unsigned id)
{
    return layout->widths[id] || id > ob_world_vocabulary(layout->world)->actor_count;
}

void ob_report_states(const struct ob_layout *layout, size_t width, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);
    size_t longest = 0;
    bool any = false;

    for (unsigned id = 1; id <= vocabulary->actor_count + vocabulary->monitor_count; id++) {
        size_t length = strlen(ob_report_actor(vocabulary, id));
        if (is_shown(layout, id) && length > longest)
            longest = length;
    }
    for (unsigned id = 1; id <= vocabulary->actor_count + vocabulary->monitor_count; id++) {
        struct ob_text lines = {0};
        if (is_shown(layout, id))
            describe(layout, id, &lines);
        if (lines.length > 0) {
            ob_text_printf(text, "%s", any ? "" : "\nState at the end:\n");
            print_state(ob_report_actor(vocabulary, id), 2 + longest + 2, width,
                        ob_text_string(&lines), text);
            any = true;
        }
        ob_text_release(&lines);
    }
}
