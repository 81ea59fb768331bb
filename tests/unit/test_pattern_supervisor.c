/* Supervisors and links: who is started again, when, and when no more. */
#include <offbeat/supervisor.h>

#include "support/run_text.h"

enum kind { END, NOTE, DOWN, SHUTDOWN, EXIT, GONE };
enum variant { ONE, ALL, REST, TRANSIENT, TEMPORARY, LINKED, SLOW, TREE, STUBBORN, FRAIL };

static const struct ob_supervisor_spec specs[] = {
#define SPEC(STRATEGY, RESTART)                                                                    \
    {                                                                                              \
        .strategy = (STRATEGY), .restart = (RESTART), .down = DOWN, .shutdown = SHUTDOWN,          \
        .restarts_max = 2, .period_us = 1000000, .children = {                                     \
            "a",                                                                                   \
            "b",                                                                                   \
            "c"                                                                                    \
        }                                                                                          \
    }
    [ONE] = SPEC(OB_ONE_FOR_ONE, OB_PERMANENT),
    [ALL] = SPEC(OB_ONE_FOR_ALL, OB_PERMANENT),
    [REST] = SPEC(OB_REST_FOR_ONE, OB_PERMANENT),
    [TRANSIENT] = SPEC(OB_ONE_FOR_ONE, OB_TRANSIENT),
    [TEMPORARY] = SPEC(OB_ONE_FOR_ONE, OB_TEMPORARY),
    [SLOW] = SPEC(OB_ONE_FOR_ALL, OB_PERMANENT),
    [FRAIL] = SPEC(OB_ONE_FOR_ONE, OB_PERMANENT),
    [STUBBORN] =
        {
            .strategy = OB_ONE_FOR_ALL,
            .restart = OB_PERMANENT,
            .down = DOWN,
            .shutdown = SHUTDOWN,
            .shutdown_us = 500,
            .restarts_max = 2,
            .period_us = 1000000,
            .children = {"a", "b"},
        },
    [TREE] =
        {
            .strategy = OB_ONE_FOR_ALL,
            .restart = OB_PERMANENT,
            .down = DOWN,
            .shutdown = SHUTDOWN,
            .shutdown_us = UINT32_MAX,
            .restarts_max = 2,
            .period_us = 1000000,
            .children = {"inner", "b"},
        },
};

static const struct ob_supervisor_spec inner = {.restart = OB_PERMANENT,
                                                .down = DOWN,
                                                .shutdown = SHUTDOWN,
                                                .restarts_max = 1,
                                                .period_us = 1000000,
                                                .children = {"a", "c"}};

struct worker {
    uint32_t notes;
};

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);

    if (ob_variant(self) == STUBBORN && message->kind == SHUTDOWN)
        return;
    if (ob_shut_down(self, message, SHUTDOWN) || ob_exit_with(self, message, EXIT))
        return;
    if (message->kind == END)
        ob_stop(self, message->args[0]);
    else
        worker->notes++;
}

static void watcher_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

/* Starting again takes a while, or fails. */
static void start_again(struct ob_actor *self)
{
    if (ob_world_now(ob_world(self)) == 0)
        return;
    if (ob_variant(self) == SLOW)
        ob_work(self, 100);
    if (ob_variant(self) == FRAIL)
        ob_stop(self, 4);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "a", worker_receive, sizeof(struct worker));
    ob_spawn(world, "b", worker_receive, sizeof(struct worker));
    ob_spawn(world, "c", worker_receive, sizeof(struct worker));
    ob_spawn(world, "watcher", watcher_receive, 0);
    ob_on_start(ob_actor(world, "a"), start_again);
    ob_on_start(ob_actor(world, "b"), start_again);
    if (ob_world_variant(world) == LINKED) {
        ob_link_processes(world, "a", "b", EXIT);
        ob_link_processes(world, "b", "c", EXIT);
        return;
    }
    if (ob_world_variant(world) == STUBBORN)
        ob_trap_exits(ob_actor(world, "a"), true);
    if (ob_world_variant(world) == TREE)
        ob_supervisor_spawn(world, "inner", &inner);
    ob_supervisor_spawn(world, "boss", &specs[ob_world_variant(world)]);
    ob_monitor(world, "watcher", "boss", GONE);
    ob_allow(world, "*", (struct ob_faults){.crash = true});
}

#define TO(NAME, ACTOR)                                                                            \
    {                                                                                              \
        .name = NAME, .to = ACTOR, .args = { {"why", 0, 9} }                                       \
    }

