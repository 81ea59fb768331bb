/* The scenarios around one: which there are, that each is run once, and what the bound says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "search/neighbours.h"
#include "search/neighbours_step.h"
#include "world/trace.h"
#include "world/world.h"

/* -- two ways to one receiver, one of which may lose and double; nothing is ever violated -- */

enum { GO, LEFT, RIGHT };

static void source_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "sink", LEFT, message->args[0]);
    ob_send(self, "relay", RIGHT, message->args[0]);
}

static void sink_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void paths_setup(struct ob_world *world)
{
    ob_spawn(world, "source", source_receive, 0);
    ob_spawn_forwarder(world, "relay", "sink");
    ob_spawn(world, "sink", sink_receive, 8);
}

static OB_TARGET(paths, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "source"},
                              [LEFT] = {.name = "left"},
                              [RIGHT] = {.name = "right"}},
                 .setup = paths_setup);

static void faulty_setup(struct ob_world *world)
{
    paths_setup(world);
    ob_link(world, "source", "sink", (struct ob_link){.lossy = true, .duplicating = true});
    ob_allow(world, "relay", (struct ob_faults){.crash = true});
}

static OB_TARGET(faulty, .variants = {"only"},
                 .messages = {[GO] = {.name = "go", .to = "source"},
                              [LEFT] = {.name = "left"},
                              [RIGHT] = {.name = "right"}},
                 .setup = faulty_setup);

/* -- an actor whose timer a message cancels -- */

enum { ASK, REPLY, TIMEOUT };

struct asker {
    uint32_t timer;
    bool expired;
};

static void asker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct asker *asker = ob_state(self);

    if (message->kind == ASK) {
        ob_send(self, "other", ASK);
        asker->timer = ob_timer_start(self, 5000, TIMEOUT, 0);
    } else if (message->kind == REPLY) {
        OB_INVARIANT(ob_world(self), reply_in_time, !asker->expired, "late");
        (void)ob_timer_cancel(self, asker->timer);
    } else {
        asker->expired = true;
    }
}

static void other_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_reply(self, message, REPLY);
}

static void asking_setup(struct ob_world *world)
{
    ob_spawn(world, "asker", asker_receive, sizeof(struct asker));
    ob_spawn(world, "other", other_receive, 0);
}

static OB_TARGET(asking, .variants = {"only"},
                 .messages = {[ASK] = {.name = "ask", .to = "asker"},
                              [REPLY] = {.name = "reply"},
                              [TIMEOUT] = {.name = "timeout"}},
                 .setup = asking_setup);

/* -- two lights, of which one at most shows green -- */

enum { TURN, STOP, DRIVE };

static void switch_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "north", STOP);
    ob_send(self, "east", DRIVE);
}

static void light_receive(struct ob_actor *self, const struct ob_message *message)
{
    bool *drives = ob_state(self);
    *drives = message->kind == DRIVE;
}

static void lights_check(struct ob_world *world)
{
    const bool *north = ob_state(ob_actor(world, "north"));
    const bool *east = ob_state(ob_actor(world, "east"));
    OB_INVARIANT(world, one_way_drives, !(*north && *east), "both drive");
}

static void lights_start(struct ob_actor *self)
{
    bool *drives = ob_state(self);
    *drives = true;
}

static void lights_setup(struct ob_world *world)
{
    ob_spawn(world, "switch", switch_receive, 0);
    ob_on_start(ob_spawn(world, "north", light_receive, sizeof(bool)), lights_start);
    ob_spawn(world, "east", light_receive, sizeof(bool));
}

static OB_TARGET(lights, .variants = {"only"},
                 .messages = {[TURN] = {.name = "turn", .to = "switch"},
                              [STOP] = {.name = "stop"},
                              [DRIVE] = {.name = "drive"}},
                 .setup = lights_setup, .check = lights_check);

/* -- a desk that gets what two send in the order of sending; `told`: one sends when told by the
 * other -- */

enum { OPEN, NOTE };

static void lane_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "desk", NOTE);
    if (message->kind == OPEN && ob_is_member(ob_world(self), "west", ob_id(self)))
        ob_send(self, "east", NOTE);
}

static void desk_setup(struct ob_world *world)
{
    ob_spawn(world, "north", lane_receive, 0);
    ob_spawn(world, "south", lane_receive, 0);
    ob_spawn(world, "west", lane_receive, 0);
    ob_spawn(world, "east", lane_receive, 0);
    ob_spawn(world, "desk", sink_receive, 8);
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 500});
    ob_link(world, "*", "desk",
            (struct ob_link){.latency_us = 10, .latency_us_max = 500, .in_sent_order = true});
}

