/* Goals: where they are reached, paths of steps, what ends a run, marks, and what is told. */
#include <stdlib.h>

#include "search/goal_tally.h"
#include "support/defect.h"
#include "support/desk.h"
#include "support/explored.h"
#include "world/annex.h"
#include "world/engine.h"
#include "world/goal.h"
#include "world/judge.h"
#include "world/order.h"
#include "world/snapshot.h"

#define GOAL(name) (1u << DESK_##name)
#define ALWAYS (GOAL(OPENED) | GOAL(QUIET))

static const char *const one = "+0 ask(times=1) to customer.0\n";
static const char *const two = "+0 ask(times=1) to customer.0\n+0 ask(times=1) to customer.1\n";
static const char *const again = "+0 ask(times=1) to customer.0\n+0 ask(times=1) to customer.1\n"
                                 "+10ms ask(times=1) to customer.1\n";

static uint32_t reached_by(struct bench *bench, const char *records)
{
    (void)bench_run(bench, records);
    return ob_world_goals(bench->world);
}

static void are_reached_in_handlers_checks_and_starts(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    assert_int_equal(reached_by(&bench, ""), ALWAYS);
    assert_int_equal(reached_by(&bench, one), ALWAYS);
    assert_int_equal(reached_by(&bench, two), ALWAYS | GOAL(REFUSED) | GOAL(BOTH_ASKED));
    assert_int_equal(reached_by(&bench, again),
                     ALWAYS | GOAL(REFUSED) | GOAL(BOTH_ASKED) | GOAL(YES_AFTER_NO));
    /* Nothing is left of the run before. */
    assert_int_equal(reached_by(&bench, one), ALWAYS);
    assert_int_equal(ob_world_goal_furthest(bench.world, DESK_YES_AFTER_NO), 0);
    bench_close(&bench);
}

static void steps_come_in_their_order(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    (void)reached_by(&bench, one); /* yes alone, which is the second */
    assert_int_equal(ob_world_goal_furthest(bench.world, DESK_YES_AFTER_NO), 0);
    assert_int_equal(ob_world_goal_furthest(bench.world, DESK_LOST_AFTER_YES), 1);
    (void)reached_by(&bench, two); /* yes, then no */
    assert_int_equal(ob_world_goal_furthest(bench.world, DESK_YES_AFTER_NO), 1);
    (void)reached_by(&bench, again);
    assert_int_equal(ob_world_goal_furthest(bench.world, DESK_YES_AFTER_NO), 2);
    assert_int_equal(ob_world_goal_furthest(bench.world, DESK_LOST_AFTER_YES), 1);
    bench_close(&bench);
}

static void what_comes_after_a_violation_does_not_count(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_desk, DESK_DOUBLE);
    const char *const twice = "+0 ask(times=1) to customer.0\n+0 ask(times=2) to customer.0\n"
                              "+0 ask(times=2) to customer.0\n+1ms ask(times=1) to customer.1\n";
    assert_int_equal(reached_by(&bench, twice), GOAL(OPENED));
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_VIOLATED);
    /* Nor where the run goes on, as it does for those that look at its order. */
    ob_world_keep_going(bench.world, true);
    assert_int_equal(reached_by(&bench, twice), GOAL(OPENED));
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_VIOLATED);
    ob_world_keep_going(bench.world, false);
    ob_world_judge(bench.world, OB_JUDGE_ORACLES);
    /* Where invariants do not judge, a check looks at nothing. */
    assert_int_equal(reached_by(&bench, twice), GOAL(OPENED) | GOAL(LENT_THRICE));
    bench_close(&bench);
}

