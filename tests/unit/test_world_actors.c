/* What actors do and what happens to them: timers, work, postponing, faults, and the bounds that
 * are checked. */
#include "support/run_text.h"

enum kind { GO, WORK, OPEN, LATER, SOON, ECHO, CANCEL };

struct service {
    bool open;
    uint32_t timer;
    uint32_t handled;
};

static void service_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);

    service->handled++;
    switch (message->kind) {
    case GO: /* handled only when open */
        if (!service->open) {
            service->handled--;
            ob_postpone(self, message);
        }
        break;
    case OPEN:
        service->open = true;
        break;
    case WORK:
        ob_work(self, 100 * message->args[0]);
        ob_send(self, "witness", ECHO, message->args[0]);
        break;
    case LATER: /* two timers, of 10 s and 100 ms, that race only if time may be bent */
        service->timer = ob_timer_start(self, 10000000, SOON, 2);
        ob_timer_start(self, 100000, SOON, 1);
        break;
    case CANCEL:
        ob_declare_state(self, ob_timer_cancel(self, service->timer));
        break;
    default:
        break;
    }
}

static void witness_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

enum variant { PLAIN, FAULTY, BOUNDED, STRICT };

static void setup(struct ob_world *world)
{
    ob_spawn(world, "service", service_receive, sizeof(struct service));
    ob_spawn(world, "witness", witness_receive, 0);
    if (ob_world_variant(world) == FAULTY)
        ob_allow(world, "service",
                 (struct ob_faults){.crash = true,
                                    .restart = true,
                                    .pause_us_max = 5000,
                                    .clock_drift_ppm_max = 500000,
                                    .clock_offset_us_max = 3000,
                                    .timer_late_us_max = 200});
}

#define MESSAGES                                                                                   \
    {                                                                                              \
        [GO] = {.name = "go", .to = "service"},                                                    \
        [WORK] = {.name = "work", .to = "service", .args = {{"n", 0, 9}}},                         \
        [OPEN] = {.name = "open", .to = "service"}, [LATER] = {.name = "later", .to = "service"},  \
        [SOON] = {.name = "soon"}, [ECHO] = {.name = "echo"},                                      \
        [CANCEL] = {.name = "cancel", .to = "service"},                                            \
    }

static OB_TARGET(actors, .variants = {"plain", "faulty", "bounded", "strict"}, .messages = MESSAGES,
                 .setup = setup);
static OB_TARGET(bounded, .variants = {"only"}, .messages = MESSAGES, .setup = setup,
                 .mailbox_max = 2, .steps_max = 6);
static OB_TARGET(strict, .variants = {"plain", "faulty"}, .messages = MESSAGES, .setup = setup,
                 .must_handle_all = true);

static void expect_of(const struct ob_target *target, unsigned variant, const char *records,
                      const char *line)
{
    static struct bench bench;
    bench_open(&bench, target, variant);
    assert_string_equal(bench_run(&bench, records), line);
    bench_close(&bench);
}

static void expect(unsigned variant, const char *records, const char *line)
{
    expect_of(&ob_target_actors, variant, records, line);
}

static void postponed_messages_come_again_after_one_that_was_not(void **state)
{
    (void)state;
    expect(PLAIN, "+0 go()\n+1us go()\n+1us open()\n+1us work(n=0)\n",
           "go0@0>service+postponed go0@1>service+postponed open0@2>service go0@2>service+retried "
           "go0@2>service+retried work0@3>service echo0@13>witness passed");
}

static void work_makes_the_next_message_wait_and_what_is_sent_leave_later(void **state)
{
    (void)state;
    expect(PLAIN, "+0 work(n=3)\n+10us work(n=0)\n+10us open()\n",
           "work3@0>service work0@300>service open0@300>service echo3@310>witness "
           "echo0@310>witness passed");
}

static void durations_count(void **state)
{
    (void)state;
    expect(PLAIN, "+0 later()\n",
           "later0@0>service soon1@100000>service soon2@10000000>service passed");
    expect(PLAIN, "+0 later()\nskew service slow 500000ppm\ndelay every soon *->* by 1min\n",
           "later0@0>service soon1@100000>service soon2@10000000>service passed");
    expect(PLAIN, "+0 later()\nreorder soon service->service #1 after soon #0\n",
           "later0@0>service soon1@100000>service soon2@10000000>service passed");
}

static void timers_can_be_cancelled_until_they_fire(void **state)
{
    (void)state;
    expect(PLAIN, "+0 later()\n+1s cancel()\n",
           "later0@0>service soon1@100000>service cancel0@1000000>service passed");
    expect(PLAIN, "+0 later()\n+11s cancel()\n",
           "later0@0>service soon1@100000>service soon2@10000000>service cancel0@11000000>service "
           "passed");
}

