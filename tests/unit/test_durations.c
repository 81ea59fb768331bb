/* Durations of a target's own scale, and the fresh workloads that are drawn with them. */
#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "search/schedule_mutation.h"
#include "support/run_text.h"

/* -- a target with ticks of 10 ms, and a timeout of 30 s that an answer cancels -- */

enum { NOTE, ASK, ANSWER, TICK, EXPIRED };

static void start(struct ob_actor *self)
{
    (void)ob_timer_start(self, 10000, TICK, 0);
}

static void node_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TICK)
        start(self);
    if (message->kind == NOTE)
        (void)ob_now(self);
    if (message->kind == ASK) {
        uint32_t timer = ob_timer_start(self, 30000000, EXPIRED, 0);
        ob_work(self, 123);
        (void)ob_timer_cancel(self, timer);
    }
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "node", node_receive, 0), start);
    ob_link(world, "node", "node", (struct ob_link){.latency_us = 70, .latency_us_max = 900});
    ob_allow(world, "node", (struct ob_faults){.pause_us_max = 4000, .timer_late_us_max = 5000});
}

static OB_TARGET(ticks, .variants = {"only"},
                 .messages = {[NOTE] = {.name = "note", .to = "node", .bytes_max = 9},
                              [ASK] = {.name = "ask", .to = "node", .args = {{"n", 3, 5}}},
                              [ANSWER] = {.name = "answer"},
                              [TICK] = {.name = "tick"},
                              [EXPIRED] = {.name = "expired"}},
                 .setup = setup, .settle_us = 100000);

static bool knows(const struct ob_durations *durations, uint32_t duration_us)
{
    for (unsigned index = 0; index < durations->count; index++)
        if (durations->us[index] == duration_us)
            return true;
    return false;
}

static void what_is_declared_and_what_runs_show_is_known(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_ticks, 0);
    struct ob_vocabulary vocabulary = *ob_world_vocabulary(bench.world);
    const struct ob_durations *durations = &vocabulary.durations;
    static const uint32_t declared[] = {OB_LATENCY_US, OB_LATENCY_US_MAX, 70, 900, 4000, 5000};
    for (size_t at = 0; at < sizeof declared / sizeof *declared; at++)
        assert_true(knows(durations, declared[at]));
    /* The outside may be as late as it likes: that says nothing of the target. */
    assert_int_equal(durations->count, sizeof declared / sizeof *declared);

    (void)bench_run(&bench, "+0 ask(n=3) to node\n");
    ob_world_learn(bench.world, &vocabulary);
    assert_true(knows(durations, 10000) && knows(durations, 123));
    assert_true(knows(durations, 30000000)); /* though it was cancelled */
    unsigned count = durations->count;
    ob_world_learn(bench.world, &vocabulary);
    assert_int_equal(durations->count, count);
    bench_close(&bench);
}

static void a_cancelled_timer_says_when_it_was_due(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_ticks, 0);
    (void)bench_run(&bench, "+1500us ask(n=3) to node\n");
    unsigned found = 0;
    for (uint32_t sent = 0; sent < ob_world_sent_count(bench.world); sent++) {
        uint64_t due_us;
        if (!ob_world_timer_was_due(bench.world, sent, &due_us))
            continue;
        assert_int_equal(ob_world_sent(bench.world, sent)->message.kind, EXPIRED);
        assert_int_equal(due_us, 1500 + 30000000);
        found++;
    }
    assert_int_equal(found, 1);
    bench_close(&bench);
}

static void known_ones_are_distinct_rounded_and_bounded(void **state)
{
    (void)state;
    struct ob_durations durations = {0};
    ob_durations_add(&durations, 0, OB_DURATIONS_MAX);
    assert_int_equal(durations.count, 0);
    ob_durations_add(&durations, 20001, OB_DURATIONS_MAX);
    ob_durations_add(&durations, 20000, OB_DURATIONS_MAX);
    assert_int_equal(durations.count, 1);
    assert_int_equal(durations.us[0], 20000);
    ob_durations_add(&durations, UINT64_MAX, OB_DURATIONS_MAX);
    assert_int_equal(durations.us[1], OB_DURATION_US_MAX);
    for (uint32_t us = 1; us < 100; us++)
        ob_durations_add(&durations, us, 20);
    assert_int_equal(durations.count, 20);
    for (uint32_t us = 1; us < 100; us++)
        ob_durations_add(&durations, us, OB_DURATIONS_MAX);
    assert_int_equal(durations.count, OB_DURATIONS_MAX);
}

/* Beside ticks of 10 ms nothing is longer than 64 of them, and little than two. */
static void draws_are_of_the_known_scale(void **state)
{
    (void)state;
    struct ob_durations durations = {.count = 1, .us = {10000}};
    struct ob_rng rng = {.state = 5};
    unsigned longer = 0;
    unsigned exact = 0;
    uint32_t longest_us = 0;
    bool half = false, more = false;
    for (unsigned draw = 0; draw < 20000; draw++) {
        uint32_t us = ob_durations_draw(&durations, &rng);
        assert_int_equal(us, ob_duration_round(us));
        longer += us > 20000;
        exact += us == 10000;
        half |= us == 5000;
        more |= us == 11250;
        longest_us = us > longest_us ? us : longest_us;
    }
    assert_in_range(longest_us, 300000, 640000);
    assert_in_range(longer, 20000 / 80, 20000 / 20);
    assert_true(exact > 20000 / 5 && half && more);

    durations.us[0] = UINT32_MAX;
    for (unsigned draw = 0; draw < 2000; draw++)
        assert_true(ob_durations_draw(&durations, &rng) <= OB_DURATION_US_MAX);
}