static OB_TARGET(desks, .variants = {"only"},
                 .messages = {[OPEN] = {.name = "open", .to = "*"}, [NOTE] = {.name = "note"}},
                 .setup = desk_setup);

/* -- helpers -- */

struct fixture {
    struct ob_world *world;
    struct ob_scenario scenario;
    struct ob_text seen; /* the deviations of every scenario, a line each */
    unsigned distance;   /* of the last one */
    unsigned violations;
    unsigned stop_after; /* 0: never */
    struct ob_neighbours_stats stats;
};

static void begin(struct fixture *fixture, const struct ob_target *target, const char *text)
{
    struct ob_error error = {{0}};

    *fixture = (struct fixture){.world = ob_world_create(target, 0, &error)};
    assert_string_equal(error.text, "");
    assert_int_equal(ob_scenario_parse(ob_world_vocabulary(fixture->world), "test", text,
                                       strlen(text), &fixture->scenario, &error),
                     0);
}

static void end(struct fixture *fixture)
{
    ob_text_release(&fixture->seen);
    ob_world_destroy(fixture->world);
}

static void note(struct fixture *fixture, const struct ob_scenario *scenario)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_text_printf(&fixture->seen, "%s", index ? "; " : "");
        ob_scenario_print_deviation(ob_world_vocabulary(fixture->world),
                                    &scenario->deviations[index], &fixture->seen);
    }
    ob_text_printf(&fixture->seen, "\n");
}

static bool visit(const struct ob_world *world, const struct ob_scenario *scenario,
                  unsigned distance, const struct ob_neighbours_stats *stats, void *context)
{
    struct fixture *fixture = context;

    assert_true(distance >= fixture->distance);
    fixture->distance = distance;
    fixture->violations += ob_world_verdict(world)->outcome == OB_VIOLATED;
    assert_true(stats->distinct <= stats->executions);
    note(fixture, scenario);
    return !fixture->stop_after || stats->executions < fixture->stop_after;
}

static void search(struct fixture *fixture, unsigned distance, uint64_t most)
{
    struct ob_error error = {{0}};

    assert_int_equal(ob_neighbours_run(fixture->world, &fixture->scenario, distance, most, visit,
                                       fixture, &fixture->stats, &error),
                     0);
    assert_string_equal(error.text, "");
}

static bool take(const struct ob_scenario *scenario, void *context)
{
    note(context, scenario);
    return true;
}

/* The neighbours of a scenario, as they are listed. */
static void expect_list(const struct ob_target *target, const char *text, const char *expected)
{
    struct fixture fixture;
    uint64_t unwritable = 0;

    begin(&fixture, target, text);
    assert_int_equal(
        ob_neighbours_list(fixture.world, &fixture.scenario, take, &fixture, &unwritable), 0);
    assert_int_equal(unwritable, 0);
    assert_string_equal(ob_text_string(&fixture.seen), expected);
    end(&fixture);
}

