/* Mutation of schedules by what an execution shows: that it finds, and that it stays within what
 * the target declares, the room there is, and its seed. */
#include <stdlib.h>

#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "search/schedule_mutation.h"
#include "support/run_text.h"

extern const struct ob_target ob_target_order, ob_target_resource, ob_target_counter;

/* -- a target that allows everything, with groups of actors and much to put in order -- */

enum variant { ANYTHING, NOTHING, VARIANTS };
enum kind { PING, CALL, NOTE, REPLY, TICK, EXPIRED, SHOUT, KINDS };

#define PEERS 60 /* more senders than a mutation looks at one by one */

struct peer {
    uint32_t timer;
    uint32_t calls;
};

static void peer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct peer *peer = ob_state(self);
    switch (message->kind) {
    case PING:
        ob_send(self, "hub", CALL, message->args[0]);
        ob_send(self, "hub", NOTE, message->args[0]);
        peer->timer = ob_timer_start(self, 3000, EXPIRED, message->args[0]);
        break;
    case REPLY:
        (void)ob_timer_cancel(self, peer->timer);
        break;
    case SHOUT:
        ob_send(self, "hub", SHOUT, message->args[0]);
        break;
    default:
        break;
    }
}

static void hub_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == CALL) {
        ob_reply(self, message, REPLY, message->args[0]);
        (void)ob_timer_start(self, 500, TICK, 0);
        ob_work(self, 5);
    }
    if (message->kind == NOTE && message->args[0] == 7)
        ob_postpone(self, message);
}

static void peers_setup(struct ob_world *world)
{
    (void)ob_spawn_many(world, "peer", PEERS, peer_receive, sizeof(struct peer));
    (void)ob_spawn(world, "hub", hub_receive, 0);
    if (ob_world_variant(world) == NOTHING) {
        ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
        return;
    }
    ob_link(world, "peer", "hub",
            (struct ob_link){.unordered = true, .lossy = true, .duplicating = true});
    ob_link(world, "hub", "peer", (struct ob_link){.partition_us_max = 100000});
    ob_allow(world, "*",
             (struct ob_faults){.crash = true,
                                .restart = true,
                                .pause_us_max = 50000,
                                .clock_offset_us_max = 1000,
                                .clock_drift_ppm_max = 500000,
                                .timer_late_us_max = 20000});
}

static OB_TARGET(peers, .variants = {[ANYTHING] = "anything", [NOTHING] = "nothing"},
                 .messages = {[PING] = {.name = "ping",
                                        .to = "peer",
                                        .args = {{"number", 0, 9}},
                                        .bytes_max = 16},
                              [CALL] = {.name = "call"},
                              [NOTE] = {.name = "note"},
                              [REPLY] = {.name = "reply"},
                              [TICK] = {.name = "tick"},
                              [EXPIRED] = {.name = "expired"},
                              [SHOUT] = {.name = "shout", .to = "peer"}},
                 .setup = peers_setup);

/* -- a request with a timeout that its answer cancels -- */

enum { ASK, ASKED, ANSWER, TIMEOUT };

struct asker {
    uint32_t timer;
    bool answered;
};

static void asker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct asker *asker = ob_state(self);
    if (message->kind == ASK) {
        ob_send(self, "server", ASKED);
        asker->timer = ob_timer_start(self, 5000, TIMEOUT, 0);
        return;
    }
    if (message->kind == ANSWER)
        (void)ob_timer_cancel(self, asker->timer);
    OB_INVARIANT(ob_world(self), no_timeout, message->kind != TIMEOUT, "nothing came in time");
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, ANSWER);
}

static void call_setup(struct ob_world *world)
{
    (void)ob_spawn(world, "asker", asker_receive, sizeof(struct asker));
    (void)ob_spawn(world, "server", server_receive, 0);
}

static OB_TARGET(call, .variants = {"only"},
                 .messages = {[ASK] = {.name = "ask", .to = "asker"},
                              [ASKED] = {.name = "asked"},
                              [ANSWER] = {.name = "answer"},
                              [TIMEOUT] = {.name = "timeout"}},
                 .setup = call_setup);

