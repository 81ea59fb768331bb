/* The trace listing and the columns: what a person is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/columns.h"
#include "report/dot.h"
#include "report/html.h"
#include "report/json_trace.h"
#include "report/mermaid.h"
#include "report/perfetto.h"
#include "report/states.h"
#include "report/trace.h"
#include "scenario/scenario.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

enum { PUSH, FIRST, SECOND, TICK };

struct sink {
    uint32_t value;
};

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TICK)
        return;
    ob_send(self, "sink", FIRST, message->args[0]);
    ob_send(self, "relay", SECOND, message->args[0], 7);
    if (message->args[0] > 40)
        ob_timer_start(self, 3000, TICK, 1);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sink *sink = ob_state(self);

    if (message->kind == SECOND)
        OB_INVARIANT(ob_world(self), first_comes_first, sink->value == message->args[0],
                     "value %u\nis not %u\033[31m", sink->value, message->args[0]);
    sink->value = message->args[0];
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (strcmp(ob_name(actor), "sink") == 0)
        ob_describe(text, "value %u\nand \t\xc3\xa9; ",
                    ((const struct sink *)ob_state(actor))->value);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "source", 2, source_receive, 0);
    ob_spawn_forwarder(world, "relay", "sink");
    ob_spawn(world, "sink", sink_receive, sizeof(struct sink));
    ob_link(world, "relay", "sink", (struct ob_link){.latency_us = 500, .duplicating = true});
    ob_allow(world, "sink", (struct ob_faults){.crash = true, .restart = true});
}

static OB_TARGET(ways, .variants = {"only"},
                 .messages = {[PUSH] = {.name = "push", .to = "source", .args = {{"id", 0, 99}}},
                              [FIRST] = {.name = "first"},
                              [SECOND] = {.name = "second"},
                              [TICK] = {.name = "tick"}},
                 .setup = setup, .describe = describe);

static struct ob_world *open_world(void)
{
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(&ob_target_ways, 0, &error);
    assert_non_null(world);
    return world;
}

static void run_text(struct ob_world *world, const char *text, struct ob_scenario *scenario)
{
    struct ob_error error = {{0}};
    (void)ob_scenario_parse(ob_world_vocabulary(world), "test", text, strlen(text), scenario,
                            &error);
    assert_string_equal(error.text, "");
    (void)ob_world_run(world, scenario);
}

static void assert_holds(const struct ob_text *text, const char *part)
{
    if (!strstr(ob_text_string(text), part))
        fail_msg("\"%s\" is not in:\n%s", part, ob_text_string(text));
}

static void assert_lacks(const struct ob_text *text, const char *part)
{
    if (strstr(ob_text_string(text), part))
        fail_msg("\"%s\" is in:\n%s", part, ob_text_string(text));
}

static void assert_plain(const struct ob_text *text, size_t width)
{
    size_t line = 0;
    for (size_t at = 0; at < text->length; at++) {
        char byte = text->data[at];
        assert_true(byte == '\n' || (byte >= 0x20 && byte <= 0x7e));
        line = byte == '\n' ? 0 : line + 1;
        assert_true(line <= width);
    }
}

static const char *const violating = "offbeat scenario 1 ways\n"
                                     "+0 push(id=3) to source.1\n"
                                     "delay first source.1->sink #0 by 600us\n"
                                     "delay first source.0->sink #0 by 600us\n";

static void test_columns_of_a_violation(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world, violating, &scenario);
    ob_report_columns(world, &scenario, NULL, &text);
    assert_holds(&text, "ways/only: first_comes_first is violated\n  value 0\n  is not 3?[31m\n");
    assert_holds(&text, "Scenario: 1 message, 2 deviations\n  +0 push(id=3) to source.1\n");
    assert_holds(&text, "delay first source.0->sink #0 by 600us   (had no effect)\n");
    assert_holds(&text, "delay first source.1->sink #0 by 600us\n");
    assert_holds(&text, "   time  source.1              relay                    sink\n"
                        "      0  push(id=3) < outside  |                        |\n"
                        "   10us  |                     second(3, 7) < source.1  |\n");
    assert_holds(&text, "^ first_comes_first\n");
    assert_holds(&text,
                 "Not delivered:\n  source.1 -> sink  first(3), sent at 0   ! delayed 600us\n");
    assert_holds(&text, "State at the end:\n  sink      value 0\n            and ???\n");
    assert_lacks(&text, "source.0 ");
    assert_plain(&text, OB_COLUMNS_WIDTH);
    ob_text_release(&text);
    ob_world_destroy(world);
}

static void test_narrow_page_becomes_a_list(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};
    const struct ob_columns_options options = {.width = 60};

    run_text(world, violating, &scenario);
    ob_report_columns(world, &scenario, &options, &text);
    assert_holds(&text, "   time  actor\n"
                        "      0  source.1  push(id=3) < outside\n"
                        "   10us  relay     second(3, 7) < source.1\n"
                        "  510us  sink      second(3, 7) < relay\n"
                        "                   ^ first_comes_first\n");
    assert_plain(&text, 60);
    ob_text_release(&text);
    /* What the invariant says is wrapped as well. */
    ob_report_columns(world, &scenario, &(struct ob_columns_options){.width = 12}, &text);
    assert_holds(&text, "violated\n  value 0\n  is not\n    3?[31m\n\nScenario");
    ob_text_release(&text);
    ob_world_destroy(world);
}

