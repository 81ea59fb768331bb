/* What minimizing exchanges: a record less, and another one in the place of one that is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "scenario/scenario.h"
#include "search/shrink.h"
#include "world/run.h"
#include "world/world.h"

enum { GO, X, Y, ARM, POKE, A, B, C, MARK, DUE, POKED };

struct judge {
    uint32_t seen; /* a bit for each kind */
    uint64_t due_us;
};

static void starter_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "judge", A);
    ob_send(self, "judge", B);
    ob_send(self, "judge", C);
    ob_send(self, "judge", MARK);
}

static bool saw(const struct judge *judge, unsigned kind)
{
    return judge->seen >> kind & 1;
}

static void judge_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct judge *judge = ob_state(self);

    judge->seen |= 1u << message->kind;
    if (message->kind == MARK)
        OB_INVARIANT(ob_world(self), all_before_mark,
                     saw(judge, C) && (saw(judge, A) || saw(judge, B)), "%x", judge->seen);
    if (message->kind == X)
        OB_INVARIANT(ob_world(self), x_before_y, !saw(judge, Y), "y came first");
    if (message->kind == ARM)
        ob_timer_start(self, 5000, DUE, 0);
    if (message->kind == DUE)
        judge->due_us = ob_now(self);
    if (message->kind == POKED)
        OB_INVARIANT(ob_world(self), not_just_behind,
                     judge->due_us == 0 || ob_now(self) > judge->due_us + 20, "just behind");
}

static void relay_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "judge", POKED);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "starter", starter_receive, 0);
    ob_spawn(world, "relay", relay_receive, 0);
    ob_spawn(world, "judge", judge_receive, sizeof(struct judge));
    ob_link(world, "starter", "judge",
            (struct ob_link){.latency_us_max = 1000, .unordered = true, .lossy = true});
    ob_link(world, "outside", "relay", (struct ob_link){.latency_us_max = 20000});
    ob_link(world, "relay", "judge", (struct ob_link){.latency_us_max = 20000});
    ob_link(world, "outside", "judge", (struct ob_link){.latency_us_max = 1000, .unordered = true});
}

static OB_TARGET(exchanged, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "starter"},
                              [X] = {.name = "x", .to = "judge"},
                              [Y] = {.name = "y", .to = "judge"},
                              [ARM] = {.name = "arm", .to = "judge"},
                              [POKE] = {.name = "poke", .to = "relay"},
                              [A] = {.name = "a"},
                              [B] = {.name = "b"},
                              [C] = {.name = "c"},
                              [MARK] = {.name = "mark"},
                              [DUE] = {.name = "due"},
                              [POKED] = {.name = "poked"}},
                 .setup = setup);

/* One exchange of a scenario that violates an invariant, which must succeed. */
static void expect_exchanged(const char *from, unsigned message_count, const char *line)
{
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    struct ob_shrink_failed *failed = calloc(1, sizeof *failed);
    struct ob_shrink *shrink = calloc(1, sizeof *shrink);
    struct ob_world *world = ob_world_create(&ob_target_exchanged, 0, &error);

    assert_non_null(world);
    assert_non_null(failed);
    assert_non_null(shrink);
    shrink->world = world;
    shrink->vocabulary = ob_world_vocabulary(world);
    shrink->failed = failed;
    (void)ob_scenario_parse(shrink->vocabulary, "test", from, strlen(from), &shrink->current,
                            &error);
    assert_string_equal(error.text, "");
    const struct ob_verdict *verdict = ob_shrink_run(shrink, &shrink->current);
    assert_int_equal(verdict->outcome, OB_VIOLATED);
    strcpy(shrink->invariant, verdict->invariant);
    unsigned deviation_count = shrink->current.deviation_count;

    assert_true(ob_shrink_exchange(shrink));
    verdict = ob_world_run(world, &shrink->current);
    assert_int_equal(verdict->outcome, OB_VIOLATED);
    assert_string_equal(verdict->invariant, shrink->invariant);
    assert_int_equal(shrink->current.message_count, message_count);
    assert_int_equal(shrink->current.deviation_count, deviation_count - 1);
    ob_scenario_print(shrink->vocabulary, &shrink->current, &text);
    assert_non_null(strstr(ob_text_string(&text), line));
    ob_text_release(&text);
    ob_world_destroy(world);
    free(shrink);
    free(failed);
}

static void test_another_message_is_late(void **state)
{
    (void)state;
    expect_exchanged("offbeat scenario 1 exchanged\n"
                     "+0 go() to starter\n"
                     "delay a starter->judge #0 by 5us\n"
                     "delay b starter->judge #0 by 5us\n",
                     1, "delay c starter->judge #0 by ");
}

static void test_a_fault_strikes_another_message(void **state)
{
    (void)state;
    expect_exchanged("offbeat scenario 1 exchanged\n"
                     "+0 go() to starter\n"
                     "drop a starter->judge #0\n"
                     "drop b starter->judge #0\n",
                     1, "drop c starter->judge #0\n");
}

static void test_order_replaces_a_delay(void **state)
{
    (void)state;
    expect_exchanged("offbeat scenario 1 exchanged\n"
                     "+0 x() to judge\n"
                     "+0 y() to judge\n"
                     "delay x outside->judge #0 by 5us\n",
                     2, "+0 y() to judge\n+0 x() to judge\n");
}

static void test_moment_replaces_a_delay(void **state)
{
    (void)state;
    expect_exchanged("offbeat scenario 1 exchanged\n"
                     "+0 arm() to judge\n"
                     "+0 poke() to relay\n"
                     "delay poked relay->judge #0 by 5.001ms\n",
                     2, "ms poke() to relay\n");
}

static void test_more_replaces_a_second_delay(void **state)
{
    (void)state;
    expect_exchanged("offbeat scenario 1 exchanged\n"
                     "+0 arm() to judge\n"
                     "+0 poke() to relay\n"
                     "delay poke outside->relay #0 by 2.5ms\n"
                     "delay poked relay->judge #0 by 2.505ms\n",
                     2, "delay poked relay->judge #0 by 5.01ms\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_message_is_late),
        cmocka_unit_test(test_a_fault_strikes_another_message),
        cmocka_unit_test(test_order_replaces_a_delay),
        cmocka_unit_test(test_moment_replaces_a_delay),
        cmocka_unit_test(test_more_replaces_a_second_delay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
