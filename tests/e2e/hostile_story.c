/*
 * Prints the story of a target whose names and values try to be taken for something else: for HTML,
 * for Mermaid, for the end of a string. usage: hostile_story FORMAT [NOISE]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "offbeat/monitor.h"
#include "report/dot.h"
#include "report/html.h"
#include "report/json_trace.h"
#include "report/mermaid.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#define ALERT "<script>alert(1)</script>"

enum { GO, NOISE, WRITE, READ, TICK };

struct sink {
    bool was_read;
};

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, ALERT, WRITE, message->args[0]);
    ob_send(self, "a;b: #35; \"c\" -->> %%{init}%% \\", READ, message->args[0]);
}

static void noise_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->args[0] > 0)
        (void)ob_timer_start(self, 1, TICK, message->args[0] - 1);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sink *sink = ob_state(self);

    if (message->kind == WRITE)
        OB_INVARIANT(ob_world(self), write_comes_first, !sink->was_read,
                     "</script><script>alert(3)</script>\n<!-- ; end");
    sink->was_read = message->kind == READ;
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (strcmp(ob_name(actor), ALERT) == 0)
        ob_describe(text, "%s </script><img src=x onerror=alert(2)> &amp; \xc3\xa9\xff <!--",
                    ((const struct sink *)ob_state(actor))->was_read ? "read" : "not read");
}

static void watch_observe(struct ob_actor *self, const struct ob_sight *sight)
{
    ob_declare_state(self, sight->message->kind == READ);
}

static const struct ob_monitor_type watch = {.name = "watch",
                                             .observe = watch_observe,
                                             .sights = OB_SIGHT_BIT(OB_SAW_DELIVERED),
                                             .kinds = OB_KIND_BIT(WRITE) | OB_KIND_BIT(READ),
                                             .states = {{.name = "nothing"}, {.name = ALERT}}};

static void setup(struct ob_world *world)
{
    ob_spawn(world, "end", source_receive, 0);
    ob_spawn_forwarder(world, "a;b: #35; \"c\" -->> %%{init}%% \\", ALERT);
    ob_spawn(world, ALERT, sink_receive, sizeof(struct sink));
    ob_spawn(world, "noise", noise_receive, 0);
    ob_spawn_monitor(world, &watch);
}

static OB_TARGET(hostile, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "end", .args = {{"id", 0, 9}}},
                              [NOISE] = {.name = "noise", .to = "noise", .args = {{"n", 0, 9999}}},
                              [WRITE] = {.name = "write"},
                              [READ] = {.name = "read"},
                              [TICK] = {.name = "tick"}},
                 .setup = setup, .describe = describe);

static uint32_t find(const struct ob_world *world, unsigned kind)
{
    uint32_t found = OB_NONE;

    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (strcmp(ob_world_vocabulary(world)->actor_names[delivery->actor], ALERT) == 0 &&
            ob_world_sent(world, delivery->sent)->message.kind == kind)
            found = index;
    }
    return found;
}

/* Runs the scenario, with the deviation that makes it fail or without it. */
static struct ob_annotated_run tell(struct ob_scenario *scenario, uint32_t noise, bool fails)
{
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(&ob_target_hostile, 0, &error);

    if (!world)
        exit(2);
    *scenario = (struct ob_scenario){.message_count = 2, .deviation_count = fails};
    scenario->messages[0] = (struct ob_input_message){.kind = NOISE, .args = {noise}};
    scenario->messages[1] = (struct ob_input_message){.kind = GO, .delay_us = 400, .args = {7}};
    scenario->deviations[0] =
        (struct ob_deviation){.op = OB_DELAY, .which = {.kind = WRITE + 1, .to = 3}, .amount = 600};
    (void)ob_world_run(world, scenario);
    return (struct ob_annotated_run){.world = world,
                                     .scenario = scenario,
                                     .deciding_count = 2,
                                     .deciding = {find(world, READ), find(world, WRITE)},
                                     .deciding_sent = {OB_NONE, OB_NONE}};
}

int main(int argc, char **argv)
{
    static struct ob_scenario scenarios[2];
    uint32_t noise = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    const char *format = argc > 1 ? argv[1] : "";
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    struct ob_story story = {
        .run = tell(&scenarios[0], noise, true),
        .passing = tell(&scenarios[1], noise, false),
        .decides = "fails when read#0 comes before write#0 at " ALERT,
    };
    int result = 0;

    if (strcmp(format, "html") == 0)
        result = ob_report_html(&story, &text, &error);
    else if (strcmp(format, "json") == 0)
        result = ob_report_json(&story, &text, &error);
    else if (strcmp(format, "mermaid") == 0)
        ob_report_mermaid(&story, 0, &text);
    else
        ob_report_dot(&story, &text);
    (void)fwrite(ob_text_string(&text), 1, text.length, stdout);
    ob_text_release(&text);
    ob_world_destroy((struct ob_world *)story.run.world);
    ob_world_destroy((struct ob_world *)story.passing.world);
    return result ? 2 : 0;
}
