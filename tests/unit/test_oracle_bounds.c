/* What oracles do not judge: histories of which something is missing, and runs whose end is no
 * fault of the target. */
#include <offbeat/oracle.h>

#include "oracle/waits.h"
#include "support/run_text.h"

enum kind {
    OPERATE,
    STALE,
    TRANSACT,
    READ,
    LOSE,
    WAIT,
    EFFECT,
    ASK,
    ANSWER,
    FORGET,
    NOTE,
    AGAIN,
    BEGIN
};

#define GOES 99u /* a note that ends who gets it */

/* More of the same, of which each is well by itself. */
static void fill(struct ob_actor *self, unsigned kind, uint32_t count)
{
    uint32_t transaction = kind == READ ? ob_txn_begin(self, 0) : 0;

    for (uint32_t number = 0; number < count; number++) {
        if (kind == OPERATE)
            ob_op_end(self, ob_op_begin(self, 5, OB_OP_READ, 0), 0);
        else if (kind == TRANSACT)
            (void)ob_txn_begin(self, 0);
        else if (kind == READ)
            ob_txn_read_version(self, transaction, 9, 0);
        else if (kind == WAIT)
            ob_waits_for(self, 1, NULL);
        else if (kind == EFFECT)
            ob_effect(self, 100 + number);
        else if (kind == ASK) {
            ob_request_sent(self, 100 + number);
            ob_request_given_up(self, 100 + number);
        }
    }
}

/* Both read, then both write. */
static void lose_update(struct ob_actor *self)
{
    uint32_t one = ob_txn_begin(self, 0);
    uint32_t other = ob_txn_begin(self, 1);

    ob_txn_read(self, one, 1);
    ob_txn_read(self, other, 1);
    (void)ob_txn_write(self, one, 1);
    (void)ob_txn_write(self, other, 1);
    ob_txn_commit(self, one);
    ob_txn_commit(self, other);
}

static void puppet_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t count = message->args[0];

    switch (message->kind) {
    case STALE: /* writes 7, then reads 0 */
        ob_op_end(self, ob_op_begin(self, 0, OB_OP_WRITE, 7), 0);
        ob_op_end(self, ob_op_begin(self, 0, OB_OP_READ, 0), 0);
        break;
    case LOSE:
        lose_update(self);
        break;
    case FORGET: /* to do what was promised, to be asked again, or to give up */
        ob_effect_acknowledged(self, 1);
        ob_request_sent(self, 1);
        break;
    case ANSWER: /* to what was given up */
        ob_request_sent(self, 1);
        ob_request_given_up(self, 1);
        fill(self, ASK, count);
        ob_request_answered(self, message, 1);
        break;
    case NOTE:
        if (count == GOES)
            ob_stop(self, 0);
        else if (count > 0)
            ob_waits_for(self, count, NULL);
        break;
    case AGAIN:
        ob_timer_start(self, 1000, AGAIN, 0);
        break;
    case BEGIN:
        (void)ob_op_begin(self, 0, OB_OP_READ, 0);
        break;
    default:
        fill(self, message->kind, count);
        break;
    }
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "p", 3, puppet_receive, 0);
    ob_spawn(world, "sink", sink_receive, 0);
    ob_link(world, "outside", "sink", (struct ob_link){.lossy = true});
    ob_allow(world, "p", (struct ob_faults){.crash = true});
}

#define FROM_OUTSIDE(word)                                                                         \
    {                                                                                              \
        .name = word, .to = "p", .args = { {"n", 0, 60000} }                                       \
    }
#define MESSAGES                                                                                   \
    {                                                                                              \
        [OPERATE] = FROM_OUTSIDE("operate"), [STALE] = FROM_OUTSIDE("stale"),                      \
        [TRANSACT] = FROM_OUTSIDE("transact"), [READ] = FROM_OUTSIDE("read"),                      \
        [LOSE] = FROM_OUTSIDE("lose"), [WAIT] = FROM_OUTSIDE("wait"),                              \
        [EFFECT] = FROM_OUTSIDE("effect"), [ASK] = FROM_OUTSIDE("ask"),                            \
        [ANSWER] = FROM_OUTSIDE("answer"), [FORGET] = FROM_OUTSIDE("forget"),                      \
        [NOTE] = FROM_OUTSIDE("note"), [AGAIN] = FROM_OUTSIDE("again"),                            \
        [BEGIN] = FROM_OUTSIDE("begin")                                                            \
    }

static OB_TARGET(linearizable, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .oracles = OB_ORACLES(OB_LINEARIZABLE(&ob_spec_register)));
static OB_TARGET(isolation, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .oracles = OB_ORACLES(OB_ISOLATION(OB_SERIALIZABLE)));
static OB_TARGET(deadlock, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .oracles = OB_ORACLES(OB_DEADLOCK));
static OB_TARGET(requests, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .oracles = OB_ORACLES(OB_REQUESTS));
static OB_TARGET(effects, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .oracles = OB_ORACLES(OB_EFFECTS));
static OB_TARGET(endless, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .settle_us = 5000, .oracles = OB_ORACLES(OB_EFFECTS, OB_REQUESTS));
static OB_TARGET(progress, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .steps_max = 20, .oracles = OB_ORACLES(OB_PROGRESS(15000, 10000)));

static void expect(const struct ob_target *target, const char *records, const char *id)
{
    static struct bench bench;

    bench_open(&bench, target, 0);
    bench_parse(&bench, records);
    assert_string_equal(ob_world_run(bench.world, &bench.scenario)->invariant, id);
    bench_close(&bench);
}

