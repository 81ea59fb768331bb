/* Explorers: what walks and exhaustive exploration look at, against brute force and against each
 * other, and what is told of it. */
#include "scenario/edit.h"
#include "search/estimate.h"
#include "search/exhaustive.h"
#include "search/faults.h"
#include "search/findings.h"
#include "search/transcribe.h"
#include "support/explored.h"
#include "support/run_text.h"

extern const struct ob_target ob_target_order, ob_target_resource, ob_target_counter;

/* -- helpers -- */

/* Every order; release with explored_release(). */
static struct explored explore(struct bench *bench)
{
    struct explored explored = explore_all(bench->world, &bench->scenario);
    assert_true(ob_exhaustive_is_all(&explored.stats));
    assert_int_equal(explored.written, explored.violations);
    return explored;
}

/* -- numbers that are known -- */

static void expect_executions(struct bench *bench, const char *records, uint64_t executions,
                              uint64_t violating)
{
    bench_parse(bench, records);
    struct explored explored = explore(bench);
    /* No two executions are of one class: what is explored twice is given up on the way. */
    assert_int_equal(explored.orders.distinct, executions);
    assert_int_equal(explored.stats.executions, executions);
    assert_int_equal(explored.stats.blocked, 0);
    assert_int_equal(explored.stats.violating, violating);
    explored_release(&explored);
}

static void create_and_pay_have_two_orders(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_order, 0);
    expect_executions(&bench, "", 1, 0);
    expect_executions(&bench, "+0 buy(order=1) to customer\n", 2, 1);
    bench_close(&bench);
}

/* The numbers of optimal partial order reduction: (2n)! / 2^n orders of n reads and n writes of
 * which each read comes before its own write. Of these n! lose nothing. */
static void counters_have_known_numbers_of_executions(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_counter, 0);
    expect_executions(&bench, "+0 increment to client.0\n", 1, 0);
    expect_executions(&bench, "+0 increment to client.0\n+0 increment to client.1\n", 6, 4);
    expect_executions(&bench,
                      "+0 increment to client.0\n+0 increment to client.1\n"
                      "+0 increment to client.2\n",
                      90, 84);
    expect_executions(&bench,
                      "+0 increment to client.0\n+0 increment to client.1\n"
                      "+0 increment to client.2\n+0 increment to client.3\n",
                      2520, 2496);
    bench_close(&bench);
    bench_open(&bench, &ob_target_counter, 1);
    expect_executions(&bench, "+0 increment to client.0\n+0 increment to client.1\n", 2, 0);
    bench_close(&bench);
}

static void limits_end_an_exploration(void **state)
{
    (void)state;
    struct bench bench = {0};
    const struct ob_exhaustive_limits of_executions = {.executions_max = 4};
    bench_open(&bench, &ob_target_counter, 0);
    bench_parse(&bench, "+0 increment to client.0\n+0 increment to client.1\n");
    struct explored explored = explore_within(bench.world, &bench.scenario, &of_executions);
    assert_int_equal(explored.stats.executions, 4);
    assert_int_equal(explored.orders.distinct, 4);
    assert_false(ob_exhaustive_is_all(&explored.stats));
    explored_release(&explored);
    bench_close(&bench);
}

/* -- memory outside the world -- */

enum outside_variant { COUNTS_OUTSIDE, BORROWS_OUTSIDE, READS_OUTSIDE };

static unsigned shared_count = 7; /* no harness knows who reads it */
static unsigned shared_limit = 2; /* nobody changes it */

/* Two shops sell what they have together, or count for the time of a sale only. */
static void shop_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (ob_variant(self) == COUNTS_OUTSIDE)
        shared_count++;
    if (ob_variant(self) == BORROWS_OUTSIDE)
        shared_count = message->args[0] ? shared_count - 1 : shared_count + 1;
    if (message->args[0] == 0 && shared_limit > 0)
        ob_send_to(self, ob_id(self), 0, 1);
}

static void shops_setup(struct ob_world *world)
{
    ob_spawn_many(world, "shop", 2, shop_receive, 0);
}

static OB_TARGET(shops, .variants = {"counts", "borrows", "reads"},
                 .messages = {{.name = "sale", .to = "shop", .args = {{"done", 0, 0}}}},
                 .setup = shops_setup);

