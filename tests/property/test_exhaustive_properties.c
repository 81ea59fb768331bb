/* Exhaustive search against brute force: the same orders, and the same states and ends that violate
 * something, on small models of everything that can make two deliveries depend on each other, and
 * on the targets of the tree. */
#include "cli/registry.h"
#include "support/drawn_model.h"
#include "support/exhaustive_models.h"
#include "support/explored.h"
#include "support/pact_model.h"
#include "support/plain_runs.h"
#include "support/run_text.h"

#define BRUTE_FORCE_EXECUTIONS_MAX 60000u

/* -- drawn models -- */

#define DRAWN(op) (1u << DRAWN_##op)

/* Each kind of access by itself, and then all together. */
static const unsigned drawn_ops[] = {
    0,
    DRAWN(READ),
    DRAWN(READ) | DRAWN(POKE),
    DRAWN(TABLE_ADD) | DRAWN(TABLE_READ),
    DRAWN(SHARED_ADD) | DRAWN(SHARED_READ),
    DRAWN(HIDDEN_ADD) | DRAWN(HIDDEN_READ),
    DRAWN(KEPT_READ),
    DRAWN(START) | DRAWN(CANCEL),
    DRAWN(READ) | DRAWN(REQUIRE),
    DRAWN(WATCH),
    DRAWN(WATCH) | DRAWN(READ) | DRAWN(START),
    DRAWN(GOAL) | DRAWN(READ),
    DRAWN(GOAL) | DRAWN(WATCH),
    (1u << DRAWN_OPS) - 1,
};
#define DRAWN_GROUPS (sizeof drawn_ops / sizeof *drawn_ops)
#define DRAWN_ROUNDS 50u

static void exhaustive_search_agrees_with_brute_force_on_drawn_models(void **state)
{
    (void)state;
    static const char *const workloads[] = {"+0 go() to p0\n",
                                            "+0 go() to p0\n+20us begin() to p1\n",
                                            "+0 begin() to p1\n+0 begin() to p1\n"};
    unsigned compared = 0;
    unsigned by_states = 0;
    for (unsigned group = 0; group < DRAWN_GROUPS; group++) {
        struct ob_rng rng = {.state = group};
        for (unsigned round = 0; round < DRAWN_ROUNDS; round++) {
            bool ended;
            struct bench bench = {0};
            draw_model(&rng, DRAWN_PARTIES_MAX, drawn_ops[group]);
            if (round % 3 == 2)
                draw_sent_order();
            bench_open(&bench, &ob_target_drawn, 0);
            bench_parse(&bench, workloads[ob_rng_below(&rng, 3)]);
            struct explored explored =
                explore_both_ways(bench.world, &bench.scenario, BRUTE_FORCE_EXECUTIONS_MAX, &ended);
            compared += ended;
            by_states += explored.stats.states > 0;
            assert_true(ob_exhaustive_is_all(&explored.stats));
            explored_release(&explored);
            bench_close(&bench);
        }
    }
    print_message("%u of %zu compared, %u by states\n", compared, DRAWN_GROUPS * DRAWN_ROUNDS,
                  by_states);
    assert_true(compared > DRAWN_GROUPS * DRAWN_ROUNDS * 9 / 10);
    assert_true(by_states < DRAWN_GROUPS * DRAWN_ROUNDS);
}

#define PLAIN_RUNS_MAX 20000u

/* The order within one microsecond is that of plain runs, and no other. */
static bool agrees_with_plain_runs(struct bench *bench)
{
    struct plain_runs plain;
    struct explored explored = explore_all(bench->world, &bench->scenario);
    plain_runs_make(&plain, bench->world, &bench->scenario, PLAIN_RUNS_MAX);
    bool compared = plain.is_complete;
    assert_true(ob_exhaustive_is_all(&explored.stats));
    assert_int_equal(explored.written, explored.violations);
    if (compared) {
        assert_same_numbers(&plain.orders, &explored.orders, "orders");
        assert_same_verdicts(&plain.verdicts, &explored);
    }
    plain_runs_release(&plain);
    explored_release(&explored);
    return compared;
}

