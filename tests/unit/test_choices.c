/*
 * Choices that the scenario makes: ob_choose(). A client chooses one of two servers. A server has
 * the answer in its cache, or has not (a choice of two), and then fetches it from one of three
 * places. The broken variant does not take an answer that the second server has fetched from the
 * last place.
 */
#include "report/message.h"
#include "search/minimize.h"
#include "search/transcribe.h"
#include "support/explored.h"
#include "support/run_text.h"
#include "world/fault_point.h"

enum { SOUND, BROKEN };
enum { GO, ASK, ANSWER };
enum { SERVER, RETRY };
#define STALE 13u

struct client {
    uint32_t last;
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct client *client = ob_state(self);
    if (message->kind == GO)
        ob_send_member(self, "server", ob_choose_at(self, SERVER, 2), ASK, 0);
    else
        client->last = message->args[0];
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t answer = ob_index(self) * 10;
    if (ob_choose_at(self, RETRY, 2) == 1)
        answer += 1 + ob_choose_at(self, RETRY, 3);
    ob_reply(self, message, ANSWER, answer);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, sizeof(struct client));
    ob_spawn_many(world, "server", 2, server_receive, 0);
}

static void check(struct ob_world *world)
{
    struct ob_actor *actor = ob_actor(world, "client");
    const struct client *client = ob_state(actor);
    OB_INVARIANT(world, answer_is_fresh, ob_variant(actor) == SOUND || client->last != STALE);
}

OB_TARGET(cache, .summary = "a client of two servers with caches", .variants = {"sound", "broken"},
          .fails = {false, true},
          .messages = {{.name = "go", .to = "client"}, {.name = "ask"}, {.name = "answer"}},
          .setup = setup, .check = check, .choices = {"server", "retry"});

/* The answer that a scenario of one `go` gives. */
static uint32_t answer_of(struct bench *bench, const char *records)
{
    (void)bench_run(bench, records);
    uint32_t last = ob_world_sent_count(bench->world) - 1;
    assert_int_equal(ob_world_sent(bench->world, last)->message.kind, ANSWER);
    return ob_world_sent(bench->world, last)->message.args[0];
}

static void the_scenario_chooses(void **state)
{
    (void)state;
    struct bench bench = {0};
    static const struct {
        const char *records;
        uint32_t answer;
    } cases[] = {
        {"go\n", 0},
        {"go\nchoose server at client #0 as 1\n", 10},
        {"go\nchoose every server at client as 1\n", 10},
        {"go\nchoose server at client #0 as 5\n", 10}, /* of two, the fifth is the first again */
        {"go\nchoose server at client #1 as 1\n", 0},  /* of another choice */
        {"go\nchoose retry at server.1 #0 as 1\n", 0}, /* of another actor */
        {"go\nchoose retry at client #0 as 1\n", 0},   /* of another point */
        {"go\nchoose retry at server.0 #0 as 1\n", 1},
        {"go\nchoose every retry at server.0 as 1\n", 2},
        {"go\nchoose retry at server.0 #0 as 1\nchoose retry at server.0 #1 as 2\n", 3},
        {"go\ngo\nchoose server at client #1 as 1\n", 10},
    };
    bench_open(&bench, &ob_target_cache, SOUND);
    for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++)
        if (answer_of(&bench, cases[at].records) != cases[at].answer)
            fail_msg("%snot %u, but:\n%s", cases[at].records, cases[at].answer, bench.line);
    bench_close(&bench);
}

/* What makes no difference has had no effect. */
static void only_what_differs_from_the_plain_choice_is_an_effect(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_cache, SOUND);
    (void)bench_run(&bench,
                    "go\nchoose server at client #0 as 2\nchoose retry at server.0 #0 as 1\n"
                    "choose retry at server.1 #0 as 1\n");
    for (unsigned index = 0; index < 3; index++) {
        const struct ob_deviation *deviation = &bench.scenario.deviations[index];
        bool is_effect = deviation->which.to == 2 && deviation->which.kind == RETRY;
        assert_int_equal(ob_world_applied(bench.world) >> index & 1, is_effect);
    }
    bench_close(&bench);
}

static void print(struct bench *bench, const struct ob_scenario *scenario, struct ob_text *text)
{
    ob_text_release(text);
    ob_scenario_print(ob_world_vocabulary(bench->world), scenario, text);
}

static void text_and_bytes_say_the_same(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_text text = {0};
    struct ob_scenario decoded;
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    static const char records[] = "choose every server at client as 1\n"
                                  "choose retry at server.1 #7 as 65535\n";
    bench_open(&bench, &ob_target_cache, SOUND);
    bench_parse(&bench, records);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench.world);
    size_t size = ob_scenario_encode(vocabulary, &bench.scenario, bytes, sizeof bytes);
    assert_int_equal(size, 2 * OB_RECORD_SIZE);
    ob_scenario_decode(vocabulary, bytes, size, &decoded);
    print(&bench, &decoded, &text);
    assert_string_equal(ob_text_string(&text) + strlen("offbeat scenario 1 cache\n"), records);
    /* Any byte names a point. */
    bytes[3] = 5;
    ob_scenario_decode(vocabulary, bytes, size, &decoded);
    print(&bench, &decoded, &text);
    assert_non_null(strstr(ob_text_string(&text), "choose every retry at client as 1\n"));
    ob_text_release(&text);
    bench_close(&bench);
}