/* Of four actors or more, whom a message comes from gets a line of its own before it is a list. */
static void test_columns_of_many_become_narrow(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};
    const struct ob_columns_options options = {.width = 80};

    run_text(world,
             "offbeat scenario 1 ways\n+0 push(id=1) to source.0\n+2ms push(id=1) to source.1\n",
             &scenario);
    ob_report_columns(world, &scenario, &options, &text);
    assert_holds(&text, "source.1     relay");
    assert_holds(&text, "push(id=1)");
    assert_holds(&text, "  < outside");
    assert_holds(&text, "  < relay");
    assert_lacks(&text, "push(id=1) < outside");
    assert_lacks(&text, "time  actor");
    assert_plain(&text, 80);
    ob_text_release(&text);
    ob_world_destroy(world);
}

static void test_long_trace_is_bounded(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario = {.message_count = 100};
    struct ob_text columns = {0};
    struct ob_text trace = {0};
    const struct ob_columns_options options = {.deliveries_max = 10};

    for (unsigned index = 0; index < scenario.message_count; index++)
        scenario.messages[index] = (struct ob_input_message){.kind = PUSH, .delay_us = 2000};
    (void)ob_world_run(world, &scenario);
    assert_int_equal(ob_world_delivery_count(world), 400);
    ob_report_columns(world, &scenario, &options, &columns);
    assert_holds(&columns, "(the first 390 are left out)\n");
    assert_holds(&columns, "(nothing more happens)\n");
    assert_holds(&columns, "ways/only: no violation\n");
    ob_report_trace(world, &trace);
    assert_holds(&trace, "trace: 400 deliveries");
    assert_holds(&trace, "(the first 200 are left out)\n");
    unsigned lines = 0;
    for (size_t at = 0; at < trace.length; at++)
        lines += trace.data[at] == '\n';
    assert_int_equal(lines, 2 + OB_REPORT_TRACE_MAX);
    ob_text_release(&columns);
    ob_text_release(&trace);
    ob_world_destroy(world);
}

static void test_faults_are_marked(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world,
             "offbeat scenario 1 ways\n"
             "+0 push(id=50) to source.0\n"
             "+1ms push(id=50) to source.0\n"
             "duplicate second relay->sink #0 after 100us\n"
             "crash after second relay->sink #1\n",
             &scenario);
    ob_report_columns(world, &scenario, NULL, &text);
    assert_holds(&text, "! duplicated");
    assert_holds(&text, "! second copy");
    assert_holds(&text, "tick(1) (timer)");
    assert_holds(&text, "! receiver crashed after it");
    assert_holds(&text, "sink      down\n");
    ob_text_release(&text);
    ob_world_destroy(world);
}

