/* What a target declares and no run needs: each kind of it is told, and nothing of a target where
 * all is well. */
#include <offbeat/monitor.h>
#include <offbeat/oracle.h>
#include <offbeat/process.h>

#include <stdlib.h>

#include "search/survey.h"
#include "support/run_text.h"
#include "world/evidence.h"

enum { GO, ASK, NEVER, LOST, TICK, OF_PATTERN };
enum { FIRST, SECOND, THIRD };

/* -- a target of which much does nothing -- */

struct counts {
    uint32_t counts[2];
};

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TICK)
        (void)ob_timer_start(self, 1000, TICK, 0);
    if (message->kind != GO)
        return;
    ob_send(self, ob_variant(self) == THIRD ? "two" : "other", ASK);
    ob_send(self, "gone", LOST);
}

static void tick(struct ob_actor *self)
{
    (void)ob_timer_start(self, 1000, TICK, 0);
}

static void stop(struct ob_actor *self)
{
    ob_stop(self, OB_ENDED_NORMALLY);
}

static void describe_three(const struct ob_actor *self, struct ob_text *text)
{
    const uint32_t *counts = ((const struct counts *)ob_state(self))->counts;
    for (unsigned at = 0; at < 3; at++)
        ob_describe(text, "%u, ", counts[at]);
}

static void describe_two(const struct ob_actor *self, struct ob_text *text)
{
    const struct counts *counts = ob_state(self);
    ob_describe(text, "%u, %u", counts->counts[0], counts->counts[1]);
}

static void see_nothing(struct ob_actor *self, const struct ob_sight *sight)
{
    (void)self;
    (void)sight;
}

static const struct ob_monitor_type blind = {
    .name = "blind", .observe = see_nothing, .kinds = OB_KIND_BIT(NEVER)};

static const struct ob_monitor_type sees = {
    .name = "sees", .observe = see_nothing, .kinds = OB_KIND_BIT(ASK)};

static void check(struct ob_world *world)
{
    (void)world;
}

static const char *const no_invariants[] = {NULL};
static const char *const invariants[] = {"ever", "evaluated_in_vain", "named_only", "of_third",
                                         NULL};

static void check_invariants(struct ob_world *world)
{
    OB_INVARIANT(world, ever, world != NULL);
    if (ob_world_variant(world) > THIRD)
        OB_INVARIANT(world, evaluated_in_vain, false);
    if (ob_world_variant(world) == THIRD)
        OB_INVARIANT(world, of_third, true, "%u", ob_world_variant(world));
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "one", receive, 0), tick);
    ob_on_describe(ob_spawn(world, "two", receive, sizeof(struct counts)), describe_two);
    ob_on_describe(ob_spawn(world, "other", receive, sizeof(struct counts)), describe_three);
    (void)ob_spawn(world, "idle", receive, 0);
    ob_on_start(ob_spawn(world, "gone", receive, 0), stop);
    (void)ob_spawn_monitor(world, &blind);
    (void)ob_spawn_monitor(world, &sees);
}

static const struct ob_target careless = {
    .name = "careless",
    .variants = {[FIRST] = "first", [SECOND] = "second", [THIRD] = "third"},
    .messages = {[GO] = {.name = "go", .to = "one"},
                 [ASK] = {.name = "ask"},
                 [NEVER] = {.name = "never"},
                 [LOST] = {.name = "lost", .may_be_unused = true},
                 [TICK] = {.name = "tick"},
                 [OF_PATTERN] = {.name = "of_pattern", .may_be_unused = true}},
    .check = check_invariants,
    .settle_us = 5000,
    .oracles = OB_ORACLES(OB_EFFECTS),
    .check_quiescent = check,
    .setup = setup};

/* -- one where all is needed -- */

static void spare_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

static void work(struct ob_actor *self, const struct ob_message *message)
{
    struct counts *counts = ob_state(self);
    if (message->kind == GO && counts->counts[1]++ == 0)
        (void)ob_spawn_next(self, "spare", ASK);
    if (message->kind == GO)
        ob_send(self, "two", ASK, ob_variant(self));
    else
        ob_effect(self, ++((struct counts *)ob_state(self))->counts[0]);
}

static void setup_all(struct ob_world *world)
{
    ob_spawn(world, "one", work, sizeof(struct counts));
    ob_on_describe(ob_spawn(world, "two", work, sizeof(struct counts)), describe_two);
    (void)ob_spawn_many(world, "spare", 3, spare_receive, 0);
    ob_keep_down(world, "spare");
    (void)ob_spawn_monitor(world, &sees);
}

static const struct ob_target careful = {
    .name = "careful",
    .variants = {"first", "second"},
    .messages = {[GO] = {.name = "go", .to = "one"},
                 [ASK] = {.name = "ask", .args = {{.name = "variant"}}}},
    .oracles = OB_ORACLES(OB_EFFECTS),
    .check_quiescent = check,
    .setup = setup_all};

/* One that ends the process in one of its variants. */
static void end(struct ob_actor *self, const struct ob_message *message)
{
    work(self, message);
    if (message->kind == ASK && ob_variant(self) == SECOND)
        _Exit(3);
}

