/* What links do to messages: latency, order, loss, copies, cuts; and that they do nothing that is
 * not declared. */
#include "support/run_text.h"

enum kind { GO, ITEM, EARLY };

/* Sends one item for each `go`, numbered; `early` items go by the other sender. */
static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "sink", ob_index(self) == 0 ? ITEM : EARLY, message->args[0]);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

enum variant { PLAIN, UNORDERED, LOSSY, DUPLICATING, CUT, CUT_LOSSY, FIXED };

static void setup(struct ob_world *world)
{
    static const struct ob_link links[] = {
        [PLAIN] = {.latency_us_max = 1000},
        [UNORDERED] = {.latency_us_max = 1000, .unordered = true},
        [LOSSY] = {.lossy = true},
        [DUPLICATING] = {.duplicating = true},
        [CUT] = {.partition_us_max = 5000},
        [CUT_LOSSY] = {.partition_us_max = 5000, .lossy = true},
        [FIXED] = {.latency_us = 50, .latency_us_max = 50},
    };
    ob_spawn_many(world, "source", 2, source_receive, 0);
    ob_spawn(world, "sink", sink_receive, 0);
    ob_link(world, "source", "sink", links[ob_world_variant(world)]);
}

static OB_TARGET(links,
                 .variants = {"plain", "unordered", "lossy", "duplicating", "cut", "cut_lossy",
                              "fixed"},
                 .messages = {[GO] = {.name = "go", .to = "source", .args = {{"n", 0, 9}}},
                              [ITEM] = {.name = "item"},
                              [EARLY] = {.name = "early"}},
                 .setup = setup);

static void expect(unsigned variant, const char *records, const char *line)
{
    static struct bench bench;
    bench_open(&bench, &ob_target_links, variant);
    assert_string_equal(bench_run(&bench, records), line);
    bench_close(&bench);
}

#define TWO "+0 go(n=1) to source.0\n+100us go(n=2) to source.0\n"
#define TWO_STEPS "go1@0>source.0 "

static void plain_schedule_is_virtual_time_then_order_of_sending(void **state)
{
    (void)state;
    expect(PLAIN, "+0 go(n=1) to source.1\n+0 go(n=2) to source.0\n+5us go(n=3) to source.0\n",
           "go1@0>source.1 go2@0>source.0 go3@5>source.0 early1@10>sink item2@10>sink "
           "item3@15>sink passed");
}

static void delay_is_added_and_bounded_by_the_link(void **state)
{
    (void)state;
    expect(PLAIN, "+0 go(n=1) to source.0\ndelay item source.0->sink #0 by 30us\n",
           "go1@0>source.0 item1@40>sink passed");
    expect(PLAIN, "+0 go(n=1) to source.0\ndelay item source.0->sink #0 by 30ms\n",
           "go1@0>source.0 item1@1000>sink passed");
    expect(FIXED, "+0 go(n=1) to source.0\ndelay item source.0->sink #0 by 30ms\n",
           "go1@0>source.0 item1@50>sink passed");
}

static void fifo_links_keep_the_order_and_others_do_not(void **state)
{
    (void)state;
    expect(PLAIN, TWO "delay item source.0->sink #0 by 300us\n",
           TWO_STEPS "go2@100>source.0 item1@310>sink item2@310>sink passed");
    expect(UNORDERED, TWO "delay item source.0->sink #0 by 300us\n",
           TWO_STEPS "go2@100>source.0 item2@110>sink item1@310>sink passed");
}

static void a_class_of_messages_can_be_delayed(void **state)
{
    (void)state;
    expect(PLAIN, TWO "delay every item *->sink by 40us\n",
           TWO_STEPS "item1@50>sink go2@100>source.0 item2@150>sink passed");
}

static void reorder_waits_for_the_awaited_message(void **state)
{
    (void)state;
    expect(PLAIN,
           "+0 go(n=1) to source.0\n+500us go(n=2) to source.1\nreorder item source.0->sink #0 "
           "after early #0\n",
           "go1@0>source.0 go2@500>source.1 early2@510>sink item1@510>sink passed");
}