static OB_TARGET(supervisors,
                 .variants = {"one", "all", "rest", "transient", "temporary", "linked", "slow",
                              "tree", "stubborn", "frail"},
                 .messages = {[END] = TO("end", "*"),
                              [NOTE] = {.name = "note", .to = "a"},
                              [DOWN] = {.name = "down"},
                              [SHUTDOWN] = {.name = "shutdown"},
                              [EXIT] = {.name = "exit"},
                              [GONE] = {.name = "gone"}},
                 .setup = setup);

static struct bench bench;

static void expect(unsigned variant, const char *records, const char *line)
{
    bench_open(&bench, &ob_target_supervisors, variant);
    assert_string_equal(bench_run(&bench, records), line);
    bench_close(&bench);
}

static void one_for_one_starts_the_one_again(void **state)
{
    (void)state;
    expect(ONE, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss start@10>b down2@20>boss passed");
    expect(ONE, "+0 end(why=0) to b\n",
           "end0@0>b+ended down2@10>boss start@10>b down2@20>boss passed");
    expect(ONE, "+0 end(why=0) to b\ncrash after end outside->b #0\n",
           "end0@0>b+ended down2@10>boss start@10>b down2@20>boss passed");
}

static void crashes_count_as_well_and_take_state_with_them(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_supervisors, ONE);
    assert_string_equal(
        bench_run(&bench, "+0 note()\n+1ms note()\n+1ms note()\n"
                          "crash after note outside->a #1\n"),
        "note0@0>a note0@1000>a+crashed down1@1010>boss start@1010>a down1@1020>boss "
        "note0@2000>a passed");
    assert_int_equal(((struct worker *)ob_state(ob_actor(bench.world, "a")))->notes, 1);
    assert_int_equal(ob_supervisor_restarts(ob_actor(bench.world, "boss")), 1);
    bench_close(&bench);
}

static void one_for_all_ends_the_others_first_the_last_one_first(void **state)
{
    (void)state;
    expect(ALL, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss shutdown5@20>c+ended down3@30>boss shutdown5@40>a+ended "
           "down1@50>boss start@50>a down1@60>boss start@60>b down2@70>boss start@70>c "
           "down3@80>boss passed");
}

static void rest_for_one_leaves_those_before_it_alone(void **state)
{
    (void)state;
    expect(REST, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss shutdown5@20>c+ended down3@30>boss start@30>b "
           "down2@40>boss start@40>c down3@50>boss passed");
}

/* The shutdown finds nobody: the news of that end is what is waited for. */
static void one_that_crashes_meanwhile_is_not_waited_for_in_vain(void **state)
{
    (void)state;
    expect(ALL, "+0 end(why=5) to b\n+15us note()\ncrash after note outside->a #0\n",
           "end5@0>b+ended down2@10>boss note0@15>a+crashed shutdown5@20>c+ended down1@25>boss "
           "down3@30>boss start@30>a down1@40>boss start@40>b down2@50>boss start@50>c "
           "down3@60>boss passed");
}