static unsigned count_lines(const char *text)
{
    unsigned count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* -- tests -- */

#define ONE_GO "offbeat scenario 1 paths\n+0 go() to source\n"

static void test_reverses_what_races(void **state)
{
    (void)state;
    expect_list(&ob_target_paths, ONE_GO, "reorder left source->sink #0 after right relay-> #0\n");
}

/* Nothing can wait for what is sent after it: what makes its sender send does. */
static void test_reverses_sends_in_the_order_of_sending(void **state)
{
    (void)state;
    expect_list(&ob_target_desks,
                "offbeat scenario 1 desks\n+0 open() to north\n+3us open() to south\n",
                "delay open outside->north #0 by 4us\n");
    /* What was sent because of the other send comes after it, whatever happens. */
    expect_list(&ob_target_desks, "offbeat scenario 1 desks\n+0 open() to west\n", "");
}

static void test_messages_in_order_do_not_race(void **state)
{
    struct fixture fixture;

    (void)state;
    /* Of the pairs of four deliveries to the sink the two on one link each keep their order; one is
     * left over whose send depends on the other. The two from outside may be reversed. */
    begin(&fixture, &ob_target_paths,
          "offbeat scenario 1 paths\n+0 go() to source\n+1ms go() to source\n");
    search(&fixture, 1, 1000);
    assert_null(strstr(ob_text_string(&fixture.seen), "left source->sink #0 after left"));
    assert_null(strstr(ob_text_string(&fixture.seen), "right relay->sink #0 after right"));
    assert_non_null(strstr(ob_text_string(&fixture.seen), "go outside->source #0 after go"));
    assert_non_null(
        strstr(ob_text_string(&fixture.seen), "right relay->sink #0 after left source-> #1"));
    assert_true(fixture.stats.is_complete);
    end(&fixture);
}

static void test_removes_deviations(void **state)
{
    (void)state;
    expect_list(&ob_target_paths, ONE_GO "delay left source->sink #0 by 2us\n",
                "\n"
                "delay left source->sink #0 by 2us; "
                "reorder left source->sink #0 after right relay-> #0\n");
}

static void test_lifts_the_reorder_that_made_the_order(void **state)
{
    (void)state;
    expect_list(&ob_target_paths, ONE_GO "reorder left source->sink #0 after right relay-> #0\n",
                "\n"
                "reorder left source->sink #0 after right relay-> #0; "
                "reorder right relay->sink #0 after left source-> #0\n"
                "reorder right relay->sink #0 after left source-> #0\n");
}

static void test_narrows_classes(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, &ob_target_paths,
          "offbeat scenario 1 paths\n+0 go() to source\n+1ms go() to source\n"
          "delay every left *->sink by 3us\n");
    search(&fixture, 1, 1000);
    assert_non_null(strstr(ob_text_string(&fixture.seen), "\ndelay left source->sink #0 by 3us\n"));
    assert_non_null(strstr(ob_text_string(&fixture.seen), "\ndelay left source->sink #1 by 3us\n"));
    assert_null(strstr(ob_text_string(&fixture.seen), "\ndelay right"));
    end(&fixture);
}

static void test_adds_legal_faults(void **state)
{
    (void)state;
    expect_list(&ob_target_faulty, "offbeat scenario 1 faulty\n+0 go() to source\n",
                "drop left source->sink #0\n"
                "duplicate left source->sink #0 after 0\n"
                "crash before right source->relay #0\n"
                "crash after right source->relay #0\n"
                "reorder left source->sink #0 after right relay-> #0\n");
}

static void test_moves_copies_past_others(void **state)
{
    struct fixture fixture;

    (void)state;
    /* `left` arrives at 10 us and `right` 10 us later, by way of the relay. */
    begin(&fixture, &ob_target_faulty,
          "offbeat scenario 1 faulty\n+0 go() to source\n"
          "duplicate left source->sink #0 after 3us\n");
    search(&fixture, 1, 1000);
    assert_non_null(
        strstr(ob_text_string(&fixture.seen), "\nduplicate left source->sink #0 after 11us\n"));
    end(&fixture);
    begin(&fixture, &ob_target_faulty,
          "offbeat scenario 1 faulty\n+0 go() to source\n"
          "duplicate left source->sink #0 after 15us\n");
    search(&fixture, 1, 1000);
    assert_non_null(
        strstr(ob_text_string(&fixture.seen), "\nduplicate left source->sink #0 after 9us\n"));
    end(&fixture);
}

static void test_lets_cancelled_timers_fire(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, &ob_target_asking, "offbeat scenario 1 asking\n+0 ask() to asker\n");
    search(&fixture, 0, 1000);
    assert_int_equal(fixture.violations, 0);
    search(&fixture, 1, 1000);
    assert_int_equal(fixture.violations, 1);
    assert_non_null(strstr(ob_text_string(&fixture.seen),
                           "reorder reply other->asker #0 after timeout asker-> #0"));
    end(&fixture);
}

static void test_delays_what_a_check_sees_at_two_actors(void **state)
{
    struct fixture fixture;

    (void)state;
    expect_list(&ob_target_lights, "offbeat scenario 1 lights\n+0 turn() to switch\n",
                "delay stop switch->north #0 by 1us\n");
    /* The delay that there is becomes longer. */
    expect_list(&ob_target_lights,
                "offbeat scenario 1 lights\n+0 turn() to switch\n"
                "delay drive switch->east #0 by 5us\ndelay stop switch->north #0 by 3us\n",
                "delay drive switch->east #0 by 5us\n"
                "delay stop switch->north #0 by 3us\n"
                "delay stop switch->north #0 by 6us; delay drive switch->east #0 by 5us\n");
    begin(&fixture, &ob_target_lights, "offbeat scenario 1 lights\n+0 turn() to switch\n");
    search(&fixture, 1, 1000);
    assert_int_equal(fixture.violations, 1);
    end(&fixture);
}

