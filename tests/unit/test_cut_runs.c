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
    assert_int_equal(verdict->bound, OB_BOUND_DELIVERIES);
    assert_string_equal(verdict->invariant, "deliveries");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_was_cut_is_not_judged),
        cmocka_unit_test(runs_are_counted_by_bound_and_length),
        cmocka_unit_test(runs_are_told_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
