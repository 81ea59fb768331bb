/* What must hold for every walk: it is an input like any other; and it keeps strict time, so that a
 * plain run with the same latencies gives the same trace, down to the order within a microsecond.
 */
#include "base/rng.h"
#include "support/run_text.h"
#include "world/snapshot.h"

/* Variants: links whose range is narrow, wide, and that keep the order. In the others it is narrow,
 * and those from outside have a latency: the least; any up to a bound, or without one, in any order
 * or in that of sending. */
enum {
    TIGHT,
    WIDE,
    ORDERED,
    PUNCTUAL,
    BOUNDED,
    BOUNDED_ORDERED,
    UNBOUNDED,
    UNBOUNDED_ORDERED,
    VARIANTS
};
enum { START, HOP, TICK };
#define LEAST_US 1u
#define OUTSIDE_US 3u
#define PERIOD_US 5u
#define ACTORS 4u

/* Everybody tells two others and starts a timer, as often as the message says. */
static void peer_receive(struct ob_actor *self, const struct ob_message *message)
{
    static const char *const names[ACTORS] = {"peer.0", "peer.1", "peer.2", "peer.3"};
    uint32_t hops = message->args[0];
    uint32_t number = message->args[1];
    if (message->kind == TICK && hops > 0)
        (void)ob_timer_start(self, PERIOD_US, TICK, 1);
    if (hops == 0 || message->kind == TICK)
        return;
    ob_send(self, names[(ob_index(self) + 1 + number % 3) % ACTORS], HOP, hops - 1, number * 5 + 1);
    if (number % 2)
        (void)ob_timer_start(self, number % 3, TICK, 0);
    else
        ob_send(self, names[number % ACTORS], HOP, hops - 1, number * 3 + 2);
}

/* The same, and each has a timer that never ends. */
static void clock_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == START)
        (void)ob_timer_start(self, PERIOD_US, TICK, 1);
    peer_receive(self, message);
}

static uint32_t range_us(unsigned variant)
{
    return variant == WIDE ? 9000 : 4;
}

static struct ob_link outside_link(unsigned variant)
{
    bool is_bounded = variant == BOUNDED || variant == BOUNDED_ORDERED;
    uint32_t most_us = is_bounded ? OUTSIDE_US + 4 : UINT32_MAX;
    return (struct ob_link){.latency_us = OUTSIDE_US,
                            .latency_us_max = variant == PUNCTUAL ? OUTSIDE_US : most_us,
                            .unordered = variant == BOUNDED || variant == UNBOUNDED};
}

static void setup(struct ob_world *world, ob_handler *receive)
{
    unsigned variant = ob_world_variant(world);
    (void)ob_spawn_many(world, "peer", ACTORS, receive, 0);
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = LEAST_US,
                             .latency_us_max = LEAST_US + range_us(variant),
                             .unordered = variant != ORDERED});
    ob_allow(world, "*",
             (struct ob_faults){.timer_late_us_max = range_us(variant), .restart = true});
    if (variant >= PUNCTUAL)
        ob_link(world, "outside", "*", outside_link(variant));
}

static void mesh_setup(struct ob_world *world)
{
    setup(world, peer_receive);
}

static void clocks_setup(struct ob_world *world)
{
    setup(world, clock_receive);
}

#define MESH                                                                                       \
    .variants = {[TIGHT] = "tight",         [WIDE] = "wide",                                       \
                 [ORDERED] = "ordered",     [PUNCTUAL] = "punctual",                               \
                 [BOUNDED] = "bounded",     [BOUNDED_ORDERED] = "bounded_ordered",                 \
                 [UNBOUNDED] = "unbounded", [UNBOUNDED_ORDERED] = "unbounded_ordered"},            \
    .messages = {[START] = {"start", .to = "peer", .args = {{"hops", 0, 3}, {"n", 0, 9}}},         \
                 [HOP] = {.name = "hop"},                                                          \
                 [TICK] = {.name = "tick"}}

