/* Servers with callbacks, calls with timeouts, and agents. */
#include <offbeat/agent.h>
#include <offbeat/gen_server.h>

#include "support/run_text.h"

enum kind {
    ASK,
    TELL,
    SQUARE,
    LATER,
    RELEASE,
    CHAIN,
    WAIT,
    IDLE,
    STRANGE,
    QUIT,
    ANSWER,
    TIMED_OUT,
    DOWN,
    AGENT,
    KINDS = AGENT + OB_AGENT_KINDS
};
enum agent_function { READ, ADD };

struct server {
    struct ob_gen_server gen;
    const struct ob_message *deferred;
    uint32_t steps;
    uint32_t infos;
    uint32_t idles;
};

static void square(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ANSWER, message->args[0] * message->args[0]);
}

static void defer(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    server->deferred = message;
}

static void release(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    (void)message;
    if (server->deferred)
        ob_reply(self, server->deferred, ANSWER, 77);
    server->deferred = NULL;
}

static void step(struct ob_actor *self, uint32_t arg)
{
    struct server *server = ob_state(self);
    server->steps++;
    if (arg > 0)
        ob_gen_continue(self, step, arg - 1);
}

static void chain(struct ob_actor *self, const struct ob_message *message)
{
    ob_gen_continue(self, step, message->args[0]);
}

static void wait(struct ob_actor *self, const struct ob_message *message)
{
    ob_gen_timeout(self, 10 * message->args[0]);
}

static void idle(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    (void)message;
    server->idles++;
}

static void info(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);
    server->infos++;
    if (message->kind == QUIT)
        ob_stop(self, 3);
}

static const struct ob_gen_server_type type = {
    .calls = {[SQUARE] = square, [LATER] = defer},
    .casts = {[RELEASE] = release, [CHAIN] = chain, [WAIT] = wait},
    .info = info,
    .timeout = idle,
    .timeout_kind = IDLE,
};

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_gen_server_receive(self, &type, message);
}

struct client {
    struct ob_gen_call call;
    uint32_t answer;
    uint32_t counts[OB_GEN_DOWN + 1];
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);

    if (message->kind == ASK) {
        ob_gen_call(self, &client->call, message->args[0] < AGENT ? "server" : "agent", 100,
                    TIMED_OUT, message->args[0], message->args[1], message->args[2]);
        return;
    }
    if (message->kind == TELL) {
        ob_send(self, message->args[0] < AGENT ? "server" : "agent", message->args[0],
                message->args[1], message->args[2]);
        return;
    }
    enum ob_gen_result result = ob_gen_call_receive(self, &client->call, message, TIMED_OUT, DOWN);
    client->counts[result]++;
    if (result == OB_GEN_ANSWERED)
        client->answer = message->args[0];
}

static uint32_t read_value(void *state, uint32_t arg)
{
    (void)arg;
    return *(uint32_t *)state;
}

static uint32_t add(void *state, uint32_t arg)
{
    uint32_t before = *(uint32_t *)state;
    *(uint32_t *)state += arg;
    return before;
}

static ob_agent_function *const functions[] = {[READ] = read_value, [ADD] = add};

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_spawn(world, "server", server_receive, sizeof(struct server));
    ob_monitor(world, "client", "server", DOWN);
    struct ob_actor *agent =
        ob_agent_spawn(world, "agent",
                       &(struct ob_agent_config){.first_kind = AGENT,
                                                 .functions = functions,
                                                 .function_count = 2,
                                                 .state_size = sizeof(uint32_t)});
    *(uint32_t *)ob_agent_state(agent) = 5;
    ob_allow(world, "server", (struct ob_faults){.pause_us_max = 1000});
}

#define ORDER .to = "client", .args = {{"kind", 0, 63}, {"a", 0, 255}, {"b", 0, 255}}

static OB_TARGET(gen_servers, .variants = {"only"},
                 .messages = {[ASK] = {.name = "ask", ORDER},
                              [TELL] = {.name = "tell", ORDER},
                              [SQUARE] = {.name = "square"},
                              [LATER] = {.name = "later"},
                              [RELEASE] = {.name = "release"},
                              [CHAIN] = {.name = "chain"},
                              [WAIT] = {.name = "wait"},
                              [IDLE] = {.name = "idle"},
                              [STRANGE] = {.name = "strange"},
                              [QUIT] = {.name = "quit"},
                              [ANSWER] = {.name = "answer"},
                              [TIMED_OUT] = {.name = "timed_out"},
                              [DOWN] = {.name = "down"},
                              OB_AGENT_MESSAGES(AGENT)},
                 .setup = setup);

static struct bench bench;
static char script[1024];

static void open(void)
{
    bench_open(&bench, &ob_target_gen_servers, 0);
    script[0] = '\0';
}

static const struct client *then(unsigned delay_us, bool call, unsigned kind, unsigned a,
                                 unsigned b)
{
    size_t length = strlen(script);
    (void)snprintf(script + length, sizeof script - length, "+%uus %s(kind=%u, a=%u, b=%u)\n",
                   delay_us, call ? "ask" : "tell", kind, a, b);
    (void)bench_run(&bench, script);
    return ob_state(ob_actor(bench.world, "client"));
}

static const struct server *server(void)
{
    return ob_state(ob_actor(bench.world, "server"));
}

