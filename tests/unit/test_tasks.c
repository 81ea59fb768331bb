/* Tasks: how they start, what they await, how they end, and what is reported of them. */
#include "offbeat/task.h"

#include "report/states.h"
#include "scenario/edit.h"
#include "search/schedule_mutation.h"
#include "support/task_log.h"

enum kind { GO, PUT, GET, ASK, ANSWER, TICK };

/* -- a process -- */

enum variant { SELECTIVE, TIMED, CALLS, SLEEPS, PREDICATE, FAULTY, LATE };

static bool is_even(const struct ob_message *message, void *context)
{
    (void)context;
    return message->args[0] % 2 == 0;
}

static void run_selective(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *put = ob_receive(self, PUT);
        const struct ob_message *get = ob_receive(self, GET);
        note(self, "put%u,get%u@%u", put->args[0], get->args[0], since_start(self));
    }
}

static void run_timed(struct ob_actor *self)
{
    for (unsigned round = 0; round < 3; round++) {
        const struct ob_message *put = ob_receive_for(self, 100, PUT);
        note(self, put ? "put@%u" : "nothing@%u", since_start(self));
    }
    const struct ob_message *get = ob_receive_for(self, 0, GET);
    note(self, get ? "get" : "no get");
    note(self, "any%u", ob_receive_any(self)->kind);
    note(self, "left%u", ob_mailbox_count(self, 0));
}

static void run_calls(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *go = ob_receive(self, GO);
        const struct ob_message *answer = ob_call(self, "server", 50, ASK, go->args[0]);
        if (answer)
            note(self, "answer%u@%u", answer->args[0], since_start(self));
        else
            note(self, "timeout@%u", since_start(self));
        answer = ob_receive_for(self, 200, ANSWER);
        note(self, answer ? "late%u" : "none", answer ? answer->args[0] : 0);
    }
}

static void run_sleeps(struct ob_actor *self)
{
    ob_sleep(self, 30);
    note(self, "slept@%u", since_start(self));
    ob_yield(self);
    note(self, "yielded@%u", since_start(self));
    ob_work(self, 20);
    ob_yield(self);
    note(self, "worked@%u", since_start(self));
}

static void run_predicate(struct ob_actor *self)
{
    for (;;) {
        const struct ob_await even = {.kinds = OB_KINDS(PUT), .accepts = is_even};
        note(self, "even%u", ob_await(self, &even)->args[0]);
    }
}

static void process(struct ob_actor *self)
{
    static ob_process *const lives[] = {run_selective, run_timed,     run_calls, run_sleeps,
                                        run_predicate, run_selective, run_sleeps};
    lives[ob_variant(self)](self);
}

/* Answers an even question at once, an odd one after 100 µs. */
static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->args[0] % 2)
        ob_work(self, 100);
    ob_reply(self, message, ANSWER, message->args[0] * 10);
}

static void setup(struct ob_world *world)
{
    ob_spawn_process(world, "process", process, 16);
    ob_spawn(world, "server", server_receive, 0);
    spawn_log(world);
    if (ob_world_variant(world) == FAULTY)
        ob_allow(world, "process", (struct ob_faults){.restart = true, .crash = true});
    if (ob_world_variant(world) == LATE)
        ob_allow(world, "process", (struct ob_faults){.task_late_us_max = 100});
}

#define MESSAGES                                                                                   \
    {                                                                                              \
        [GO] = {.name = "go", .to = "process", .args = {{"n", 0, 9}}},                             \
        [PUT] = {.name = "put", .to = "process", .args = {{"n", 0, 9}}},                           \
        [GET] = {.name = "get", .to = "process", .args = {{"n", 0, 9}}}, [ASK] = {.name = "ask"},  \
        [ANSWER] = {.name = "answer"}, [TICK] = {.name = "tick"},                                  \
    }

static OB_TARGET(processes,
                 .variants = {"selective", "timed", "calls", "sleeps", "predicate", "faulty",
                              "late"},
                 .messages = MESSAGES, .setup = setup);

static void expect(unsigned variant, const char *records, const char *trace, const char *noted)
{
    expect_notes(&ob_target_processes, variant, records, trace, noted);
}