static void exhaustive_search_agrees_with_plain_runs_on_tight_models(void **state)
{
    (void)state;
    static const char *const workloads[] = {
        "+0 go() to p0\n", "+0 go() to p0\n+1us begin() to p1\n",
        "+0 go() to p0\n+2us begin() to p1\n", "+1us begin() to p1\n+1us begin() to p1\n"};
    unsigned compared = 0;
    for (unsigned group = 0; group < DRAWN_GROUPS; group++) {
        struct ob_rng rng = {.state = group + 1000};
        for (unsigned round = 0; round < DRAWN_ROUNDS; round++) {
            struct bench bench = {0};
            draw_tight_model(&rng, drawn_ops[group]);
            if (round % 3 == 2)
                draw_sent_order();
            bench_open(&bench, &ob_target_drawn, 0);
            bench_parse(&bench, workloads[ob_rng_below(&rng, 4)]);
            compared += agrees_with_plain_runs(&bench);
            bench_close(&bench);
        }
    }
    print_message("%u of %zu compared with plain runs\n", compared, DRAWN_GROUPS * DRAWN_ROUNDS);
    assert_true(compared > DRAWN_GROUPS * DRAWN_ROUNDS * 9 / 10);
}

/* The states that a search comes through, at most so many, and what it says of them. */
static struct ob_exhaustive_stats search_by(struct bench *bench, bool all_ways)
{
    const struct ob_exhaustive_limits limits = {
        .executions_max = 1000, .states_max = 4000, .by_all_ways = all_ways};
    struct explored explored = explore_within(bench->world, &bench->scenario, &limits);
    struct ob_exhaustive_stats stats = explored.stats;
    explored_release(&explored);
    return stats;
}

#define TIGHT_ROUNDS 4u

/* Which forks a conflict rules out, and where times begin, makes no difference but of time: in
 * models that are too large for brute force, too, where many messages meet. */
static void no_fork_is_left_out_that_leads_anywhere(void **state)
{
    (void)state;
    static const char workload[] = "+0 go() to p0\n+1us begin() to p1\n+1us go() to p0\n"
                                   "+1us begin() to p1\n+2us go() to p0\n";
    uint64_t states = 0;
    for (unsigned group = 0; group < DRAWN_GROUPS; group++) {
        struct ob_rng rng = {.state = group + 2000};
        for (unsigned round = 0; round < TIGHT_ROUNDS; round++) {
            struct bench bench = {0};
            draw_tight_model(&rng, drawn_ops[group]);
            bench_open(&bench, &ob_target_drawn, 0);
            bench_parse(&bench, workload);
            struct ob_exhaustive_stats quick = search_by(&bench, false);
            struct ob_exhaustive_stats whole = search_by(&bench, true);
            assert_int_equal(quick.states, whole.states);
            assert_int_equal(quick.executions, whole.executions);
            assert_int_equal(quick.violating, whole.violating);
            assert_int_equal(quick.steps, whole.steps);
            states += whole.states;
            bench_close(&bench);
        }
    }
    print_message("%llu states compared\n", (unsigned long long)states);
    assert_true(states > 10000);
}

/* -- models of one thing each -- */

/* Explores both ways, and compares with what is known: orders, and whether something is violated.
 */
static void expect(const struct ob_target *target, unsigned variant, const char *records,
                   uint64_t orders, bool violated)
{
    bool compared;
    struct bench bench = {0};
    bench_open(&bench, target, variant);
    bench_parse(&bench, records);
    struct explored explored =
        explore_both_ways(bench.world, &bench.scenario, BRUTE_FORCE_EXECUTIONS_MAX, &compared);
    assert_true(compared);
    assert_int_equal(explored.orders.distinct, orders);
    assert_int_equal(explored.violations > 0, violated);
    explored_release(&explored);
    bench_close(&bench);
}