static void timers_follow_the_clock_of_their_actor(void **state)
{
    (void)state;
    expect(FAULTY, "+0 later()\nskew service slow 500ppm\n",
           "later0@0>service soon1@100050>service soon2@10005002>service passed");
    expect(FAULTY, "+0 later()\nskew service fast 900000ppm\n",
           "later0@0>service soon1@66666>service soon2@6666666>service passed");
}

static void timers_are_late_only_by_what_is_declared(void **state)
{
    (void)state;
    expect(FAULTY, "+0 later()\ndelay soon service->service #1 by 1s\n",
           "later0@0>service soon1@100200>service soon2@10000000>service passed");
}

static void a_pause_lets_messages_wait(void **state)
{
    (void)state;
    expect(FAULTY, "+0 open()\n+1us go()\n+1us go()\npause before go outside->service #0 for 2ms\n",
           "open0@0>service go0@2001>service go0@2001>service passed");
    expect(FAULTY, "+0 open()\n+1us go()\n+1us go()\npause after go outside->service #0 for 60ms\n",
           "open0@0>service go0@1>service go0@5001>service passed");
}

static void a_crash_loses_state_mailbox_and_timers(void **state)
{
    (void)state;
    expect(FAULTY, "+0 later()\n+1us open()\n+1us go()\ncrash after open outside->service #0\n",
           "later0@0>service open0@1>service+crashed go0@2>service+lost passed");
    expect(FAULTY, "+0 open()\n+1us go()\ncrash before open outside->service #0\n",
           "open0@0>service+lost+crashed go0@1>service+lost passed");
}

static void a_restart_begins_with_empty_state(void **state)
{
    (void)state;
    expect(FAULTY, "+0 open()\n+2ms go()\nrestart after open outside->service #0 after 1ms\n",
           "open0@0>service+crashed start@1000>service go0@2000>service+postponed passed");
}

static void clocks_show_their_skew(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, &ob_target_actors, FAULTY);
    const struct ob_actor *service = ob_world_actor(bench.world, 1);
    const struct ob_actor *witness = ob_world_actor(bench.world, 2);
    (void)bench_run(&bench, "+1s open()\nskew service behind 1s\n");
    assert_int_equal(ob_now(witness) - ob_now(service), 3000);
    (void)bench_run(&bench, "+2s open()\nskew service fast 100ppm\n");
    assert_int_equal(ob_now(service) - ob_now(witness), 200);
    bench_close(&bench);
}

static void declared_bounds_are_checked(void **state)
{
    (void)state;
    expect_of(
        &ob_target_bounded, 0, "+0 go()\n+0 go()\n+0 go()\n",
        "go0@0>service+postponed go0@0>service+postponed go0@0>service+postponed ! mailbox_bound");
    expect_of(&ob_target_bounded, 0,
              "+0 open()\n+0 open()\n+0 open()\n+0 open()\n+0 open()\n+0 open()\n+0 open()\n",
              "open0@0>service open0@0>service open0@0>service open0@0>service open0@0>service "
              "open0@0>service "
              "! step_budget");
}

static void a_message_that_is_never_handled_is_reported_unless_a_fault_explains_it(void **state)
{
    (void)state;
    expect_of(&ob_target_strict, 0, "+0 go()\n", "go0@0>service+postponed ! message_never_handled");
    expect_of(&ob_target_strict, 0, "+0 go()\n+0 open()\n",
              "go0@0>service+postponed open0@0>service go0@0>service+retried passed");
    expect_of(&ob_target_strict, FAULTY,
              "+0 open()\n+0 go()\nrestart after open outside->service #0 after 0\n",
              "open0@0>service+crashed start@0>service go0@0>service+postponed passed");
}

static void a_run_leaves_nothing_behind(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, &ob_target_actors, FAULTY);
    char first[sizeof bench.line];
    (void)snprintf(first, sizeof first, "%s", bench_run(&bench, "+0 go()\n+1ms work(n=1)\n"));
    (void)bench_run(
        &bench,
        "+0 open()\n+0 later()\ncrash after later outside->service #0\nskew service fast 9ppm\n");
    assert_string_equal(bench_run(&bench, "+0 go()\n+1ms work(n=1)\n"), first);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postponed_messages_come_again_after_one_that_was_not),
        cmocka_unit_test(work_makes_the_next_message_wait_and_what_is_sent_leave_later),
        cmocka_unit_test(durations_count),
        cmocka_unit_test(timers_can_be_cancelled_until_they_fire),
        cmocka_unit_test(timers_follow_the_clock_of_their_actor),
        cmocka_unit_test(timers_are_late_only_by_what_is_declared),
        cmocka_unit_test(a_pause_lets_messages_wait),
        cmocka_unit_test(a_crash_loses_state_mailbox_and_timers),
        cmocka_unit_test(a_restart_begins_with_empty_state),
        cmocka_unit_test(clocks_show_their_skew),
        cmocka_unit_test(declared_bounds_are_checked),
        cmocka_unit_test(a_message_that_is_never_handled_is_reported_unless_a_fault_explains_it),
        cmocka_unit_test(a_run_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