static void a_process_takes_what_it_receives_and_keeps_the_rest_in_its_mailbox(void **state)
{
    (void)state;
    expect(
        SELECTIVE, "+0 get(n=1)\n+1us get(n=2)\n+1us put(n=3)\n+1us put(n=4)\n+1us put(n=5)\n",
        "get1@0>process+postponed get2@1>process+postponed put3@2>process get1@2>process+retried "
        "put4@3>process get2@3>process+retried put5@4>process passed",
        "put3,get1@2 put4,get2@3 ");
}

static void receiving_ends_when_the_timeout_has_passed(void **state)
{
    (void)state;
    expect(TIMED, "+0 put()\n+150us get()\n+100us put()\n+1us put()\n",
           "put0@0>process resume0@100>process get0@150>process+postponed resume0@200>process "
           "get0@200>process+retried put0@250>process+ended put0@251>process+lost passed",
           "put@0 nothing@100 nothing@200 get any1 left0 ");
}

static void a_late_answer_is_dropped(void **state)
{
    (void)state;
    expect(CALLS, "+0 go(n=2)\n+1ms go(n=3)\n", NULL, "answer20@20 none timeout@1050 none ");
}

static void sleeping_yielding_and_working_take_their_time(void **state)
{
    (void)state;
    expect(
        SLEEPS, "+0 put()\n",
        "put0@0>process+postponed resume0@30>process resume0@30>process resume0@50>process+ended "
        "passed",
        "slept@30 yielded@30 worked@50 ");
}

static void a_predicate_chooses_among_messages(void **state)
{
    (void)state;
    expect(PREDICATE, "+0 put(n=1)\n+1us put(n=4)\n+1us get(n=2)\n+1us put(n=2)\n", NULL,
           "even4 even2 ");
}

static void a_restart_begins_the_body_again_with_an_empty_mailbox(void **state)
{
    (void)state;
    expect(FAULTY,
           "+0 get(n=1)\n+1us put(n=2)\n+1us put(n=3)\n+100us put(n=4)\n+1us get(n=5)\n"
           "restart after put outside->process #1 after 10us\n",
           NULL, "put2,get1@1 put4,get5@103 ");
    expect(FAULTY,
           "+0 put(n=1)\n+1us get(n=2)\n+1us put()\n+1us get()\n"
           "crash after get outside->process #0\n",
           "put1@0>process get2@1>process+crashed put0@2>process+lost get0@3>process+lost passed",
           "put1,get2@1 ");
}

static void a_preemption_makes_a_task_late_where_that_is_declared(void **state)
{
    (void)state;
    expect(LATE, "+0 put()\npreempt process #0 by 5us\npreempt process #2 by 1ms\n", NULL,
           "slept@35 yielded@35 worked@155 ");
    expect(SLEEPS, "+0 put()\npreempt process #0 by 5us\n", NULL, "slept@30 yielded@30 worked@50 ");
}

/* -- tasks of actors with handlers -- */

enum beside { ASYNC, STARTS, CANCELS, JOINS, SEVERAL, DEEP, MANY, NESTED };

struct server {
    uint32_t task;
    uint32_t in_use;
    struct ob_waiters gate;
};

static void wait_and_note(struct ob_actor *self, void *context)
{
    uint32_t *duration_us = context;

    note(self, "begin@%u", since_start(self));
    ob_sleep(self, *duration_us);
    note(self, "end@%u", since_start(self));
}

static void start_and_join(struct ob_actor *self, void *context)
{
    uint32_t duration_us = 30;
    uint32_t task = ob_task_start(self, wait_and_note, &duration_us);

    (void)context;
    note(self, ob_task_join(self, task, 20) ? "done" : "not yet");
    bool done = ob_task_join(self, task, OB_FOREVER);
    note(self, done ? "done@%u" : "?@%u", since_start(self));
    note(self, ob_task_join(self, task, 0) ? "still" : "not");
}

static void cancel_starter(struct ob_actor *self, void *context)
{
    uint32_t starter = *(uint32_t *)context;

    note(self, "cancel%d", ob_task_cancel(self, starter));
    note(self, "again%d", ob_task_cancel(self, starter));
    ob_sleep(self, 10);
    note(self, "gone%d", ob_task_is_done(self, starter));
}

