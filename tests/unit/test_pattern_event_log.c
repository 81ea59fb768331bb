/* The event log: what it says survives, and state is made of it again. */
#include <offbeat/event_log.h>

#include "support/run_text.h"

enum kind { ADD, TOTAL };
enum event { ADDED };

struct sum {
    uint32_t total;
    uint32_t refused;
};

static void apply(void *state, const struct ob_event_record *event)
{
    struct sum *sum = state;
    sum->total = 10 * sum->total + event->words[0];
}

static void sum_start(struct ob_actor *self)
{
    ob_event_replay(ob_event_log(ob_world(self), "journal"), apply, ob_state(self));
}

static void sum_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct sum *sum = ob_state(self);
    struct ob_event_log *log = ob_event_log(ob_world(self), "journal");

    if (ob_event_append(log, ADDED, message->args[0]))
        apply(sum, ob_event_at(log, ob_event_count(log) - 1));
    else
        sum->refused++;
    ob_send(self, "witness", TOTAL, sum->total);
}

static void witness_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void setup(struct ob_world *world)
{
    ob_event_log_create(world, "journal", 3);
    ob_on_start(ob_spawn(world, "sum", sum_receive, sizeof(struct sum)), sum_start);
    ob_spawn(world, "witness", witness_receive, 0);
    ob_allow(world, "sum", (struct ob_faults){.restart = true});
}

static OB_TARGET(
    events, .variants = {"only"},
    .messages =
        {[ADD] = {.name = "add", .to = "sum", .args = {{"n", 0, 9}}}, [TOTAL] = {.name = "total"}},
    .setup = setup);

static struct bench bench;

static const struct sum *run(const char *records)
{
    bench_open(&bench, &ob_target_events, 0);
    (void)bench_run(&bench, records);
    return ob_state(ob_actor(bench.world, "sum"));
}

static void state_is_replayed_in_order_after_a_restart(void **state)
{
    (void)state;
    const struct sum *sum = run("+0 add(n=1)\n+1ms add(n=2)\n+1ms add(n=3)\n"
                                "restart after add outside->sum #1 after 10us\n");
    assert_int_equal(sum->total, 123);
    bench_close(&bench);
}

static void what_was_not_appended_has_not_happened(void **state)
{
    (void)state;
    const struct sum *sum = run("+0 add(n=1)\n+1ms add(n=2)\n"
                                "restart before add outside->sum #1 after 10us\n");
    assert_int_equal(sum->total, 1);
    assert_int_equal(ob_event_count(ob_event_log(bench.world, "journal")), 1);
    bench_close(&bench);
}

static void a_full_log_refuses(void **state)
{
    (void)state;
    const struct sum *sum = run("+0 add(n=1)\n+0 add(n=2)\n+0 add(n=3)\n+0 add(n=4)\n");
    assert_int_equal(sum->total, 123);
    assert_int_equal(sum->refused, 1);
    assert_int_equal(ob_event_at(ob_event_log(bench.world, "journal"), 2)->words[0], 3);
    bench_close(&bench);
}

static void every_run_begins_with_an_empty_log(void **state)
{
    (void)state;
    (void)run("+0 add(n=1)\n");
    (void)bench_run(&bench, "+0 add(n=2)\n");
    assert_int_equal(ob_event_count(ob_event_log(bench.world, "journal")), 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_is_replayed_in_order_after_a_restart),
        cmocka_unit_test(what_was_not_appended_has_not_happened),
        cmocka_unit_test(a_full_log_refuses),
        cmocka_unit_test(every_run_begins_with_an_empty_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