/* What a target compares its clock with is seen by nobody, so it may be of any scale. */
static void who_reads_the_clock_gets_draws_of_any_scale(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_vocabulary vocabulary = {0};
    struct ob_durations durations;
    struct ob_rng rng = {.state = 7};
    bench_open(&bench, &ob_target_ticks, 0);
    (void)bench_run(&bench, "+0 ask(n=3) to node\n");
    ob_world_learn(bench.world, &vocabulary);
    assert_false(vocabulary.durations.reads_clock);
    (void)bench_run(&bench, "+0 note() to node\n");
    ob_world_learn(bench.world, &vocabulary);
    assert_true(vocabulary.durations.reads_clock);
    bench_close(&bench);

    unsigned seconds = 0;
    durations = (struct ob_durations){.count = 1, .us = {10}, .reads_clock = true};
    for (unsigned draw = 0; draw < 20000; draw++)
        seconds += ob_durations_draw(&durations, &rng) >= 1000000;
    assert_in_range(seconds, 20000 / 100, 20000 / 40);
}

static unsigned distinct_kinds(const struct ob_scenario *scenario)
{
    unsigned kinds = 0;
    for (unsigned index = 0; index < scenario->message_count; index++)
        kinds |= 1u << scenario->messages[index].kind;
    return (unsigned)__builtin_popcount(kinds);
}

static void fresh_workloads_are_of_every_size_and_canonical(void **state)
{
    (void)state;
    static struct ob_scenario scenario, decoded;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    struct bench bench = {0};
    struct ob_rng rng = {.state = 9};
    unsigned counts[OB_WORKLOAD_MESSAGES_MAX + 1] = {0};
    unsigned of_one_kind = 0;
    unsigned at_once = 0;
    bench_open(&bench, &ob_target_ticks, 0);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench.world);
    for (unsigned round = 0; round < 4000; round++) {
        size_t records_max = round % 4 == 0 ? 1 + round % 40 : OB_RECORDS_MAX;
        ob_fresh_workload(vocabulary, &scenario, OB_WORKLOAD_MESSAGES_MAX, records_max, &rng);
        assert_int_equal(scenario.deviation_count, 0);
        assert_in_range(scenario.message_count, 1, OB_WORKLOAD_MESSAGES_MAX);
        assert_true(ob_scenario_record_count(&scenario) <= records_max);
        size_t size = ob_scenario_encode(vocabulary, &scenario, bytes, sizeof bytes);
        ob_scenario_decode(vocabulary, bytes, size, &decoded);
        assert_true(ob_scenario_equal(&scenario, &decoded));
        counts[scenario.message_count]++;
        uint64_t time_us = 0;
        for (unsigned index = 0; index < scenario.message_count; index++)
            time_us += scenario.messages[index].delay_us;
        at_once += time_us == 0 && scenario.message_count > 8;
        of_one_kind += distinct_kinds(&scenario) == 1 && scenario.message_count > 8;
    }
    for (unsigned count = 1; count <= OB_WORKLOAD_MESSAGES_MAX; count++)
        assert_true(counts[count] > 20);
    assert_true(of_one_kind > 200 && at_once > 400);
    bench_close(&bench);
}

/* Delays of an hour beside ticks of 10 ms would fill each run up to its bound: runs stay as short
 * as the target's own durations make them. */
static void mutation_keeps_runs_of_a_ticking_target_short(void **state)
{
    (void)state;
    static struct ob_scenario scenario;
    struct bench bench = {0};
    struct ob_rng rng = {.state = 11};
    uint64_t deliveries = 0;
    bench_open(&bench, &ob_target_ticks, 0);
    struct ob_vocabulary vocabulary = *ob_world_vocabulary(bench.world);
    for (unsigned round = 0; round < 500; round++) {
        if (round % 5 == 0)
            ob_fresh_workload(&vocabulary, &scenario, 4, 40, &rng);
        ob_mutate(&vocabulary, &scenario, 40, &rng);
        (void)ob_mutate_schedule(bench.world, &scenario, 40, &(struct ob_schedule_options){0},
                                 &rng);
        deliveries += ob_world_run(bench.world, &scenario)->delivery_count;
        /* Ticks are all that is learned here, as a timeout of 30 s is worth 3,000 of them. */
        ob_durations_add(&vocabulary.durations, 10000, OB_DURATIONS_MAX);
    }
    print_message("%u deliveries a run\n", (unsigned)(deliveries / 500));
    assert_true(deliveries / 500 < 100);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_declared_and_what_runs_show_is_known),
        cmocka_unit_test(a_cancelled_timer_says_when_it_was_due),
        cmocka_unit_test(known_ones_are_distinct_rounded_and_bounded),
        cmocka_unit_test(draws_are_of_the_known_scale),
        cmocka_unit_test(who_reads_the_clock_gets_draws_of_any_scale),
        cmocka_unit_test(mutation_keeps_runs_of_a_ticking_target_short),
        cmocka_unit_test(fresh_workloads_are_of_every_size_and_canonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