static void start_canceller(struct ob_actor *self, void *context)
{
    uint32_t me = ob_task_self(self);

    (void)context;
    (void)ob_task_start(self, cancel_starter, &me);
    note(self, "never");
}

static unsigned recurse(volatile unsigned depth)
{
    volatile uint8_t frame[256];

    frame[depth % 256] = (uint8_t)depth;
    return depth == 0 ? frame[0] : recurse(depth - 1) + frame[depth % 256];
}

static void go_deep(struct ob_actor *self, void *context)
{
    const struct ob_message *message = context;

    ob_yield(self);
    (void)recurse(message->args[0] ? 1u << 20 : 10);
    note(self, "deep");
}

static void use_calls(struct ob_actor *self)
{
    uint16_t refs[3];
    const struct ob_message *replies[3];

    for (unsigned at = 0; at < 3; at++)
        refs[at] = ob_ask(self, "echo", ASK, at == 1 ? 3 : 2 * at);
    note(self, "first%u", ob_await_any(self, refs, 3, 1000)->args[0]);
    ob_sleep(self, 1000);
    for (unsigned at = 0; at < 3; at++)
        refs[at] = ob_ask(self, "echo", ASK, at == 0 ? 3 : 2 * at);
    note(self, "%u of 3", ob_await_all(self, refs, 3, 50, replies));
    note(self, "at %u", since_start(self));
    note(self, "%u of 3", ob_await_all(self, refs, 3, OB_FOREVER, replies));
    note(self, "%u,%u,%u", replies[0]->args[0], replies[1]->args[0], replies[2]->args[0]);
}

static void handle_request(struct ob_actor *self, const struct ob_message *message)
{
    struct server *server = ob_state(self);

    if (message->kind == ANSWER) {
        note(self, "unexpected%u", message->args[0]);
    } else if (ob_variant(self) == SEVERAL) {
        use_calls(self);
    } else {
        server->in_use++;
        const struct ob_message *answer = ob_call(self, "echo", 1000, ASK, message->args[0]);
        note(self, "%u:%u/%u@%u", message->args[0], answer->args[0], server->in_use,
             since_start(self));
        server->in_use--;
    }
}

static void handle_beside(struct ob_actor *self, const struct ob_message *message)
{
    static uint32_t duration_us = 30;
    static ob_task_body *const bodies[] = {
        [STARTS] = wait_and_note, [CANCELS] = wait_and_note, [JOINS] = start_and_join,
        [DEEP] = go_deep,         [MANY] = wait_and_note,    [NESTED] = start_canceller};
    struct server *server = ob_state(self);

    if (message->kind == GET) {
        note(self, "cancel%d", ob_task_cancel(self, server->task));
        return;
    }
    ob_task_body *body = bodies[ob_variant(self)];
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): takes const away */
    void *argument = body == go_deep ? (void *)(uintptr_t)message : &duration_us;
    server->task = ob_task_start(self, body, argument);
    note(self, "started");
}

static void set_up_beside(struct ob_world *world)
{
    unsigned variant = ob_world_variant(world);

    if (variant == ASYNC || variant == SEVERAL)
        ob_spawn_async(world, "process", handle_request, sizeof(struct server));
    else
        ob_spawn(world, "process", handle_beside, sizeof(struct server));
    ob_use_tasks(world, (struct ob_task_limits){.tasks_max = variant == MANY ? 2 : 0});
    ob_spawn(world, "echo", server_receive, 0);
    spawn_log(world);
}

static OB_TARGET(tasks,
                 .variants = {"async", "starts", "cancels", "joins", "several", "deep", "many",
                              "nested"},
                 .messages = MESSAGES, .setup = set_up_beside);

static void expect_beside(unsigned variant, const char *records, const char *trace,
                          const char *noted)
{
    expect_notes(&ob_target_tasks, variant, records, trace, noted);
}

