/* Processes that run one function and answer. */
#include <offbeat/process_task.h>

#include "support/task_log.h"

#define MS 1000u

enum kind { DO, TASK, KINDS = TASK + OB_PROCESS_TASK_KINDS };
enum variant { PLAIN, TRAPPING };
enum what {
    AWAIT,         /* of what is given, at most 20 ms */
    AWAIT_NOLINK,  /* the same, not linked */
    YIELD,         /* until it is there, 20 ms each */
    SHUTDOWN,      /* after 1 ms, with 5 ms to end in */
    KILL,          /* after 1 ms */
    LATE_SHUTDOWN, /* when it has ended */
    STREAM,        /* of 30, 10, 10 and 20 ms, two at one time */
    STREAM_KILLS,  /* the same, each at most 15 ms */
    STREAM_EXITS,  /* the same, and that is the owner's end */
    STREAM_FAILS,  /* one of them fails */
    DIE,           /* while a task runs */
};

/* Takes so many ms; from 100 on it fails then. */
static uint32_t take(struct ob_actor *self, uint32_t arg)
{
    note(self, "+%u", arg);
    ob_sleep(self, arg % 100 * MS);
    note(self, "-%u", arg);
    if (arg >= 100)
        ob_process_task_fail(self, 7);
    return arg + 1;
}

static void say(struct ob_actor *self, struct ob_process_task_result result)
{
    static const char *const words[] = {"ok", "ended", "running"};
    note(self, "%s%d", words[result.end], (int)result.value);
}

static void yield_twice(struct ob_actor *self, struct ob_process_task task)
{
    struct ob_process_task_result result = ob_process_task_yield(self, task, 20 * MS);
    say(self, result);
    if (result.end == OB_PROCESS_TASK_RUNNING)
        say(self, ob_process_task_yield(self, task, 20 * MS));
}

static void one_task(struct ob_actor *self, uint32_t what, uint32_t arg)
{
    struct ob_process_task task = what == AWAIT_NOLINK
                                      ? ob_process_task_async_nolink(self, "job", arg)
                                      : ob_process_task_async(self, "job", arg);
    switch (what) {
    case YIELD:
        yield_twice(self, task);
        break;
    case SHUTDOWN:
    case KILL:
        ob_sleep(self, MS);
        say(self, ob_process_task_shutdown(self, task, what == KILL ? 0 : 5 * MS));
        break;
    case LATE_SHUTDOWN:
        ob_sleep(self, 40 * MS);
        say(self, ob_process_task_shutdown(self, task, 5 * MS));
        break;
    case DIE:
        ob_sleep(self, MS);
        ob_process_task_fail(self, 9);
    default:
        note(self, "=%u", ob_process_task_await(self, task, 20 * MS));
        break;
    }
}

static void stream(struct ob_actor *self, uint32_t what)
{
    const uint32_t items[] = {30, what == STREAM_FAILS ? 110 : 10, 10, 20};
    struct ob_process_task_result results[4];
    ob_process_task_async_stream(
        self,
        &(const struct ob_process_task_stream){
            .group = "job",
            .at_once = 2,
            .timeout_us = what == STREAM || what == STREAM_FAILS ? OB_FOREVER : 15 * MS,
            .kills = what == STREAM_KILLS},
        items, 4, results);
    for (unsigned at = 0; at < 4; at++)
        say(self, results[at]);
}

static void owner(struct ob_actor *self)
{
    ob_trap_exits(self, ob_variant(self) == TRAPPING);
    const struct ob_message *message = ob_receive(self, DO);
    if (message->args[0] >= STREAM && message->args[0] <= STREAM_FAILS)
        stream(self, message->args[0]);
    else
        one_task(self, message->args[0], message->args[1]);
    ob_sleep(self, 50 * MS);
    note(self, "left%u", ob_mailbox_count(self, 0));
}

/* Says for what reason the owner has ended. */
static void watch(struct ob_actor *self, const struct ob_message *message)
{
    note(self, "end%d", (int)message->args[1]);
}

static void setup(struct ob_world *world)
{
    ob_spawn_process(world, "owner", owner, 0);
    ob_process_task_spawn(world, "job", 4, take, TASK);
    ob_spawn(world, "watcher", watch, 0);
    ob_monitor(world, "watcher", "owner", KINDS);
    spawn_log(world);
}

