/* Tasks: how they start, what they await, how they end, and what is reported of them. */
#include "offbeat/task.h"

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

static void a_late_answer_stays_in_the_mailbox(void **state)
{
    (void)state;
    expect(CALLS, "+0 go(n=2)\n+1ms go(n=3)\n", NULL, "answer20@20 none timeout@1050 late30 ");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_takes_what_it_receives_and_keeps_the_rest_in_its_mailbox),
        cmocka_unit_test(receiving_ends_when_the_timeout_has_passed),
        cmocka_unit_test(a_late_answer_stays_in_the_mailbox),
        cmocka_unit_test(sleeping_yielding_and_working_take_their_time),
        cmocka_unit_test(a_predicate_chooses_among_messages),
        cmocka_unit_test(a_restart_begins_the_body_again_with_an_empty_mailbox),
        cmocka_unit_test(a_preemption_makes_a_task_late_where_that_is_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
