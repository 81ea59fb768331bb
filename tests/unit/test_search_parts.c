/* Parts of the search that are seen through others mostly: groups of racing deliveries, effects of
 * events, signatures, and what several processes have found. */
#include "scenario/duration.h"
#include "search/effects.h"
#include "search/findings.h"
#include "search/minimize.h"
#include "search/necessary.h"
#include "search/race_groups.h"
#include "search/signature.h"
#include "support/run_text.h"

#include <stdlib.h>

/* -- a shop that postpones payments, and asks the bank -- */

enum { BUY, CREATE, PAY, ASK, ANSWER, LOOK };

struct shop {
    uint32_t created;
    uint32_t paid;
};

static void customer_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "shop", PAY, message->args[0]);
    ob_send(self, "shop", CREATE, message->args[0]);
}

static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct shop *shop = ob_state(self);

    if (message->kind == CREATE) {
        shop->created++;
        ob_send(self, "bank", ASK);
    } else if (message->kind == PAY && shop->created == 0) {
        ob_postpone(self, message);
    } else if (message->kind == PAY) {
        shop->paid++;
    }
}

static void bank_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ANSWER);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "customer", customer_receive, 0);
    ob_spawn(world, "shop", shop_receive, sizeof(struct shop));
    ob_spawn(world, "bank", bank_receive, 0);
}

static OB_TARGET(parts, .variants = {"only"},
                 .messages = {[BUY] = {.name = "buy", .to = "customer", .args = {{"n", 0, 9}}},
                              [CREATE] = {.name = "create"},
                              [PAY] = {.name = "pay"},
                              [ASK] = {.name = "ask"},
                              [ANSWER] = {.name = "answer"},
                              [LOOK] = {.name = "look", .to = "shop"}},
                 .setup = setup);

enum { CUSTOMER = 1, SHOP, BANK };

/* -- groups -- */

static const struct ob_group *find_group(const struct ob_groups *groups, unsigned kind,
                                         unsigned nth)
{
    for (unsigned index = 0; index < groups->count; index++)
        if (groups->list[index].which.kind == kind + 1 && groups->list[index].which.nth == nth)
            return &groups->list[index];
    fail_msg("no group of kind %u, number %u", kind, nth);
    return NULL;
}

static void a_message_that_is_handled_twice_is_one(void **state)
{
    static struct bench bench;
    static struct ob_groups groups;
    struct ob_rng rng = {.state = 1};

    (void)state;
    bench_open(&bench, &ob_target_parts, 0);
    (void)bench_run(&bench, "+0 buy(n=1) to customer\n+1ms buy(n=2) to customer\n");
    assert_non_null(strstr(bench.line, "+retried"));
    assert_true(ob_groups_read(&groups, bench.world, SHOP, OB_BY_KIND, &rng));
    assert_int_equal(find_group(&groups, PAY, 0)->count, 2);
    assert_true(ob_groups_read(&groups, bench.world, SHOP, OB_BY_MESSAGE, &rng));
    assert_int_equal(find_group(&groups, PAY, 1)->count, 1);
    assert_int_equal(find_group(&groups, PAY, 2)->count, 1);
    /* What waits for the second payment waits until one was handled: postponing is not that. */
    assert_int_equal(find_group(&groups, PAY, 2)->awaited.nth, 1);
    bench_close(&bench);
}

static void an_answer_does_not_race_with_what_was_before_the_question(void **state)
{
    static struct bench bench;
    static struct ob_groups groups;
    struct ob_rng rng = {.state = 1};

    (void)state;
    bench_open(&bench, &ob_target_parts, 0);
    (void)bench_run(&bench, "+0 buy(n=1) to customer\n+0 look() to shop\n");
    assert_true(ob_groups_read(&groups, bench.world, SHOP, OB_BY_KIND, &rng));
    unsigned create = (unsigned)(find_group(&groups, CREATE, 0) - groups.list);
    unsigned answer = (unsigned)(find_group(&groups, ANSWER, 0) - groups.list);
    unsigned look = (unsigned)(find_group(&groups, LOOK, 0) - groups.list);
    assert_false(ob_groups_race(&groups, create, answer));
    assert_false(ob_groups_race(&groups, answer, create));
    assert_true(ob_groups_race(&groups, look, create));
    bench_close(&bench);
}

/* -- effects -- */