/* Two runs on one page: the lines of each step beside each other, and nothing beyond the width. */
static void test_two_runs_beside_each_other(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_world *passing = open_world();
    struct ob_scenario scenarios[2];
    struct ob_text text = {0};
    run_text(world, violating, &scenarios[0]);
    run_text(passing, "offbeat scenario 1 ways\n+0 push(id=3) to source.1\n", &scenarios[1]);
    const struct ob_story story = {
        .run = {.world = world,
                .scenario = &scenarios[0],
                .deciding_count = 2,
                .deciding = {2, OB_NONE},
                .deciding_sent = {OB_NONE, OB_NONE}},
        .passing = {.world = passing, .scenario = &scenarios[1]},
    };
    struct ob_columns_options options = {.width = 180, .story = &story};

    ob_report_columns(world, &scenarios[0], &options, &text);
    assert_holds(&text, "\n* 510us  |");
    assert_holds(&text, "Passes: ");
    assert_lacks(&text, "\nPasses: ");
    assert_holds(&text, "      0  push(id=3) < outside  |                        |                 "
                        "            0  push(id=3) < outside  |");
    assert_plain(&text, 180);
    text.length = 0;
    options.width = 100;
    ob_report_columns(world, &scenarios[0], &options, &text);
    assert_holds(&text, "\nPasses: ");
    assert_holds(&text, "(the first is the same)\n");
    assert_plain(&text, 100);
    ob_text_release(&text);
    ob_world_destroy(passing);
    ob_world_destroy(world);
}

/* A crash is told once, and what comes of it in the order in which it happens. */
static void test_a_crash_is_told_once(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world,
             "offbeat scenario 1 ways\n+0 push(id=50) to source.0\n"
             "restart before second relay->sink #0 after 5us\n",
             &scenario);
    ob_report_columns(world, &scenario, NULL, &text);
    assert_holds(&text, "  ! lost, receiver crashed before it, back after 5us\n");
    assert_lacks(&text, "crashes here");
    assert_lacks(&text, "nobody is there");
    ob_text_release(&text);
    ob_world_destroy(world);
}

static void test_trace_list(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world, violating, &scenario);
    ob_report_trace(world, &text);
    assert_string_equal(ob_text_string(&text), "trace: 3 deliveries, ! where a deviation hit\n"
                                               "           0  outside -> source.1 push(id=3)\n"
                                               "        10us  source.1 -> relay second(3, 7)\n"
                                               "       510us  relay -> sink second(3, 7)\n");
    ob_text_release(&text);
    ob_world_destroy(world);
}

static void test_nothing_happened(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario = {0};
    struct ob_text text = {0};

    (void)ob_world_run(world, &scenario);
    ob_report_columns(world, &scenario, NULL, &text);
    assert_holds(&text, "no violation\n");
    assert_holds(&text, "Trace: 0 deliveries in 0");
    ob_report_trace(world, &text);
    assert_holds(&text, "trace: 0 deliveries");
    ob_text_release(&text);
    ob_world_destroy(world);
}

/* The run of the world, without anything to compare it with. */
static struct ob_story tell(const struct ob_world *world, const struct ob_scenario *scenario)
{
    return (struct ob_story){.run = {.world = world, .scenario = scenario}};
}

static const char *const faulty = "offbeat scenario 1 ways\n"
                                  "+0 push(id=50) to source.0\n"
                                  "+1ms push(id=50) to source.0\n"
                                  "duplicate second relay->sink #0 after 100us\n"
                                  "crash after second relay->sink #1\n";

static void test_mermaid(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world, violating, &scenario);
    struct ob_story story = tell(world, &scenario);
    story.run.deciding_count = 2;
    story.run.deciding[0] = 2;
    story.run.deciding[1] = OB_NONE;
    ob_report_mermaid(&story, 0, &text);
    assert_string_equal(ob_text_string(&text),
                        "sequenceDiagram\n"
                        "    title ways/only\n"
                        "    participant a0 as outside\n"
                        "    participant a2 as source.1\n"
                        "    participant a3 as relay\n"
                        "    participant a4 as sink\n"
                        "    a0->>a2: push#35;0(id=3) at 0\n"
                        "    a2->>a3: second#35;0(3#44; 7) at 10us\n"
                        "    rect rgba(240, 160, 0, 0.25)\n"
                        "    a3->>a4: second#35;0(3#44; 7) at 510us\n"
                        "    end\n"
                        "    a2-xa4: first#35;0(3) not delivered, delayed 600us\n"
                        "    Note over a0,a4: first_comes_first is violated"
                        "<br/>value 0<br/>is not 3?#91;31m\n");
    ob_text_release(&text);
    ob_world_destroy(world);
}