static void unknown_points_are_errors(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_error error = {{0}};
    static const char text[] = "offbeat scenario 1 cache\nchoose place at client #0 as 1\n";
    bench_open(&bench, &ob_target_cache, SOUND);
    assert_int_equal(ob_scenario_parse(ob_world_vocabulary(bench.world), "f", text, strlen(text),
                                       &bench.scenario, &error),
                     OB_SCENARIO_INAPPLICABLE);
    assert_string_equal(error.text, "f:2: no choice \"place\" in target cache (choices: server, "
                                    "retry)");
    bench_close(&bench);
}

/* A walk chooses everything, and its find is written without it. */
static void walks_choose(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_scenario written;
    struct ob_world *replay;
    struct ob_error error = {{0}};
    unsigned found = 0;
    bool answers[14] = {false};
    bench_open(&bench, &ob_target_cache, BROKEN);
    replay = ob_world_create(&ob_target_cache, BROKEN, &error);
    assert_non_null(replay);
    bench_parse(&bench, "go\n");
    for (uint64_t seed = 0; seed < 400; seed++) {
        const struct ob_verdict *verdict = bench_walk(&bench, OB_WALK_RANDOM, seed);
        uint64_t hash = verdict->trace_hash;
        uint32_t answer =
            ob_world_sent(bench.world, ob_world_sent_count(bench.world) - 1)->message.args[0];
        assert_true(answer < 14);
        answers[answer] = true;
        if (verdict->outcome == OB_VIOLATED) {
            found++;
            assert_true(ob_transcribe(bench.world, replay, &bench.walked, &written));
            assert_false(ob_scenario_has_op(&written, OB_WALK));
            assert_int_equal(ob_world_run(replay, &written)->outcome, OB_VIOLATED);
        }
        assert_int_equal(ob_world_run(bench.world, &bench.walked)->trace_hash, hash);
    }
    static const uint32_t all[] = {0, 1, 2, 3, 10, 11, 12, 13};
    for (size_t at = 0; at < sizeof all / sizeof all[0]; at++)
        assert_true(answers[all[at]]);
    assert_true(found > 0);
    ob_world_destroy(replay);
    bench_close(&bench);
}

static void the_least_is_left_of_it(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_text text = {0};
    struct ob_error error = {{0}};
    bench_open(&bench, &ob_target_cache, BROKEN);
    bench_parse(&bench, "go\n+5ms go\ngo\nchoose every server at client as 7\n"
                        "choose every retry at server.1 as 5\n"
                        "choose retry at server.1 #2 as 3\n");
    assert_int_equal(ob_minimize(bench.world, &bench.scenario, &bench.scenario, NULL, &error), 0);
    print(&bench, &bench.scenario, &text);
    assert_string_equal(ob_text_string(&text), "offbeat scenario 1 cache\n"
                                               "+0 go() to client\n"
                                               "choose server at client #0 as 1\n"
                                               "choose every retry at server.1 as 5\n");
    ob_text_release(&text);
    bench_close(&bench);
}

/* Server 0: cached, or from one of three places; the same of server 1. */
static void exhaustive_search_tries_all(void **state)
{
    (void)state;
    struct bench bench = {0};
    for (unsigned variant = SOUND; variant <= BROKEN; variant++) {
        bench_open(&bench, &ob_target_cache, variant);
        bench_parse(&bench, "go\n");
        struct explored explored = explore_all(bench.world, &bench.scenario);
        assert_int_equal(explored.stats.executions, 8);
        assert_true(ob_exhaustive_is_all(&explored.stats));
        assert_int_equal(explored.stats.violating, variant == BROKEN);
        assert_int_equal(explored.violations, variant == BROKEN);
        assert_int_equal(explored.written, variant == BROKEN);
        explored_release(&explored);
        bench_close(&bench);
    }
}

/* Two clients' worth of choices, but only so many executions: it claims no more than it did. */
static void exhaustive_search_says_where_it_stopped(void **state)
{
    (void)state;
    struct bench bench = {0};
    const struct ob_exhaustive_limits limits = {.executions_max = 7};
    bench_open(&bench, &ob_target_cache, SOUND);
    bench_parse(&bench, "go\n");
    struct explored explored = explore_within(bench.world, &bench.scenario, &limits);
    assert_int_equal(explored.stats.executions, 7);
    assert_false(ob_exhaustive_is_all(&explored.stats));
    explored_release(&explored);
    bench_close(&bench);
}

