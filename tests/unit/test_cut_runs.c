/* Runs that reach a bound: nothing is said of an end that they have not had. */
#include "offbeat/oracle.h"
#include "support/run_text.h"

enum kind { SET, ROUND };
enum variant { QUIET, ENDLESS };

struct cell {
    uint32_t value;
};

/* What is set comes to be only after a round, which in one variant has no end. */
static void cell_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct cell *cell = ob_state(self);
    bool is_endless = ob_variant(self) == ENDLESS;

    if (message->kind == SET || (message->kind == ROUND && is_endless))
        ob_send(self, "cell", ROUND, message->args[0]);
    else
        cell->value += message->args[0];
}

static void observe(const struct ob_world *world, struct ob_view *view)
{
    const struct cell *cell = ob_state(ob_actor(world, "cell"));
    ob_observe(view, cell->value, "value");
}

static void check_quiescent(struct ob_world *world)
{
    const struct cell *cell = ob_state(ob_actor(world, "cell"));
    OB_INVARIANT(world, was_set, cell->value > 0, "nothing was set");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "cell", cell_receive, sizeof(struct cell));
}

static OB_TARGET(cells, .variants = {"quiet", "endless"},
                 .messages = {[SET] = {.name = "set", .to = "cell", .args = {{"value", 1, 9}}},
                              [ROUND] = {.name = "round"}},
                 .setup = setup, .check_quiescent = check_quiescent,
                 .oracles = OB_ORACLES(OB_SERIAL_EQUIVALENCE(observe)));

static const struct ob_verdict *run(struct bench *bench, unsigned variant)
{
    bench_open(bench, &ob_target_cells, variant);
    bench_parse(bench, "+0 set(value=1)\n+0 set(value=2)\n");
    return ob_world_run(bench->world, &bench->scenario);
}

static void a_run_that_was_cut_is_not_judged(void **state)
{
    static struct bench bench;
    (void)state;
    assert_int_equal(run(&bench, QUIET)->outcome, OB_PASSED);
    bench_close(&bench);

    const struct ob_verdict *verdict = run(&bench, ENDLESS);
    assert_int_equal(verdict->outcome, OB_CUT);
    assert_int_equal(verdict->bound, OB_BOUND_LIVELOCK);
    assert_string_equal(verdict->invariant, "livelock");
    assert_int_equal(verdict->delivery_count, OB_DELIVERIES_MAX);
    bench_close(&bench);
}

static void runs_are_counted_by_bound_and_length(void **state)
{
    struct ob_runs runs = {0};
    struct ob_text text = {0};
    (void)state;
    for (uint32_t length = 1; length <= 100; length++)
        ob_runs_add(&runs, OB_NO_BOUND, length);
    ob_runs_add(&runs, OB_BOUND_CALLS, 1000);
    assert_int_equal(ob_runs_cut(&runs), 1);
    assert_in_range(ob_runs_percentile(&runs, 50), 50, 63);
    assert_in_range(ob_runs_percentile(&runs, 90), 90, 113);
    assert_int_equal(ob_runs_percentile(&runs, 100), 1000);
    ob_runs_print(&runs, &text);
    assert_non_null(strstr(text.data, "longest 1000\n"));
    assert_non_null(
        strstr(text.data, "1 of 101 runs were cut at a bound of the simulation (calls 1)\n"));
    ob_text_release(&text);
}

/* What can be added up over processes: every range up to the longest, in order. */
static void runs_are_told_as_numbers(void **state)
{
    struct ob_runs runs = {0};
    struct ob_text text = {0};
    struct ob_json json = {.text = &text};
    (void)state;
    ob_runs_add(&runs, OB_NO_BOUND, 0);
    ob_runs_add(&runs, OB_NO_BOUND, 3);
    ob_runs_add(&runs, OB_NO_BOUND, 8);
    ob_runs_add(&runs, OB_BOUND_DELIVERIES, 15);
    ob_json_object(&json, NULL);
    ob_runs_json(&runs, &json);
    ob_json_end(&json);
    assert_string_equal(ob_text_string(&text),
                        "{\"runs\": 4, \"cut\": {\"deliveries\": 1}, \"deliveries\": {\"0\": 1, "
                        "\"1\": 0, \"2-3\": 1, \"4-7\": 0, \"8-15\": 2}}\n");
    ob_text_release(&text);
}

/* -- livelocks -- */