/* -- a stop that comes to nothing but in the microsecond in which a timer fires -- */

enum { ARM, STOP, RING };

struct clock {
    uint64_t rung_us;
};

static void clock_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct clock *clock = ob_state(self);
    if (message->kind == ARM)
        (void)ob_timer_start(self, 7321, RING, 0);
    if (message->kind == RING)
        clock->rung_us = ob_now(self);
    OB_INVARIANT(ob_world(self), not_at_once,
                 message->kind != STOP || clock->rung_us == 0 || ob_now(self) != clock->rung_us,
                 "stopped as it rang");
}

static void clock_setup(struct ob_world *world)
{
    (void)ob_spawn(world, "clock", clock_receive, sizeof(struct clock));
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 10});
    ob_link(world, "outside", "clock", (struct ob_link){.latency_us = 1, .latency_us_max = 1});
}

static OB_TARGET(alarm_clock, .variants = {"only"},
                 .messages = {[ARM] = {.name = "arm", .to = "clock"},
                              [STOP] = {.name = "stop", .to = "clock"},
                              [RING] = {.name = "ring"}},
                 .setup = clock_setup);

/* -- helpers -- */

static const struct ob_schedule_options all_steps = {.no_classes = false};

/* Mutates the same parent with seed after seed. Returns how many mutants it took until one violated
 * `invariant`, or UINT_MAX when none of `most` did. */
static unsigned mutants_until(struct bench *bench, const char *invariant, unsigned most,
                              const struct ob_schedule_options *options, uint64_t seed)
{
    static struct ob_scenario mutant;
    struct ob_rng rng = {.state = seed};
    for (unsigned count = 1; count <= most; count++) {
        ob_scenario_copy(&mutant, &bench->scenario);
        if (!ob_mutate_schedule(bench->world, &mutant, OB_RECORDS_MAX, options, &rng))
            continue;
        const struct ob_verdict *verdict = ob_world_run(bench->world, &mutant);
        if (verdict->outcome == OB_VIOLATED && strcmp(verdict->invariant, invariant) == 0)
            return count;
    }
    return UINT32_MAX;
}

static int compare_numbers(const void *one, const void *other)
{
    const unsigned *left = one;
    const unsigned *right = other;
    return (*left > *right) - (*left < *right);
}

#define SEEDS 41

static unsigned median_until(struct bench *bench, const char *invariant,
                             const struct ob_schedule_options *options)
{
    unsigned counts[SEEDS];
    for (unsigned seed = 0; seed < SEEDS; seed++)
        counts[seed] = mutants_until(bench, invariant, 2000, options, seed);
    qsort(counts, SEEDS, sizeof *counts, compare_numbers);
    assert_true(counts[SEEDS - 1] <= 2000);
    return counts[SEEDS / 2];
}

static void expect_canonical(const struct ob_vocabulary *vocabulary,
                             const struct ob_scenario *scenario, size_t records_max)
{
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    static struct ob_scenario decoded;
    assert_true(ob_scenario_record_count(scenario) <= records_max);
    size_t size = ob_scenario_encode(vocabulary, scenario, bytes, sizeof bytes);
    assert_int_equal(size, ob_scenario_record_count(scenario) * OB_RECORD_SIZE);
    ob_scenario_decode(vocabulary, bytes, size, &decoded);
    assert_true(ob_scenario_equal(scenario, &decoded));
}

/* What a message says, in a number: not when it is sent. */
static uint64_t message_hash(const struct ob_scenario *scenario, unsigned index)
{
    const struct ob_input_message *message = &scenario->messages[index];
    uint64_t hash = ob_mix64((uint64_t)message->kind << 8 | message->instance);
    for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++)
        hash = ob_mix64(hash + message->args[arg]);
    for (unsigned at = 0; at < message->bytes_size; at++)
        hash = ob_mix64(hash + scenario->payload[message->bytes_start + at]);
    return hash;
}

/* The same messages, though maybe at other times and so in another order. */
static bool same_messages(const struct ob_scenario *one, const struct ob_scenario *other)
{
    uint64_t sums[2] = {0};
    for (unsigned index = 0; index < one->message_count; index++)
        sums[0] += message_hash(one, index);
    for (unsigned index = 0; index < other->message_count; index++)
        sums[1] += message_hash(other, index);
    return one->message_count == other->message_count && one->payload_size == other->payload_size &&
           sums[0] == sums[1];
}