static void test_mermaid_notes_faults_and_is_bounded(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world, faulty, &scenario);
    const struct ob_story story = tell(world, &scenario);
    ob_report_mermaid(&story, 0, &text);
    assert_holds(&text, "    Note over a4: duplicated\n");
    assert_holds(&text, "    Note over a4: second copy\n");
    assert_holds(&text, "    Note over a4: receiver crashed after it\n");
    assert_holds(&text, "    a1->>a1: tick#35;0(1) (timer) at 3ms\n");
    assert_holds(&text, ": no violation\n");
    text.length = 0;
    ob_report_mermaid(&story, 1, &text);
    assert_string_equal(ob_text_string(&text),
                        "sequenceDiagram\n"
                        "    title ways/only\n"
                        "    participant a1 as source.0\n"
                        "    Note over a1: the first 10 of 11 deliveries are left out\n"
                        "    a1->>a1: tick#35;1(1) (timer) at 4ms\n"
                        "    Note over a1: no violation\n");
    ob_text_release(&text);
    ob_world_destroy(world);
}

static void test_dot(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};

    run_text(world,
             "offbeat scenario 1 ways\n"
             "+0 push(id=3) to source.1\n",
             &scenario);
    struct ob_story story = tell(world, &scenario);
    ob_report_dot(&story, &text);
    assert_holds(&text, "label=\"ways/only: no violation\"");
    assert_holds(&text, "  subgraph cluster_4 {\n    label=\"sink\";\n    d1 [label=\"10us\\n"
                        "first(3) < source.1\"];\n");
    assert_holds(&text, "  d0 -> d1 [style=dashed];\n");
    assert_holds(&text, "  d1 -> d3;\n");
    assert_lacks(&text, "race");
    story.run.deciding_count = 2;
    story.run.deciding[0] = 1;
    story.run.deciding[1] = 3;
    ob_report_dot(&story, &text);
    assert_holds(&text, "  d1 -> d3 [dir=none,");
    ob_text_release(&text);
    ob_world_destroy(world);
}

/* How many entries an actor has, and how the last of them describes it. */
static size_t last_state(const struct ob_states *states, unsigned actor, const char **text)
{
    size_t count = 0;

    for (size_t index = 0; index < states->count; index++) {
        if (states->entries[index].actor != actor)
            continue;
        *text = ob_states_text(states, &states->entries[index]);
        count++;
    }
    return count;
}

/* The nth entry of an actor. */
static const struct ob_state_entry *nth_state(const struct ob_states *states, unsigned actor,
                                              unsigned nth)
{
    for (size_t index = 0; index < states->count; index++)
        if (states->entries[index].actor == actor && nth-- == 0)
            return &states->entries[index];
    fail_msg("actor %u has no such entry", actor);
    return NULL;
}

static void test_states_of_every_step(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_states states = {0};
    struct ob_error error = {{0}};
    const char *text = NULL;

    run_text(world, faulty, &scenario);
    const struct ob_annotated_run annotated = {.world = world, .scenario = &scenario};
    assert_int_equal(ob_states_record(&annotated, &states, &error), 0);
    /* The beginning, the value from the first message, and the crash. */
    assert_int_equal(last_state(&states, 4, &text), 3);
    assert_string_equal(text, "");
    assert_false(nth_state(&states, 4, 2)->is_up);
    assert_string_equal(ob_states_text(&states, nth_state(&states, 4, 0)),
                        "value 0\nand \t\xc3\xa9");
    assert_string_equal(ob_states_text(&states, nth_state(&states, 4, 1)),
                        "value 50\nand \t\xc3\xa9");
    /* An actor without a description has but its beginning, and its timers. */
    assert_int_equal(last_state(&states, 2, &text), 1);
    assert_int_equal(nth_state(&states, 1, 0)->timer_count, 0);
    const struct ob_state_entry *started = nth_state(&states, 1, 1);
    assert_int_equal(started->timer_count, 1);
    assert_int_equal(states.timers[started->timers].due_us, 3000);
    assert_int_equal(nth_state(&states, 1, 2)->timer_count, 2);
    assert_int_equal(last_state(&states, 1, &text), 5);
    assert_int_equal(nth_state(&states, 1, 4)->timer_count, 0);
    ob_states_release(&states);

    /* The state in which the violation left it. */
    run_text(world,
             "offbeat scenario 1 ways\n"
             "+0 push(id=3) to source.1\n"
             "+0 push(id=4) to source.1\n",
             &scenario);
    assert_int_equal(ob_world_verdict(world)->outcome, OB_VIOLATED);
    assert_int_equal(ob_states_record(&annotated, &states, &error), 0);
    assert_int_equal(last_state(&states, 4, &text), 3);
    assert_string_equal(text, "value 4\nand \t\xc3\xa9");
    ob_states_release(&states);
    ob_world_destroy(world);
}

