#include "report/ending.h"

#include <stdlib.h>
#include <string.h>

#include "report/story.h"
#include "world/trace.h"
#include "world/world.h"

#define UNDELIVERED_SHOWN 20

/* A timer that was cancelled is no news: only what a deviation hit, or what others sent. */
static bool is_news(const struct ob_sent *sent)
{
    return sent->deviation || sent->message.from != sent->to;
}

static void print_undelivered(const struct ob_layout *layout, uint32_t index, struct ob_text *text)
{
    const struct ob_sent *sent = ob_world_sent(layout->world, index);
    bool decides = layout->annotated && ob_annotated_decides_sent(layout->annotated, index);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(layout->world);

    ob_text_printf(text, "%s%s -> %s  ", decides ? "* " : "  ",
                   ob_report_actor(vocabulary, sent->message.from),
                   ob_report_actor(vocabulary, sent->to));
    ob_report_message(layout->world, &layout->arities, index, text);
    ob_text_printf(text, ", sent at ");
    ob_duration_print(text, sent->time_us);
    if (sent->deviation && sent->deviation <= layout->scenario->deviation_count) {
        ob_text_printf(text, "   ! ");
        ob_report_effect(layout->world, &layout->scenario->deviations[sent->deviation - 1], index,
                         OB_NONE, text);
    }
    ob_text_printf(text, "\n");
}

void ob_report_undelivered(const struct ob_layout *layout, struct ob_text *text)
{
    uint8_t *delivered = ob_story_delivered(layout->world);
    uint32_t sent_count = ob_world_sent_count(layout->world);
    uint32_t found = 0;

    for (uint32_t index = 0; delivered && index < sent_count; index++) {
        const struct ob_sent *sent = ob_world_sent(layout->world, index);
        if (delivered[index] || !is_news(sent))
            continue;
        if (found == 0)
            ob_text_printf(text, "\nNot delivered:\n");
        if (found < UNDELIVERED_SHOWN)
            print_undelivered(layout, index, text);
        found++;
    }
    if (found > UNDELIVERED_SHOWN)
        ob_text_printf(text, "  and %u more\n", found - UNDELIVERED_SHOWN);
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

static void print_state(const char *name, size_t column, const char *lines, struct ob_text *text)
{
    ob_text_printf(text, "  %s", name);
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        ob_text_pad(text, column);
        ob_text_append(text, lines, length);
        ob_text_printf(text, "\n");
        lines += length;
        lines += *lines == '\n';
    }
}

/* Of actors those that got something; all monitors. */
static bool is_shown(const struct ob_layout *layout, unsigned id)
{
    return layout->widths[id] || id > ob_world_vocabulary(layout->world)->actor_count;
}

void ob_report_states(const struct ob_layout *layout, struct ob_text *text)
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
            print_state(ob_report_actor(vocabulary, id), 2 + longest + 2, ob_text_string(&lines),
                        text);
            any = true;
        }
        ob_text_release(&lines);
    }
}