static void reorder_gives_way_when_the_awaited_message_does_not_come(void **state)
{
    (void)state;
    expect(PLAIN, "+0 go(n=1) to source.0\nreorder item source.0->sink #0 after early #0\n",
           "go1@0>source.0 item1@1000>sink passed");
    expect(
        PLAIN,
        "+0 go(n=1) to source.0\n+0 go(n=2) to source.1\nreorder item *->sink #0 after early #0\n"
        "reorder early *->sink #0 after item #0\n",
        "go1@0>source.0 go2@0>source.1 item1@1000>sink early2@1000>sink passed");
}

static void what_follows_on_a_fifo_link_stays_behind_a_reordered_message(void **state)
{
    (void)state;
    const char *records =
        "+0 go(n=1) to source.0\n+1us go(n=2) to source.0\n+500us go(n=3) to source.1\n"
        "reorder item source.0->sink #0 after early #0\n";
    expect(PLAIN, records,
           "go1@0>source.0 go2@1>source.0 go3@501>source.1 early3@511>sink item1@511>sink "
           "item2@511>sink passed");
    expect(UNORDERED, records,
           "go1@0>source.0 go2@1>source.0 item2@11>sink go3@501>source.1 early3@511>sink "
           "item1@511>sink passed");
}

static void reorder_counts_what_is_awaited(void **state)
{
    (void)state;
    expect(PLAIN,
           "+0 go(n=1) to source.0\n+50us go(n=2) to source.1\n+50us go(n=3) to source.1\n"
           "reorder item source.0->sink #0 after early source.1-> #1\n",
           "go1@0>source.0 go2@50>source.1 early2@60>sink go3@100>source.1 early3@110>sink "
           "item1@110>sink passed");
}

static void faults_that_are_not_declared_do_not_happen(void **state)
{
    (void)state;
    static const char *const faults[] = {
        "drop item source.0->sink #0\n",
        "duplicate item source.0->sink #0 after 5us\n",
        "partition item source.0->sink #0 for 1ms\n",
        "pause before item source.0->sink #0 for 1ms\n",
        "crash before item source.0->sink #0\n",
        "restart after item source.0->sink #0 after 1ms\n",
        "skew sink ahead 1ms\n",
        "skew source.0 fast 100ppm\n",
    };
    static struct bench bench;
    bench_open(&bench, &ob_target_links, PLAIN);
    char plain[sizeof bench.line];
    (void)snprintf(plain, sizeof plain, "%s", bench_run(&bench, TWO));
    uint64_t hash = ob_world_verdict(bench.world)->trace_hash;
    for (size_t at = 0; at < sizeof faults / sizeof *faults; at++) {
        char records[512];
        (void)snprintf(records, sizeof records, TWO "%s", faults[at]);
        assert_string_equal(bench_run(&bench, records), plain);
        assert_int_equal(ob_world_verdict(bench.world)->trace_hash, hash);
        assert_int_equal(ob_world_applied(bench.world), 0);
    }
    bench_close(&bench);
}

static void lossy_links_lose_and_duplicating_ones_duplicate(void **state)
{
    (void)state;
    expect(LOSSY, TWO "drop item source.0->sink #0\n",
           TWO_STEPS "go2@100>source.0 item2@110>sink passed");
    expect(DUPLICATING, TWO "duplicate item source.0->sink #0 after 200us\n",
           TWO_STEPS "item1@10>sink go2@100>source.0 item2@110>sink item1@210>sink+copy passed");
}

static void a_cut_holds_messages_back_or_loses_them(void **state)
{
    (void)state;
    expect(CUT, TWO "partition item source.0->sink #0 for 2ms\n",
           TWO_STEPS "go2@100>source.0 item1@2010>sink item2@2010>sink passed");
    expect(CUT, TWO "partition item source.0->sink #0 for 20ms\n",
           TWO_STEPS "go2@100>source.0 item1@5010>sink item2@5010>sink passed");
    expect(CUT_LOSSY, TWO "partition item source.0->sink #0 for 2ms\n",
           TWO_STEPS "go2@100>source.0 passed");
}

static void a_cut_can_be_healed(void **state)
{
    (void)state;
    expect(CUT, TWO "partition item source.0->sink #0\nheal item source.0->sink #1\n",
           TWO_STEPS "go2@100>source.0 item1@110>sink item2@110>sink passed");
}