static OB_TARGET(mesh, MESH, .setup = mesh_setup);
static OB_TARGET(clocks, MESH, .setup = clocks_setup, .settle_us = 11);

static void draw_workload(struct bench *bench, struct ob_rng *rng)
{
    struct ob_scenario *scenario = &bench->scenario;
    ob_scenario_clear(scenario);
    for (unsigned count = 1 + ob_rng_below(rng, 4); count > 0; count--) {
        struct ob_input_message message = {
            .kind = START,
            .instance = (uint8_t)ob_rng_below(rng, ACTORS),
            .delay_us = ob_rng_below(rng, 3) ? ob_rng_below(rng, 4) : ob_rng_below(rng, 3000),
            .args = {ob_rng_below(rng, 4), ob_rng_below(rng, 10)}};
        assert_true(ob_scenario_insert_message(scenario, scenario->message_count, &message, NULL));
    }
}

static struct ob_deviation draw_walk(struct ob_rng *rng)
{
    struct ob_walk walk = {.depth = (uint8_t)(1 + ob_rng_below(rng, 5)),
                           .hint = (uint16_t)ob_rng_below(rng, 60),
                           .late = (uint8_t)ob_rng_below(rng, OB_LATE_RATES)};
    return ob_walk_deviation((enum ob_walk_strategy)ob_rng_below(rng, OB_WALK_STRATEGIES),
                             (uint32_t)ob_rng_next(rng), walk);
}

/* When a message arrives at the least and at the most, when the scenario does not say. */
static uint64_t least_of(const struct ob_world *world, uint32_t index, uint64_t *most_us)
{
    unsigned variant = ob_world_vocabulary(world)->variant;
    const struct ob_sent *sent = ob_world_sent(world, index);
    uint64_t range = range_us(variant);
    uint64_t least_us = LEAST_US;
    if (ob_world_is_timer(world, index)) {
        const struct ob_message *cause =
            &ob_world_sent(world, ob_world_delivery(world, sent->cause)->sent)->message;
        least_us = sent->message.args[0] ? PERIOD_US : cause->args[1] % 3;
    } else if (sent->message.from == OB_OUTSIDE) {
        struct ob_link link = outside_link(variant);
        least_us = variant >= PUNCTUAL ? OUTSIDE_US : 0;
        range = variant >= PUNCTUAL ? link.latency_us_max - OUTSIDE_US : UINT32_MAX;
    }
    *most_us = sent->time_us + least_us + range;
    return sent->time_us + least_us;
}

/* Nothing comes before its least or after its latest time; every actor does everything at once, so
 * that a delivery is an arrival. What keeps the order may be later, behind what was sent before. */
static void check_ranges(const struct ob_world *world)
{
    bool is_ordered = ob_world_vocabulary(world)->variant == BOUNDED_ORDERED;
    uint64_t before_us = 0;
    for (uint32_t at = 0; at < ob_world_delivery_count(world); at++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, at);
        assert_true(delivery->time_us >= before_us);
        before_us = delivery->time_us;
        if (delivery->sent == OB_NONE)
            continue;
        uint64_t most_us = 0;
        assert_true(delivery->time_us >= least_of(world, delivery->sent, &most_us));
        assert_true(delivery->time_us <= most_us || is_ordered);
    }
}

/* When what was sent has arrived; OB_NONE for nothing. */
static uint32_t delivery_of(const struct ob_world *world, uint32_t sent)
{
    for (uint32_t at = 0; at < ob_world_delivery_count(world); at++)
        if (ob_world_delivery(world, at)->sent == sent)
            return at;
    return OB_NONE;
}

