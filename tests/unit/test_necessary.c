/* What of a scenario is necessary: what happens without each deviation, and how much it takes. */
#include "search/necessary.h"
#include "support/run_text.h"
#include "world/run.h"
#include "world/trace.h"

extern const struct ob_target ob_target_order;

static struct ob_need needs[OB_DEVIATIONS_MAX];

/* Whether the scenario violates anything when a deviation's amount is another one. */
static bool fails_with(struct bench *bench, unsigned index, uint32_t amount)
{
    struct ob_scenario changed = bench->scenario;
    changed.deviations[index].amount = amount;
    return ob_world_run(bench->world, &changed)->outcome == OB_VIOLATED;
}

/* What is said of each amount is true of it, and not of the next one beyond. */
static void expect_borders(struct bench *bench, unsigned index)
{
    const struct ob_need *need = &needs[index];
    assert_true(need->has_amount);
    assert_true(fails_with(bench, index, need->least));
    if (need->least > 0)
        assert_false(fails_with(bench, index, need->least - 1));
    if (!need->has_most)
        return;
    assert_true(fails_with(bench, index, need->most));
    assert_false(fails_with(bench, index, need->most + 1));
}

static void find(struct bench *bench, const struct ob_target *target, const char *records)
{
    bench_open(bench, target, 0);
    bench_parse(bench, records);
    uint64_t hash = ob_world_run(bench->world, &bench->scenario)->trace_hash;
    assert_true(ob_necessary(bench->world, &bench->scenario, needs) > 1);
    assert_int_equal(ob_world_verdict(bench->world)->trace_hash, hash);
}

static void the_least_delay_is_found(void **state)
{
    (void)state;
    struct bench bench;
    find(&bench, &ob_target_order,
         "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 9ms\n");
    assert_int_equal(needs[0].without, OB_WITHOUT_PASSES);
    assert_int_equal(needs[0].least, 501);
    assert_false(needs[0].has_most);
    assert_false(needs[0].has_gaps);
    expect_borders(&bench, 0);
    bench_close(&bench);
}

static void what_is_not_necessary_has_no_amount(void **state)
{
    (void)state;
    struct bench bench;
    find(&bench, &ob_target_order,
         "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 600us\n"
         "delay pay bank->shop #0 by 1us\n");
    unsigned create = bench.scenario.deviations[0].amount == 600 ? 0 : 1;
    assert_int_equal(needs[create].without, OB_WITHOUT_PASSES);
    assert_int_equal(needs[create].least, 502);
    assert_int_equal(needs[1 - create].without, OB_WITHOUT_FAILS);
    assert_false(needs[1 - create].has_amount);
    bench_close(&bench);
}

static void a_reordering_is_compared_with_a_delay(void **state)
{
    (void)state;
    struct bench bench;
    find(&bench, &ob_target_order,
         "+0 buy(order=1) to customer\nreorder create customer->shop #0 after pay bank-> #0\n");
    assert_true(needs[0].has_amount && needs[0].is_delay);
    assert_int_equal(needs[0].least, 501);
    bench_close(&bench);
}

/* -- a target that fails when a message comes at certain times only -- */

enum { POKE, ECHO };

static void window_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint64_t now_us = ob_now(self) - OB_CLOCK_START_US;

    if (message->kind == POKE) {
        ob_send(self, "watch", ECHO);
        return;
    }
    OB_INVARIANT(ob_world(self), not_in_window, now_us < 20150 || now_us > 47000, "%u",
                 (unsigned)now_us);
    OB_INVARIANT(ob_world(self), never_plain, now_us != 10, "plain");
}

static void window_setup(struct ob_world *world)
{
    ob_spawn(world, "poker", window_receive, 0);
    ob_spawn(world, "watch", window_receive, 0);
    ob_link(world, "poker", "watch", (struct ob_link){.latency_us_max = 1000000});
    ob_allow(world, "watch",
             (struct ob_faults){.clock_offset_us_max = 60000, .clock_drift_ppm_max = 900000});
}

static OB_TARGET(window, .variants = {"racy"},
                 .messages = {[POKE] = {.name = "poke", .to = "poker"}, [ECHO] = {.name = "echo"}},
                 .setup = window_setup);

static void both_ends_of_a_window_are_found(void **state)
{
    (void)state;
    struct bench bench;
    find(&bench, &ob_target_window, "+0 poke() to poker\ndelay echo poker->watch #0 by 30ms\n");
    assert_int_equal(needs[0].without, OB_WITHOUT_DIFFERS);
    assert_true(needs[0].has_most);
    assert_int_equal(needs[0].least, 20140);
    assert_int_equal(needs[0].most, 46990);
    expect_borders(&bench, 0);
    bench_close(&bench);
}

static void a_clock_has_its_borders_too(void **state)
{
    (void)state;
    struct bench bench;
    find(&bench, &ob_target_window, "+0 poke() to poker\nskew watch ahead 40ms\n");
    assert_int_equal(needs[0].least, 20140);
    assert_int_equal(needs[0].most, 46990);
    expect_borders(&bench, 0);
    bench_close(&bench);
}

static void what_passes_needs_nothing(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &ob_target_order, 0);
    bench_parse(&bench, "+0 buy(order=1) to customer\ndelay create customer->shop #0 by 1us\n");
    assert_int_equal(ob_necessary(bench.world, &bench.scenario, needs), 1);
    assert_false(needs[0].has_amount);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_delay_is_found),
        cmocka_unit_test(what_is_not_necessary_has_no_amount),
        cmocka_unit_test(a_reordering_is_compared_with_a_delay),
        cmocka_unit_test(both_ends_of_a_window_are_found),
        cmocka_unit_test(a_clock_has_its_borders_too),
        cmocka_unit_test(what_passes_needs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
