/* Words for protocols: to all of a group, what a state does not handle, and links that keep the
 * order of sending over all senders. */
#include "support/defect.h"

enum variant {
    PLAIN,
    SENT_ORDER,
    CUT,
    UNORDERED,
    FROM_OUTSIDE,
    DIFFERENT,
    WORKING,
    NO_GROUP,
    UNEXPECTED
};
enum kind { GO, NEWS, SLOW, BACK };

static void tell_all(struct ob_actor *self, uint32_t number)
{
    assert_int_equal(ob_send_all(self, "source", NEWS, number, 7), 2); /* not itself */
    assert_int_equal(ob_send_all(self, "sink", NEWS, number, 8), 1);   /* a group of one */
}

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned variant = ob_variant(self);
    if (message->kind != GO)
        return;
    if (variant == NO_GROUP)
        (void)ob_send_all(self, "sources", NEWS);
    if (variant == WORKING)
        ob_work(self, 5);
    if (variant == PLAIN)
        tell_all(self, message->args[0]);
    else
        ob_send(self, "sink", message->args[0] == 1 ? SLOW : NEWS, message->args[0]);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (ob_variant(self) == UNEXPECTED && message->kind == NEWS)
        ob_unexpected(self, message);
}

static void describe(const struct ob_actor *self, struct ob_text *text)
{
    ob_describe(text, "%s waits; ", ob_name(self));
}

static void setup(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);
    bool keeps = variant >= SENT_ORDER && variant <= WORKING;
    struct ob_link link = {.latency_us_max = 1000, .in_sent_order = keeps};
    ob_spawn_many(world, "source", 3, source_receive, 0);
    ob_spawn(world, "sink", sink_receive, 0);
    link.partition_us_max = variant == CUT ? 5 : 0;
    link.unordered = variant == UNORDERED;
    ob_link(world, variant == FROM_OUTSIDE ? "outside" : "*", "*", link);
    if (variant == DIFFERENT)
        ob_link(world, "source.1", "sink",
                (struct ob_link){.latency_us_max = 500, .in_sent_order = true});
}

static OB_TARGET(words,
                 .variants = {"plain", "sent_order", "cut", "unordered", "from_outside",
                              "different", "working", "no_group", "unexpected"},
                 .messages = {[GO] = {.name = "go", .to = "source", .args = {{"n", 0, 9}}},
                              [NEWS] = {.name = "news"},
                              [SLOW] = {.name = "slow"},
                              [BACK] = {.name = "back"}},
                 .setup = setup, .describe = describe);

static void expect(unsigned variant, const char *records, const char *line)
{
    static struct bench bench;
    bench_open(&bench, &ob_target_words, variant);
    assert_string_equal(bench_run(&bench, records), line);
    bench_close(&bench);
}

static void all_of_a_group_but_the_sender_get_it(void **state)
{
    (void)state;
    expect(PLAIN, "+0 go(n=3) to source.1\n",
           "go3@0>source.1 news3@10>source.0 news3@10>source.2 news3@10>sink passed");
}

#define THREE "+0 go(n=1) to source.0\n+100us go(n=2) to source.1\n+100us go(n=3) to source.2\n"
#define GOES "go1@0>source.0 go2@100>source.1 go3@200>source.2 "

/* What is late makes late whatever was sent after it, by whomever. */
static void nothing_overtakes_what_was_sent_before(void **state)
{
    (void)state;
    expect(SENT_ORDER, THREE "delay slow source.0->sink #0 by 300us\n",
           GOES "slow1@310>sink news2@310>sink news3@310>sink passed");
    expect(SENT_ORDER, THREE "reorder slow source.0->sink #0 after news #0\n",
           GOES "slow1@1000>sink news2@1000>sink news3@1000>sink passed");
    expect(SENT_ORDER,
           THREE "reorder news source.1->sink #0 after news source.2-> #0\n"
                 "delay slow source.0->sink #0 by 300us\n",
           GOES "slow1@310>sink news2@1100>sink news3@1100>sink passed");
}

/* A sender that is late is late in the order, too. */
static void the_order_is_that_of_sending(void **state)
{
    (void)state;
    expect(SENT_ORDER,
           "+0 go(n=1) to source.0\n+0 go(n=2) to source.1\n"
           "delay go outside->source.0 #0 by 5us\n",
           "go2@0>source.1 go1@5>source.0 news2@10>sink slow1@15>sink passed");
}

static void what_cannot_keep_that_order_is_refused(void **state)
{
    (void)state;
    const char *go = "+0 go(n=1) to source.0\n";
    const char *not_for = "is in_sent_order, which is not for links that are unordered, can be cut "
                          "or come from outside";
    assert_non_null(strstr(defect_says(&ob_target_words, CUT, go), not_for));
    assert_non_null(strstr(defect_says(&ob_target_words, UNORDERED, go), not_for));
    assert_non_null(strstr(defect_says(&ob_target_words, FROM_OUTSIDE, go), not_for));
    assert_non_null(strstr(defect_says(&ob_target_words, DIFFERENT, go),
                           "the links to sink that are in_sent_order have different latencies"));
    assert_non_null(
        strstr(defect_says(&ob_target_words, WORKING, go),
               "source.0 works, see ob_work(), before it sends to sink over a link that is "
               "in_sent_order"));
    assert_non_null(strstr(defect_says(&ob_target_words, NO_GROUP, go),
                           "no actor is of a group with that name"));
}

static void what_is_not_expected_is_violated_and_told(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_words, UNEXPECTED);
    assert_string_equal(bench_run(&bench, "+0 go(n=1) to source.0\n+0 go(n=2) to source.1\n"),
                        "go1@0>source.0 go2@0>source.1 slow1@10>sink news2@10>sink ! "
                        "unexpected_message");
    assert_string_equal(ob_world_verdict(bench.world)->detail,
                        "sink gets news from source.1, which it does not handle: sink waits");
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_group_but_the_sender_get_it),
        cmocka_unit_test(nothing_overtakes_what_was_sent_before),
        cmocka_unit_test(the_order_is_that_of_sending),
        cmocka_unit_test(what_cannot_keep_that_order_is_refused),
        cmocka_unit_test(what_is_not_expected_is_violated_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