static void every_kind_of_deciding_thing_is_seen(void **state)
{
    (void)state;
    expect(&ob_target_parcels, 0, "+0 fetch() to courier\n", 2, true);
    expect(&ob_target_parcels, 0, "+0 fetch() to courier\n+0 fetch() to courier\n", 22, true);
    expect(&ob_target_parcels, WITH_RECEIPTS, "+0 fetch() to courier\n+1ms bell() to office\n", 2,
           false);
    expect(&ob_target_bank, UNLOCKED_ACCOUNT,
           "+0 deposit() to teller.0\n+1us deposit() to teller.1\n", 1, true);
    expect(&ob_target_bank, LOCKED_ACCOUNT,
           "+0 deposit() to teller.0\n+1us deposit() to teller.1\n", 3, false);
    expect(&ob_target_pulses, 0, "+0 begin() to pulse\n", 9, false);
    expect(&ob_target_pulses, 0, "+0 begin() to pulse\n+0 begin() to pulse\n", 49, true);
    expect(&ob_target_copies, 0, "+0 use() to user.0\n+0 use() to user.1\n", 2, true);
}

/* The same verdicts, at the end and on the way, of a protocol whose invariants are over all actors:
 * whoever refuses. */
static unsigned compare_pacts(unsigned variant)
{
    unsigned violations = 0;
    for (unsigned refusing = 0; refusing < 1u << PACT_PARTICIPANTS; refusing++) {
        char records[64];
        bool compared;
        struct bench bench = {0};
        (void)snprintf(records, sizeof records, "+0 write(refusing=%u) to client\n", refusing);
        bench_open(&bench, &ob_target_pact, variant);
        bench_parse(&bench, records);
        struct explored explored =
            explore_both_ways(bench.world, &bench.scenario, BRUTE_FORCE_EXECUTIONS_MAX, &compared);
        assert_true(compared);
        violations += explored.violations > 0;
        explored_release(&explored);
        bench_close(&bench);
    }
    return violations;
}

static void verdicts_on_two_phase_commit_are_those_of_brute_force(void **state)
{
    (void)state;
    assert_int_equal(compare_pacts(PACT_RIGHT), 0);
    assert_int_equal(compare_pacts(PACT_ONE_VOTE), 2);
    assert_int_equal(compare_pacts(PACT_WITH_TIMEOUT), 0);
    assert_int_equal(compare_pacts(PACT_LATE_VOTES), 1);
}

static void expect_claim(struct bench *bench, const struct ob_exhaustive_limits *limits,
                         const char *claim)
{
    struct ob_text text = {0};
    struct explored explored = explore_within(bench->world, &bench->scenario, limits);
    ob_exhaustive_claim(&explored.stats, &text);
    assert_string_equal(ob_text_string(&text), claim);
    ob_text_release(&text);
    explored_release(&explored);
}

static void what_is_not_covered_is_named(void **state)
{
    (void)state;
    static const char *const claims[] = {
        [BY_CLOCK] = "NOT every order: one reads the clock; each order was run at its earliest "
                     "times only; 1 order and 2 states",
        [AT_WORK] = "NOT explored: one takes time (ob_work); use random walks",
        [BY_HIDDEN_WAY] = "NOT every order: one changes the state of two by a pointer that it has "
                          "not asked for with ob_state(); who reads it so is not known; 1 order "
                          "and 2 states",
        [BY_CHECK] = "NOT every order: the check reads the clock; each order was run at its "
                     "earliest times only; 1 order and 2 states",
    };
    const struct ob_exhaustive_limits none = {.executions_max = UINT64_MAX};
    for (unsigned variant = BY_CLOCK; variant <= BY_CHECK; variant++) {
        struct bench bench = {0};
        bench_open(&bench, &ob_target_lookers, variant);
        bench_parse(&bench, "+0 look() to one\n");
        expect_claim(&bench, &none, claims[variant]);
        bench_close(&bench);
    }
}