static void a_call_is_answered(void **state)
{
    (void)state;
    open();
    const struct client *client = then(0, true, SQUARE, 7, 0);
    assert_int_equal(client->answer, 49);
    assert_int_equal(client->counts[OB_GEN_ANSWERED], 1);
    assert_int_equal(client->counts[OB_GEN_TIMED_OUT], 0);
    bench_close(&bench);
}

static void an_answer_may_come_later_or_too_late(void **state)
{
    (void)state;
    open();
    (void)then(0, true, LATER, 0, 0);
    const struct client *client = then(50, false, RELEASE, 0, 0);
    assert_int_equal(client->answer, 77);
    bench_close(&bench);
    open();
    (void)then(0, true, LATER, 0, 0);
    client = then(150, false, RELEASE, 0, 0);
    assert_int_equal(client->counts[OB_GEN_TIMED_OUT], 1);
    assert_int_equal(client->counts[OB_GEN_ANSWERED], 0);
    assert_int_equal(client->counts[OB_GEN_OTHER], 0); /* the answer is dropped */
    bench_close(&bench);
}

static void a_late_answer_is_not_taken_for_that_of_the_next_call(void **state)
{
    (void)state;
    open();
    (void)then(0, true, LATER, 0, 0);
    (void)then(150, true, LATER, 0, 0);
    (void)then(1, true, SQUARE, 3, 0);
    const struct client *client = then(0, false, RELEASE, 0, 0);
    assert_int_equal(client->answer, 9);
    assert_int_equal(client->counts[OB_GEN_ANSWERED], 1);
    bench_close(&bench);
}

static void an_end_of_the_server_ends_the_call(void **state)
{
    (void)state;
    open();
    (void)then(0, true, LATER, 0, 0);
    const struct client *client = then(20, false, QUIT, 0, 0);
    assert_int_equal(client->counts[OB_GEN_DOWN], 1);
    assert_int_equal(client->counts[OB_GEN_TIMED_OUT], 0);
    bench_close(&bench);
}

static void calls_casts_and_others_are_told_apart(void **state)
{
    (void)state;
    open();
    (void)then(0, false, SQUARE, 3, 0); /* a call's kind without a call */
    (void)then(0, true, RELEASE, 3, 0); /* a cast's kind in a call */
    (void)then(0, false, STRANGE, 0, 0);
    assert_int_equal(server()->infos, 3);
    bench_close(&bench);
}

static void what_continues_comes_before_the_next_message_and_not_for_ever(void **state)
{
    (void)state;
    open();
    (void)then(0, false, CHAIN, 3, 0);
    assert_int_equal(server()->steps, 4);
    (void)then(0, false, CHAIN, 200, 0);
    assert_int_equal(server()->steps, 4 + OB_GEN_CONTINUES_MAX);
    bench_close(&bench);
}

static void a_timeout_comes_unless_a_message_does(void **state)
{
    (void)state;
    open();
    (void)then(0, false, WAIT, 10, 0);
    assert_int_equal(server()->idles, 1);
    (void)then(50, false, STRANGE, 0, 0);
    assert_int_equal(server()->idles, 0);
    bench_close(&bench);
}

static void a_message_flushes_a_timeout_that_has_fired(void **state)
{
    static const char *const pauses[] = {"40", "500"};
    (void)state;
    for (unsigned at = 0; at < 2; at++) {
        open();
        (void)then(0, false, WAIT, 10, 0); /* 100 us, from 10 to 110 */
        (void)then(50, false, STRANGE, 0, 0);
        (void)snprintf(script + strlen(script), 64, "pause after wait client->server #0 for %sus\n",
                       pauses[at]);
        (void)bench_run(&bench, script);
        assert_int_equal(server()->infos, 1);
        assert_int_equal(server()->idles, 0);
        bench_close(&bench);
    }
}

static void an_agent_runs_functions_one_after_the_other(void **state)
{
    (void)state;
    open();
    assert_int_equal(then(0, true, AGENT + OB_AGENT_GET, READ, 0)->answer, 5);
    (void)then(50, true, AGENT + OB_AGENT_UPDATE, ADD, 2);
    assert_int_equal(then(50, true, AGENT + OB_AGENT_GET_AND_UPDATE, ADD, 3)->answer, 7);
    (void)then(50, false, AGENT + OB_AGENT_CAST, ADD, 4);
    const struct client *client = then(50, true, AGENT + OB_AGENT_GET, 9, 0);
    assert_int_equal(*(uint32_t *)ob_agent_state(ob_actor(bench.world, "agent")), 14);
    assert_int_equal(client->counts[OB_GEN_ANSWERED], 3);
    assert_int_equal(client->counts[OB_GEN_TIMED_OUT], 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered),
        cmocka_unit_test(an_answer_may_come_later_or_too_late),
        cmocka_unit_test(a_late_answer_is_not_taken_for_that_of_the_next_call),
        cmocka_unit_test(an_end_of_the_server_ends_the_call),
        cmocka_unit_test(calls_casts_and_others_are_told_apart),
        cmocka_unit_test(what_continues_comes_before_the_next_message_and_not_for_ever),
        cmocka_unit_test(a_timeout_comes_unless_a_message_does),
        cmocka_unit_test(a_message_flushes_a_timeout_that_has_fired),
        cmocka_unit_test(an_agent_runs_functions_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