enum token_kind { TOKEN, TICK, NOTE };
enum token_variant {
    ROUND_AND_ROUND,
    COUNTING,
    TICKING,
    WATCHING,
    FADING,
    ASKED,
    GUARDED,
    COUNTING_TICKS
};

struct peer {
    uint32_t seen;
    uint32_t timer;
};

/* Has a timer that never fires, as each message starts it anew; or counts besides, as fast as
 * messages are sent by both peers. */
static void guard(struct ob_actor *self, struct peer *peer)
{
    if (ob_variant(self) == COUNTING_TICKS)
        peer->seen = peer->seen ? peer->seen + 4 : 1;
    ob_timer_cancel(self, peer->timer);
    peer->timer = ob_timer_start(self, 50, TICK, 0);
}

/* Two peers hand a token to each other. */
static void peer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct peer *peer = ob_state(self);
    unsigned variant = ob_variant(self);

    if (message->kind == NOTE)
        return;
    if (variant == ASKED && message->args[0] == 7 && peer->seen == 0)
        ob_op_begin(self, 1, 0, 0);
    if (variant == COUNTING || variant == ASKED)
        peer->seen += variant == COUNTING || peer->seen == 0;
    if (variant == FADING) /* comes to its end after 60,000 rounds, unless it is cut before */
        peer->seen = peer->seen < 60000 ? peer->seen + 1 : 60000;
    if (variant == WATCHING && ob_now(self) > (UINT64_C(1) << 40))
        return;
    if (variant == TICKING) {
        ob_timer_start(self, 10, TICK, message->args[0]);
        return;
    }
    if (variant == GUARDED || variant == COUNTING_TICKS)
        guard(self, peer);
    ob_send(self, strcmp(ob_name(self), "one") == 0 ? "two" : "one", TOKEN, message->args[0]);
}

static void peers_setup(struct ob_world *world)
{
    ob_spawn(world, "one", peer_receive, sizeof(struct peer));
    ob_spawn(world, "two", peer_receive, sizeof(struct peer));
    ob_link(world, "*", "*", (struct ob_link){.lossy = true, .latency_us = 10});
}

static struct ob_verdict run_of(const struct ob_target *target, unsigned variant, const char *text)
{
    static struct bench bench;
    bench_open(&bench, target, variant);
    bench_parse(&bench, text);
    struct ob_verdict verdict = *ob_world_run(bench.world, &bench.scenario);
    bench_close(&bench);
    return verdict;
}

#define MINUTE_US UINT64_C(60000000)
static OB_TARGET(peers,
                 .variants = {"round", "counting", "ticking", "watching", "fading", "asked",
                              "guarded", "counting_ticks"},
                 .messages = {[TOKEN] = {.name = "token", .to = "one", .args = {{"n", 0, 9}}},
                              [TICK] = {.name = "tick", .args = {{.name = "n"}}},
                              [NOTE] = {.name = "note", .to = "two"}},
                 .setup = peers_setup, .oracles = OB_ORACLES(OB_PROGRESS(MINUTE_US, 0)));

static struct ob_verdict run_peers(unsigned variant, const char *text)
{
    return run_of(&ob_target_peers, variant, text);
}

static void the_same_state_again_is_a_livelock(void **state)
{
    (void)state;
    struct ob_verdict verdict = run_peers(ROUND_AND_ROUND, "+0 token(n=1)\n+0 note()\n");
    assert_int_equal(verdict.outcome, OB_CUT);
    assert_int_equal(verdict.bound, OB_BOUND_LIVELOCK);
    assert_int_equal(verdict.delivery_count, OB_DELIVERIES_MAX);
    assert_string_equal(verdict.detail,
                        "the same state comes again every 2 deliveries, 20us, for ever");
    /* Three tokens with different numbers: each of them has to come again. */
    verdict = run_peers(ROUND_AND_ROUND, "+0 token(n=1)\n+3us token(n=2)\n+3us token(n=3)\n");
    assert_int_equal(verdict.bound, OB_BOUND_LIVELOCK);
    assert_string_equal(verdict.detail,
                        "the same state comes again every 6 deliveries, 20us, for ever");
}

