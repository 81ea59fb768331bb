/* What decides, in words: two messages with one name are told apart in every sentence. */
#include "support/run_text.h"
#include "triage/decision.h"

extern const struct ob_target ob_target_order;

enum kind { GO, ASK };

static void front_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "a", ASK);
    ob_send(self, "b", ASK);
}

static void side_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *is_asked = ob_state(self);
    (void)message;
    *is_asked = true;
}

static void check(struct ob_world *world)
{
    const bool *a = ob_state(ob_actor(world, "a"));
    const bool *b = ob_state(ob_actor(world, "b"));
    OB_INVARIANT(world, a_is_asked_first, *a || !*b, "b was asked, and a was not");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "front", front_receive, 0);
    ob_spawn(world, "a", side_receive, sizeof(bool));
    ob_spawn(world, "b", side_receive, sizeof(bool));
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 1000});
    ob_link(world, "front", "b", (struct ob_link){.latency_us = 100, .latency_us_max = 1000});
}

static OB_TARGET(asks, .variants = {"racy"},
                 .messages = {[GO] = {.name = "go", .to = "front"}, [ASK] = {.name = "ask"}},
                 .setup = setup, .check = check);

static void expect_words(const struct ob_target *target, const char *records, const char *words)
{
    static struct ob_explanation explanation;
    struct bench bench = {0};
    struct ob_text text = {0};
    struct ob_need needs[OB_DEVIATIONS_MAX];
    bench_open(&bench, target, 0);
    struct ob_world *replay = ob_world_create(target, 0, NULL);
    bench_parse(&bench, records);
    assert_int_equal(ob_explain(bench.world, replay, &bench.scenario, NULL, &explanation), 0);
    (void)ob_necessary(replay, &bench.scenario, needs);
    explanation.has_neighbour = false; /* it is a scenario, not a sentence */
    explanation.evidence = (struct ob_evidence){.failing = 2, .failing_so = 2, .passing = 1};
    ob_add_decision(bench.world, &bench.scenario, &explanation, &text);
    ob_add_needs(bench.world, &bench.scenario, needs, true, &text);
    assert_string_equal(ob_text_string(&text), words);
    ob_text_release(&text);
    ob_world_destroy(replay);
    bench_close(&bench);
}

static void receivers_are_named_where_names_are_alike(void **state)
{
    (void)state;
    expect_words(&ob_target_asks, "+0 go() to front\ndelay ask front->a #0 by 200us\n",
                 "\nWhat decides:\n"
                 "  Fails when ask#0 from front reaches b before ask#0 from front reaches a.\n"
                 "  So it is in 2 of 2 runs near this one that fail, in 0 of 1 that pass.\n"
                 "  Passes when ask#0 from front to b comes 111us later, or ask#0 from front to a "
                 "111us sooner.\n"
                 "  Fails only when ask#0 from front to a is at least 91us late.\n");
}

static void and_not_where_they_differ(void **state)
{
    (void)state;
    expect_words(&ob_target_order,
                 "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 600us\n",
                 "\nWhat decides:\n"
                 "  Fails when pay#0 from bank reaches shop before create#0 from customer.\n"
                 "  So it is in 2 of 2 runs near this one that fail, in 0 of 1 that pass.\n"
                 "  Passes when pay#0 from bank comes 101us later, or create#0 from customer 101us "
                 "sooner.\n"
                 "  Fails only when create#0 from customer is at least 501us late.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receivers_are_named_where_names_are_alike),
        cmocka_unit_test(and_not_where_they_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
