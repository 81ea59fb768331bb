/* Sagas: forwards, backwards, and after a crash; what participants do and refuse. */
#include <offbeat/saga.h>

#include "support/task_log.h"

enum kind { GO, CLOSE, OPEN, SAGA, KINDS = SAGA + OB_SAGA_KINDS };

static const struct ob_saga_config config = {
    .first_kind = SAGA, .timeout_us = 1000, .step_count = 3, .steps = {"a", "b", "a"}};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "saga", SAGA + OB_SAGA_BEGIN, message->args[0], 5);
}

struct participant {
    struct ob_saga_book book;
    bool is_closed;
};

static void participant_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct participant *participant = ob_state(self);
    enum ob_saga_kind answer = OB_SAGA_UNDONE;
    bool happens;

    if (message->kind == CLOSE || message->kind == OPEN) {
        participant->is_closed = message->kind == CLOSE;
        return;
    }
    if (message->kind == SAGA + OB_SAGA_UNDO) {
        happens = ob_saga_is_to_undo(&participant->book, message);
    } else {
        bool refuses = participant->is_closed || ob_saga_may_not(&participant->book, message);
        happens = !refuses && ob_saga_is_to_do(&participant->book, message);
        if (refuses)
            ob_saga_refuse(&participant->book, message);
        answer = refuses ? OB_SAGA_REFUSED : OB_SAGA_DONE;
    }
    note(self, "%s%c%u%s", ob_name(self), message->kind == SAGA + OB_SAGA_UNDO ? '-' : '+',
         message->args[1],
         happens                     ? ""
         : answer == OB_SAGA_REFUSED ? "!"
                                     : "=");
    ob_reply(self, message, SAGA + (unsigned)answer, message->args[0], message->args[1]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, 0);
    ob_saga_spawn(world, "saga", &config);
    ob_spawn(world, "a", participant_receive, sizeof(struct participant));
    ob_spawn(world, "b", participant_receive, sizeof(struct participant));
    spawn_log(world);
    ob_link(world, "*", "*", (struct ob_link){.unordered = true, .lossy = true});
    ob_allow(world, "saga", (struct ob_faults){.restart = true});
}

static OB_TARGET(sagas, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "client", .args = {{"saga", 0, 99}}},
                              [CLOSE] = {.name = "close", .to = "*"},
                              [OPEN] = {.name = "open", .to = "*"},
                              OB_SAGA_MESSAGES(SAGA)},
                 .setup = setup);

static void expect(const char *records, const char *noted, unsigned saga, enum ob_saga_state end)
{
    static struct bench bench;
    bench_open(&bench, &ob_target_sagas, 0);
    (void)bench_run(&bench, records);
    const struct log *log = ob_state(ob_actor(bench.world, "log"));
    assert_string_equal(log->line, noted);
    assert_int_equal(ob_saga_state(ob_actor(bench.world, "saga"), saga), end);
    bench_close(&bench);
}

static void steps_are_done_one_after_the_other(void **state)
{
    (void)state;
    expect("+0 go(saga=3)\n", "a+0 b+1 a+2 ", 3, OB_SAGA_IS_DONE);
    expect("+0 go(saga=3)\n", "a+0 b+1 a+2 ", 4, OB_SAGA_NOT_BEGUN);
    expect("+0 go(saga=3)\n+0 go(saga=3)\n", "a+0 b+1 a+2 ", 3, OB_SAGA_IS_DONE);
    expect("+0 go(saga=32)\n", "", 0, OB_SAGA_NOT_BEGUN);
}

static void one_that_is_refused_has_those_before_undone(void **state)
{
    (void)state;
    expect("+0 close() to b\n+0 go()\n", "a+0 b+1! a-0 ", 0, OB_SAGA_IS_UNDONE);
    expect("+0 close() to a\n+0 go()\n", "a+0! ", 0, OB_SAGA_IS_UNDONE);
}

static void one_that_is_not_answered_is_undone_as_well(void **state)
{
    (void)state;
    expect("+0 go()\ndrop step_done b->saga #0\n", "a+0 b+1 b-1 a-0 ", 0, OB_SAGA_IS_UNDONE);
    expect("+0 go()\ndrop do_step saga->b #0\n", "a+0 b-1= a-0 ", 0, OB_SAGA_IS_UNDONE);
}

static void a_compensation_is_asked_for_until_it_is_acknowledged(void **state)
{
    (void)state;
    expect("+0 close() to b\n+0 go()\ndrop undo_step saga->a #0\ndrop step_undone a->saga #0\n",
           "a+0 b+1! a-0 a-0= ", 0, OB_SAGA_IS_UNDONE);
}

static void a_step_that_comes_after_its_compensation_is_refused(void **state)
{
    (void)state;
    expect("+0 go()\ndelay do_step saga->b #0 by 5ms\n", "a+0 b-1= a-0 b+1! ", 0,
           OB_SAGA_IS_UNDONE);
}

static void a_step_that_is_refused_stays_so(void **state)
{
    (void)state;
    /* The request that is made after a crash reaches it when it is open again. */
    expect("+0 close() to b\n+0 go()\n+100us open() to b\n"
           "restart before step_refused b->saga #0 after 100us\n",
           "a+0 b+1! b+1! a-0 ", 0, OB_SAGA_IS_UNDONE);
}

static void answers_to_what_is_over_make_no_difference(void **state)
{
    (void)state;
    /* The first step is said to be done when it is undone already. */
    expect("+0 go()\ndelay step_done a->saga #0 by 5ms\n", "a+0 a-0 ", 0, OB_SAGA_IS_UNDONE);
}

static void a_coordinator_goes_on_after_a_crash(void **state)
{
    (void)state;
    expect("+0 go()\nrestart before step_done b->saga #0 after 100us\n", "a+0 b+1 b+1= a+2 ", 0,
           OB_SAGA_IS_DONE);
    expect("+0 close() to b\n+0 go()\nrestart before step_undone a->saga #0 after 100us\n",
           "a+0 b+1! a-0 a-0= ", 0, OB_SAGA_IS_UNDONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_done_one_after_the_other),
        cmocka_unit_test(one_that_is_refused_has_those_before_undone),
        cmocka_unit_test(one_that_is_not_answered_is_undone_as_well),
        cmocka_unit_test(a_compensation_is_asked_for_until_it_is_acknowledged),
        cmocka_unit_test(a_step_that_comes_after_its_compensation_is_refused),
        cmocka_unit_test(a_step_that_is_refused_stays_so),
        cmocka_unit_test(answers_to_what_is_over_make_no_difference),
        cmocka_unit_test(a_coordinator_goes_on_after_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