static bool write_messages(const struct ob_world *world, const struct ob_scenario *scenario,
                           struct ob_scenario *plain)
{
    uint64_t before_us = 0;
    for (uint32_t index = 0; index < ob_world_sent_count(world); index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        if (sent->message.from != OB_OUTSIDE)
            continue;
        struct ob_input_message message = scenario->messages[ob_world_outside_index(world, index)];
        message.delay_us = (uint32_t)(sent->time_us - before_us);
        before_us = sent->time_us;
        if (message.delay_us >= 10000)
            return false;
        assert_true(ob_scenario_insert_message(plain, plain->message_count, &message, NULL));
    }
    return true;
}

/* The same as a plain scenario: messages from outside when the walk has sent them, restarts, and a
 * delay for every message that was late. Returns false when there are too many, or an interval is
 * too long to be kept exactly. */
static bool write_down(const struct ob_world *world, const struct ob_scenario *scenario,
                       struct ob_scenario *plain)
{
    ob_scenario_clear(plain);
    if (!write_messages(world, scenario, plain))
        return false;
    for (unsigned at = 0; at < scenario->deviation_count; at++)
        if (scenario->deviations[at].op == OB_RESTART)
            assert_true(ob_scenario_insert_deviation(plain, &scenario->deviations[at]));
    for (uint32_t index = 0; index < ob_world_sent_count(world); index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        uint32_t at = delivery_of(world, index);
        uint64_t latest_us = 0;
        uint64_t least_us = least_of(world, index, &latest_us);
        /* What has not arrived comes after the end, or is a timer of an actor that has died. */
        uint64_t arrival_us = at == OB_NONE ? latest_us : ob_world_delivery(world, at)->time_us;
        struct ob_deviation delay = {
            .op = OB_DELAY,
            .which = {.from = (uint8_t)(sent->message.from + 1),
                      .to = (uint8_t)sent->to,
                      .kind = (uint8_t)(sent->message.kind + 1),
                      .nth = (uint8_t)(ob_world_ordinal(world, index) + 1)},
            .amount = (uint32_t)(arrival_us - least_us)};
        if (arrival_us == least_us)
            continue;
        if (delay.amount >= 10000 || ob_world_ordinal(world, index) >= UINT8_MAX ||
            !ob_scenario_insert_deviation(plain, &delay))
            return false;
    }
    return true;
}

/* Others beside a walk: what delays or reorders messages, from outside or not, and restarts. */
static void draw_others(struct bench *bench, struct ob_rng *rng)
{
    for (unsigned count = ob_rng_below(rng, 4); count > 0; count--) {
        static const uint8_t ops[] = {OB_DELAY, OB_REORDER, OB_RESTART};
        struct ob_deviation deviation = {
            .op = ops[ob_rng_below(rng, 3)],
            .which = {.to = (uint8_t)(1 + ob_rng_below(rng, ACTORS)), .nth = 1}};
        bool is_outside = ob_rng_below(rng, 2);
        deviation.which.from = (uint8_t)(is_outside ? 1 : 2 + ob_rng_below(rng, ACTORS));
        deviation.which.kind = is_outside ? START + 1 : HOP + 1;
        if (deviation.op == OB_REORDER)
            deviation.awaited = (struct ob_selector){.kind = HOP + 1};
        else
            deviation.amount = 1 + ob_rng_below(rng, 5);
        assert_true(ob_scenario_insert_deviation(&bench->scenario, &deviation));
    }
}