static void test_runs_each_scenario_once(void **state)
{
    struct fixture fixture;
    char *lines[512];
    unsigned count = 0;

    (void)state;
    begin(&fixture, &ob_target_faulty,
          "offbeat scenario 1 faulty\n+0 go() to source\n+1ms go() to source\n");
    search(&fixture, 2, 400);
    for (char *line = strtok(fixture.seen.data, "\n"); line; line = strtok(NULL, "\n"))
        lines[count++] = line;
    assert_int_equal(count + 1, fixture.stats.executions); /* the first has no deviation */
    for (unsigned one = 0; one < count; one++)
        for (unsigned other = one + 1; other < count; other++)
            assert_string_not_equal(lines[one], lines[other]);
    end(&fixture);
}

static void test_distances(void **state)
{
    uint64_t executions = 0;

    (void)state;
    for (unsigned distance = 0; distance < 4; distance++) {
        struct fixture fixture;
        begin(&fixture, &ob_target_faulty, "offbeat scenario 1 faulty\n+0 go() to source\n");
        search(&fixture, distance, 100000);
        assert_true(fixture.stats.is_complete);
        assert_int_equal(fixture.stats.distance, distance);
        assert_int_equal(fixture.distance, distance);
        assert_true(fixture.stats.executions > executions);
        assert_int_equal(count_lines(ob_text_string(&fixture.seen)), fixture.stats.executions);
        executions = fixture.stats.executions;
        end(&fixture);
    }
}

static void test_says_what_the_bound_cut(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, &ob_target_faulty, "offbeat scenario 1 faulty\n+0 go() to source\n");
    search(&fixture, 1, 6); /* itself and its five neighbours */
    assert_true(fixture.stats.is_complete);
    end(&fixture);
    for (unsigned most = 1; most < 6; most++) {
        begin(&fixture, &ob_target_faulty, "offbeat scenario 1 faulty\n+0 go() to source\n");
        search(&fixture, 1, most);
        assert_int_equal(fixture.stats.executions, most);
        assert_false(fixture.stats.is_complete);
        assert_int_equal(fixture.stats.distance, 0);
        end(&fixture);
    }
}

static void test_stops_when_told(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, &ob_target_faulty, "offbeat scenario 1 faulty\n+0 go() to source\n");
    fixture.stop_after = 3;
    search(&fixture, 2, 1000);
    assert_int_equal(fixture.stats.executions, 3);
    assert_false(fixture.stats.is_complete);
    assert_int_equal(fixture.stats.distance, 0);
    end(&fixture);
}

static void test_nothing_around_nothing(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, &ob_target_paths, "offbeat scenario 1 paths\n");
    search(&fixture, 8, 1000);
    assert_int_equal(fixture.stats.executions, 1);
    assert_int_equal(fixture.stats.distinct, 1);
    assert_true(fixture.stats.is_complete);
    end(&fixture);
}

static void test_what_cannot_be_written_is_counted(void **state)
{
    struct fixture fixture;
    struct ob_text text = {0};

    (void)state;
    /* With as many deviations as there may be, no fault and no reversal has room. */
    ob_text_printf(&text, ONE_GO);
    for (unsigned index = 0; index < OB_DEVIATIONS_MAX; index++)
        ob_text_printf(&text, "delay left source->sink #%u by 1us\n", index);
    begin(&fixture, &ob_target_paths, ob_text_string(&text));
    search(&fixture, 1, 1000);
    assert_int_equal(fixture.stats.executions, 1 + OB_DEVIATIONS_MAX);
    assert_int_equal(fixture.stats.unwritable, 1);
    ob_text_release(&text);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reverses_what_races),
        cmocka_unit_test(test_reverses_sends_in_the_order_of_sending),
        cmocka_unit_test(test_messages_in_order_do_not_race),
        cmocka_unit_test(test_removes_deviations),
        cmocka_unit_test(test_lifts_the_reorder_that_made_the_order),
        cmocka_unit_test(test_narrows_classes),
        cmocka_unit_test(test_adds_legal_faults),
        cmocka_unit_test(test_moves_copies_past_others),
        cmocka_unit_test(test_lets_cancelled_timers_fire),
        cmocka_unit_test(test_delays_what_a_check_sees_at_two_actors),
        cmocka_unit_test(test_runs_each_scenario_once),
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_says_what_the_bound_cut),
        cmocka_unit_test(test_stops_when_told),
        cmocka_unit_test(test_nothing_around_nothing),
        cmocka_unit_test(test_what_cannot_be_written_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