/* Whether an op is allowed for one of the things that a selector names. A reordering on a link
 * whose latency is fixed does nothing. */
static bool is_legal(const struct ob_world *world, const struct ob_deviation *deviation)
{
    unsigned actors = ob_world_vocabulary(world)->actor_count;
    const struct ob_selector *which = &deviation->which;
    bool legal = deviation->op == OB_REORDER;
    for (unsigned to = 1; to <= actors; to++) {
        if (which->to && which->to != to)
            continue;
        const struct ob_faults *faults = ob_world_faults(world, to);
        legal |= deviation->op == OB_PAUSE && faults->pause_us_max;
        legal |= deviation->op == OB_CRASH && faults->crash;
        legal |= deviation->op == OB_RESTART && faults->restart;
        legal |=
            deviation->op == OB_SKEW && (deviation->mode >= OB_FAST ? faults->clock_drift_ppm_max
                                                                    : faults->clock_offset_us_max);
        legal |=
            (deviation->op == OB_DELAY || deviation->op == OB_REORDER) && faults->timer_late_us_max;
        for (unsigned from = 0; from <= actors; from++) {
            if (which->from && which->from != from + 1)
                continue;
            const struct ob_link *link = ob_world_link(world, from, to);
            legal |= deviation->op == OB_DROP && link->lossy;
            legal |= deviation->op == OB_DUPLICATE && link->duplicating;
            legal |= deviation->op == OB_PARTITION && link->partition_us_max;
            legal |= deviation->op == OB_DELAY && link->latency_us_max > link->latency_us;
        }
    }
    return legal;
}

/* -- tests -- */

static void a_race_is_reversed_within_few_mutations(void **state)
{
    (void)state;
    static const struct ob_schedule_options no_classes = {.no_classes = true};
    struct bench bench = {0};
    bench_open(&bench, &ob_target_order, 0);
    bench_parse(&bench, "+0 buy(order=3) to customer\n");
    unsigned with = median_until(&bench, "paid_order_exists", &all_steps);
    unsigned without = median_until(&bench, "paid_order_exists", &no_classes);
    print_message("order/racy: median %u mutants, %u without classes\n", with, without);
    assert_true(with <= 20 && without <= 20);
    bench_close(&bench);
    bench_open(&bench, &ob_target_order, 1);
    bench_parse(&bench, "+0 buy(order=3) to customer\n");
    assert_int_equal(mutants_until(&bench, "paid_order_exists", 2000, &all_steps, 1), UINT32_MAX);
    assert_int_equal(mutants_until(&bench, "message_never_handled", 2000, &all_steps, 1),
                     UINT32_MAX);
    bench_close(&bench);
}

/* The timer does not fire in the parent, so that there is no delivery of it to see. */
static void a_cancelled_timer_is_reversed_against_what_cancelled_it(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_call, 0);
    bench_parse(&bench, "+0 ask to asker\n");
    assert_int_equal(ob_world_run(bench.world, &bench.scenario)->outcome, OB_PASSED);
    assert_int_equal(ob_world_delivery_count(bench.world), 3);
    unsigned median = median_until(&bench, "no_timeout", &all_steps);
    print_message("timeout: median %u mutants\n", median);
    assert_true(median <= 40);
    bench_close(&bench);
}

/* -- a desk that gets what lanes send in the order of sending -- */

enum { SEND, PASSED_ON };

#define LANES 8u

static void lane_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "desk", PASSED_ON);
}

static void desk_receive(struct ob_actor *self, const struct ob_message *message)
{
    unsigned *seen = ob_state(self);
    unsigned lane = ob_sender_index(self, message);
    *seen |= 1u << lane;
    OB_INVARIANT(ob_world(self), four_is_after_two, lane != 4 || (*seen >> 2 & 1), "overtaken");
}