static unsigned compare_with_plain(const struct ob_target *target, unsigned variant, uint64_t seed)
{
    static struct bench bench, plain;
    struct ob_rng rng = {.state = seed};
    unsigned written = 0;
    bench_open(&bench, target, variant);
    bench_open(&plain, target, variant);
    for (unsigned round = 0; round < 3000; round++) {
        draw_workload(&bench, &rng);
        if (round % 2)
            draw_others(&bench, &rng);
        struct ob_deviation walk = draw_walk(&rng);
        if (round % 4 == 0) { /* not beside reorders: no delay does exactly the same as these */
            struct ob_deviation another = draw_walk(&rng);
            another.walk.from = (uint16_t)(7 + ob_rng_below(&rng, 6));
            walk.walk.from = (uint16_t)ob_rng_below(&rng, 6);
            walk.walk.length = (uint16_t)ob_rng_below(&rng, 12);
            if (round % 8 == 0)
                assert_true(ob_scenario_insert_deviation(&bench.scenario, &another));
        }
        assert_true(ob_scenario_insert_deviation(&bench.scenario, &walk));
        uint64_t hash = ob_world_run(bench.world, &bench.scenario)->trace_hash;
        check_ranges(bench.world);
        if (!write_down(bench.world, &bench.scenario, &plain.scenario))
            continue;
        written++;
        if (ob_world_run(plain.world, &plain.scenario)->trace_hash == hash)
            continue;
        struct ob_text text = {0};
        ob_scenario_print(ob_world_vocabulary(bench.world), &bench.scenario, &text);
        ob_scenario_print(ob_world_vocabulary(plain.world), &plain.scenario, &text);
        print_error("%s/%u, round %u:\n%s", target->name, variant, round, ob_text_string(&text));
        ob_text_release(&text);
        fail();
    }
    bench_close(&bench);
    bench_close(&plain);
    return written;
}

static void walks_have_no_order_that_plain_runs_cannot_have(void **state)
{
    (void)state;
    unsigned written = 0;
    for (unsigned variant = 0; variant < VARIANTS; variant++)
        written += compare_with_plain(&ob_target_mesh, variant, 1 + variant);
    assert_true(written > 15000);
}

/* Also where timers never end: then nothing comes later than a plain run may last. */
static void walks_end_where_plain_runs_do(void **state)
{
    (void)state;
    unsigned written = 0;
    for (unsigned variant = 0; variant < VARIANTS; variant++)
        written += compare_with_plain(&ob_target_clocks, variant, 101 + variant);
    assert_true(written > 10000);
}

/* Up to where it begins a walk leaves the run alone, and what comes after its end is legal. */
static void walks_keep_to_their_bounds(void **state)
{
    (void)state;
    static struct bench bench;
    struct ob_rng rng = {.state = 2};
    unsigned changed = 0;
    for (unsigned variant = TIGHT; variant < VARIANTS; variant++) {
        bench_open(&bench, &ob_target_mesh, variant);
        for (unsigned round = 0; round < 3000; round++) {
            uint64_t hashes[32] = {0};
            draw_workload(&bench, &rng);
            (void)ob_world_run(bench.world, &bench.scenario);
            uint32_t count = ob_world_delivery_count(bench.world);
            for (uint32_t at = 0; at < count && at < 32; at++)
                hashes[at] = ob_world_delivery(bench.world, at)->hash;
            struct ob_deviation walk = draw_walk(&rng);
            walk.walk.from = (uint16_t)ob_rng_below(&rng, 12);
            walk.walk.length = (uint16_t)ob_rng_below(&rng, 12);
            assert_true(ob_scenario_insert_deviation(&bench.scenario, &walk));
            uint64_t whole = ob_world_run(bench.world, &bench.scenario)->trace_hash;
            check_ranges(bench.world);
            assert_int_equal(ob_world_delivery_count(bench.world), count);
            assert_int_equal(ob_world_applied(bench.world), count > walk.walk.from);
            for (uint32_t at = 0; at < count && at < walk.walk.from; at++)
                assert_true(ob_world_delivery(bench.world, at)->hash == hashes[at]);
            if (count > walk.walk.from && count < 32)
                changed += whole != hashes[count - 1];
        }
        bench_close(&bench);
    }
    assert_true(changed > 2000);
}

/* A walk ends where another begins, and nothing else of it is left there: one that is cut in two
 * with other seeds behind the cut gives the same up to it. */