/* What handlers share so, nobody can bring back, nor tell who depends on it: no claim is made. */
static void variables_of_the_program_withdraw_the_claim(void **state)
{
    (void)state;
    for (unsigned variant = COUNTS_OUTSIDE; variant <= READS_OUTSIDE; variant++) {
        struct bench bench = {0};
        struct ob_text text = {0};
        bench_open(&bench, &ob_target_shops, variant);
        bench_parse(&bench, "+0 sale() to shop.0\n+0 sale() to shop.1\n");
        struct explored explored = explore_all(bench.world, &bench.scenario);
        assert_true(explored.stats.is_complete);
        ob_exhaustive_claim(&explored.stats, &text);
        const char *claim = "NOT every order: the variable shared_count lies outside the world";
        if (variant == READS_OUTSIDE)
            claim = "every order was explored (1)";
        assert_memory_equal(ob_text_string(&text), claim, strlen(claim));
        ob_text_release(&text);
        explored_release(&explored);
        bench_close(&bench);
    }
}

/* What the harness itself keeps while tasks run is none of that. */
static void variables_of_the_harness_do_not(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_counter, 6); /* mutex */
    bench_parse(&bench, "+0 increment to client.0\n+0 increment to client.1\n");
    struct explored explored = explore(&bench);
    assert_int_equal(explored.stats.executions, 4);
    explored_release(&explored);
    bench_close(&bench);
}

/* -- against brute force -- */

static const struct workload {
    const struct ob_target *target;
    unsigned variant;
    unsigned messages_max;
} workloads[] = {
    {&ob_target_order, 1, 3},   {&ob_target_resource, 0, 2}, {&ob_target_resource, 1, 2},
    {&ob_target_counter, 0, 3}, {&ob_target_counter, 1, 3},
};
#define WORKLOADS (sizeof workloads / sizeof *workloads)

static void draw_workload(const struct workload *workload, struct ob_rng *rng, struct bench *bench)
{
    static const char *const delays[] = {"0", "0", "1us", "300us", "3ms", "12ms", "60ms"};
    char records[512] = "";
    size_t length = 0;
    unsigned messages = 1 + ob_rng_below(rng, workload->messages_max);
    for (unsigned at = 0; at < messages; at++) {
        char *end = records + length;
        size_t room = sizeof records - length;
        const char *delay = delays[ob_rng_below(rng, 7)];
        unsigned one = ob_rng_below(rng, 2);
        unsigned other = ob_rng_below(rng, 3);
        int written = 0;
        if (workload->target == &ob_target_order)
            written = snprintf(end, room, "+%s buy(order=%u) to customer\n", delay, one);
        else if (workload->target == &ob_target_resource)
            written = snprintf(end, room, "+%s use(slot=%u, for_ms=%u) to client.%u\n", delay, one,
                               ob_rng_below(rng, 2) * ob_rng_below(rng, 10), other);
        else
            written = snprintf(end, room, "+%s increment to client.%u\n", delay, other);
        length += (size_t)written;
        assert_true(length < sizeof records);
    }
    bench_parse(bench, records);
}

static void exploration_agrees_with_brute_force(void **state)
{
    (void)state;
    struct bench bench = {0};
    unsigned compared = 0;
    for (size_t index = 0; index < WORKLOADS; index++) {
        struct ob_rng rng = {.state = index};
        bench_open(&bench, workloads[index].target, workloads[index].variant);
        for (unsigned round = 0; round < 12; round++) {
            bool ended;
            draw_workload(&workloads[index], &rng, &bench);
            struct explored explored =
                explore_both_ways(bench.world, &bench.scenario, 20000, &ended);
            assert_true(ob_exhaustive_is_all(&explored.stats));
            compared += ended;
            explored_release(&explored);
        }
        bench_close(&bench);
    }
    assert_true(compared > 30);
}