static void desk_setup(struct ob_world *world)
{
    ob_spawn_many(world, "lane", LANES, lane_receive, 0);
    ob_spawn(world, "desk", desk_receive, sizeof(unsigned));
    ob_link(world, "*", "desk",
            (struct ob_link){.latency_us = 10, .latency_us_max = 500, .in_sent_order = true});
}

static OB_TARGET(
    lanes, .variants = {"only"},
    .messages = {[SEND] = {.name = "send", .to = "lane"}, [PASSED_ON] = {.name = "passed_on"}},
    .setup = desk_setup);

/* There a reorder does nothing: what made a lane send has to come later. */
static void what_comes_as_it_is_sent_is_reversed_at_its_senders(void **state)
{
    (void)state;
    static const struct ob_schedule_options orders = {.parts = OB_SCHEDULE_ORDERS};
    struct bench bench = {0};
    bench_open(&bench, &ob_target_lanes, 0);
    bench_parse(&bench, "+0 send() to lane.0\n+90us send() to lane.1\n+90us send() to lane.2\n"
                        "+90us send() to lane.3\n+90us send() to lane.4\n+90us send() to lane.5\n"
                        "+90us send() to lane.6\n+90us send() to lane.7\n");
    assert_int_equal(ob_world_run(bench.world, &bench.scenario)->outcome, OB_PASSED);
    unsigned median = median_until(&bench, "four_is_after_two", &orders);
    print_message("order of sending: median %u mutants\n", median);
    assert_true(median <= 12);
    bench_close(&bench);
}

/* No order of messages and no delay does it: a send has to be shifted to the very microsecond. */
static void a_timer_and_another_event_meet(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_alarm_clock, 0);
    bench_parse(&bench, "+500us stop to clock\n+1ms arm to clock\n+5ms stop to clock\n");
    unsigned median = median_until(&bench, "not_at_once", &all_steps);
    print_message("meeting: median %u mutants\n", median);
    assert_true(median <= 150);
    bench_close(&bench);
}

/* Mutants of mutants, with the messages mutated now and then, as engines do it. */
static void mutate_for_long(const struct ob_target *target, unsigned variant, size_t records_max,
                            unsigned rounds, uint32_t *ops_seen)
{
    static struct ob_scenario scenario, before, again;
    struct bench bench = {0};
    bench_open(&bench, target, variant);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench.world);
    struct ob_rng rng = {.state = records_max};
    ob_scenario_clear(&scenario);
    for (unsigned round = 0; round < rounds; round++) {
        if (round % 8 == 0) {
            ob_mutate(vocabulary, &scenario, records_max, &rng);
            /* That one may propose anything that some part of the target allows. */
            while (scenario.deviation_count)
                ob_scenario_remove_deviation(&scenario, scenario.deviation_count - 1);
        }
        struct ob_rng rng_again = rng;
        ob_scenario_copy(&before, &scenario);
        ob_scenario_copy(&again, &scenario);
        bool changed = ob_mutate_schedule(bench.world, &scenario, records_max, &all_steps, &rng);
        assert_true(same_messages(&scenario, &before));
        expect_canonical(vocabulary, &scenario, records_max);
        if (!changed)
            assert_true(ob_scenario_equal(&scenario, &before));
        assert_int_equal(
            ob_mutate_schedule(bench.world, &again, records_max, &all_steps, &rng_again), changed);
        assert_true(ob_scenario_equal(&scenario, &again));
        for (unsigned index = 0; index < scenario.deviation_count; index++) {
            assert_true(is_legal(bench.world, &scenario.deviations[index]));
            *ops_seen |= 1u << scenario.deviations[index].op;
        }
    }
    bench_close(&bench);
}

#define OP(op) (1u << (op))