static OB_TARGET(
    tasks, .variants = {"plain", "trapping"},
    .messages = {[DO] = {.name = "do", .to = "owner", .args = {{"what", 0, DIE}, {"arg", 0, 255}}},
                 OB_PROCESS_TASK_MESSAGES(TASK),
                 [KINDS] = {.name = "owner_down"}},
    .setup = setup);

static void expect(unsigned variant, unsigned what, unsigned arg, const char *noted)
{
    char records[64];
    (void)snprintf(records, sizeof records, "+0 do(what=%u, arg=%u)\n", what, arg);
    expect_notes(&ob_target_tasks, variant, records, NULL, noted);
}

static void a_result_is_awaited(void **state)
{
    (void)state;
    expect(PLAIN, AWAIT, 10, "+10 -10 =11 left0 end0 ");
    expect(PLAIN, AWAIT_NOLINK, 10, "+10 -10 =11 left0 end0 ");
    expect(TRAPPING, AWAIT, 10, "+10 -10 =11 left1 end0 "); /* a normal exit */
}

static void an_owner_ends_with_a_task_that_fails_and_takes_its_tasks_along(void **state)
{
    (void)state;
    expect(PLAIN, AWAIT, 110, "+110 -110 end7 ");
    expect(PLAIN, YIELD, 110, "+110 -110 end7 ");
    expect(TRAPPING, YIELD, 110, "+110 -110 ended7 left1 end0 ");
    expect(PLAIN, DIE, 30, "+30 end9 ");
}

static void await_ends_the_owner_but_yield_does_not(void **state)
{
    (void)state;
    expect(PLAIN, AWAIT, 30, "+30 end3 "); /* the task is linked */
    expect(PLAIN, AWAIT_NOLINK, 30, "+30 end3 -30 ");
    expect(PLAIN, AWAIT_NOLINK, 110, "+110 -110 end7 ");
    expect(PLAIN, YIELD, 30, "+30 running0 -30 ok31 left0 end0 ");
    expect(PLAIN, YIELD, 99, "+99 running0 running0 left0 end0 -99 "); /* it is linked */
}

static void shutdown_ends_a_task_but_loses_no_result(void **state)
{
    (void)state;
    expect(PLAIN, SHUTDOWN, 30, "+30 running0 left0 end0 ");
    expect(PLAIN, KILL, 30, "+30 running0 left0 end0 ");
    expect(PLAIN, LATE_SHUTDOWN, 10, "+10 -10 ok11 left0 end0 ");
    expect(TRAPPING, SHUTDOWN, 30, "+30 running0 left0 end0 ");
}

static void a_stream_runs_so_many_at_one_time_in_the_order_of_its_items(void **state)
{
    (void)state;
    expect(PLAIN, STREAM, 0, "+30 +10 -10 +10 -10 +20 -30 -20 ok31 ok11 ok11 ok21 left0 end0 ");
    expect(TRAPPING, STREAM, 0, "+30 +10 -10 +10 -10 +20 -30 -20 ok31 ok11 ok11 ok21 left0 end0 ");
}

static void what_is_late_is_killed_or_ends_the_owner(void **state)
{
    (void)state;
    expect(PLAIN, STREAM_KILLS, 0,
           "+30 +10 -10 +10 +20 -10 running0 ok11 ok11 running0 left0 end0 ");
    expect(PLAIN, STREAM_EXITS, 0, "+30 +10 -10 +10 end3 ");
}

static void a_failure_in_a_stream_ends_an_owner_that_does_not_trap_it(void **state)
{
    (void)state;
    expect(PLAIN, STREAM_FAILS, 0, "+30 +110 -110 end7 ");
    expect(TRAPPING, STREAM_FAILS, 0,
           "+30 +110 -110 +10 -10 +20 -30 -20 ok31 ended7 ok11 ok21 left0 end0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_is_awaited),
        cmocka_unit_test(an_owner_ends_with_a_task_that_fails_and_takes_its_tasks_along),
        cmocka_unit_test(await_ends_the_owner_but_yield_does_not),
        cmocka_unit_test(shutdown_ends_a_task_but_loses_no_result),
        cmocka_unit_test(a_stream_runs_so_many_at_one_time_in_the_order_of_its_items),
        cmocka_unit_test(what_is_late_is_killed_or_ends_the_owner),
        cmocka_unit_test(a_failure_in_a_stream_ends_an_owner_that_does_not_trap_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