static void setup_ending(struct ob_world *world)
{
    ob_spawn(world, "one", end, sizeof(struct counts));
    ob_spawn(world, "two", end, sizeof(struct counts));
    (void)ob_spawn_many(world, "spare", 3, spare_receive, 0);
    ob_keep_down(world, "spare");
}

static const struct ob_target ending = {
    .name = "ending",
    .variants = {"first", "second"},
    .messages = {[GO] = {.name = "go", .to = "one"}, [ASK] = {.name = "ask"}},
    .setup = setup_ending};

/* Two right ways of doing one thing, and one that is said to fail and does not. */
static void say(struct ob_actor *self, const struct ob_message *message)
{
    ob_effect(self, message->args[0]);
}

static void setup_ways(struct ob_world *world)
{
    ob_spawn(world, "one", say, 0);
}

static const struct ob_target ways = {.name = "ways",
                                      .variants = {"first", "second", "wrong"},
                                      .fails = {false, false, true},
                                      .messages = {[GO] = {.name = "go", .to = "one"}},
                                      .setup = setup_ways};

/* What ends the process in each run is run beside two that differ. */
enum { ENDS, LEFT, RIGHT };

static void end_or_say(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    if (ob_variant(self) == ENDS)
        _Exit(3);
    ob_send(self, "one", ASK, ob_variant(self));
}

static void answer(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == GO)
        end_or_say(self, message);
}

static void setup_apart(struct ob_world *world)
{
    ob_spawn(world, "one", answer, 0);
}

static const struct ob_target apart = {
    .name = "apart",
    .variants = {[ENDS] = "ends", [LEFT] = "left", [RIGHT] = "right"},
    .fails = {[ENDS] = true, [LEFT] = true},
    .messages = {[GO] = {.name = "go", .to = "one"},
                 [ASK] = {.name = "ask", .args = {{.name = "variant"}}}},
    .setup = setup_apart};

/* -- tests -- */

static void note(void *context, const char *name, const char *other, const char *line)
{
    ob_text_printf(context, "%s%s%s: %s\n", name, other ? " and " : "", other ? other : "", line);
}

static void survey_all(const struct ob_target *target, const char *const *names, uint32_t rounds,
                       struct ob_text *text)
{
    struct ob_error error = {{0}};
    if (ob_survey(target, names, rounds, note, text, &error))
        fail_msg("%s", error.text);
}

static void survey(const struct ob_target *target, uint32_t rounds, struct ob_text *text)
{
    survey_all(target, no_invariants, rounds, text);
}

static void names_what_does_nothing(void **state)
{
    (void)state;
    struct ob_text text = {0};
    survey_all(&careless, invariants, 60, &text);
    char *said = strstr(ob_text_string(&text), "careless/other: ");
    assert_non_null(said);
    /* A sanitizer sees it where the state lies. */
    assert_true(strcmp(said, "careless/other: `describe` reads what is beside its state\n") == 0 ||
                strcmp(said, "careless/other: the process ends in its `describe`\n") == 0);
    *said = '\0';
    assert_string_equal(
        ob_text_string(&text),
        "careless/first and careless/second: these variants did the same in each of 60 scenarios: "
        "nothing that was reached depends on which of the two it is\n"
        "careless/idle: got nothing in 60 runs of each variant\n"
        "careless/gone: got nothing in 60 runs of each variant\n"
        "careless/never: was never sent in 60 runs of each variant\n"
        "careless/lost: was sent, but never delivered in 60 runs of each variant\n"
        "careless/blind: had nothing to check in 60 runs of each variant\n"
        "careless/effects: had nothing to check in 60 runs of each variant\n"
        "careless/check_quiescent: had nothing to check in 60 runs of each variant\n"
        "careless/evaluated_in_vain: was never evaluated in 60 runs of each variant\n");
    ob_text_release(&text);
}

static void right_ways_to_one_end_may_be_alike(void **state)
{
    (void)state;
    struct ob_text text = {0};
    survey(&ways, 60, &text);
    const char *line = ": these variants did the same in each of 60 scenarios: nothing that was "
                       "reached depends on which of the two it is\n";
    struct ob_text expected = {0};
    ob_text_printf(&expected, "ways/first and ways/wrong%sways/second and ways/wrong%s", line,
                   line);
    assert_string_equal(ob_text_string(&text), ob_text_string(&expected));
    ob_text_release(&expected);
    ob_text_release(&text);
}

static void says_nothing_where_all_is_needed(void **state)
{
    (void)state;
    struct ob_text text = {0};
    survey(&careful, 60, &text);
    survey(&ending, 60, &text);
    survey(&apart, 60, &text);
    assert_string_equal(ob_text_string(&text), "");
}

static void descriptions_that_stray_are_seen(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench, &careless, FIRST);
    (void)bench_run(&bench, "+0 go() to one\n");
    assert_false(ob_world_describe_strays(bench.world, 1));
    assert_false(ob_world_describe_strays(bench.world, 2));
    assert_true(ob_world_describe_strays(bench.world, 3));
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_does_nothing),
        cmocka_unit_test(right_ways_to_one_end_may_be_alike),
        cmocka_unit_test(says_nothing_where_all_is_needed),
        cmocka_unit_test(descriptions_that_stray_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
