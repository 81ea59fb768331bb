/* What decides: the messages whose order makes the difference, or the fault, checked by running
 * both sides. */
#include "search/explain.h"
#include "support/run_text.h"

extern const struct ob_target ob_target_order, ob_target_resource, ob_target_counter;

static struct ob_explanation explanation;

static void explain(const struct ob_target *target, unsigned variant, const char *records)
{
    static struct bench bench;
    bench_open(&bench, target, variant);
    struct ob_world *replay = ob_world_create(target, variant, NULL);
    bench_parse(&bench, records);
    assert_int_equal(ob_explain(bench.world, replay, &bench.scenario, NULL, &explanation), 0);
    if (explanation.has_neighbour)
        assert_int_equal(ob_world_run(replay, &explanation.neighbour)->outcome, OB_PASSED);
    ob_world_destroy(replay);
    bench_close(&bench);
}

static void expect_pair(const char *first, const char *second, const struct ob_target *target)
{
    const struct ob_evidence *evidence = &explanation.evidence;
    assert_int_equal(explanation.decision, OB_BY_ORDER);
    assert_false(explanation.is_among_others);
    assert_int_equal(explanation.order.shape, OB_PAIR);
    assert_string_equal(target->messages[explanation.order.events[0].kind].name, first);
    assert_string_equal(target->messages[explanation.order.events[1].kind].name, second);
    assert_true(explanation.has_neighbour);
    assert_true(evidence->failing_so <= evidence->failing);
    assert_true(evidence->failing_so * evidence->passing >
                evidence->passing_so * evidence->failing);
}

static void the_overtaken_message_may_still_be_under_way(void **state)
{
    (void)state;
    explain(&ob_target_order, 0,
            "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 600us\n");
    expect_pair("pay", "create", &ob_target_order);
    assert_int_equal(explanation.necessary, 1);
    assert_int_equal(explanation.unneeded, 0);
    assert_false(explanation.order.events[1].is_delivered);
    assert_int_equal(explanation.neighbour.deviation_count, 0);
}

static void messages_that_matter_to_nothing_do_not_blur_it(void **state)
{
    (void)state;
    explain(&ob_target_order, 0,
            "+0 buy(order=2) to customer\n+1ms buy(order=3) to customer\n+1ms buy(order=1) to "
            "customer\n"
            "delay create customer->shop #2 by 600us\n");
    expect_pair("pay", "create", &ob_target_order);
    assert_int_equal(explanation.order.events[0].ordinal, 2);
    assert_int_equal(explanation.order.events[1].ordinal, 2);
}

static void a_race_without_deviations_is_decided_by_an_order_too(void **state)
{
    const struct ob_message_type *kinds = ob_target_counter.messages;
    (void)state;
    explain(&ob_target_counter, 0, "+0 increment() to client.0\n+0 increment() to client.1\n");
    assert_int_equal(explanation.decision, OB_BY_ORDER);
    assert_int_equal(explanation.order.shape,
                     OB_WINDOW); /* a write between a read and the write after it */
    assert_string_equal(kinds[explanation.order.events[0].kind].name, "get");
    assert_string_equal(kinds[explanation.order.events[1].kind].name, "put");
    assert_string_equal(kinds[explanation.order.events[2].kind].name, "put");
    assert_int_equal(explanation.order.events[0].from, explanation.order.events[2].from);
    assert_int_not_equal(explanation.order.events[0].from, explanation.order.events[1].from);
    assert_int_equal(explanation.neighbour.deviation_count, 1);
}

static void one_client_may_overtake_itself(void **state)
{
    (void)state;
    explain(&ob_target_resource, 0,
            "+0 use(slot=0, for_ms=1) to client.0\n+0 use(slot=0, for_ms=0) to client.1\n"
            "delay acquire client.1->pool #0 by 1us\n");
    const struct ob_message_type *kinds = ob_target_resource.messages;
    assert_int_equal(explanation.decision, OB_BY_ORDER);
    assert_int_equal(explanation.order.shape,
                     OB_WINDOW); /* a slot is freed between two that acquire it */
    assert_string_equal(kinds[explanation.order.events[0].kind].name, "acquire");
    assert_string_equal(kinds[explanation.order.events[1].kind].name, "release");
    assert_string_equal(kinds[explanation.order.events[2].kind].name, "acquire");
    assert_int_equal(explanation.order.events[1].from, explanation.order.events[2].from);
    assert_int_not_equal(explanation.order.events[0].from, explanation.order.events[1].from);
}

static void a_deviation_that_changes_nothing_is_not_necessary(void **state)
{
    (void)state;
    explain(&ob_target_order, 0,
            "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 600us\ndelay pay "
            "bank->shop #0 by 1us\n");
    expect_pair("pay", "create", &ob_target_order);
    assert_int_equal(explanation.necessary, 1);
}

static void what_passes_needs_no_explanation(void **state)
{
    (void)state;
    explain(&ob_target_order, 1,
            "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 600us\n");
    assert_int_equal(explanation.decision, OB_UNDECIDED);
    assert_false(explanation.has_neighbour);
}

/* A target that fails when its actor dies between two messages, whatever their order. */
enum { FIRST, SECOND };

static void fragile_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *prepared = ob_state(self);
    if (message->kind == FIRST)
        *prepared = true;
    else
        OB_INVARIANT(ob_world(self), still_prepared, *prepared, "what was prepared is gone");
}