static void snapshots_keep_what_was_chosen(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_cache, SOUND);
    bench_parse(&bench, "go\n+1ms go\n+1ms go\nchoose server at client #1 as 1\n"
                        "choose retry at server.0 #1 as 1\n");
    ob_world_begin(bench.world, &bench.scenario);
    for (unsigned step = 0; step < 3; step++)
        assert_true(ob_world_step(bench.world));
    struct ob_snapshot *snapshot = ob_snapshot_take(bench.world, NULL);
    assert_non_null(snapshot);
    while (ob_world_step(bench.world)) {
    }
    uint64_t hash = ob_world_verdict(bench.world)->trace_hash;
    uint32_t count = ob_world_chosen_count(bench.world);
    ob_snapshot_restore(bench.world, snapshot);
    while (ob_world_step(bench.world)) {
    }
    assert_int_equal(ob_world_verdict(bench.world)->trace_hash, hash);
    assert_int_equal(ob_world_chosen_count(bench.world), count);
    ob_snapshot_free(snapshot);
    bench_close(&bench);
}

/* -- what goes wrong: points that actors bring with them -- */

enum { BREAK = 1 };

static void print_break(const struct ob_world *world, const struct ob_chosen *chosen,
                        struct ob_text *text)
{
    ob_text_printf(text, "actor %u of %u actors breaks at %u", chosen->actor,
                   ob_world_vocabulary(world)->actor_count, chosen->value);
}

static const struct ob_fault_point breaks = {.name = "break", .print = print_break};

#define BREAKS 40u
#define BREAK_ALTERNATIVES 5u

static void brittle_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *sum = ob_state(self);
    struct ob_chosen *noted;
    (void)message;
    for (unsigned at = 0; at < BREAKS; at++) {
        unsigned value = ob_choose_fault(self, BREAK, BREAK_ALTERNATIVES, &noted);
        *sum += value;
        assert_non_null(noted);
        assert_int_equal(noted->value, value);
    }
}

static void brittle_setup(struct ob_world *world)
{
    ob_spawn(world, "glass", brittle_receive, sizeof(uint32_t));
    assert_int_equal(ob_world_add_fault_point(world, &breaks), BREAK);
}

static void brittle_check(struct ob_world *world)
{
    const uint32_t *sum = ob_state(ob_actor(world, "glass"));
    OB_INVARIANT(world, glass_is_whole, *sum == 0);
}

OB_TARGET(glass, .summary = "glass that may break", .variants = {"only"}, .fails = {true},
          .messages = {{.name = "go", .to = "glass"}}, .setup = brittle_setup,
          .check = brittle_check);

/* The target names no point, so its own has none: those that are added have. */
static void what_goes_wrong_is_chosen_by_name(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_text text = {0};
    static const char records[] = "choose every break at glass as 3\n"
                                  "choose at glass #1 as 2\n"
                                  "choose break at glass #7 as 4\n";
    bench_open(&bench, &ob_target_glass, 0);
    bench_parse(&bench, records);
    print(&bench, &bench.scenario, &text);
    const char *printed = ob_text_string(&text) + strlen("offbeat scenario 1 glass\n");
    assert_non_null(strstr(printed, "choose every break at glass as 3\n"));
    assert_non_null(strstr(printed, "choose at glass #1 as 2\n"));
    assert_non_null(strstr(printed, "choose break at glass #7 as 4\n"));
    (void)bench_run(&bench, "go\nchoose break at glass #7 as 4\n");
    assert_int_equal(*(const uint32_t *)ob_state(ob_world_actor(bench.world, 1)), 4);
    assert_int_equal(ob_world_applied(bench.world), 1);
    ob_text_release(&text);
    ob_report_faults(bench.world, 0, 0, &text);
    assert_string_equal(ob_text_string(&text), "  ! actor 1 of 1 actors breaks at 4\n");
    ob_text_release(&text);
    bench_close(&bench);
}

/* Three walks of four never draw it, and the others now and then: most runs pass. */
static void walks_draw_it_seldom(void **state)
{
    (void)state;
    struct bench bench = {0};
    unsigned violating = 0;
    unsigned values[BREAK_ALTERNATIVES] = {0};
    bench_open(&bench, &ob_target_glass, 0);
    bench_parse(&bench, "go\n");
    for (uint64_t seed = 0; seed < 1000; seed++) {
        violating += bench_walk(&bench, OB_WALK_RANDOM, seed)->outcome == OB_VIOLATED;
        for (uint32_t index = 0; index < ob_world_chosen_count(bench.world); index++)
            values[ob_world_chosen(bench.world, index)->value]++;
    }
    assert_in_range(violating, 100, 250);
    for (unsigned value = 1; value < BREAK_ALTERNATIVES; value++)
        assert_in_range(values[value], 100, values[0] / 10);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scenario_chooses),
        cmocka_unit_test(only_what_differs_from_the_plain_choice_is_an_effect),
        cmocka_unit_test(text_and_bytes_say_the_same),
        cmocka_unit_test(unknown_points_are_errors),
        cmocka_unit_test(walks_choose),
        cmocka_unit_test(the_least_is_left_of_it),
        cmocka_unit_test(exhaustive_search_tries_all),
        cmocka_unit_test(exhaustive_search_says_where_it_stopped),
        cmocka_unit_test(snapshots_keep_what_was_chosen),
        cmocka_unit_test(what_goes_wrong_is_chosen_by_name),
        cmocka_unit_test(walks_draw_it_seldom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
