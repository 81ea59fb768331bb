#include "report/mermaid.h"

#include <stdlib.h>
#include <string.h>

#include "report/layout.h"
#include "world/trace.h"
#include "world/world.h"

#define UNDELIVERED_SHOWN 20

/* Room for the fixed part of a diagram of any size. */
struct diagram {
    const struct ob_story *story;
    struct ob_layout layout;
    uint16_t order[OB_ACTORS_MAX + 1]; /* ids in the order of their first use; 0 is the outside */
    unsigned order_count;
    bool used[OB_ACTORS_MAX + 1];
};

/* Adds what comes from a target as Mermaid's numbered entities, except for what means nothing to
 * it. A space stays: it only separates. */
static void add_data(struct ob_text *text, const char *data, size_t length)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789 _.()=/'!?*";

    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)data[at];
        if (byte < 0x20 || byte > 0x7e)
            ob_text_append(text, "?", 1);
        else if (strchr(harmless, byte))
            ob_text_append(text, &data[at], 1);
        else
            ob_text_printf(text, "#%u;", (unsigned)byte);
    }
}

static void add_string(struct ob_text *text, const char *string)
{
    add_data(text, string, strlen(string));
}

static void use(struct diagram *diagram, unsigned id)
{
    if (id > OB_ACTORS_MAX || diagram->used[id])
        return;
    diagram->used[id] = true;
    diagram->order[diagram->order_count++] = (uint16_t)id;
}

/* What was sent and never arrived is shown when it is news: timers that were cancelled are not. */
static bool is_news(const struct ob_sent *sent)
{
    return sent->deviation || sent->message.from != sent->to;
}

static void find_participants(struct diagram *diagram)
{
    const struct ob_world *world = diagram->story->run.world;
    uint32_t count = ob_world_delivery_count(world);

    for (uint32_t index = diagram->layout.first; index < count; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent != OB_NONE)
            use(diagram, ob_world_sent(world, delivery->sent)->message.from);
        use(diagram, delivery->actor);
    }
}

static void print_participants(const struct diagram *diagram, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(diagram->story->run.world);

    for (unsigned place = 0; place < diagram->order_count; place++) {
        unsigned id = diagram->order[place];
        ob_text_printf(text, "    participant a%u as ", id);
        add_string(text, ob_report_actor(vocabulary, id));
        ob_text_printf(text, "\n");
    }
}

/* A note across the whole diagram. */
static void begin_wide_note(const struct diagram *diagram, struct ob_text *text)
{
    unsigned first = diagram->order[0];
    unsigned last = diagram->order[diagram->order_count - 1];

    if (first == last)
        ob_text_printf(text, "    Note over a%u: ", first);
    else
        ob_text_printf(text, "    Note over a%u,a%u: ", first, last);
}

/* Adds `pay#0(order=3)`. */
static void print_message(const struct diagram *diagram, uint32_t sent, struct ob_text *text)
{
    struct ob_text words = {0};

    ob_report_numbered(diagram->story->run.world, &diagram->layout.arities, sent, &words);
    add_string(text, ob_text_string(&words));
    ob_text_release(&words);
}

/* The lines below a step's message, each of which becomes a note: they are those of the text form,
 * so that the two say the same. */
static void print_notes(const struct diagram *diagram, uint32_t index, struct ob_text *text)
{
    unsigned actor = ob_world_delivery(diagram->story->run.world, index)->actor;
    struct ob_text lines = {0};

    ob_layout_step(&diagram->layout, index, &lines);
    const char *line = strchr(ob_text_string(&lines), '\n');
    for (line = line ? line + 1 : ""; *line;) {
        size_t length = strcspn(line, "\n");
        size_t skipped = strspn(line, " !~");
        if (*line != '^') {
            ob_text_printf(text, "    Note over a%u: ", actor);
            add_data(text, line + skipped, length - skipped);
            ob_text_printf(text, "\n");
        }
        line += length;
        line += *line == '\n';
    }
    ob_text_release(&lines);
}