static void fragile_setup(struct ob_world *world)
{
    ob_spawn(world, "store", fragile_receive, sizeof(bool));
    ob_allow(world, "store", (struct ob_faults){.restart = true});
}

static OB_TARGET(
    fragile, .variants = {"racy"},
    .messages =
        {[FIRST] = {.name = "first", .to = "store"}, [SECOND] = {.name = "second", .to = "store"}},
    .setup = fragile_setup);

static void a_fault_decides_where_one_is_needed(void **state)
{
    (void)state;
    explain(&ob_target_fragile, 0,
            "+0 first() to store\n+1ms second() to store\nrestart after first outside->store #0 "
            "after 5us\n");
    assert_int_equal(explanation.decision, OB_BY_FAULT);
    assert_int_equal(explanation.deviation, 0);
    assert_int_equal(explanation.neighbour.deviation_count, 0);
}

/* -- two invariants, one for each order -- */

enum either_kind { BEGIN, ONE, OTHER, MARKED };

static void either_begin(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "store", ONE);
    ob_send(self, "store", OTHER);
    ob_send(self, "store", MARKED);
}

static void either_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *seen = ob_state(self); /* a bit for each kind */
    if (message->kind == ONE)
        OB_INVARIANT(ob_world(self), one_is_early, *seen != 1u << MARKED, "after the mark");
    if (message->kind == OTHER)
        OB_INVARIANT(ob_world(self), one_is_first, *seen != 0, "before the one");
    *seen |= 1u << message->kind;
}

static void either_setup(struct ob_world *world)
{
    ob_spawn(world, "store", either_receive, sizeof(uint32_t));
    ob_spawn(world, "front", either_begin, 0);
    ob_link(world, "front", "store", (struct ob_link){.latency_us_max = 1000, .unordered = true});
}

static OB_TARGET(either, .variants = {"racy"},
                 .messages = {[BEGIN] = {.name = "begin", .to = "front"},
                              [ONE] = {.name = "one"},
                              [OTHER] = {.name = "other"},
                              [MARKED] = {.name = "marked"}},
                 .setup = either_setup);

static void what_violates_something_else_without_is_needed(void **state)
{
    (void)state;
    explain(&ob_target_either, 0,
            "+0 begin() to front\ndelay one front->store #0 by 200us\n"
            "delay other front->store #0 by 300us\n");
    assert_int_equal(explanation.necessary, 1);
    assert_int_equal(explanation.unneeded, 0);
}

/* -- two orders at two actors, both of which it takes -- */

enum both_kind { SPREAD, FAST, SLOW };

static void both_spread(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "left", FAST);
    ob_send(self, "west", SLOW);
    ob_send(self, "right", FAST);
    ob_send(self, "east", SLOW);
}

static void side_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *first = ob_state(self);
    if (*first == 0)
        *first = message->kind;
}

static void both_check(struct ob_world *world)
{
    const uint32_t *left = ob_state(ob_actor(world, "left"));
    const uint32_t *right = ob_state(ob_actor(world, "right"));
    OB_INVARIANT(world, one_is_fast, *left != SLOW || *right != SLOW, "both are slow");
}

static void both_setup(struct ob_world *world)
{
    ob_spawn(world, "front", both_spread, 0);
    ob_spawn_forwarder(world, "west", "left");
    ob_spawn_forwarder(world, "east", "right");
    ob_spawn(world, "left", side_receive, sizeof(uint32_t));
    ob_spawn(world, "right", side_receive, sizeof(uint32_t));
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 1000});
}

static OB_TARGET(both, .variants = {"racy"},
                 .messages = {[SPREAD] = {.name = "spread", .to = "front"},
                              [FAST] = {.name = "fast"},
                              [SLOW] = {.name = "slow"}},
                 .setup = both_setup, .check = both_check);

static void both_ends_are_named(void **state)
{
    (void)state;
    explain(&ob_target_both, 0,
            "+0 spread() to front\ndelay fast front->left #0 by 100us\n"
            "delay fast front->right #0 by 100us\n");
    assert_int_equal(explanation.decision, OB_BY_ORDER);
    assert_int_equal(explanation.necessary, 3);
    assert_true(explanation.has_also);
    const struct ob_event *one = explanation.order.events;
    const struct ob_event *other = explanation.also.events;
    assert_int_equal(one[0].kind, SLOW);
    assert_int_equal(one[1].kind, FAST);
    assert_int_equal(other[0].kind, SLOW);
    assert_int_equal(other[1].kind, FAST);
    assert_int_equal(one[0].actor, one[1].actor);
    assert_int_equal(other[0].actor, other[1].actor);
    assert_int_not_equal(one[0].actor, other[0].actor);
    assert_true(explanation.both.passing_so < explanation.evidence.passing_so);
    /* Where one order is all that it takes there is no other. */
    explain(&ob_target_order, 0,
            "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 600us\n");
    assert_false(explanation.has_also);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_overtaken_message_may_still_be_under_way),
        cmocka_unit_test(messages_that_matter_to_nothing_do_not_blur_it),
        cmocka_unit_test(a_race_without_deviations_is_decided_by_an_order_too),
        cmocka_unit_test(one_client_may_overtake_itself),
        cmocka_unit_test(a_deviation_that_changes_nothing_is_not_necessary),
        cmocka_unit_test(what_passes_needs_no_explanation),
        cmocka_unit_test(a_fault_decides_where_one_is_needed),
        cmocka_unit_test(what_violates_something_else_without_is_needed),
        cmocka_unit_test(both_ends_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