static void requests_of_an_async_actor_run_side_by_side(void **state)
{
    (void)state;
    expect_beside(ASYNC, "+0 go(n=2)\n+1us go(n=4)\n+2us go(n=5)\n", NULL,
                  "2:20/3@20 4:40/2@21 5:50/1@123 ");
}

static void a_task_runs_at_once_until_its_first_await(void **state)
{
    (void)state;
    expect_beside(STARTS, "+0 go()\n+1us go()\n",
                  "go0@0>process go0@1>process resume0@30>process resume1@31>process passed",
                  "begin@0 started begin@1 started end@30 end@31 ");
}

static void a_task_that_is_cancelled_does_not_go_on(void **state)
{
    (void)state;
    expect_beside(CANCELS, "+0 go()\n+10us get()\n+10us get()\n",
                  "go0@0>process get0@10>process get0@20>process passed",
                  "begin@0 started cancel1 cancel0 ");
    expect_beside(CANCELS, "+0 go()\n+40us get()\n", NULL, "begin@0 started end@30 cancel0 ");
}

static void a_task_may_cancel_the_one_that_starts_it(void **state)
{
    (void)state;
    expect_beside(NESTED, "+0 go()\n", NULL, "cancel1 again0 started gone1 ");
}

static void joining_awaits_the_end(void **state)
{
    (void)state;
    expect_beside(JOINS, "+0 go()\n", NULL, "begin@0 started not yet end@30 done@30 still ");
}

static void several_calls_at_one_time(void **state)
{
    (void)state;
    expect_beside(SEVERAL, "+0 go()\n", NULL,
                  "first0 unexpected30 unexpected40 0 of 3 at 1070 3 of 3 30,20,40 ");
}

static void a_recursion_without_end_is_a_violation_of_its_own(void **state)
{
    (void)state;
    static struct bench bench;

    bench_open(&bench, &ob_target_tasks, DEEP);
    for (unsigned round = 0; round < 3; round++) {
        assert_string_equal(bench_run(&bench, "+0 go()\n"),
                            "go0@0>process resume0@0>process passed");
        assert_string_equal(bench_run(&bench, "+0 go(n=1)\n+1us go()\n"),
                            "go1@0>process resume0@0>process ! task_stack_overflow");
    }
    bench_close(&bench);
}

static void more_tasks_than_allowed_cut_the_run(void **state)
{
    (void)state;
    expect_beside(MANY, "+0 go()\n+1us go()\n+1us go()\n",
                  "go0@0>process go0@1>process go0@2>process cut tasks_full",
                  "begin@0 started begin@1 started ");
    expect_beside(MANY, "+0 go()\n+1us go()\n+60us go()\n", NULL,
                  "begin@0 started begin@1 started end@30 end@31 begin@61 started end@91 ");
}

/* -- what others make of tasks -- */

static void reports_run_a_target_with_tasks_again(void **state)
{
    (void)state;
    static struct bench bench;
    struct ob_states states = {0};
    struct ob_error error = {0};

    bench_open(&bench, &ob_target_tasks, STARTS);
    (void)bench_run(&bench, "+0 go()\n");
    const struct ob_annotated_run annotated = {.world = bench.world, .scenario = &bench.scenario};
    if (ob_states_record(&annotated, &states, &error))
        fail_msg("%s", error.text);
    ob_states_release(&states);
    assert_ptr_equal(ob_world_target(bench.world), &ob_target_tasks);
    bench_close(&bench);
}

/* Mutations of a schedule make tasks late, and what they say has an effect. */
static unsigned count_preemptions(unsigned variant)
{
    static struct bench bench;
    static struct ob_scenario mutant;
    const struct ob_schedule_options options = {0};
    struct ob_rng rng = {.state = 5};
    unsigned count = 0;

    bench_open(&bench, &ob_target_processes, variant);
    bench_parse(&bench, "+0 put()\n+100us put()\n");
    for (unsigned round = 0; round < 500; round++) {
        ob_scenario_copy(&mutant, &bench.scenario);
        if (!ob_mutate_schedule(bench.world, &mutant, OB_RECORDS_MAX, &options, &rng))
            continue;
        (void)ob_world_run(bench.world, &mutant);
        uint64_t applied = ob_world_applied(bench.world);
        for (unsigned index = 0; index < mutant.deviation_count; index++)
            count += mutant.deviations[index].op == OB_PREEMPT && (applied >> index & 1);
    }
    bench_close(&bench);
    return count;
}