/* Walks choose times as well as orders: whatever they come upon is among what was explored. */
static void walks_show_nothing_beyond(void **state)
{
    (void)state;
    struct bench bench = {0};
    for (size_t index = 0; index < WORKLOADS; index++) {
        struct ob_rng rng = {.state = 100 + index};
        bench_open(&bench, workloads[index].target, workloads[index].variant);
        for (unsigned round = 0; round < 6; round++) {
            draw_workload(&workloads[index], &rng, &bench);
            struct explored explored = explore(&bench);
            /* Executions are compared at their ends, whatever checks find on the way. */
            ob_world_keep_going(bench.world, true);
            for (uint64_t seed = 0; seed < 5000; seed++) {
                (void)bench_walk(&bench, OB_WALK_RANDOM, seed);
                assert_true(tally_has(&explored.orders, ob_world_causal_hash(bench.world)));
            }
            ob_world_keep_going(bench.world, false);
            explored_release(&explored);
        }
        bench_close(&bench);
    }
}

/* Two clients, the second asked 15 ms later: what the first has sent has long arrived, unless it
 * was late on both of its ways. */
static void late_messages_make_other_orders(void **state)
{
    (void)state;
    struct bench bench = {0};
    bool ended;
    bench_open(&bench, &ob_target_counter, 1);
    bench_parse(&bench, "+0 increment to client.0\n+15ms increment to client.1\n");
    struct explored explored = explore_both_ways(bench.world, &bench.scenario, 1000, &ended);
    assert_true(ended);
    assert_int_equal(explored.stats.executions, 2);
    explored_release(&explored);
    bench_close(&bench);
}

/* -- time -- */

enum { PROMPT, LATE }; /* variants */
enum { NOTHING, ARM, SHORT, LONG, FIRED };

#define SHORT_US 100000
#define LONG_US 10000000

/* Two timers at two actors that tell a judge, and two at the judge, once it is armed. */
static void alarm_start(struct ob_actor *self)
{
    bool is_long = ob_index(self) == 0;
    (void)ob_timer_start(self, is_long ? LONG_US : SHORT_US, is_long ? LONG : SHORT, 0);
}

static void alarm_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "judge", FIRED, message->kind == LONG);
}

struct judge {
    bool short_fired;
    bool own_short_fired;
};

static void judge_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct judge *judge = ob_state(self);
    switch (message->kind) {
    case ARM:
        (void)ob_timer_start(self, LONG_US, LONG, 0);
        (void)ob_timer_start(self, SHORT_US, SHORT, 0);
        break;
    case FIRED:
        judge->short_fired |= !message->args[0];
        OB_INVARIANT(ob_world(self), short_comes_first, judge->short_fired, "long first");
        break;
    case SHORT:
        judge->own_short_fired = true;
        break;
    case LONG:
        OB_INVARIANT(ob_world(self), own_short_comes_first, judge->own_short_fired, "long first");
        break;
    default:
        break;
    }
}

static void alarms_setup(struct ob_world *world)
{
    (void)ob_spawn_many(world, "alarm", 2, alarm_receive, 0);
    for (unsigned id = 1; id <= 2; id++)
        ob_on_start(ob_actor(world, id == 1 ? "alarm.0" : "alarm.1"), alarm_start);
    (void)ob_spawn(world, "judge", judge_receive, sizeof(struct judge));
    struct ob_faults faults = {.pause_us_max = 2 * LONG_US};
    if (ob_world_variant(world) == LATE)
        faults.timer_late_us_max = 2 * LONG_US;
    ob_allow(world, "alarm", faults);
}

static OB_TARGET(alarms, .variants = {[PROMPT] = "prompt", [LATE] = "late"},
                 .messages = {[NOTHING] = {.name = "nothing", .to = "alarm"},
                              [ARM] = {.name = "arm", .to = "judge"},
                              [SHORT] = {.name = "short"},
                              [LONG] = {.name = "long"},
                              [FIRED] = {.name = "fired"}},
                 .setup = alarms_setup);

/* Runs of every kind; returns how many violated. */
static uint64_t violations_of(unsigned variant, const char *records)
{
    struct bench bench = {0};
    bench_open(&bench, &ob_target_alarms, variant);
    bench_parse(&bench, records);
    struct explored explored = explore_all(bench.world, &bench.scenario);
    uint64_t violating = explored.stats.violating;
    assert_true(explored.stats.is_complete);
    assert_true(explored.stats.executions >= 1);
    explored_release(&explored);
    for (unsigned strategy = OB_WALK_RANDOM; strategy <= OB_WALK_POS; strategy++) {
        for (uint64_t seed = 0; seed < 1000; seed++)
            violating +=
                bench_walk(&bench, (enum ob_walk_strategy)strategy, seed)->outcome == OB_VIOLATED;
    }
    violating += ob_world_run(bench.world, &bench.scenario)->outcome == OB_VIOLATED;
    bench_close(&bench);
    return violating;
}

