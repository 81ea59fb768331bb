/* Supervisors and links: who is started again, when, and when no more. */
#include <offbeat/supervisor.h>

#include "support/run_text.h"

enum kind { END, NOTE, DOWN, SHUTDOWN, EXIT, GONE };
enum variant { ONE, ALL, REST, TRANSIENT, TEMPORARY, LINKED };

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
};

struct worker {
    uint32_t notes;
};

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);

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

static void setup(struct ob_world *world)
{
    ob_spawn(world, "a", worker_receive, sizeof(struct worker));
    ob_spawn(world, "b", worker_receive, sizeof(struct worker));
    ob_spawn(world, "c", worker_receive, sizeof(struct worker));
    ob_spawn(world, "watcher", watcher_receive, 0);
    ob_allow(world, "*", (struct ob_faults){.crash = true});
    if (ob_world_variant(world) == LINKED) {
        ob_link_processes(world, "a", "b", EXIT);
        ob_link_processes(world, "b", "c", EXIT);
        return;
    }
    ob_supervisor_spawn(world, "boss", &specs[ob_world_variant(world)]);
    ob_monitor(world, "watcher", "boss", GONE);
}

#define TO(NAME, ACTOR)                                                                            \
    {                                                                                              \
        .name = NAME, .to = ACTOR, .args = { {"why", 0, 9} }                                       \
    }

static OB_TARGET(supervisors,
                 .variants = {"one", "all", "rest", "transient", "temporary", "linked"},
                 .messages = {[END] = TO("end", "b"),
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
    expect(ONE, "+0 end(why=5)\n", "end5@0>b+ended down2@10>boss start@10>b passed");
    expect(ONE, "+0 end(why=0)\n", "end0@0>b+ended down2@10>boss start@10>b passed");
    expect(ONE, "+0 end(why=0)\ncrash after end outside->b #0\n",
           "end0@0>b+ended down2@10>boss start@10>b passed");
}

static void crashes_count_as_well_and_take_state_with_them(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_supervisors, ONE);
    assert_string_equal(bench_run(&bench, "+0 note()\n+1ms note()\n+1ms note()\n"
                                          "crash after note outside->a #1\n"),
                        "note0@0>a note0@1000>a+crashed down1@1010>boss start@1010>a note0@2000>a "
                        "passed");
    assert_int_equal(((struct worker *)ob_state(ob_actor(bench.world, "a")))->notes, 1);
    assert_int_equal(ob_supervisor_restarts(ob_actor(bench.world, "boss")), 1);
    bench_close(&bench);
}

static void one_for_all_ends_the_others_first_the_last_one_first(void **state)
{
    (void)state;
    expect(ALL, "+0 end(why=5)\n",
           "end5@0>b+ended down2@10>boss shutdown0@20>c+ended down3@30>boss shutdown0@40>a+ended "
           "down1@50>boss start@50>a start@50>b start@50>c passed");
}

static void rest_for_one_leaves_those_before_it_alone(void **state)
{
    (void)state;
    expect(REST, "+0 end(why=5)\n",
           "end5@0>b+ended down2@10>boss shutdown0@20>c+ended down3@30>boss start@30>b start@30>c "
           "passed");
}

/* The shutdown finds nobody: the news of that end is what is waited for. */
static void one_that_crashes_meanwhile_is_not_waited_for_in_vain(void **state)
{
    (void)state;
    expect(ALL, "+0 end(why=5)\n+15us note()\ncrash after note outside->a #0\n",
           "end5@0>b+ended down2@10>boss note0@15>a+crashed shutdown0@20>c+ended down1@25>boss "
           "down3@30>boss start@30>a start@30>b start@30>c passed");
}

static void transient_and_temporary_children(void **state)
{
    (void)state;
    expect(TRANSIENT, "+0 end(why=0)\n", "end0@0>b+ended down2@10>boss passed");
    expect(TRANSIENT, "+0 end(why=5)\n", "end5@0>b+ended down2@10>boss start@10>b passed");
    expect(TEMPORARY, "+0 end(why=5)\n", "end5@0>b+ended down2@10>boss passed");
}

static void too_many_restarts_in_the_period_end_everything(void **state)
{
    (void)state;
    expect(ONE, "+0 end(why=5)\n+1ms end(why=5)\n+1ms end(why=5)\n",
           "end5@0>b+ended down2@10>boss start@10>b end5@1000>b+ended down2@1010>boss "
           "start@1010>b end5@2000>b+ended down2@2010>boss shutdown0@2020>c+ended down3@2030>boss "
           "shutdown0@2040>a+ended down1@2050>boss+ended gone5@2060>watcher passed");
    expect(ONE, "+0 end(why=5)\n+1ms end(why=5)\n+1s end(why=5)\n",
           "end5@0>b+ended down2@10>boss start@10>b end5@1000>b+ended down2@1010>boss "
           "start@1010>b end5@1001000>b+ended down2@1001010>boss start@1001010>b passed");
}

static void links_pass_an_end_on_unless_it_is_normal(void **state)
{
    (void)state;
    expect(LINKED, "+0 end(why=5)\n",
           "end5@0>b+ended exit2@10>a+ended exit2@10>c+ended exit1@20>b+lost exit3@20>b+lost "
           "passed");
    expect(LINKED, "+0 end(why=0)\n", "end0@0>b+ended exit2@10>a exit2@10>c passed");
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