static void an_event_has_an_effect_where_its_actor_has_changed(void **state)
{
    static struct bench bench;
    static struct bench replay;
    struct ob_events events;
    struct ob_effects effects = {0};
    bool seen[2] = {false};

    (void)state;
    bench_open(&bench, &ob_target_parts, 0);
    bench_open(&replay, &ob_target_parts, 0);
    (void)bench_run(&bench, "+0 buy(n=1) to customer\n+1ms look() to shop\n");
    assert_int_equal(ob_events_read(&events, bench.world, true), 0);
    assert_int_equal(ob_effects_find(&effects, replay.world, &bench.scenario, &events), 0);
    for (uint32_t event = 0; event < events.count; event++) {
        unsigned kind = events.list[event].kind;
        if (kind == LOOK)
            assert_int_equal(effects.list[event], OB_EFFECT_NONE);
        if (kind == CREATE)
            assert_int_equal(effects.list[event], OB_EFFECT_SOME);
        seen[0] |= kind == LOOK;
        seen[1] |= kind == CREATE;
    }
    assert_true(seen[0] && seen[1]);
    ob_effects_release(&effects);
    ob_events_release(&events);
    bench_close(&bench);
    bench_close(&replay);
}

/* -- signatures -- */

static const char *sign(const struct bench *bench, const char *type, unsigned frame_count)
{
    static char line[512];
    static struct ob_explanation explanation;
    static const char *const functions[] = {"inner", "middle", "outer", "receive"};
    struct ob_sanitizer_report report = {.frame_count = frame_count};
    const struct ob_signed known = {
        .scenario = &bench->scenario, .explanation = &explanation, .report = &report};
    struct ob_text text = {0};

    (void)snprintf(report.type, sizeof report.type, "%s", type);
    for (unsigned index = 0; index < frame_count; index++)
        (void)snprintf(report.frames[index].function, sizeof report.frames[index].function, "%s",
                       functions[index]);
    ob_signature_add(bench->world, &known, &text);
    (void)snprintf(line, sizeof line, "%s", ob_text_string(&text));
    ob_text_release(&text);
    return line;
}

static void a_memory_error_is_told_by_its_innermost_functions(void **state)
{
    static struct bench bench;

    (void)state;
    bench_open(&bench, &ob_target_parts, 0);
    (void)bench_run(&bench, "+0 look() to shop\n");
    assert_string_equal(sign(&bench, "heap-use-after-free", 4),
                        "parts/only heap-use-after-free in inner < middle < outer");
    assert_string_equal(sign(&bench, "heap-use-after-free", 2),
                        "parts/only heap-use-after-free in inner < middle");
    /* How deep it was when the stack was full is an accident. */
    assert_string_equal(sign(&bench, "stack-overflow", 3), "parts/only stack-overflow in inner");
    bench_close(&bench);
}

/* -- merging: both items must be late for the tick to come first -- */

enum { GO, ITEM, TICK };

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "sink", ITEM);
    ob_send(self, "sink", ITEM);
    ob_send(self, "relay", TICK);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *items = ob_state(self);

    if (message->kind == ITEM)
        ++*items;
    else
        OB_INVARIANT(ob_world(self), item_before_tick, *items > 0);
}

static void merge_setup(struct ob_world *world)
{
    ob_spawn(world, "source", source_receive, 0);
    ob_spawn_forwarder(world, "relay", "sink");
    ob_spawn(world, "sink", sink_receive, sizeof(uint32_t));
    ob_link(world, "source", "sink",
            (struct ob_link){.latency_us = 10, .latency_us_max = 50000, .unordered = true});
}

static OB_TARGET(merge, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "source"},
                              [ITEM] = {.name = "item"},
                              [TICK] = {.name = "tick"}},
                 .setup = merge_setup);

static void two_deviations_that_do_the_same_become_one(void **state)
{
    static struct bench bench;
    static struct ob_scenario minimal;
    struct ob_error error = {{0}};

    (void)state;
    bench_open(&bench, &ob_target_merge, 0);
    assert_non_null(strstr(bench_run(&bench, "+0 go() to source\n"
                                             "delay item source->sink #0 by 30ms\n"
                                             "delay item source->sink #1 by 20ms\n"),
                           "item_before_tick"));
    assert_int_equal(ob_minimize(bench.world, &bench.scenario, &minimal, NULL, &error), 0);
    assert_int_equal(minimal.message_count, 1);
    assert_int_equal(minimal.deviation_count, 1);
    assert_int_equal(minimal.deviations[0].which.nth, 0); /* all of them */
    bench_close(&bench);
}

/* -- what is violated stays the same, though something simpler violates something else -- */

enum { PUT };

static void scale_receive(struct ob_actor *self, const struct ob_message *message)
{
    OB_INVARIANT(ob_world(self), not_large, message->args[0] < 5);
    OB_INVARIANT(ob_world(self), not_small, message->args[0] != 2);
}