static void print_step(const struct diagram *diagram, uint32_t index, struct ob_text *text)
{
    const struct ob_world *world = diagram->story->run.world;
    const struct ob_delivery *delivery = ob_world_delivery(world, index);
    bool decides = ob_annotated_decides(&diagram->story->run, index);

    /* Half transparent, it shows on a light page and on a dark one. */
    if (decides)
        ob_text_printf(text, "    rect rgba(240, 160, 0, 0.25)\n");
    if (delivery->sent == OB_NONE) {
        ob_text_printf(text, "    Note over a%u: starts again at ", delivery->actor);
    } else {
        unsigned from = ob_world_sent(world, delivery->sent)->message.from;
        const char *arrow = delivery->flags & OB_DELIVERY_LOST ? "-x" : "->>";
        ob_text_printf(text, "    a%u%sa%u: ", from, arrow, delivery->actor);
        print_message(diagram, delivery->sent, text);
        bool is_timer =
            (delivery->flags & OB_DELIVERY_TIMER) && !ob_world_is_resume(world, delivery->sent);
        ob_text_printf(text, "%s at ", is_timer ? " (timer)" : "");
    }
    ob_duration_print(text, delivery->time_us);
    ob_text_printf(text, "\n");
    print_notes(diagram, index, text);
    if (decides)
        ob_text_printf(text, "    end\n");
}

static void print_lost(const struct diagram *diagram, uint32_t index, struct ob_text *text)
{
    const struct ob_world *world = diagram->story->run.world;
    const struct ob_scenario *scenario = diagram->story->run.scenario;
    const struct ob_sent *sent = ob_world_sent(world, index);
    struct ob_text effect = {0};

    ob_text_printf(text, "    a%u-xa%u: ", sent->message.from, sent->to);
    print_message(diagram, index, text);
    ob_text_printf(text, " not delivered");
    if (sent->deviation && sent->deviation <= scenario->deviation_count) {
        ob_report_effect(world, &scenario->deviations[sent->deviation - 1], index, OB_NONE,
                         &effect);
        ob_text_printf(text, ", ");
        add_string(text, ob_text_string(&effect));
    }
    ob_text_printf(text, "\n");
    ob_text_release(&effect);
}

static void print_undelivered(const struct diagram *diagram, struct ob_text *text)
{
    const struct ob_world *world = diagram->story->run.world;
    uint32_t sent_count = ob_world_sent_count(world);
    uint8_t *delivered = ob_story_delivered(world);
    unsigned shown = 0;

    for (uint32_t index = 0; delivered && index < sent_count && shown < UNDELIVERED_SHOWN;
         index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        /* Participants that a bounded diagram leaves out have no lifeline to draw at. */
        bool is_shown = diagram->used[sent->message.from] && diagram->used[sent->to];
        if (delivered[index] || !is_shown || !is_news(sent))
            continue;
        print_lost(diagram, index, text);
        shown++;
    }
    text->failed = text->failed || !delivered;
    free(delivered);
}

static void print_verdict(const struct diagram *diagram, struct ob_text *text)
{
    const struct ob_verdict *verdict = ob_world_verdict(diagram->story->run.world);

    begin_wide_note(diagram, text);
    if (verdict->outcome == OB_VIOLATED) {
        add_string(text, verdict->invariant);
        ob_text_printf(text, " is violated");
        for (const char *line = verdict->detail; *line;) {
            size_t length = strcspn(line, "\n");
            ob_text_printf(text, "<br/>");
            add_data(text, line, length);
            line += length;
            line += *line == '\n';
        }
    } else {
        ob_text_printf(text, "no violation");
        if (verdict->outcome == OB_CUT) {
            ob_text_printf(text, " up to where the run was cut (");
            add_string(text, verdict->invariant);
            ob_text_printf(text, ")");
        }
    }
    ob_text_printf(text, "\n");
}

void ob_report_mermaid(const struct ob_story *story, uint32_t deliveries_max, struct ob_text *text)
{
    const struct ob_world *world = story->run.world;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint32_t most = deliveries_max ? deliveries_max : OB_MERMAID_DELIVERIES;
    uint32_t count = ob_world_delivery_count(world);
    struct diagram diagram = {.story = story};

    ob_layout_measure(&diagram.layout, world, story->run.scenario, NULL, 1, most);
    find_participants(&diagram);
    /* A diagram without a participant has no place for the verdict. */
    if (diagram.order_count == 0)
        use(&diagram, OB_OUTSIDE);
    ob_text_printf(text, "sequenceDiagram\n    title ");
    add_string(text, vocabulary->target->name);
    ob_text_printf(text, "/");
    add_string(text, vocabulary->target->variants[vocabulary->variant]);
    ob_text_printf(text, "\n");
    print_participants(&diagram, text);
    if (diagram.layout.first > 0) {
        begin_wide_note(&diagram, text);
        ob_text_printf(text, "the first %u of %u deliveries are left out\n", diagram.layout.first,
                       count);
    }
    for (uint32_t index = diagram.layout.first; index < count; index++)
        print_step(&diagram, index, text);
    print_undelivered(&diagram, text);
    print_verdict(&diagram, text);
}