static void walks_follow_each_other(void **state)
{
    (void)state;
    static struct bench bench;
    struct ob_rng rng = {.state = 3};
    bench_open(&bench, &ob_target_mesh, WIDE);
    for (unsigned round = 0; round < 2000; round++) {
        draw_workload(&bench, &rng);
        struct ob_deviation first = draw_walk(&rng);
        struct ob_deviation second = draw_walk(&rng);
        second.walk.from = (uint16_t)(1 + ob_rng_below(&rng, 12));
        assert_true(ob_scenario_insert_deviation(&bench.scenario, &first));
        (void)ob_world_run(bench.world, &bench.scenario);
        uint32_t count = ob_world_delivery_count(bench.world);
        uint64_t hash = count >= second.walk.from
                            ? ob_world_delivery(bench.world, second.walk.from - 1u)->hash
                            : ob_world_verdict(bench.world)->trace_hash;
        assert_true(ob_scenario_insert_deviation(&bench.scenario, &second));
        (void)ob_world_run(bench.world, &bench.scenario);
        check_ranges(bench.world);
        assert_int_equal(ob_world_delivery_count(bench.world), count);
        assert_int_equal(
            ob_world_applied(bench.world),
            count > second.walk.from ? 3 : 1 << (bench.scenario.deviations[1].walk.from == 0));
        assert_true((count >= second.walk.from
                         ? ob_world_delivery(bench.world, second.walk.from - 1u)->hash
                         : ob_world_verdict(bench.world)->trace_hash) == hash);
    }
    bench_close(&bench);
}

/* Through bytes and text, in another world, and from a snapshot in its middle a walk stays the
 * same.
 */
static void walks_are_inputs(void **state)
{
    (void)state;
    static struct bench bench, other;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    struct ob_rng rng = {.state = 4};
    bench_open(&bench, &ob_target_mesh, TIGHT);
    bench_open(&other, &ob_target_mesh, TIGHT);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench.world);
    for (unsigned round = 0; round < 2000; round++) {
        struct ob_text text = {0};
        struct ob_error error = {{0}};
        draw_workload(&bench, &rng);
        struct ob_deviation walk = draw_walk(&rng);
        assert_true(ob_scenario_insert_deviation(&bench.scenario, &walk));
        uint64_t hash = ob_world_run(bench.world, &bench.scenario)->trace_hash;
        uint32_t count = ob_world_delivery_count(bench.world);

        size_t size = ob_scenario_encode(vocabulary, &bench.scenario, bytes, sizeof bytes);
        ob_scenario_decode(vocabulary, bytes, size, &other.scenario);
        assert_true(ob_world_run(other.world, &other.scenario)->trace_hash == hash);
        ob_scenario_print(vocabulary, &bench.scenario, &text);
        assert_int_equal(ob_scenario_parse(vocabulary, "text", ob_text_string(&text), text.length,
                                           &other.scenario, &error),
                         0);
        assert_true(ob_world_run(other.world, &other.scenario)->trace_hash == hash);
        ob_text_release(&text);

        ob_world_begin(other.world, &other.scenario);
        for (uint32_t steps = ob_rng_below(&rng, count); steps > 0; steps--)
            assert_true(ob_world_step(other.world));
        struct ob_snapshot *snapshot = ob_snapshot_take(other.world, NULL);
        assert_non_null(snapshot);
        (void)ob_world_run(other.world, &bench.scenario);
        ob_snapshot_restore(other.world, snapshot);
        ob_snapshot_free(snapshot);
        while (ob_world_step(other.world))
            continue;
        assert_true(ob_world_verdict(other.world)->trace_hash == hash);
    }
    bench_close(&bench);
    bench_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_have_no_order_that_plain_runs_cannot_have),
        cmocka_unit_test(walks_end_where_plain_runs_do),
        cmocka_unit_test(walks_keep_to_their_bounds),
        cmocka_unit_test(walks_follow_each_other),
        cmocka_unit_test(walks_are_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