static void scale_setup(struct ob_world *world)
{
    ob_spawn(world, "scale", scale_receive, 0);
}

static OB_TARGET(scale, .variants = {"only"},
                 .messages = {[PUT] = {.name = "put", .to = "scale", .args = {{"n", 0, 9}}}},
                 .setup = scale_setup);

static void what_is_violated_stays_the_same(void **state)
{
    static struct bench bench;
    static struct ob_scenario minimal;
    struct ob_error error = {{0}};

    (void)state;
    bench_open(&bench, &ob_target_scale, 0);
    assert_non_null(
        strstr(bench_run(&bench, "+0 put(n=9) to scale\n+5us put(n=2) to scale\n"), "not_large"));
    assert_int_equal(ob_minimize(bench.world, &bench.scenario, &minimal, NULL, &error), 0);
    assert_int_equal(minimal.message_count, 1);
    assert_int_equal(minimal.messages[0].args[0], 5);
    bench_close(&bench);
}

/* -- amounts: the least that fails lies between those that a record says by itself -- */

static void far_setup(struct ob_world *world)
{
    merge_setup(world);
    ob_link(world, "source", "sink",
            (struct ob_link){.latency_us = 10, .latency_us_max = 500000, .unordered = true});
    ob_link(world, "relay", "sink", (struct ob_link){.latency_us = 123456});
}

static OB_TARGET(far_away, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "source"},
                              [ITEM] = {.name = "item"},
                              [TICK] = {.name = "tick"}},
                 .setup = far_setup);

static bool fails_with(struct bench *bench, uint32_t amount_us)
{
    char records[160];

    (void)snprintf(records, sizeof records,
                   "+0 go() to source\ndelay every item source->sink by %uus\n", amount_us);
    (void)bench_run(bench, records);
    return ob_world_verdict(bench->world)->outcome == OB_VIOLATED;
}

static void the_least_amount_is_exact(void **state)
{
    static struct bench bench;
    static struct ob_need needs[OB_DEVIATIONS_MAX];

    (void)state;
    bench_open(&bench, &ob_target_far_away, 0);
    assert_true(fails_with(&bench, 300000));
    (void)ob_necessary(bench.world, &bench.scenario, needs);
    assert_true(needs[0].has_amount);
    assert_true(fails_with(&bench, needs[0].least));
    assert_false(fails_with(&bench, needs[0].least - 1));
    assert_true(ob_duration_round(needs[0].least) != needs[0].least);
    bench_close(&bench);
}

/* -- findings -- */

static void what_two_processes_have_found_is_added_up(void **state)
{
    static struct ob_findings one;
    static struct ob_findings other;
    struct ob_verdict verdict = {.outcome = OB_VIOLATED, .failure = OB_INVARIANT_VIOLATED};

    (void)state;
    (void)snprintf(verdict.invariant, sizeof verdict.invariant, "kept");
    for (unsigned number = 7; number < 10; number++)
        ob_findings_add_violation(&one, &verdict, NULL, number);
    for (unsigned number = 5; number < 10; number++)
        ob_findings_add_violation(&other, &verdict, NULL, number);
    (void)snprintf(verdict.invariant, sizeof verdict.invariant, "another");
    ob_findings_add_violation(&other, &verdict, NULL, 11);
    ob_findings_merge(&one, &other);
    assert_int_equal(one.finding_count, 2);
    assert_string_equal(one.findings[0].invariant, "kept");
    assert_int_equal(one.findings[0].count, 8);
    assert_int_equal(one.findings[0].unwritten, 8);
    assert_int_equal(one.findings[0].first, 5);
    assert_int_equal(one.findings[1].count, 1);
    assert_int_equal(one.findings[1].first, 11);
    assert_int_equal(other.finding_count, 0);
    assert_true(ob_findings_has(&one, "another"));
    assert_false(ob_findings_written(&one, NULL));
    ob_findings_release(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_is_handled_twice_is_one),
        cmocka_unit_test(an_answer_does_not_race_with_what_was_before_the_question),
        cmocka_unit_test(an_event_has_an_effect_where_its_actor_has_changed),
        cmocka_unit_test(a_memory_error_is_told_by_its_innermost_functions),
        cmocka_unit_test(two_deviations_that_do_the_same_become_one),
        cmocka_unit_test(what_is_violated_stays_the_same),
        cmocka_unit_test(the_least_amount_is_exact),
        cmocka_unit_test(what_two_processes_have_found_is_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