static void transient_and_temporary_children(void **state)
{
    (void)state;
    expect(TRANSIENT, "+0 end(why=0) to b\n", "end0@0>b+ended down2@10>boss passed");
    expect(TRANSIENT, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss start@10>b down2@20>boss passed");
    expect(TEMPORARY, "+0 end(why=5) to b\n", "end5@0>b+ended down2@10>boss passed");
}

static void too_many_restarts_in_the_period_end_everything(void **state)
{
    (void)state;
    expect(ONE, "+0 end(why=5) to b\n+1ms end(why=5) to b\n+1ms end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss start@10>b down2@20>boss end5@1000>b+ended "
           "down2@1010>boss start@1010>b down2@1020>boss end5@2000>b+ended down2@2010>boss "
           "shutdown5@2020>c+ended down3@2030>boss shutdown5@2040>a+ended down1@2050>boss+ended "
           "shutdown5@2060>a+lost shutdown5@2060>b+lost shutdown5@2060>c+lost gone5@2060>watcher "
           "passed");
    expect(ONE, "+0 end(why=5) to b\n+1ms end(why=5) to b\n+1s end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss start@10>b down2@20>boss end5@1000>b+ended "
           "down2@1010>boss start@1010>b down2@1020>boss end5@1001000>b+ended "
           "down2@1001010>boss start@1001010>b down2@1001020>boss passed");
}

static void links_pass_an_end_on_unless_it_is_normal(void **state)
{
    (void)state;
    expect(LINKED, "+0 end(why=5) to b\n",
           "end5@0>b+ended exit2@10>a+ended exit2@10>c+ended exit1@20>b+lost exit3@20>b+lost "
           "passed");
    expect(LINKED, "+0 end(why=0) to b\n", "end0@0>b+ended exit2@10>a exit2@10>c passed");
}

static void the_next_child_starts_when_the_start_of_the_one_before_is_over(void **state)
{
    (void)state;
    expect(SLOW, "+0 end(why=5) to c\n",
           "end5@0>c+ended down3@10>boss shutdown5@20>b+ended down2@30>boss shutdown5@40>a+ended "
           "down1@50>boss start@50>a down1@160>boss start@160>b down2@270>boss start@270>c "
           "down3@280>boss passed");
    /* Another end is heard of when all have started. */
    expect(SLOW, "+0 end(why=5) to c\n+165us end(why=5) to a\n",
           "end5@0>c+ended down3@10>boss shutdown5@20>b+ended down2@30>boss shutdown5@40>a+ended "
           "down1@50>boss start@50>a down1@160>boss start@160>b end5@165>a+ended "
           "down1@175>boss+postponed down2@270>boss down1@270>boss+postponed+retried start@270>c "
           "down3@280>boss down1@280>boss+retried shutdown5@290>c+ended down3@300>boss "
           "shutdown5@310>b+ended down2@320>boss start@320>a down1@430>boss start@430>b "
           "down2@540>boss start@540>c down3@550>boss passed");
}

static void a_start_that_fails_counts_as_a_restart(void **state)
{
    (void)state;
    expect(FRAIL, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss start@10>b+ended down2@20>boss start@20>b+ended "
           "down2@30>boss shutdown5@40>c+ended down3@50>boss shutdown5@60>a+ended "
           "down1@70>boss+ended shutdown5@80>a+lost shutdown5@80>b+lost shutdown5@80>c+lost "
           "gone5@80>watcher passed");
}

static void an_inner_supervisor_ends_and_starts_with_its_children(void **state)
{
    (void)state;
    expect(TREE, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss shutdown6@20>inner shutdown5@30>c+ended down3@40>inner "
           "shutdown5@50>a+ended down1@60>inner+ended shutdown5@70>a+lost shutdown5@70>c+lost "
           "down5@70>boss start@70>inner start@70>a down1@80>inner start@80>c down3@90>inner "
           "down5@100>boss start@100>b down2@110>boss passed");
}

static void an_inner_supervisor_that_gives_up_is_started_again(void **state)
{
    (void)state;
    expect(TREE, "+0 end(why=5) to a\n+1ms end(why=5) to a\n",
           "end5@0>a+ended down1@10>inner start@10>a down1@20>inner end5@1000>a+ended "
           "down1@1010>inner shutdown5@1020>c+ended down3@1030>inner+ended "
           "shutdown5@1040>a+lost shutdown5@1040>c+lost down5@1040>boss shutdown6@1050>b+ended "
           "down2@1060>boss start@1060>inner start@1060>a down1@1070>inner start@1070>c "
           "down3@1080>inner down5@1090>boss start@1090>b down2@1100>boss passed");
}

static void a_child_that_takes_too_long_to_end_is_killed(void **state)
{
    (void)state;
    expect(STUBBORN, "+0 end(why=5) to b\n",
           "end5@0>b+ended down2@10>boss shutdown5@20>a shutdown0@510>boss shutdown5@520>a+ended "
           "down1@530>boss start@530>a down1@540>boss start@540>b down2@550>boss passed");
}

static void children_end_with_their_supervisor(void **state)
{
    (void)state;
    expect(ONE, "+0 end(why=5) to boss\ncrash after end outside->boss #0\n",
           "end5@0>boss+crashed shutdown5@10>a+ended shutdown5@10>b+ended shutdown5@10>c+ended "
           "gone5@10>watcher down1@20>boss+lost down2@20>boss+lost down3@20>boss+lost passed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_for_one_starts_the_one_again),
        cmocka_unit_test(crashes_count_as_well_and_take_state_with_them),
        cmocka_unit_test(one_for_all_ends_the_others_first_the_last_one_first),
        cmocka_unit_test(rest_for_one_leaves_those_before_it_alone),
        cmocka_unit_test(one_that_crashes_meanwhile_is_not_waited_for_in_vain),
        cmocka_unit_test(transient_and_temporary_children),
        cmocka_unit_test(too_many_restarts_in_the_period_end_everything),
        cmocka_unit_test(links_pass_an_end_on_unless_it_is_normal),
        cmocka_unit_test(the_next_child_starts_when_the_start_of_the_one_before_is_over),
        cmocka_unit_test(a_start_that_fails_counts_as_a_restart),
        cmocka_unit_test(an_inner_supervisor_ends_and_starts_with_its_children),
        cmocka_unit_test(an_inner_supervisor_that_gives_up_is_started_again),
        cmocka_unit_test(a_child_that_takes_too_long_to_end_is_killed),
        cmocka_unit_test(children_end_with_their_supervisor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