static void test_json_and_html(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text json = {0};
    struct ob_text html = {0};
    struct ob_error error = {{0}};

    run_text(world, violating, &scenario);
    struct ob_story story = tell(world, &scenario);
    story.decides = "</script>";
    assert_int_equal(ob_report_json(&story, &json, &error), 0);
    assert_holds(&json, "\"schema\": 1,");
    assert_holds(&json, "\"decides\": \"</script>\"");
    assert_holds(&json, "\"detail\": \"value 0\\u000ais not 3\\u001b[31m\"");
    assert_holds(
        &json,
        "{\"index\": 2, \"time_us\": 510, \"actor\": 4, \"from\": 3, "
        "\"kind\": \"second\", \"ordinal\": 0, \"args\": [3, 7], "
        "\"text\": \"second(3, 7)\", \"sent_us\": 10, \"cause\": 1, "
        "\"deviation\": null, \"choices\": [], \"said\": [], \"previous\": null, \"flags\": [], "
        "\"relevant\": true, \"folded\": null, \"changes\": []}");
    assert_holds(&json, "{\"id\": 0, \"name\": \"outside\", \"role\": \"outside\"}, "
                        "{\"id\": 1, \"name\": \"source.0\", \"role\": \"actor\"}");
    assert_holds(&json, "\"monitors\": []");
    assert_holds(&json, "\"applied\": false");
    assert_holds(&json, "\"passing\": null");
    assert_int_equal(ob_report_html(&story, &html, &error), 0);
    assert_holds(&html, "<!doctype html>");
    assert_holds(&html, "\"decides\": \"\\u003c/script>\"");
    assert_lacks(&html, "<!--");
    ob_text_release(&html);
    ob_text_release(&json);
    ob_world_destroy(world);
}

static void test_trace_events(void **state)
{
    (void)state;
    struct ob_world *world = open_world();
    struct ob_scenario scenario;
    struct ob_text text = {0};
    struct ob_error error = {{0}};

    run_text(world, violating, &scenario);
    struct ob_story story = tell(world, &scenario);
    assert_int_equal(ob_report_perfetto(&story, &text, &error), 0);
    assert_holds(&text, "\"name\": \"thread_name\", \"args\": {\"name\": \"source.1\"}}");
    assert_holds(&text, "\"name\": \"process_name\", \"args\": {\"name\": \"ways/only\"}}");
    /* What is sent from outside and what comes of it share the first microsecond. */
    assert_holds(&text, "{\"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": 0.000, "
                        "\"dur\": 0.500, \"name\": \"push(id=3)\", \"cat\": \"outside\"}");
    assert_holds(&text, "{\"ph\": \"X\", \"pid\": 1, \"tid\": 3, \"ts\": 0.500, "
                        "\"dur\": 0.500, \"name\": \"push(id=3)\", \"cat\": \"delivery\", "
                        "\"args\": {\"step\": 1, \"time_us\": 0, \"sent_us\": 0}}");
    /* A message's arrow has its number at both ends. */
    assert_holds(&text, "{\"ph\": \"s\", \"pid\": 1, \"tid\": 3, \"ts\": 0.500, \"name\": "
                        "\"message\", \"cat\": \"message\", \"id\": 4294967298}");
    assert_holds(&text, "\"id\": 4294967298, \"bp\": \"e\"}");
    assert_holds(&text, "\"name\": \"first_comes_first is violated: value 0\\u000ais not 3");
    assert_holds(&text, "\"name\": \"under way at the end: first(3)\"");
    ob_text_release(&text);
    ob_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_of_a_violation),
        cmocka_unit_test(test_narrow_page_becomes_a_list),
        cmocka_unit_test(test_columns_of_many_become_narrow),
        cmocka_unit_test(test_long_trace_is_bounded),
        cmocka_unit_test(test_faults_are_marked),
        cmocka_unit_test(test_two_runs_beside_each_other),
        cmocka_unit_test(test_a_crash_is_told_once),
        cmocka_unit_test(test_trace_list),
        cmocka_unit_test(test_nothing_happened),
        cmocka_unit_test(test_mermaid),
        cmocka_unit_test(test_mermaid_notes_faults_and_is_bounded),
        cmocka_unit_test(test_dot),
        cmocka_unit_test(test_states_of_every_step),
        cmocka_unit_test(test_json_and_html),
        cmocka_unit_test(test_trace_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