static void mutations_preempt_where_that_is_declared(void **state)
{
    (void)state;
    assert_true(count_preemptions(LATE) > 20);
    assert_int_equal(count_preemptions(SLEEPS), 0);
}

/* With a bound, a task that gets a message goes on with an event of its own, which can be late. */
static void run_late(struct ob_actor *self)
{
    const struct ob_message *put = ob_receive(self, PUT);
    note(self, "put%u@%u", put->args[0], since_start(self));
    put = ob_receive_for(self, 1000, PUT);
    note(self, "put%u@%u", put->args[0], since_start(self));
}

static void set_up_late(struct ob_world *world)
{
    ob_spawn_process(world, "process", run_late, 0);
    spawn_log(world);
    ob_allow(world, "process", (struct ob_faults){.task_late_us_max = 100});
}

static OB_TARGET(late, .variants = {"only"}, .messages = MESSAGES, .setup = set_up_late);

static void a_task_that_got_its_message_may_be_late_as_well(void **state)
{
    (void)state;
    expect_notes(&ob_target_late, 0, "+0 put(n=1)\n+10us put(n=2)\n",
                 "put1@0>process resume0@0>process put2@10>process resume0@10>process+ended passed",
                 "put1@0 put2@10 ");
    expect_notes(&ob_target_late, 0, "+0 put(n=1)\n+10us put(n=2)\npreempt process #0 by 50us\n",
                 "put1@0>process put2@10>process+postponed resume0@50>process "
                 "put2@50>process+retried resume0@50>process+ended passed",
                 "put1@50 put2@50 ");
    expect_notes(&ob_target_late, 0,
                 "+0 put(n=1)\n+10us put(n=2)\n"
                 "reorder resume process->process #0 after put outside-> #1\n",
                 NULL, "put1@100 put2@100 ");
}

/* Whoever makes a second world takes the target from the vocabulary of the first. */
static void a_target_with_tasks_is_still_the_one_that_was_declared(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &ob_target_late, 0);
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(bench.world);
    assert_ptr_equal(vocabulary->target, &ob_target_late);
    assert_string_equal(vocabulary->messages[vocabulary->kind_count - 2].name, "resume");
    struct ob_error error = {0};
    struct ob_world *other = ob_world_create(vocabulary->target, 0, &error);
    bench_close(&bench);
    assert_non_null(other);
    assert_string_equal(ob_world_target(other)->name, "late");
    ob_world_destroy(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_takes_what_it_receives_and_keeps_the_rest_in_its_mailbox),
        cmocka_unit_test(receiving_ends_when_the_timeout_has_passed),
        cmocka_unit_test(a_late_answer_is_dropped),
        cmocka_unit_test(sleeping_yielding_and_working_take_their_time),
        cmocka_unit_test(a_predicate_chooses_among_messages),
        cmocka_unit_test(a_restart_begins_the_body_again_with_an_empty_mailbox),
        cmocka_unit_test(a_preemption_makes_a_task_late_where_that_is_declared),
        cmocka_unit_test(requests_of_an_async_actor_run_side_by_side),
        cmocka_unit_test(a_task_runs_at_once_until_its_first_await),
        cmocka_unit_test(a_task_that_is_cancelled_does_not_go_on),
        cmocka_unit_test(a_task_may_cancel_the_one_that_starts_it),
        cmocka_unit_test(joining_awaits_the_end),
        cmocka_unit_test(several_calls_at_one_time),
        cmocka_unit_test(a_recursion_without_end_is_a_violation_of_its_own),
        cmocka_unit_test(more_tasks_than_allowed_cut_the_run),
        cmocka_unit_test(reports_run_a_target_with_tasks_again),
        cmocka_unit_test(mutations_preempt_where_that_is_declared),
        cmocka_unit_test(a_task_that_got_its_message_may_be_late_as_well),
        cmocka_unit_test(a_target_with_tasks_is_still_the_one_that_was_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