/* Of a full record, and of one with room for no more. */
static void expect_up_to(const struct ob_target *target, const char *records, const char *filler,
                         unsigned most, const char *id)
{
    char text[256];

    (void)snprintf(text, sizeof text, "%s+1us %s(n=%u) to p.2\n", records, filler, most);
    expect(target, text, id);
    (void)snprintf(text, sizeof text, "%s+1us %s(n=%u) to p.2\n", records, filler, most + 1);
    expect(target, text, "");
}

static void a_history_with_gaps_is_not_judged(void **state)
{
    (void)state;
    expect_up_to(&ob_target_linearizable, "+0 stale() to p.0\n", "operate", OB_OPERATIONS_MAX - 2,
                 "linearizable");
    expect_up_to(&ob_target_isolation, "+0 lose() to p.0\n", "transact", OB_TRANSACTIONS_MAX - 2,
                 "lost_update");
    expect_up_to(&ob_target_isolation, "+0 lose() to p.0\n", "read", OB_ACCESSES_MAX - 4,
                 "lost_update");
    expect_up_to(&ob_target_deadlock, "+0 note(n=2) to p.0\n+0 note(n=1) to p.1\n", "wait",
                 OB_WAITS_MAX - 2, "deadlock");
    expect_up_to(&ob_target_effects, "+0 forget() to p.0\n", "effect", OB_EFFECTS_MAX - 1,
                 "effect_lost");
    expect_up_to(&ob_target_requests, "", "answer", OB_REQUESTS_MAX - 1, "late_reply_used");
}

/* Nothing is lost by it, unlike by a crash. */
#define WITH_ONE_DOWN "+0 note(n=99) to p.1\n"

static void nobody_is_to_blame_while_one_is_down(void **state)
{
    (void)state;
    expect(&ob_target_requests, "+0 forget() to p.0\n", "request_lost");
    expect(&ob_target_requests, "+0 forget() to p.0\n" WITH_ONE_DOWN, "");
    expect(&ob_target_progress, "+0 begin() to p.0\n", "stalled");
    expect(&ob_target_progress, "+0 begin() to p.0\n" WITH_ONE_DOWN, "");
}

static void what_may_still_come_is_not_lost(void **state)
{
    (void)state;
    expect(&ob_target_endless, "+0 forget() to p.0\n", "effect_lost");
    expect(&ob_target_endless, "+0 forget() to p.0\n+0 again() to p.1\n", "");
}

static void who_waits_for_what_was_lost_is_in_no_deadlock(void **state)
{
    (void)state;
    expect(&ob_target_deadlock, "+0 note(n=2) to p.0\n+0 note(n=1) to p.1\n", "deadlock");
    expect(&ob_target_deadlock,
           "+0 note(n=2) to p.0\n+0 note(n=1) to p.1\n+1us note() to p.2\n"
           "crash before note outside->p.2 #0\n",
           "");
}

/* Parties by the hundreds begin to wait and cease to, at random: what is collected is what stands,
 * in the order in which it began, whatever ended between. */
static void waits_stand_in_the_order_in_which_they_began(void **state)
{
    (void)state;
    enum { PARTIES = 300, STEPS = 5000 };
    static struct ob_waits waits;
    static uint32_t expected[OB_WAITS_MAX];
    static uint32_t parties[STEPS];
    uint32_t count = 0;
    struct ob_rng rng = {.state = 7};
    struct ob_error error = {{0}};
    struct ob_scenario scenario = {0};
    struct ob_world *world = ob_world_create(&ob_target_deadlock, 0, &error);
    assert_non_null(world);
    ob_world_begin(world, &scenario);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t party = OB_PARTY(ob_rng_below(&rng, 3), ob_rng_below(&rng, PARTIES));
        if (ob_rng_below(&rng, 2) == 0 && count < OB_WAITS_MAX) {
            ob_party_waits(world, party, step, NULL);
            expected[count++] = step;
            parties[step] = party; /* the holder is the step, and tells which */
        } else {
            uint32_t kept = 0;
            ob_party_done(world, party);
            for (uint32_t at = 0; at < count; at++)
                if (parties[expected[at]] != party)
                    expected[kept++] = expected[at];
            count = kept;
        }
    }
    ob_waits_collect(world, &waits);
    assert_true(count > 100);
    assert_int_equal(waits.count, count);
    for (uint32_t at = 0; at < count; at++) {
        assert_int_equal(waits.items[at].holder, expected[at]);
        assert_int_equal(waits.items[at].waiter, parties[expected[at]]);
    }
    ob_world_destroy(world);
}

static void progress_has_all_of_its_time_after_the_faults(void **state)
{
    (void)state;
    /* Ends after 20 ms, for want of steps: 15 ms after the begin, not after the last fault. */
    expect(&ob_target_progress, "+0 begin() to p.0\n+0 again() to p.1\n", "step_budget");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_with_gaps_is_not_judged),
        cmocka_unit_test(nobody_is_to_blame_while_one_is_down),
        cmocka_unit_test(what_may_still_come_is_not_lost),
        cmocka_unit_test(who_waits_for_what_was_lost_is_in_no_deadlock),
        cmocka_unit_test(waits_stand_in_the_order_in_which_they_began),
        cmocka_unit_test(progress_has_all_of_its_time_after_the_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
