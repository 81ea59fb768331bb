/* What reports call events of tasks and messages, and that targets may describe messages without
 * disturbing the run. */
#include "offbeat/lock.h"
#include "offbeat/task.h"

#include "report/columns.h"
#include "report/dot.h"
#include "report/json_trace.h"
#include "report/mermaid.h"
#include "report/message.h"
#include "report/trace.h"
#include "search/events.h"
#include "support/run_text.h"

enum kind { GO, ASK, PING, PONG, ANSWER };
enum way { SLEEP, YIELD, CALL, CALLS, RECEIVE, ANY, NAMED, LOCK, UNLOCK, JOIN, WAIT, QUEUE, WAYS };

struct shared {
    struct ob_mutex mutex;
    struct ob_waiters plain;
    struct ob_waiters named;
};

static void nap(struct ob_actor *self, void *context)
{
    (void)context;
    ob_sleep(self, 50);
}

static void hold(struct ob_actor *self, void *context)
{
    struct shared *shared = context;
    (void)ob_mutex_lock(self, &shared->mutex, OB_FOREVER);
    ob_sleep(self, 50);
    (void)ob_mutex_unlock(self, &shared->mutex);
}

static void wait_in_queues(struct ob_actor *self, struct shared *shared, unsigned way)
{
    shared->named.name = "row 3";
    if (way == LOCK || way == UNLOCK) {
        (void)ob_task_start(self, hold, shared);
        (void)ob_mutex_lock(self, &shared->mutex, way == LOCK ? 10 : OB_FOREVER);
    } else if (way == JOIN) {
        (void)ob_task_join(self, ob_task_start(self, nap, NULL), OB_FOREVER);
    } else {
        (void)ob_wait(self, way == WAIT ? &shared->plain : &shared->named, 10);
    }
}

static void run_worker(struct ob_actor *self)
{
    struct shared *shared = ob_state(self);
    unsigned way = ob_receive(self, GO)->args[0];
    const uint16_t refs[] = {ob_ask(self, "deaf", ASK), ob_ask(self, "deaf", PING)};
    const struct ob_await named = {
        .kinds = OB_KINDS(PONG), .times_out = true, .timeout_us = 10, .name = "the answer"};
    switch (way) {
    case SLEEP:
        ob_sleep(self, 10);
        break;
    case YIELD:
        ob_yield(self);
        break;
    case CALL:
        (void)ob_call(self, "deaf", 10, PING);
        break;
    case CALLS:
        (void)ob_await_any(self, refs, 2, 10);
        break;
    case RECEIVE:
        (void)ob_receive_for(self, 10, PONG, ANSWER);
        break;
    case ANY:
        (void)ob_await(self, &(const struct ob_await){.times_out = true, .timeout_us = 10});
        break;
    case NAMED:
        (void)ob_await(self, &named);
        break;
    default:
        wait_in_queues(self, shared, way);
        break;
    }
}

static void deaf_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void set_up(struct ob_world *world)
{
    ob_spawn_process(world, "worker", run_worker, sizeof(struct shared));
    ob_spawn(world, "deaf", deaf_receive, 0);
    if (ob_world_variant(world) == 1)
        ob_allow(world, "worker", (struct ob_faults){.task_late_us_max = 30});
    ob_link(world, "worker", "deaf", (struct ob_link){.latency_us = 5, .latency_us_max = 25});
}

/* What a target should not do: it writes to what it is given, and says things that formats must
 * escape. */
static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    uint8_t *bytes;
    memcpy(&bytes, &message->bytes, sizeof bytes); /* const cast away */
    if (message->kind == PONG)
        memset(bytes, 'x', message->size);
    if (message->kind == PING)
        ob_describe(text, "<b>\"%s\\\n\x1b[31m;", "quoted");
    if (message->kind == ANSWER)
        for (unsigned at = 0; at < 1000; at++)
            ob_describe(text, "word%u ", at);
}

#define MESSAGES                                                                                   \
    {                                                                                              \
        [GO] = {.name = "go", .to = "worker", .args = {{"way", 0, WAYS}}},                         \
        [ASK] = {.name = "ask"}, [PING] = {.name = "ping"},                                        \
        [PONG] = {.name = "pong", .to = "deaf", .bytes_max = 16},                                  \
        [ANSWER] = {.name = "answer", .to = "deaf", .args = {{"n", 0, 9}}},                        \
    }

static OB_TARGET(ways, .variants = {"punctual", "late"}, .messages = MESSAGES, .setup = set_up);
static OB_TARGET(described, .variants = {"only"}, .messages = MESSAGES, .setup = set_up,
                 .describe_message = describe_message);

static void read_trace(struct bench *bench, const char *records, struct ob_text *text)
{
    text->length = 0;
    bench_parse(bench, records);
    (void)ob_world_run(bench->world, &bench->scenario);
    ob_report_trace(bench->world, text);
}

static void expect_line(const char *trace, const char *line)
{
    if (!strstr(trace, line))
        fail_msg("no \"%s\" in:\n%s", line, trace);
}