static void long_timers_never_fire_before_short_ones(void **state)
{
    (void)state;
    assert_int_equal(violations_of(PROMPT, ""), 0);
    assert_int_equal(violations_of(PROMPT, "+0 arm to judge\n"), 0);
    assert_int_equal(violations_of(PROMPT, "+0 arm to judge\n+9950ms arm to judge\n"
                                           "+40ms nothing to alarm.1\n"),
                     0);
    /* That it is time which forbids it: a pause, or timers that may be late, allow it. */
    assert_true(violations_of(PROMPT, "pause before short alarm.1->alarm.1 #0 for 15s\n") > 3000);
    assert_true(violations_of(LATE, "") > 100);
}

enum { ASK, ASKED, ANSWER, TIMEOUT };

struct asker {
    uint32_t timer;
};

static void asker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct asker *asker = ob_state(self);
    if (message->kind == ASK) {
        ob_send(self, "server", ASKED);
        asker->timer = ob_timer_start(self, 5000, TIMEOUT, 0);
    } else if (message->kind == ANSWER) {
        (void)ob_timer_cancel(self, asker->timer);
    }
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

/* What is cancelled never comes after what has cancelled it, but may come before. */
static void timeouts_race_with_what_cancels_them(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_call, 0);
    expect_executions(&bench, "+0 ask to asker\n", 2, 0);
    bench_parse(&bench, "+0 ask to asker\n+2ms ask to asker\n");
    bool ended;
    struct explored explored = explore_both_ways(bench.world, &bench.scenario, 1000, &ended);
    assert_true(ended);
    explored_release(&explored);
    bench_close(&bench);
}

/* -- faults -- */

enum { POKE, ECHO };

static void echo_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == POKE)
        ob_send(self, "other", ECHO);
}

static void frail_setup(struct ob_world *world)
{
    (void)ob_spawn(world, "one", echo_receive, 0);
    (void)ob_spawn(world, "other", echo_receive, 0);
    ob_allow(world, "one", (struct ob_faults){.crash = true, .pause_us_max = 1000});
    ob_allow(world, "other", (struct ob_faults){.restart = true});
    ob_link(world, "one", "other",
            (struct ob_link){.lossy = true, .duplicating = true, .partition_us_max = 1000});
}

static OB_TARGET(frail, .variants = {"only"},
                 .messages = {[POKE] = {.name = "poke", .to = "one"}, [ECHO] = {.name = "echo"}},
                 .setup = frail_setup);

static void faults_that_are_legal_are_listed(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_deviation faults[16];
    struct ob_text text = {0};
    bench_open(&bench, &ob_target_frail, 0);
    bench_parse(&bench, "+0 poke to one\n");
    size_t count = ob_faults_list(bench.world, &bench.scenario, faults, 16);
    assert_int_equal(count, 6);
    for (size_t at = 0; at < count; at++) {
        struct ob_deviation canonical = faults[at];
        ob_deviation_canonicalise(ob_world_vocabulary(bench.world), &canonical);
        assert_int_equal(ob_deviation_compare(&canonical, &faults[at]), 0);
        ob_scenario_print_deviation(ob_world_vocabulary(bench.world), &faults[at], &text);
        ob_text_printf(&text, "\n");
        /* Each takes effect. */
        struct ob_scenario with = bench.scenario;
        assert_true(ob_scenario_insert_deviation(&with, &faults[at]));
        (void)ob_world_run(bench.world, &with);
        assert_int_equal(ob_world_applied(bench.world), 1);
    }
    assert_string_equal(ob_text_string(&text), "crash before poke outside->one #0\n"
                                               "crash after poke outside->one #0\n"
                                               "drop echo one->other #0\n"
                                               "duplicate echo one->other #0 after 0\n"
                                               "restart before echo one->other #0 after 0\n"
                                               "restart after echo one->other #0 after 0\n");
    ob_text_release(&text);
    assert_int_equal(ob_faults_list(bench.world, &bench.scenario, faults, 4), 4);
    bench_close(&bench);

    bench_open(&bench, &ob_target_order, 0);
    bench_parse(&bench, "+0 buy(order=1) to customer\n");
    assert_int_equal(ob_faults_list(bench.world, &bench.scenario, faults, 16), 0);
    bench_close(&bench);
}

