/* A walk over a long run is written down with all messages of a kind late: it takes more deviations
 * than a scenario holds, and what decides comes too late to be named by its number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/scenario.h"
#include "search/transcribe.h"
#include "world/run.h"
#include "world/world.h"

#define BEATS 300u /* more than a selector can count */

enum { GO, TICK, BEAT, ECHO };

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *ticks = ob_state(self);

    (void)message;
    ob_send(self, "sink", BEAT, *ticks);
    ob_send(self, "mirror", ECHO, *ticks);
    if (++*ticks < BEATS)
        ob_timer_start(self, 1000, TICK, 0);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    uint32_t *last = ob_state(self);

    if (message->kind == BEAT)
        *last = message->args[0];
    else
        OB_INVARIANT(ob_world(self), beat_comes_first,
                     message->args[0] <= *last || message->args[0] < BEATS - 20, "%u", *last);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "source", source_receive, sizeof(uint32_t));
    ob_spawn_forwarder(world, "mirror", "sink");
    ob_spawn(world, "sink", sink_receive, sizeof(uint32_t));
    ob_link(world, "source", "sink", (struct ob_link){.latency_us = 10, .latency_us_max = 400});
    ob_link(world, "mirror", "sink", (struct ob_link){.latency_us = 10, .latency_us_max = 400});
}

static OB_TARGET(beats, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "source"},
                              [TICK] = {.name = "tick"},
                              [BEAT] = {.name = "beat", .args = {{.name = "n"}}},
                              [ECHO] = {.name = "echo", .args = {{.name = "n"}}}},
                 .setup = setup);

static void test_all_of_a_kind_are_late(void **state)
{
    struct ob_error error = {{0}};
    struct ob_world *world = ob_world_create(&ob_target_beats, 0, &error);
    static struct ob_scenario walked;
    static struct ob_scenario written;
    const char *text = "offbeat scenario 1 beats\n+0 go() to source\nwalk random seed 1\n";

    (void)state;
    assert_non_null(world);
    (void)ob_scenario_parse(ob_world_vocabulary(world), "test", text, strlen(text), &walked,
                            &error);
    assert_string_equal(error.text, "");
    assert_int_equal(ob_world_run(world, &walked)->outcome, OB_VIOLATED);
    assert_true(ob_transcribe(world, world, &walked, &written));
    assert_int_equal(ob_world_run(world, &written)->outcome, OB_VIOLATED);
    assert_int_equal(written.message_count, 1);
    assert_int_equal(written.deviation_count, 1);
    assert_int_equal(written.deviations[0].op, OB_DELAY);
    assert_int_equal(written.deviations[0].which.nth, 0);
    assert_int_equal(written.deviations[0].which.kind, BEAT + 1);
    ob_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_a_kind_are_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
