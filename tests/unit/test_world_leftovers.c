/* What must not be left over: of a run for the next one, of a life for the next one, of an await
 * for the next one, and of a message that waits. */
#include "offbeat/oracle.h"
#include "offbeat/task.h"
#include "support/run_text.h"
#include "world/judge.h"

enum kind { SET, LATER, WAKE, ITEM };

struct door {
    struct ob_waiters waiters;
    uint64_t slept_until_us;
};

static void door_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == SET)
        ob_declare_state(self, 3);
    else
        ob_postpone(self, message);
}

/* Waits for somebody to wake it, then sleeps for a millisecond. */
static void sleeper_run(struct ob_actor *self)
{
    struct door *door = ob_state(self);
    (void)ob_wait(self, &door->waiters, 100);
    ob_sleep(self, 1000);
    door->slept_until_us = ob_world_time_us(ob_world(self));
    (void)ob_wait(self, &door->waiters, OB_FOREVER);
}

static void waker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct ob_actor *sleeper = ob_actor(ob_world(self), "sleeper");
    struct door *door = ob_state(sleeper);
    if (message->kind == WAKE)
        (void)ob_wake(self, &door->waiters);
    else
        ob_send(self, "sleeper", ITEM);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "door", door_receive, 0);
    ob_spawn_process(world, "sleeper", sleeper_run, sizeof(struct door));
    ob_spawn(world, "waker", waker_receive, 0);
    ob_allow(world, "*", (struct ob_faults){.restart = true, .pause_us_max = 10000});
}

static OB_TARGET(leftovers, .variants = {"only"},
                 .messages = {[SET] = {.name = "set", .to = "door"},
                              [LATER] = {.name = "later", .to = "door"},
                              [WAKE] = {.name = "wake", .to = "waker"},
                              [ITEM] = {.name = "item", .to = "waker"}},
                 .oracles = OB_ORACLES(OB_MAILBOX_LATENCY(1000000)), .setup = setup);

static struct bench bench;

static int open_bench(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_leftovers, 0);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    bench_close(&bench);
    return 0;
}

/* The last delivery of a kind. */
static const struct ob_delivery *last_of(unsigned kind)
{
    for (uint32_t at = ob_world_delivery_count(bench.world); at-- > 0;) {
        const struct ob_delivery *delivery = ob_world_delivery(bench.world, at);
        if (delivery->sent != OB_NONE &&
            ob_world_sent(bench.world, delivery->sent)->message.kind == kind)
            return delivery;
    }
    fail_msg("no message of kind %u was delivered", kind);
    return NULL;
}

static void who_starts_again_is_in_no_declared_state(void **state)
{
    (void)state;
    (void)bench_run(&bench, "+0 set()\n+2ms set()\n");
    assert_int_equal(last_of(SET)->state, 3);
    (void)bench_run(&bench, "+0 set()\n+2ms set()\nrestart after set outside->door #0 after 1ms\n");
    assert_int_equal(last_of(SET)->state, 0);
}

static void faults_of_a_run_are_not_those_of_the_next(void **state)
{
    (void)state;
    (void)bench_run(&bench, "+0 set()\npause after set outside->door #0 for 1ms\n");
    assert_true(ob_world_paused_something(bench.world));
    (void)bench_run(&bench, "+0 set()\nrestart after set outside->door #0 after 1ms\n");
    assert_false(ob_world_paused_something(bench.world));
    assert_true(ob_world_lost_something(bench.world));
    (void)bench_run(&bench, "+0 set()\n");
    assert_false(ob_world_lost_something(bench.world));
    assert_int_equal(ob_world_applied(bench.world), 0);
}

static void a_postponed_message_waits_since_it_arrived(void **state)
{
    (void)state;
    (void)bench_run(&bench, "+70us later()\n");
    assert_int_equal(ob_world_waiting_since_us(bench.world, last_of(LATER)->sent), 70);
    (void)bench_run(&bench, "+70us later()\n+30us set()\n"); /* which lets it be handled again */
    assert_int_equal(ob_world_waiting_since_us(bench.world, last_of(LATER)->sent), 70);
    assert_int_equal(ob_world_waiting_since_us(bench.world, last_of(SET)->sent), UINT64_MAX);
}

/* The timeout has arrived, and waits for the end of a pause, when somebody else wakes the task. */
static void a_timeout_that_comes_too_late_wakes_nobody(void **state)
{
    const struct door *door = ob_state(ob_actor(bench.world, "sleeper"));
    (void)state;
    (void)bench_run(&bench, "+40us item()\n+80us wake()\n"
                            "pause after item waker->sleeper #0 for 100us\n");
    assert_int_equal(door->slept_until_us, 50 + 100 + 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_starts_again_is_in_no_declared_state),
        cmocka_unit_test(faults_of_a_run_are_not_those_of_the_next),
        cmocka_unit_test(a_postponed_message_waits_since_it_arrived),
        cmocka_unit_test(a_timeout_that_comes_too_late_wakes_nobody),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
