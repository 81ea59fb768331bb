/* Cancellation: who goes on when, and what is done all the same. */
#include <offbeat/abort.h>

#include "support/task_log.h"

enum kind { RUN, ABORT, ABORT_AFTER };

static int slow(struct ob_actor *self, void *context, struct ob_async_item item, uint32_t *result)
{
    note(self, "+%u", item.key);
    if (item.value)
        ob_sleep(self, item.value);
    if (item.key == 4)
        ob_abort(self, context);
    note(self, "-%u", item.key);
    *result = 40 + item.key;
    return item.key == 3 ? 9 : 0;
}

static void handle(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_abort *signal = ob_state(self);
    uint32_t result;
    int error;

    switch (message->kind) {
    case RUN:
        error = ob_abortable(self, signal, slow, signal,
                             (struct ob_async_item){message->args[0], message->args[1]}, &result);
        note(self, "%u=%u/%d@%u", message->args[0], result, error, since_start(self));
        break;
    case ABORT:
        ob_abort(self, signal);
        note(self, "abort");
        break;
    default:
        ob_abort_after(self, signal, message->args[1]);
        break;
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn_async(world, "app", handle, sizeof(struct ob_abort));
    spawn_log(world);
}

#define TO_APP(NAME) .name = (NAME), .to = "app", .args = {{"key", 0, 9}, {"us", 0, 999}}

static OB_TARGET(aborts, .variants = {"only"},
                 .messages = {[RUN] = {TO_APP("run")},
                              [ABORT] = {TO_APP("abort")},
                              [ABORT_AFTER] = {TO_APP("abort_after")}},
                 .setup = setup);

static void expect(const char *records, const char *noted)
{
    expect_notes(&ob_target_aborts, 0, records, NULL, noted);
}

static void without_an_abort_it_is_the_function(void **state)
{
    (void)state;
    expect("+0 run(key=1, us=50)\n", "+1 -1 1=41/0@50 ");
    expect("+0 run(key=3, us=50)\n", "+3 -3 3=43/9@50 ");
    expect("+0 run(key=1)\n", "+1 -1 1=41/0@0 ");
}

static void who_awaits_goes_on_and_the_function_as_well(void **state)
{
    (void)state;
    expect("+0 run(key=1, us=50)\n+20us abort()\n", "+1 abort 1=0/-2@20 -1 ");
}

static void an_abort_after_the_end_makes_no_difference(void **state)
{
    (void)state;
    expect("+0 run(key=1, us=50)\n+60us abort()\n+0 abort()\n", "+1 -1 1=41/0@50 abort abort ");
}

static void one_that_was_aborted_before_begins_nothing(void **state)
{
    (void)state;
    expect("+0 abort()\n+5us run(key=1, us=50)\n", "abort 1=0/-2@5 ");
}

static void one_signal_aborts_all_that_have_it(void **state)
{
    (void)state;
    expect("+0 run(key=1, us=50)\n+0 run(key=2, us=10)\n+20us abort()\n",
           "+1 +2 -2 2=42/0@10 abort 1=0/-2@20 -1 ");
}

static void one_that_is_aborted_as_it_ends_is_aborted(void **state)
{
    (void)state;
    expect("+0 run(key=4, us=50)\n", "+4 -4 4=0/-2@50 ");
}

static void a_timeout_aborts_as_well(void **state)
{
    (void)state;
    expect("+0 abort_after(us=20)\n+0 run(key=1, us=50)\n", "+1 1=0/-2@20 -1 ");
    expect("+0 abort_after(us=90)\n+0 run(key=1, us=50)\n", "+1 -1 1=41/0@50 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_abort_it_is_the_function),
        cmocka_unit_test(who_awaits_goes_on_and_the_function_as_well),
        cmocka_unit_test(an_abort_after_the_end_makes_no_difference),
        cmocka_unit_test(one_that_was_aborted_before_begins_nothing),
        cmocka_unit_test(one_signal_aborts_all_that_have_it),
        cmocka_unit_test(one_that_is_aborted_as_it_ends_is_aborted),
        cmocka_unit_test(a_timeout_aborts_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