static void a_run_ends_at_the_goal_that_is_sought(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    assert_int_equal(ob_world_goal_sought(bench.world), -1);
    ob_world_until_goal(bench.world, DESK_YES_AFTER_NO);
    (void)reached_by(&bench, two);
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_PASSED);
    (void)reached_by(&bench, again);
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_VIOLATED);
    assert_string_equal(ob_world_verdict(bench.world)->invariant, "yes_after_no");
    ob_world_until_goal(bench.world, DESK_OPENED); /* before anything happens */
    (void)reached_by(&bench, one);
    assert_string_equal(ob_world_verdict(bench.world)->invariant, "opened");
    assert_int_equal(ob_world_delivery_count(bench.world), 0);
    ob_world_until_goal(bench.world, DESK_QUIET); /* when all is over */
    (void)reached_by(&bench, one);
    assert_string_equal(ob_world_verdict(bench.world)->invariant, "quiet");
    ob_world_until_goal(bench.world, -1);
    (void)reached_by(&bench, again);
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_PASSED);
    bench_close(&bench);
}

static void ways_are_told_apart_by_what_comes_first(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    (void)reached_by(&bench, two);
    uint64_t way = ob_world_goal_way(bench.world, DESK_REFUSED);
    /* At other times, and with more that comes later. */
    (void)reached_by(&bench, "+5us ask(times=1) to customer.0\n+1us ask(times=1) to customer.1\n"
                             "+1ms ask(times=1) to customer.1\n");
    assert_int_equal(ob_world_goal_way(bench.world, DESK_REFUSED), way);
    (void)reached_by(&bench, "+0 ask(times=1) to customer.1\n+0 ask(times=1) to customer.0\n");
    assert_int_not_equal(ob_world_goal_way(bench.world, DESK_REFUSED), way);
    bench_close(&bench);
}

static void are_told_at_their_delivery(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_saying saying;
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    (void)reached_by(&bench, two);
    assert_true(ob_world_said(bench.world, OB_NONE, 0, &saying));
    assert_string_equal(saying.stream, "goal");
    assert_string_equal(saying.text, "opened");
    assert_false(ob_world_said(bench.world, 0, 0, &saying));
    assert_true(ob_world_said(bench.world, 1, 0, &saying)); /* the second ask */
    assert_string_equal(saying.text, "both_asked");
    assert_false(ob_world_said(bench.world, 1, 1, &saying));
    bench_close(&bench);
}

/* -- for engines -- */

#define MARKS 1024u

static unsigned news_of(struct bench *bench, const char *records, uint8_t known[MARKS])
{
    uint8_t marks[MARKS] = {0};
    unsigned news = 0;
    ob_world_feedback(bench->world, marks, MARKS);
    (void)bench_run(bench, records);
    ob_world_feedback(bench->world, NULL, 0);
    for (unsigned at = MARKS - OB_GOAL_MARKS; at < MARKS; at++) {
        assert_true(marks[at] <= 1);
        news += marks[at] && !known[at];
        known[at] |= marks[at];
    }
    return news;
}

static void a_step_that_is_new_is_a_mark_of_its_own(void **state)
{
    (void)state;
    struct bench bench = {0};
    uint8_t known[MARKS] = {0};
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    assert_int_equal(news_of(&bench, "", known), 2);
    assert_int_equal(news_of(&bench, one, known), 1); /* the first step of a path */
    assert_int_equal(news_of(&bench, one, known), 0);
    assert_int_equal(news_of(&bench, two, known), 3);
    assert_int_equal(news_of(&bench, again, known), 1);
    assert_int_equal(news_of(&bench, again, known), 0);
    bench_close(&bench);
}

/* -- every order -- */

static void exhaustive_search_reaches_what_there_is(void **state)
{
    (void)state;
    struct bench bench = {0};
    bool compared;
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    bench_parse(&bench, two);
    struct explored explored = explore_both_ways(bench.world, &bench.scenario, 10000, &compared);
    assert_true(compared);
    assert_int_equal(explored_goals(bench.world, &explored),
                     ALWAYS | GOAL(REFUSED) | GOAL(BOTH_ASKED) | GOAL(YES_AFTER_NO));
    assert_int_equal(explored.goals->seen[DESK_LOST_AFTER_YES].furthest, 1);
    assert_int_equal(explored.goals->seen[DESK_QUIET].ways, 4); /* as many as there are ends */
    for (unsigned goal = 0; goal < DESK_GOALS; goal++)
        assert_int_equal(explored.goals->seen[goal].has_example,
                         explored.goals->seen[goal].reached > 0);
    explored_release(&explored);
    bench_close(&bench);
}