/* Timers are the same when they are due as long from now, and so are their handles. */
static void the_same_state_with_timers_is_a_livelock(void **state)
{
    (void)state;
    struct ob_verdict verdict = run_peers(TICKING, "+0 token(n=1)\n");
    assert_int_equal(verdict.bound, OB_BOUND_LIVELOCK);
    assert_string_equal(verdict.detail,
                        "the same state comes again every 1 delivery, 10us, for ever");
    verdict = run_peers(TICKING, "+0 token(n=1)\n+3us token(n=2)\n");
    assert_int_equal(verdict.bound, OB_BOUND_LIVELOCK);
    assert_string_equal(verdict.detail,
                        "the same state comes again every 2 deliveries, 10us, for ever");
    verdict = run_peers(GUARDED, "+0 token(n=1)\n");
    assert_int_equal(verdict.bound, OB_BOUND_LIVELOCK);
    assert_string_equal(verdict.detail,
                        "the same state comes again every 2 deliveries, 20us, for ever");
}

static void what_may_come_to_an_end_is_no_livelock(void **state)
{
    static const unsigned variants[] = {COUNTING, WATCHING, FADING, COUNTING_TICKS};
    (void)state;
    for (size_t at = 0; at < sizeof variants / sizeof *variants; at++)
        assert_int_equal(run_peers(variants[at], "+0 token(n=1)\n").bound, OB_BOUND_DELIVERIES);
    /* Something is still to come from outside, or a deviation has not hit yet. */
    assert_int_equal(run_peers(ROUND_AND_ROUND, "+0 token(n=1)\n+1min note()\n").bound,
                     OB_BOUND_DELIVERIES);
    assert_int_equal(run_peers(ROUND_AND_ROUND, "+0 token(n=1)\ndrop note *->* #0\n").bound,
                     OB_BOUND_DELIVERIES);
    assert_int_equal(run_peers(ROUND_AND_ROUND, "+0 token(n=1)\nwalk random seed 1\n").bound,
                     OB_BOUND_DELIVERIES);
}

static void what_is_open_in_a_livelock_never_ends(void **state)
{
    (void)state;
    /* A third of a second of virtual time, of the minute that the operation has. */
    struct ob_verdict verdict = run_peers(ASKED, "+0 token(n=7)\n");
    assert_int_equal(verdict.outcome, OB_VIOLATED);
    assert_string_equal(verdict.invariant, "livelock");
    assert_int_equal(run_peers(ASKED, "+0 token(n=6)\n").bound, OB_BOUND_LIVELOCK);
}

/* -- livelocks where periodic timers come to an end -- */

enum beat_variant { BEATING, BEATING_TOKEN, SPINNING };

static void beat(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TICK)
        (void)ob_timer_start(self, ob_variant(self) == SPINNING ? 0 : 10, TICK, 0);
    else if (message->kind == NOTE && message->from == OB_OUTSIDE)
        (void)ob_timer_start(self, 1, TICK, 0);
    else
        ob_send(self, strcmp(ob_name(self), "one") == 0 ? "two" : "one", TOKEN, 0);
}

static void beats_setup(struct ob_world *world)
{
    ob_spawn(world, "one", beat, 0);
    ob_spawn(world, "two", beat, 0);
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10});
}

static OB_TARGET(beats, .variants = {"beating", "beating_token", "spinning"},
                 .messages = {[TOKEN] = {.name = "token", .to = "one"},
                              [TICK] = {.name = "tick"},
                              [NOTE] = {.name = "note", .to = "two"}},
                 .setup = beats_setup, .settle_us = 600000000);

/* Such an end says that timers may go on for ever, and not that anything else may. */
static void what_goes_round_beside_periodic_timers_is_a_livelock(void **state)
{
    (void)state;
    assert_int_equal(run_of(&ob_target_beats, BEATING, "+0 note()\n").bound, OB_BOUND_DELIVERIES);
    assert_int_equal(run_of(&ob_target_beats, BEATING_TOKEN, "+0 note()\n+0 token()\n").bound,
                     OB_BOUND_LIVELOCK);
    assert_int_equal(run_of(&ob_target_beats, SPINNING, "+0 note()\n").bound, OB_BOUND_LIVELOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_was_cut_is_not_judged),
        cmocka_unit_test(runs_are_counted_by_bound_and_length),
        cmocka_unit_test(runs_are_told_as_numbers),
        cmocka_unit_test(the_same_state_again_is_a_livelock),
        cmocka_unit_test(the_same_state_with_timers_is_a_livelock),
        cmocka_unit_test(what_may_come_to_an_end_is_no_livelock),
        cmocka_unit_test(what_is_open_in_a_livelock_never_ends),
        cmocka_unit_test(what_goes_round_beside_periodic_timers_is_a_livelock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