/* -- walks and what is left behind -- */

static void equal_seeds_give_equal_walks(void **state)
{
    (void)state;
    struct bench one = {0};
    struct bench two = {0};
    bench_open(&one, &ob_target_resource, 0);
    bench_open(&two, &ob_target_resource, 0);
    const char *records = "+0 use(slot=0, for_ms=2) to client.0\n"
                          "+1ms use(slot=0, for_ms=0) to client.1\n";
    bench_parse(&one, records);
    bench_parse(&two, records);
    for (unsigned strategy = OB_WALK_RANDOM; strategy <= OB_WALK_POS; strategy++) {
        struct ob_tally traces = {0};
        for (uint64_t seed = 0; seed < 200; seed++) {
            uint64_t hash = bench_walk(&one, (enum ob_walk_strategy)strategy, seed)->trace_hash;
            assert_true(bench_walk(&two, (enum ob_walk_strategy)strategy, seed)->trace_hash ==
                        hash);
            (void)ob_tally_add(&traces, hash, 1);
        }
        assert_true(traces.distinct > 5);
        ob_tally_release(&traces);
    }
    bench_close(&one);
    bench_close(&two);
}

static void explorations_leave_no_trace(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_counter, 0);
    bench_parse(&bench, "+0 increment to client.0\n+0 increment to client.1\n"
                        "+1us increment to client.0\n");
    uint64_t plain = ob_world_run(bench.world, &bench.scenario)->trace_hash;
    struct explored first = explore(&bench);
    assert_true(ob_world_run(bench.world, &bench.scenario)->trace_hash == plain);
    (void)bench_walk(&bench, OB_WALK_RANDOM, 5);
    assert_true(ob_world_run(bench.world, &bench.scenario)->trace_hash == plain);
    struct explored second = explore(&bench);
    assert_true(first.row == second.row);
    assert_int_equal(first.stats.steps, second.stats.steps);
    explored_release(&first);
    explored_release(&second);

    /* A violation ends a run again, as it did before. */
    bench_parse(&bench, "+0 increment to client.0\n+0 increment to client.1\n");
    struct ob_verdict before = *ob_world_run(bench.world, &bench.scenario);
    assert_int_equal(before.outcome, OB_VIOLATED);
    struct explored violating = explore(&bench);
    const struct ob_verdict *after = ob_world_run(bench.world, &bench.scenario);
    assert_int_equal(after->delivery_count, before.delivery_count);
    assert_true(after->trace_hash == before.trace_hash);
    explored_release(&violating);
    bench_close(&bench);
}

/* -- orders as scenarios -- */

struct transcription {
    struct bench *bench;
    struct ob_world *replay;
    struct ob_scenario scenario;
    unsigned violating;
    unsigned written;
};

/* What was written violates the same in a plain run, is canonical and has no more messages. */
static bool transcribe(const struct ob_world *world, const struct ob_verdict *verdict,
                       void *context)
{
    struct transcription *transcription = context;
    const struct ob_scenario *original = ob_world_scenario(world);
    struct ob_scenario *result = &transcription->scenario;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    static struct ob_scenario decoded;
    if (verdict->outcome != OB_VIOLATED)
        return true;
    transcription->violating++;
    if (!ob_transcribe(world, transcription->replay, original, result))
        return true;
    transcription->written++;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(transcription->replay);
    size_t size = ob_scenario_encode(vocabulary, result, bytes, sizeof bytes);
    ob_scenario_decode(vocabulary, bytes, size, &decoded);
    assert_true(ob_scenario_equal(result, &decoded));
    assert_true(decoded.message_count <= original->message_count);
    const struct ob_verdict *replayed = ob_world_run(transcription->replay, &decoded);
    assert_int_equal(replayed->outcome, OB_VIOLATED);
    assert_string_equal(replayed->invariant, verdict->invariant);
    return true;
}

