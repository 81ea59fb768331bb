#include "report/dot.h"

#include <string.h>

#include "report/layout.h"
#include "world/trace.h"
#include "world/world.h"

/* Adds what comes from a target inside of a quoted string. The text is later cleaned of what is not
 * ASCII. */
static void add_data(struct ob_text *text, const char *data, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)data[at];
        if (byte == '"' || byte == '\\')
            ob_text_printf(text, "\\%c", byte);
        else
            ob_text_append(text, byte < 0x20 || byte > 0x7e ? "?" : &data[at], 1);
    }
}

static void add_string(struct ob_text *text, const char *string)
{
    add_data(text, string, strlen(string));
}

/* The lines of a step, as in the text form, under its time. */
static void print_label(const struct ob_layout *layout, uint32_t index, struct ob_text *text)
{
    struct ob_text lines = {0};

    ob_duration_print(text, ob_world_delivery(layout->world, index)->time_us);
    ob_layout_step(layout, index, &lines);
    for (const char *line = ob_text_string(&lines); *line;) {
        size_t length = strcspn(line, "\n");
        size_t skipped = strspn(line, " ");
        ob_text_printf(text, "\\n");
        add_data(text, line + skipped, length - skipped);
        line += length;
        line += *line == '\n';
    }
    ob_text_release(&lines);
}

static bool is_hit(const struct ob_world *world, const struct ob_delivery *delivery)
{
    return delivery->sent != OB_NONE && ob_world_sent(world, delivery->sent)->deviation;
}

static void print_node(const struct ob_story *story, const struct ob_layout *layout, uint32_t index,
                       struct ob_text *text)
{
    const struct ob_delivery *delivery = ob_world_delivery(story->run.world, index);

    ob_text_printf(text, "    d%u [label=\"", index);
    print_label(layout, index, text);
    ob_text_printf(text, "\"");
    if (ob_layout_violates(layout, index))
        ob_text_printf(text, ", color=\"#c0392b\", penwidth=2, peripheries=2");
    else if (is_hit(story->run.world, delivery))
        ob_text_printf(text, ", color=\"#b9770e\", penwidth=2");
    if (ob_annotated_decides(&story->run, index))
        ob_text_printf(text, ", fillcolor=\"#fdebd0\"");
    if (delivery->flags & OB_DELIVERY_LOST)
        ob_text_printf(text, ", fontcolor=\"#808080\"");
    ob_text_printf(text, "];\n");
}

/* One actor's box; nothing for an actor that received nothing. */
static void print_actor(const struct ob_story *story, const struct ob_layout *layout, unsigned id,
                        struct ob_text *text)
{
    const struct ob_world *world = story->run.world;
    uint32_t count = ob_world_delivery_count(world);

    if (!layout->widths[id])
        return;
    ob_text_printf(text, "  subgraph cluster_%u {\n    label=\"", id);
    add_string(text, ob_report_actor(ob_world_vocabulary(world), id));
    ob_text_printf(text, "\";\n");
    for (uint32_t index = 0; index < count; index++)
        if (ob_world_delivery(world, index)->actor == id)
            print_node(story, layout, index, text);
    ob_text_printf(text, "  }\n");
}

static void print_edges(const struct ob_story *story, uint32_t index, struct ob_text *text)
{
    const struct ob_world *world = story->run.world;
    const struct ob_delivery *delivery = ob_world_delivery(world, index);
    uint32_t cause =
        delivery->sent == OB_NONE ? OB_NONE : ob_world_sent(world, delivery->sent)->cause;

    /* What nobody handled is not a part of its actor's order. */
    if (delivery->previous != OB_NONE && !(delivery->flags & OB_DELIVERY_LOST))
        ob_text_printf(text, "  d%u -> d%u;\n", delivery->previous, index);
    if (cause != OB_NONE)
        ob_text_printf(text, "  d%u -> d%u [style=dashed];\n", cause, index);
}

void ob_report_dot(const struct ob_story *story, struct ob_text *text)
{
    const struct ob_world *world = story->run.world;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_verdict *verdict = ob_world_verdict(world);
    uint32_t count = ob_world_delivery_count(world);
    struct ob_layout layout;

    ob_layout_measure(&layout, world, story->run.scenario, NULL, 1, UINT32_MAX);
    ob_text_printf(text, "digraph offbeat {\n  label=\"");
    add_string(text, vocabulary->target->name);
    ob_text_printf(text, "/");
    add_string(text, vocabulary->target->variants[vocabulary->variant]);
    ob_text_printf(text, ": ");
    add_string(text, verdict->outcome == OB_VIOLATED ? verdict->invariant : "no violation");
    ob_text_printf(text, "%s\";\n", verdict->outcome == OB_VIOLATED ? " is violated" : "");
    ob_text_printf(text, "  node [shape=box, style=\"rounded,filled\", fillcolor=white, "
                         "fontname=\"Courier\", fontsize=10];\n"
                         "  graph [fontname=\"Helvetica\", color=\"#c0c0c0\"];\n");
    for (unsigned id = 1; id <= vocabulary->actor_count; id++)
        print_actor(story, &layout, id, text);
    for (uint32_t index = 0; index < count; index++)
        print_edges(story, index, text);
    const uint32_t *pair = story->run.deciding;
    if (story->run.deciding_count && pair[0] < count && pair[1] < count)
        ob_text_printf(text,
                       "  d%u -> d%u [dir=none, constraint=false, penwidth=3, color=\"#ca6f1e\", "
                       "label=\"race\"];\n",
                       pair[0], pair[1]);
    ob_text_printf(text, "}\n");
}