/* -- what is wrong -- */

enum { UNDECLARED, STEPPED, UNSTEPPED, NO_MONITOR, NO_STEP, TWO_MONITORS, IN_SETUP };

static void wrong_observe(struct ob_actor *self, const struct ob_sight *sight)
{
    (void)sight;
    switch (ob_variant(self)) {
    case UNSTEPPED:
        OB_STEP(self, simple, first);
        break;
    case NO_STEP:
        OB_STEP(self, path, frist);
        break;
    default:
        OB_STEP(self, path, first);
        break;
    }
}

static const struct ob_monitor_type wrong_monitors[] = {
    {.name = "watch", .observe = wrong_observe}, {.name = "other", .observe = wrong_observe}};

static void wrong_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    if (ob_variant(self) == UNDECLARED)
        OB_SOMETIMES(ob_world(self), simpel, false);
    if (ob_variant(self) == STEPPED)
        OB_REACHABLE(path);
    if (ob_variant(self) == NO_MONITOR)
        OB_STEP(self, path, first);
}

static void wrong_setup(struct ob_world *world)
{
    (void)ob_spawn(world, "one", wrong_receive, 0);
    if (ob_world_variant(world) == IN_SETUP)
        OB_REACHABLE(world, simple);
    if (ob_world_variant(world) == NO_MONITOR || ob_world_variant(world) < UNSTEPPED)
        return;
    (void)ob_spawn_monitor(world, &wrong_monitors[0]);
    if (ob_world_variant(world) == TWO_MONITORS)
        (void)ob_spawn_monitor(world, &wrong_monitors[1]);
}

static const struct ob_target wrong = {
    .name = "wrong",
    .variants = {"undeclared", "stepped", "unstepped", "no_monitor", "no_step", "two_monitors",
                 "in_setup"},
    .messages = {{.name = "go", .to = "one"}},
    .setup = wrong_setup,
    .goals = {{.name = "simple"}, {.name = "path", .steps = {"first", "second"}}}};

static void mistakes_end_the_process_with_a_line(void **state)
{
    (void)state;
    static const char *const lines[] = {
        [UNDECLARED] =
            "by one: the target declares no goal \"simpel\"; did you mean simple? (while",
        [STEPPED] = "by one: the goal path has steps; use OB_STEP()",
        [UNSTEPPED] = "OB_STEP() by watch: the goal simple has no steps; use OB_SOMETIMES()",
        [NO_MONITOR] = "OB_STEP() by one, which is no monitor",
        [NO_STEP] = "OB_STEP() by watch: the goal path has no step \"frist\"; did you mean first",
        [TWO_MONITORS] = "OB_STEP() by other: the steps of the goal path are those of watch",
        [IN_SETUP] = "in set-up: simple can be reached in runs",
    };
    for (unsigned variant = 0; variant < sizeof lines / sizeof *lines; variant++)
        if (!strstr(defect_says(&wrong, variant, "+0 go() to one\n"), lines[variant]))
            fail_msg("%s, not: %s", defect_says(&wrong, variant, "+0 go() to one\n"),
                     lines[variant]);
}

static void expect_refused(const struct ob_target *target, const char *line)
{
    struct ob_error error = {{0}};
    assert_null(ob_world_create(target, 0, &error));
    assert_string_equal(error.text, line);
}

static void declarations_are_looked_at(void **state)
{
    (void)state;
    struct ob_target target = wrong;
    target.goals[1].name = "simple";
    expect_refused(&target, "target wrong: two goals are named \"simple\"");
    target.goals[1].name = "no name";
    expect_refused(&target, "target wrong: the goal \"no name\" is no C identifier");
    target.goals[1] = (struct ob_goal){"path", {"first", "first"}};
    expect_refused(&target, "target wrong: two steps of the goal path are named \"first\"");
    for (unsigned goal = 0; goal < OB_GOALS_MAX; goal++) {
        static char names[OB_GOALS_MAX][8];
        (void)snprintf(names[goal], sizeof names[goal], "g%u", goal);
        target.goals[goal] =
            (struct ob_goal){names[goal], {"a", "b", "c", "d", "e"}}; /* 160 in all */
    }
    expect_refused(&target, "target wrong: its goals have more than 128 steps in all");
}