/* Returns how many violations could not be written. */
static unsigned transcribe_all(const struct ob_target *target, const char *records)
{
    struct bench bench = {0};
    struct transcription transcription = {.bench = &bench};
    struct ob_error error = {{0}};
    bench_open(&bench, target, 0);
    transcription.replay = ob_world_create(target, 0, &error);
    assert_non_null(transcription.replay);
    bench_parse(&bench, records);
    for (unsigned strategy = OB_WALK_RANDOM; strategy <= OB_WALK_POS; strategy++) {
        for (uint64_t seed = 0; seed < 1000; seed++)
            (void)transcribe(bench.world, bench_walk(&bench, (enum ob_walk_strategy)strategy, seed),
                             &transcription);
    }
    ob_world_destroy(transcription.replay);
    bench_close(&bench);
    unsigned lost = transcription.violating - transcription.written;
    print_message("%s: %u of %u violations cannot be written as a scenario\n", target->name, lost,
                  transcription.violating);
    return lost;
}

static void violations_replay_as_plain_runs(void **state)
{
    (void)state;
    assert_int_equal(transcribe_all(&ob_target_order, "+0 buy(order=1) to customer\n"), 0);
    assert_int_equal(transcribe_all(&ob_target_order, "+0 buy(order=1) to customer\n"
                                                      "+3ms buy(order=2) to customer\n"
                                                      "+60ms buy(order=3) to customer\n"),
                     0);
    assert_int_equal(transcribe_all(&ob_target_counter, "+0 increment to client.0\n"
                                                        "+0 increment to client.1\n"
                                                        "+5ms increment to client.2\n"),
                     0);
    assert_int_equal(transcribe_all(&ob_target_resource, "+0 use(slot=0, for_ms=3) to client.0\n"
                                                         "+1ms use(slot=0, for_ms=0) to client.1\n"
                                                         "+0 use(slot=0, for_ms=4) to client.2\n"),
                     0);
}

static void only_violations_are_transcribed(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct bench replay = {0};
    struct ob_scenario result;
    bench_open(&bench, &ob_target_order, 1);
    bench_open(&replay, &ob_target_order, 1);
    bench_parse(&bench, "+0 buy(order=1) to customer\n");
    assert_int_equal(bench_walk(&bench, OB_WALK_RANDOM, 1)->outcome, OB_PASSED);
    assert_false(ob_transcribe(bench.world, replay.world, &bench.scenario, &result));
    bench_close(&bench);
    bench_close(&replay);
}

/* -- what is told of it -- */

static void add_walks(struct ob_findings *findings, struct bench *bench, struct ob_world *replay,
                      uint64_t first, uint64_t end)
{
    for (uint64_t seed = first; seed < end; seed++) {
        (void)bench_walk(bench, OB_WALK_RANDOM, seed);
        ob_findings_add(findings, bench->world, replay, &bench->walked, seed + 1);
    }
}

/* Two halves that were put together say the same as the whole. */
static void findings_add_up(void **state)
{
    (void)state;
    static struct ob_findings whole;
    static struct ob_findings left;
    static struct ob_findings right;
    struct bench bench = {0};
    struct bench replay = {0};
    bench_open(&bench, &ob_target_order, 0);
    bench_open(&replay, &ob_target_order, 0);
    bench_parse(&bench, "+0 buy(order=1) to customer\n+0 buy(order=2) to customer\n");
    add_walks(&whole, &bench, replay.world, 0, 200);
    add_walks(&right, &bench, replay.world, 100, 200);
    add_walks(&left, &bench, replay.world, 0, 100);
    ob_findings_merge(&right, &left);
    assert_int_equal(left.executions, 0);
    assert_int_equal(whole.executions, 200);
    assert_int_equal(right.executions, 200);
    assert_int_equal(right.violating, whole.violating);
    assert_int_equal(right.runs.longest, whole.runs.longest);
    assert_int_equal(ob_runs_cut(&right.runs), 0);
    assert_int_equal(whole.shown.kinds_sent,
                     7); /* buy, create and pay, but nothing of other variants */
    assert_int_equal(right.shown.kinds_sent, 7);
    assert_int_equal(right.shown.kinds_delivered, 7);
    assert_int_equal(right.traces.distinct, whole.traces.distinct);
    assert_int_equal(right.traces.once, whole.traces.once);
    assert_int_equal(whole.finding_count, 1);
    assert_int_equal(right.finding_count, 1);
    assert_string_equal(right.findings[0].invariant, "paid_order_exists");
    assert_int_equal(right.findings[0].count, whole.findings[0].count);
    assert_int_equal(right.findings[0].first, whole.findings[0].first);
    assert_true(right.findings[0].has_example);
    const struct ob_verdict *verdict = ob_world_run(replay.world, right.findings[0].example);
    assert_string_equal(verdict->invariant, "paid_order_exists");
    ob_findings_release(&whole);
    ob_findings_release(&right);
    bench_close(&bench);
    bench_close(&replay);
}