static void limits_are_told(void **state)
{
    (void)state;
    struct bench bench = {0};
    const struct ob_exhaustive_limits of_states = {.executions_max = UINT64_MAX, .states_max = 9};
    const struct ob_exhaustive_limits of_executions = {.executions_max = 1};
    const struct ob_exhaustive_limits none = {.executions_max = UINT64_MAX};
    bench_open(&bench, &ob_target_parcels, 0);
    bench_parse(&bench, "+0 fetch() to courier\n+0 fetch() to courier\n");
    expect_claim(
        &bench, &of_states,
        "NOT every order: 1 order and 9 states until the limit; 6 states were not gone on from");
    expect_claim(
        &bench, &of_executions,
        "NOT every order: 1 order and 8 states until the limit; 6 states were not gone on from");
    expect_claim(
        &bench, &none,
        "every order was explored (22), with every message and timer as early or late as it "
        "may be, and each of the 67 states on the way was checked");
    bench_close(&bench);
}

/* What only says when messages arrive is tried anyway; but the run as it was given is one of those
 * that count. */
static void the_plain_run_is_among_them(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_parcels, 0);
    bench_parse(&bench, "+0 fetch() to courier\n"
                        "delay asked courier->depot #0 by 600us\n"
                        "delay parcel depot->courier #0 by 600us\n");
    struct explored explored = explore_all(bench.world, &bench.scenario);
    assert_true(explored.plain_violates);
    assert_int_equal(explored.stats.executions, 2);
    explored_release(&explored);
    bench_close(&bench);
}

/* -- the targets of the tree -- */

/* The messages of the smallest scenarios that brute force comes to an end with. */
static const struct small {
    const char *target;
    const char *records;
} smalls[] = {
    {"counter", "+0 increment() to client.0\n+0 increment() to client.1\n"},
    {"order", "+0 buy(order=0) to customer\n"},
    {"order", "+0 buy(order=0) to customer\n+0 cancel(order=0) to customer\n"},
    {"resource", "+0 use(slot=0, for_ms=0) to client.0\n+0 use(slot=0, for_ms=0) to client.1\n"},
    {"reservation", "+0 reserve(show=0) to service\n"},
    {"role", "+0 ask(user=0) to gate\n+0 dismiss(user=0) to admin\n"},
    {"file", "+0 save() to service\n"},
    {"service", "+0 pay(amount=1) to client\n"},
    {"session", "+0 buy(order=0) to client\n"},
    {"transfer", "+0 transfer(from=0,to=1,amount=10) to service\n"},
};
#define SMALLS (sizeof smalls / sizeof *smalls)

static const struct ob_target *find_target(const char *name)
{
    size_t at = 0;
    while (strcmp(ob_registry[at]->name, name) != 0)
        at++;
    return ob_registry[at];
}

static void exhaustive_search_agrees_with_brute_force_on_targets(void **state)
{
    (void)state;
    unsigned compared = 0;
    for (size_t index = 0; index < SMALLS; index++) {
        const struct ob_target *target = find_target(smalls[index].target);
        for (unsigned variant = 0; variant < OB_VARIANTS_MAX && target->variants[variant];
             variant++) {
            bool is_compared;
            struct bench bench = {0};
            bench_open(&bench, target, variant);
            bench_parse(&bench, smalls[index].records);
            struct explored explored =
                explore_both_ways(bench.world, &bench.scenario, 6000, &is_compared);
            compared += is_compared;
            explored_release(&explored);
            bench_close(&bench);
        }
    }
    print_message("%u variants compared\n", compared);
    assert_true(compared >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_deciding_thing_is_seen),
        cmocka_unit_test(verdicts_on_two_phase_commit_are_those_of_brute_force),
        cmocka_unit_test(what_is_not_covered_is_named),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(the_plain_run_is_among_them),
        cmocka_unit_test(exhaustive_search_agrees_with_brute_force_on_targets),
        cmocka_unit_test(exhaustive_search_agrees_with_brute_force_on_drawn_models),
        cmocka_unit_test(exhaustive_search_agrees_with_plain_runs_on_tight_models),
        cmocka_unit_test(no_fork_is_left_out_that_leads_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