static void a_shorter_cut_lets_nothing_overtake(void **state)
{
    (void)state;
    expect(CUT,
           TWO
           "partition item source.0->sink #0 for 5ms\npartition item source.0->sink #1 for 1us\n",
           TWO_STEPS "go2@100>source.0 item1@5010>sink item2@5010>sink passed");
    /* Nor what is held back besides, at the latest moment that its link allows: 10.101 ms. */
    expect(CUT,
           TWO "partition item source.0->sink #0 for 5ms\ndelay item source.0->sink #0 by 9ms\n"
               "partition item source.0->sink #1 for 1us\n"
               "reorder item source.0->sink #1 after early #9\n",
           TWO_STEPS "go2@100>source.0 item1@14010>sink item2@14010>sink passed");
}

static void draws_stay_in_the_range_of_the_link_and_depend_on_the_seed_alone(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, &ob_target_links, UNORDERED);
    uint64_t hashes[40];
    unsigned different = 0;
    for (unsigned seed = 0; seed < 40; seed++) {
        char records[256];
        (void)snprintf(records, sizeof records, TWO "draw per message every * *->* seed %u\n",
                       seed);
        (void)bench_run(&bench, records);
        hashes[seed] = ob_world_verdict(bench.world)->trace_hash;
        different += seed > 0 && hashes[seed] != hashes[seed - 1];
        for (uint32_t at = 0; at < ob_world_delivery_count(bench.world); at++) {
            const struct ob_delivery *delivery = ob_world_delivery(bench.world, at);
            const struct ob_sent *sent = ob_world_sent(bench.world, delivery->sent);
            if (sent->message.kind != ITEM)
                continue;
            assert_in_range(delivery->time_us - sent->time_us, OB_LATENCY_US, 1000);
        }
        (void)bench_run(&bench, records);
        assert_int_equal(ob_world_verdict(bench.world)->trace_hash, hashes[seed]);
    }
    assert_true(different > 30);
    bench_close(&bench);
}

static void causes_and_races(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, &ob_target_links, PLAIN);
    (void)bench_run(&bench,
                    "+0 go(n=1) to source.0\n+5us go(n=2) to source.0\n+4us go(n=3) to source.1\n");
    /* go1 go2 go3 item1 item2 early3 */
    assert_true(ob_world_happens_before(bench.world, 0, 3));
    assert_true(ob_world_happens_before(bench.world, 0, 4)); /* through the order of source.0 */
    assert_false(ob_world_happens_before(bench.world, 1, 3));
    assert_false(ob_world_happens_before(bench.world, 2, 3));
    assert_true(ob_world_happens_before(bench.world, 3, 5)); /* through the order of the sink */
    assert_false(ob_world_races(bench.world, 3, 4));         /* a FIFO link keeps them */
    assert_true(ob_world_races(bench.world, 3, 5));
    assert_true(ob_world_races(bench.world, 4, 5));
    assert_true(ob_world_races(bench.world, 0, 1)); /* from outside, in any order */
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_schedule_is_virtual_time_then_order_of_sending),
        cmocka_unit_test(delay_is_added_and_bounded_by_the_link),
        cmocka_unit_test(fifo_links_keep_the_order_and_others_do_not),
        cmocka_unit_test(a_class_of_messages_can_be_delayed),
        cmocka_unit_test(reorder_waits_for_the_awaited_message),
        cmocka_unit_test(reorder_gives_way_when_the_awaited_message_does_not_come),
        cmocka_unit_test(what_follows_on_a_fifo_link_stays_behind_a_reordered_message),
        cmocka_unit_test(reorder_counts_what_is_awaited),
        cmocka_unit_test(faults_that_are_not_declared_do_not_happen),
        cmocka_unit_test(lossy_links_lose_and_duplicating_ones_duplicate),
        cmocka_unit_test(a_cut_holds_messages_back_or_loses_them),
        cmocka_unit_test(a_cut_can_be_healed),
        cmocka_unit_test(a_shorter_cut_lets_nothing_overtake),
        cmocka_unit_test(draws_stay_in_the_range_of_the_link_and_depend_on_the_seed_alone),
        cmocka_unit_test(causes_and_races),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