static void expect_interval(uint64_t hits, uint64_t runs, double low, double high)
{
    struct ob_interval interval = ob_wilson_interval(hits, runs);
    assert_float_equal(interval.low, low, 1e-4);
    assert_float_equal(interval.high, high, 1e-4);
}

/* Newcombe: "Two-sided confidence intervals for the single proportion", Statistics in Medicine
 * 1998, table I, method 3; the others follow from the formula. */
static void intervals_are_those_of_the_books(void **state)
{
    (void)state;
    expect_interval(81, 263, 0.2553, 0.3662);
    expect_interval(15, 148, 0.0624, 0.1605);
    expect_interval(0, 20, 0.0000, 0.1611);
    expect_interval(1, 29, 0.0061, 0.1718);
    expect_interval(5, 10, 0.2366, 0.7634);
    expect_interval(20, 20, 0.8389, 1.0000);
    expect_interval(0, 1000000, 0, 3.8e-6);
    assert_true(ob_wilson_interval(0, 7).low == 0 && ob_wilson_interval(7, 7).high == 1);
    assert_float_equal(ob_good_turing_unseen(0, 10), 0, 1e-9);
    assert_float_equal(ob_good_turing_unseen(3, 12), 0.25, 1e-9);
    assert_float_equal(ob_good_turing_unseen(12, 12), 1, 1e-9);
}

static void tallies_count(void **state)
{
    (void)state;
    struct ob_tally tally = {0};
    assert_int_equal(ob_tally_add(&tally, 0, 1), 0);
    assert_int_equal(ob_tally_add(&tally, 7, 5), 0);
    assert_int_equal(tally.distinct, 2);
    assert_int_equal(tally.once, 1);
    assert_int_equal(ob_tally_add(&tally, 0, 2), 1);
    assert_int_equal(tally.once, 0);
    assert_int_equal(ob_tally_add(&tally, 0, 1), 3);
    assert_int_equal(ob_tally_add(&tally, 7, 1), 5);
    /* It grows, and nothing is forgotten. */
    for (uint64_t number = 100; number < 20100; number++)
        assert_int_equal(ob_tally_add(&tally, number << 40, 1), 0);
    assert_int_equal(tally.distinct, 20002);
    assert_int_equal(tally.once, 20000);
    for (uint64_t number = 100; number < 20100; number++)
        assert_int_equal(ob_tally_add(&tally, number << 40, 1), 1);
    assert_int_equal(tally.distinct, 20002);
    assert_int_equal(tally.once, 0);
    assert_int_equal(ob_tally_add(&tally, UINT64_MAX, 1), 0);
    ob_tally_release(&tally);
    assert_int_equal(tally.capacity, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_and_pay_have_two_orders),
        cmocka_unit_test(counters_have_known_numbers_of_executions),
        cmocka_unit_test(limits_end_an_exploration),
        cmocka_unit_test(variables_of_the_program_withdraw_the_claim),
        cmocka_unit_test(variables_of_the_harness_do_not),
        cmocka_unit_test(exploration_agrees_with_brute_force),
        cmocka_unit_test(walks_show_nothing_beyond),
        cmocka_unit_test(late_messages_make_other_orders),
        cmocka_unit_test(long_timers_never_fire_before_short_ones),
        cmocka_unit_test(timeouts_race_with_what_cancels_them),
        cmocka_unit_test(faults_that_are_legal_are_listed),
        cmocka_unit_test(equal_seeds_give_equal_walks),
        cmocka_unit_test(explorations_leave_no_trace),
        cmocka_unit_test(violations_replay_as_plain_runs),
        cmocka_unit_test(only_violations_are_transcribed),
        cmocka_unit_test(findings_add_up),
        cmocka_unit_test(intervals_are_those_of_the_books),
        cmocka_unit_test(tallies_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
