/* Processes that others start while a run goes on. */
#include <offbeat/process.h>

#include "support/task_log.h"

enum kind { DO, WORK, NOTE, DOWN, EXIT, TOLD };
enum variant { PROCESSES, SERVERS, ENDING };
enum what {
    SPAWN,    /* the next worker */
    WATCHED,  /* the same, monitored */
    LINKED,   /* the same, linked */
    TWICE,    /* the same, with a message after it */
    SHOT,     /* the same, with an exit signal after it */
    TO_FIRST, /* a message to the first, whether it was started or not */
    WATCH,    /* a monitor of the first */
    REVIVE,   /* the first, by name */
};

static unsigned first_id(const struct ob_actor *self)
{
    return ob_id(ob_member(ob_world(self), "worker", 0));
}

static void start_one(struct ob_actor *self, uint32_t what, uint32_t arg)
{
    unsigned id = ob_spawn_next(self, "worker", WORK, arg);
    note(self, "+%u", id - first_id(self));
    if (what == WATCHED)
        (void)ob_monitor_start(self, id, DOWN);
    else if (what == LINKED)
        ob_link_start(self, id, EXIT);
    else if (what == TWICE)
        ob_send_to(self, id, NOTE, 7);
    else if (what == SHOT)
        ob_exit(self, id, EXIT, 6);
}

static void act(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t what = message->args[0];
    if (message->kind != DO)
        note(self, "%s%d@%u", message->kind == DOWN ? "down" : "exit", (int)message->args[1],
             since_start(self));
    else if (what <= SHOT)
        start_one(self, what, message->args[1]);
    else if (what == TO_FIRST)
        ob_send_to(self, first_id(self), NOTE, 9);
    else if (what == WATCH)
        (void)ob_monitor_start(self, first_id(self), DOWN);
    else
        ob_start_again(self, "worker.0", 0);
}

/* Ends for the reason that it was started with; 9: it goes on, and notes what it gets. */
static void work(struct ob_actor *self)
{
    note(self, "begins%u@%u", ob_index(self), since_start(self));
    uint32_t reason = ob_receive(self, WORK)->args[0];
    note(self, "works%u", reason);
    while (reason == 9)
        note(self, "got%u", ob_receive(self, NOTE)->args[0]);
    if (reason)
        ob_stop(self, reason);
}

static void start_server(struct ob_actor *self)
{
    note(self, "begins%u@%u", ob_index(self), since_start(self));
    if (ob_variant(self) == ENDING)
        ob_stop(self, 4);
}

static void serve(struct ob_actor *self, const struct ob_message *message)
{
    note(self, "%u:%u", ob_index(self), message->args[0]);
}

static void setup(struct ob_world *world)
{
    struct ob_actor *main_actor = ob_spawn(world, "main", act, 0);
    if (ob_world_variant(world) == PROCESSES) {
        ob_spawn_process_many(world, "worker", 2, work, 0);
    } else {
        struct ob_actor *workers = ob_spawn_many(world, "worker", 2, serve, 0);
        ob_on_start(workers, start_server);
        ob_on_start(ob_member(world, "worker", 1), start_server);
        ob_use_tasks(world, (struct ob_task_limits){0});
    }
    ob_keep_down(world, "worker");
    ob_trap_exits(main_actor, true);
    ob_allow(world, "worker", (struct ob_faults){.crash = true});
    spawn_log(world);
}

static OB_TARGET(
    spawning, .variants = {"processes", "servers", "ending"},
    .messages = {[DO] = {.name = "do", .to = "main", .args = {{"what", 0, REVIVE}, {"arg", 0, 9}}},
                 [WORK] = {.name = "work"},
                 [NOTE] = {.name = "note"},
                 [DOWN] = {.name = "down"},
                 [EXIT] = {.name = "exit"},
                 [TOLD] = {.name = "told", .to = "worker", .args = {{"n", 0, 9}}}},
    .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted)
{
    expect_notes(&ob_target_spawning, variant, records, NULL, noted);
}

#define WHAT(WHAT, ARG) "+100us do(what=" #WHAT ", arg=" #ARG ")\n"

static void each_is_started_once_in_order(void **state)
{
    (void)state;
    expect(PROCESSES, "", "");
    expect(PROCESSES, WHAT(0, 9), "+0 begins0@110 works9 ");
    expect(PROCESSES, WHAT(0, 0) WHAT(0, 0), "+0 begins0@110 works0 +1 begins1@210 works0 ");
    expect(SERVERS, WHAT(0, 3) WHAT(0, 4), "+0 begins0@110 0:3 +1 begins1@210 1:4 ");
}

static void one_that_was_started_can_be_watched_at_once(void **state)
{
    (void)state;
    expect(PROCESSES, WHAT(1, 5), "+0 begins0@110 works5 down5@120 ");
    expect(PROCESSES, WHAT(2, 5), "+0 begins0@110 works5 exit5@120 ");
    expect(PROCESSES, WHAT(3, 9), "+0 begins0@110 works9 got7 ");
    /* An exit signal ends it before it handles what has come, as it would one that has begun. */
    expect(SERVERS, WHAT(4, 3), "+0 begins0@110 0:3 ");
}

static void before_its_start_there_is_nobody(void **state)
{
    (void)state;
    expect(PROCESSES, WHAT(5, 0) WHAT(0, 9), "+0 begins0@210 works9 ");
    expect(PROCESSES, WHAT(6, 0), "down-2@110 "); /* OB_ENDED_NOPROC */
    expect(SERVERS, "+0 told(n=3) to worker.0\n" WHAT(0, 1), "+0 begins0@110 0:1 ");
}

static void what_was_under_way_at_its_start_is_lost(void **state)
{
    (void)state;
    expect(PROCESSES, WHAT(5, 0) "+1us do(what=0, arg=9)\n", "+0 begins0@111 works9 ");
}

static void one_that_ends_in_its_start_handles_nothing(void **state)
{
    (void)state;
    expect(ENDING, WHAT(1, 3), "+0 begins0@110 down4@120 ");
}

static void it_may_be_started_by_name(void **state)
{
    (void)state;
    expect(PROCESSES, WHAT(7, 0) WHAT(0, 0), "begins0@100 +1 begins1@210 works0 ");
}

static void a_crash_before_it_begins_is_the_end_of_it(void **state)
{
    (void)state;
    expect(PROCESSES, WHAT(1, 9) "crash before work main->worker.0 #0\n", "+0 down-1@120 ");
}

static void more_than_there_are_end_the_run_without_a_verdict(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, &ob_target_spawning, PROCESSES);
    bench_parse(&bench, WHAT(0, 0) WHAT(0, 0) WHAT(0, 0));
    const struct ob_verdict *verdict = ob_world_run(bench.world, &bench.scenario);
    assert_true(verdict->outcome == OB_CUT);
    assert_string_equal(verdict->invariant, "processes");
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_started_once_in_order),
        cmocka_unit_test(one_that_was_started_can_be_watched_at_once),
        cmocka_unit_test(before_its_start_there_is_nobody),
        cmocka_unit_test(what_was_under_way_at_its_start_is_lost),
        cmocka_unit_test(one_that_ends_in_its_start_handles_nothing),
        cmocka_unit_test(it_may_be_started_by_name),
        cmocka_unit_test(a_crash_before_it_begins_is_the_end_of_it),
        cmocka_unit_test(more_than_there_are_end_the_run_without_a_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