static void mutants_are_canonical_and_legal(void **state)
{
    (void)state;
    static const size_t rooms[] = {1, 2, 5, 24, OB_RECORDS_MAX};
    uint32_t plain = 0;
    uint32_t everything = 0;
    uint32_t nothing = 0;
    for (size_t at = 0; at < sizeof rooms / sizeof *rooms; at++) {
        for (unsigned variant = 0; variant < 2; variant++) {
            mutate_for_long(&ob_target_order, variant, rooms[at], 600, &plain);
            mutate_for_long(&ob_target_resource, variant, rooms[at], 600, &plain);
            mutate_for_long(&ob_target_counter, variant, rooms[at], 600, &plain);
        }
        mutate_for_long(&ob_target_peers, ANYTHING, rooms[at], 1500, &everything);
        mutate_for_long(&ob_target_peers, NOTHING, rooms[at], 300, &nothing);
        mutate_for_long(&ob_target_call, 0, rooms[at], 300, &plain);
    }
    /* What can be proposed is, and nothing else. Only the outside may be late in `nothing`. */
    assert_int_equal(plain, OP(OB_DELAY) | OP(OB_REORDER));
    assert_int_equal(everything, OP(OB_DELAY) | OP(OB_REORDER) | OP(OB_DUPLICATE) | OP(OB_DROP) |
                                     OP(OB_PAUSE) | OP(OB_CRASH) | OP(OB_RESTART) |
                                     OP(OB_PARTITION) | OP(OB_SKEW));
    assert_int_equal(nothing & ~(OP(OB_DELAY) | OP(OB_REORDER)), 0);
}

/* Sixty senders to one actor are more groups than there is room for: others are looked at each
 * time, so that every one has its turn. */
static void more_senders_than_groups(void **state)
{
    (void)state;
    static struct ob_scenario mutant;
    struct bench bench = {0};
    bool held[PEERS + 1] = {false};
    bench_open(&bench, &ob_target_peers, ANYTHING);
    ob_scenario_clear(&bench.scenario);
    for (unsigned index = 0; index < PEERS; index++) {
        struct ob_input_message message = {.kind = SHOUT, .instance = (uint8_t)index};
        assert_true(ob_scenario_insert_message(&bench.scenario, index, &message, NULL));
    }
    struct ob_rng rng = {.state = 3};
    for (unsigned round = 0; round < 3000; round++) {
        ob_scenario_copy(&mutant, &bench.scenario);
        if (!ob_mutate_schedule(bench.world, &mutant, OB_RECORDS_MAX, &all_steps, &rng))
            continue;
        expect_canonical(ob_world_vocabulary(bench.world), &mutant, OB_RECORDS_MAX);
        for (unsigned index = 0; index < mutant.deviation_count; index++) {
            const struct ob_deviation *deviation = &mutant.deviations[index];
            if (deviation->op == OB_REORDER && deviation->which.to == PEERS + 1 &&
                deviation->which.from > 1)
                held[deviation->which.from - 1] = true;
        }
    }
    for (unsigned id = 1; id <= PEERS; id++)
        assert_true(held[id]);
    bench_close(&bench);
}

static void nothing_to_change_changes_nothing(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_rng rng = {.state = 1};
    bench_open(&bench, &ob_target_order, 0);
    ob_scenario_clear(&bench.scenario);
    for (unsigned round = 0; round < 50; round++)
        assert_false(
            ob_mutate_schedule(bench.world, &bench.scenario, OB_RECORDS_MAX, &all_steps, &rng));
    assert_int_equal(bench.scenario.message_count + bench.scenario.deviation_count, 0);
    /* No room for one more. */
    bench_parse(&bench, "+0 buy(order=1) to customer\n");
    for (unsigned round = 0; round < 50; round++)
        assert_false(ob_mutate_schedule(bench.world, &bench.scenario, 1, &all_steps, &rng));
    /* It has more than there is room for. */
    bench_parse(&bench, "+0 buy(order=1) to customer\n+0 buy(order=2) to customer\n");
    struct ob_scenario before = bench.scenario;
    assert_false(ob_mutate_schedule(bench.world, &bench.scenario, 1, &all_steps, &rng));
    assert_true(ob_scenario_equal(&before, &bench.scenario));
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_race_is_reversed_within_few_mutations),
        cmocka_unit_test(a_cancelled_timer_is_reversed_against_what_cancelled_it),
        cmocka_unit_test(what_comes_as_it_is_sent_is_reversed_at_its_senders),
        cmocka_unit_test(a_timer_and_another_event_meet),
        cmocka_unit_test(mutants_are_canonical_and_legal),
        cmocka_unit_test(more_senders_than_groups),
        cmocka_unit_test(nothing_to_change_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