static void every_event_of_a_task_has_a_name(void **state)
{
    static const char *const names[WAYS] = {
        [SLEEP] = "worker -> worker sleep ends (ended)\n",
        [YIELD] = "worker -> worker yield (ended)\n",
        [CALL] = "worker -> worker timeout of call ping (ended)\n",
        [CALLS] = "worker -> worker timeout of call ask and 1 more (ended)\n",
        [RECEIVE] = "worker -> worker timeout of receive pong or answer (ended)\n",
        [ANY] = "worker -> worker timeout of receive (ended)\n",
        [NAMED] = "worker -> worker timeout of the answer (ended)\n",
        [LOCK] = "worker -> worker timeout of lock",
        [UNLOCK] = "worker -> worker woken by unlock [task 0] (ended)\n",
        [JOIN] = "worker -> worker woken by the end of a task [task 0] (ended)\n",
        [WAIT] = "worker -> worker timeout of wait (ended)\n",
        [QUEUE] = "worker -> worker timeout of row 3 (ended)\n",
    };
    (void)state;
    struct bench bench = {0};
    struct ob_text trace = {0};
    bench_open(&bench, &ob_target_ways, 0);
    for (unsigned way = 0; way < WAYS; way++) {
        char records[64];
        (void)snprintf(records, sizeof records, "+0 go(way=%u) to worker\n", way);
        read_trace(&bench, records, &trace);
        expect_line(ob_text_string(&trace), names[way]);
        assert_null(strstr(ob_text_string(&trace), "resume"));
    }
    ob_text_release(&trace);
    bench_close(&bench);
}

/* A task that may be late goes on with an event of its own, which is named after its message; how
 * late is what was possible, whatever the scenario says. */
static void what_took_effect_is_told(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_text trace = {0};
    bench_open(&bench, &ob_target_ways, 1);
    bench_parse(&bench, "+0 go(way=0) to worker\npreempt worker #0 by 1s\n"
                        "delay ask worker->deaf #0 by 29.996s\n");
    (void)ob_world_run(bench.world, &bench.scenario);
    ob_report_columns(bench.world, &bench.scenario, NULL, &trace);
    expect_line(ob_text_string(&trace),
                "delay ask worker->deaf #0 by 29.996s   # no more than 20us took effect\n");
    expect_line(ob_text_string(&trace),
                "preempt worker #0 by 1s   # goes on with go   # no more than 30us took effect\n");
    expect_line(ob_text_string(&trace), "! delayed 20us");
    expect_line(ob_text_string(&trace), "! preempted for 30us");
    ob_text_release(&trace);
    bench_close(&bench);
}

/* Events that are compared over runs are told apart by their names, and those of one counted. */
static void events_carry_their_names(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_events events;
    bench_open(&bench, &ob_target_ways, 0);
    char records[64];
    (void)snprintf(records, sizeof records, "+0 go(way=%d) to worker\n", UNLOCK);
    bench_parse(&bench, records);
    (void)ob_world_run(bench.world, &bench.scenario);
    assert_int_equal(ob_events_read(&events, bench.world, false), 0);
    unsigned found = 0;
    for (uint32_t at = 0; at < events.count; at++) {
        struct ob_text name = {0};
        if (!events.list[at].is_resume)
            continue;
        ob_resume_print(ob_world_vocabulary(bench.world), &events.list[at].resume, &name);
        assert_string_equal(ob_text_string(&name), found ? "woken by unlock" : "sleep ends");
        assert_int_equal(events.list[at].same, 0);
        ob_text_release(&name);
        found++;
    }
    assert_int_equal(found, 2);
    ob_events_release(&events);
    bench_close(&bench);
}

static void messages_are_described_by_the_target(void **state)
{
    const char *records = "+0 go(way=2) to worker\n+1us pong() to deaf bytes 68656c6c6f\n"
                          "+1us answer(n=3) to deaf\n";
    (void)state;
    struct bench bench = {0};
    struct ob_text text = {0};
    struct ob_error error = {0};
    bench_open(&bench, &ob_target_ways, 0);
    bench_parse(&bench, records);
    uint64_t hash = ob_world_run(bench.world, &bench.scenario)->trace_hash;
    bench_close(&bench);

    bench_open(&bench, &ob_target_described, 0);
    read_trace(&bench, records, &text);
    assert_int_equal(ob_world_verdict(bench.world)->trace_hash, hash);
    expect_line(ob_text_string(&text), "ping(<b>\"quoted\\  [31m;)");
    expect_line(ob_text_string(&text), "pong bytes 68656c6c6f\n"); /* not what was written there */
    expect_line(ob_text_string(&text), "answer(word0 word1 word2");
    expect_line(ob_text_string(&text), "word11 word12...)\n");
    assert_null(strstr(ob_text_string(&text), "word13"));

    const struct ob_story story = {.run = {.world = bench.world, .scenario = &bench.scenario}};
    text.length = 0;
    ob_report_mermaid(&story, 0, &text);
    expect_line(ob_text_string(&text), "ping#35;0(#60;b#62;#34;quoted#92;  #91;31m#59;)");
    expect_line(ob_text_string(&text), ": timeout of call ping at ");
    text.length = 0;
    ob_report_dot(&story, &text);
    expect_line(ob_text_string(&text), "ping(<b>\\\"quoted\\\\  [31m;)");
    expect_line(ob_text_string(&text), "timeout of call ping");
    text.length = 0;
    assert_int_equal(ob_report_json(&story, &text, &error), 0);
    expect_line(ob_text_string(&text), "\"text\": \"ping(<b>\\\"quoted\\\\  [31m;)\"");
    expect_line(ob_text_string(&text), "\"text\": \"timeout of call ping\"");
    assert_int_equal(ob_world_run(bench.world, &bench.scenario)->trace_hash, hash);
    ob_text_release(&text);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_of_a_task_has_a_name),
        cmocka_unit_test(what_took_effect_is_told),
        cmocka_unit_test(events_carry_their_names),
        cmocka_unit_test(messages_are_described_by_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