/* -- many runs -- */

static const char *told(const struct ob_goal_tally *tally, struct ob_goal_context context)
{
    static char copy[2048];
    struct ob_text text = {0};
    ob_goal_tally_print(tally, &ob_target_desk, &context, &text);
    (void)snprintf(copy, sizeof copy, "%s", ob_text_string(&text));
    ob_text_release(&text);
    return copy;
}

static void add_run(struct bench *bench, struct ob_goal_tally *tally, const char *records,
                    uint64_t run)
{
    (void)bench_run(bench, records);
    ob_goal_tally_run(tally, bench->world, &bench->scenario, run);
}

static void a_tally_counts_runs_ways_and_steps(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_goal_tally *tally = ob_goal_tally_create(&ob_target_desk);
    struct ob_goal_tally *other = ob_goal_tally_create(&ob_target_desk);
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    add_run(&bench, tally, again, 1);
    add_run(&bench, tally, two, 2);
    add_run(&bench, tally, two, 3);
    add_run(&bench, other, one, 4);
    ob_goal_tally_merge(tally, other);
    assert_string_equal(told(tally, (struct ob_goal_context){.runs = 4}),
                        "goal opened: reached by 4 of 4 runs, 1 way\n"
                        "goal refused: reached by 3 of 4 runs, 1 way\n"
                        "goal both_asked: reached by 3 of 4 runs, 1 way\n"
                        "goal yes_after_no: reached by 1 of 4 runs, 1 way\n"
                        "goal lost_after_yes: not reached; furthest step 1 of 2 (yes)\n"
                        "goal lent_thrice: not reached\n"
                        "goal quiet: reached by 4 of 4 runs, 3 ways\n");
    /* The shortest, and of these the first. */
    assert_int_equal(tally->seen[DESK_REFUSED].example_run, 2);
    assert_int_equal(tally->seen[DESK_QUIET].example_run, 4);
    assert_int_equal(tally->seen[DESK_QUIET].first, 1);
    assert_non_null(strstr(told(other, (struct ob_goal_context){.is_every_order = true}),
                           "goal yes_after_no: reached in no order; none of 2 steps\n"));
    free(other);
    free(tally);
    bench_close(&bench);
}

static void ways_are_bounded(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct ob_goal_tally *tally = ob_goal_tally_create(&ob_target_desk);
    struct ob_goal_seen *seen = &tally->seen[DESK_REFUSED];
    bench_open(&bench, &ob_target_desk, DESK_CAREFUL);
    for (uint32_t place = 0; place < OB_WAYS_MAX; place++)
        seen->places[place] = place + 1;
    seen->ways = OB_WAYS_MAX;
    add_run(&bench, tally, two, 1);
    assert_int_equal(seen->ways, OB_WAYS_MAX);
    assert_true(seen->has_more_ways);
    assert_non_null(strstr(told(tally, (struct ob_goal_context){.runs = 1}),
                           "goal refused: reached by 1 of 1 run, 16384 or more ways\n"));
    free(tally);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_reached_in_handlers_checks_and_starts),
        cmocka_unit_test(steps_come_in_their_order),
        cmocka_unit_test(what_comes_after_a_violation_does_not_count),
        cmocka_unit_test(a_run_ends_at_the_goal_that_is_sought),
        cmocka_unit_test(ways_are_told_apart_by_what_comes_first),
        cmocka_unit_test(are_told_at_their_delivery),
        cmocka_unit_test(a_step_that_is_new_is_a_mark_of_its_own),
        cmocka_unit_test(exhaustive_search_reaches_what_there_is),
        cmocka_unit_test(mistakes_end_the_process_with_a_line),
        cmocka_unit_test(declarations_are_looked_at),
        cmocka_unit_test(a_tally_counts_runs_ways_and_steps),
        cmocka_unit_test(ways_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
