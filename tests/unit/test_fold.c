/* Periodic noise in the text form: what has one line, what is shown in spite of being periodic, and
 * that nothing is lost when it is asked for. */
#include "report/columns.h"
#include "report/fold.h"
#include "support/run_text.h"

enum kind { NOTE, BEAT, TICK, ASK, OPEN };
enum variant { QUIET, COUNTING, WAITING };

struct node {
    uint32_t beats;
    bool noted;
};

static void start(struct ob_actor *self)
{
    ob_timer_start(self, 10000, TICK, 0);
}

static void node_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct node *node = ob_state(self);
    if (message->kind == NOTE)
        node->noted = true;
    if (message->kind == BEAT)
        node->beats++;
    if (message->kind == ASK && !node->noted)
        ob_postpone(self, message);
    if (message->kind != TICK)
        return;
    ob_send(self, ob_id(self) == 1 ? "b" : "a", BEAT,
            (uint32_t)(ob_world_now(ob_world(self)) / 10000));
    start(self);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    const struct node *node = ob_state(actor);
    ob_describe(text, "%s", node->noted ? "noted" : "nothing noted");
    if (ob_variant(actor) == COUNTING)
        ob_describe(text, ", %u beats", node->beats);
}

static void set_up(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "a", node_receive, sizeof(struct node)), start);
    ob_on_start(ob_spawn(world, "b", node_receive, sizeof(struct node)), start);
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = 10, .latency_us_max = 500, .lossy = true});
    ob_allow(world, "b", (struct ob_faults){.restart = true});
}

#define MESSAGES                                                                                   \
    {                                                                                              \
        [NOTE] = {.name = "note", .to = "a"}, [BEAT] = {.name = "beat"},                           \
        [TICK] = {.name = "tick"}, [ASK] = {.name = "ask", .to = "a"}, [OPEN] = {.name = "open"},  \
    }

static OB_TARGET(beats, .variants = {"quiet", "counting", "waiting"}, .messages = MESSAGES,
                 .setup = set_up, .describe = describe, .settle_us = 60000);
/* Each actor has words of its own, and not the target. */
static void set_up_words(struct ob_world *world)
{
    set_up(world);
    ob_on_describe(ob_actor(world, "a"), describe);
    ob_on_describe(ob_actor(world, "b"), describe);
}
static OB_TARGET(worded, .variants = {"quiet"}, .messages = MESSAGES, .setup = set_up_words,
                 .settle_us = 60000);
static OB_TARGET(silent, .variants = {"quiet"}, .messages = MESSAGES, .setup = set_up,
                 .settle_us = 60000);

static const char *explain(const struct ob_target *target, unsigned variant, const char *records,
                           bool unfold)
{
    static char kept[8192];
    struct bench bench = {0};
    struct ob_text text = {0};
    bench_open(&bench, target, variant);
    bench_parse(&bench, records);
    (void)ob_world_run(bench.world, &bench.scenario);
    const struct ob_columns_options options = {.unfold = unfold};
    ob_report_columns(bench.world, &bench.scenario, &options, &text);
    (void)snprintf(kept, sizeof kept, "%s", strstr(ob_text_string(&text), "   time"));
    ob_text_release(&text);
    bench_close(&bench);
    return kept;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void ticks_and_heartbeats_have_a_line_each(void **state)
{
    (void)state;
    assert_string_equal(explain(&ob_target_beats, QUIET, "+35ms note() to a\n", false),
                        "   time  actor\n"
                        "     10ms  a  tick, 3 times\n"
                        "                ~ from 10ms to 30ms, nothing changed\n"
                        "     10ms  b  tick, 3 times\n"
                        "                ~ from 10ms to 30ms, nothing changed\n"
                        "  10.01ms  b  beat(..) < a, 3 times\n"
                        "                ~ from 10.01ms to 30.01ms, nothing changed\n"
                        "  10.01ms  a  beat(..) < b, 3 times\n"
                        "                ~ from 10.01ms to 30.01ms, nothing changed\n"
                        "     35ms  a  note < outside\n"
                        "     40ms  a  tick, 6 times\n"
                        "                ~ from 40ms to 90ms, nothing changed\n"
                        "     40ms  b  tick, 6 times\n"
                        "                ~ from 40ms to 90ms, nothing changed\n"
                        "  40.01ms  b  beat(..) < a, 6 times\n"
                        "                ~ from 40.01ms to 90.01ms, nothing changed\n"
                        "  40.01ms  a  beat(..) < b, 6 times\n"
                        "                ~ from 40.01ms to 90.01ms, nothing changed\n"
                        "           (nothing more happens)\n"
                        "\n"
                        "State at the end:\n"
                        "  a  noted\n"
                        "  b  nothing noted\n");
}

static void words_of_the_actors_do_as_well(void **state)
{
    (void)state;
    char of_target[8192];
    (void)snprintf(of_target, sizeof of_target, "%s",
                   explain(&ob_target_beats, QUIET, "+35ms note() to a\n", false));
    assert_string_equal(explain(&ob_target_worded, QUIET, "+35ms note() to a\n", false), of_target);
}

static void everything_is_shown_on_request(void **state)
{
    (void)state;
    const char *text = explain(&ob_target_beats, QUIET, "+35ms note() to a\n", true);
    assert_null(strstr(text, "times"));
    assert_int_equal(count_of(text, "tick (timer)\n") + count_of(text, "tick (timer)  "), 18);
}

/* A heartbeat that is counted where people can see it is no noise, and neither is the tick that
 * has sent it. */
static void what_changes_a_state_is_shown(void **state)
{
    (void)state;
    const char *text = explain(&ob_target_beats, COUNTING, "+35ms note() to a\n", false);
    assert_null(strstr(text, "times"));
    assert_int_equal(count_of(text, "beat("), 18);
}

static void what_a_deviation_hit_is_shown(void **state)
{
    (void)state;
    const char *text =
        explain(&ob_target_beats, QUIET, "+35ms note() to a\ndelay beat b->a #1 by 100us\n", false);
    assert_int_equal(count_of(text, "! delayed 100us"), 1);
    assert_non_null(strstr(text, " times"));
}

/* Without descriptions nobody knows what a heartbeat changes; a timer that only goes round is noise
 * all the same, if nothing comes of it. */
static void without_descriptions_nothing_is_claimed(void **state)
{
    (void)state;
    const char *text = explain(&ob_target_silent, QUIET, "+35ms note() to a\n", false);
    assert_null(strstr(text, "nothing changed"));
    assert_int_equal(count_of(text, "beat("), 18);
}

/* What is put aside and handled again, in vain, is shown where it came and where it was handled. */
static void retries_have_one_line(void **state)
{
    (void)state;
    const char *text =
        explain(&ob_target_beats, QUIET, "+1ms ask() to a\n+44ms note() to a\n", false);
    assert_int_equal(count_of(text, "ask < outside\n") + count_of(text, "ask < outside "), 2);
    assert_int_equal(count_of(text, "~ postponed\n") + count_of(text, "~ postponed "), 1);
    assert_int_equal(count_of(text, "ask < outside, 8 times"), 1);
    assert_int_equal(count_of(text, "~ from 10ms to 40.01ms, postponed again"), 1);
}

/* Ticks whose heartbeats are all lost are noise; one whose heartbeat is lost is news. */
static void what_is_lost_each_time_is_told_once(void **state)
{
    (void)state;
    const char *text =
        explain(&ob_target_beats, QUIET, "+35ms note() to a\ndrop every beat b->a\n", false);
    assert_int_equal(count_of(text, "tick, 3 times"), 2);
    assert_int_equal(count_of(text, "tick, 6 times"), 2);
    assert_int_equal(count_of(text, "\n  b -> a  beat("), 9);
    text = explain(&ob_target_beats, QUIET, "+35ms note() to a\ndrop beat b->a #4\n", false);
    assert_non_null(strstr(text, "tick (timer)"));
    assert_int_equal(count_of(text, "\n  b -> a  beat("), 1);
}

/* So is what reaches nobody again and again. */
static void what_nobody_gets_has_one_line(void **state)
{
    (void)state;
    const char *text =
        explain(&ob_target_beats, QUIET,
                "+35ms note() to a\nrestart before tick b->b #3 after 40ms\n", false);
    assert_int_equal(count_of(text, "~ from 40.01ms to 70.01ms, nobody is there"), 1);
    assert_int_equal(count_of(text, "! lost, nobody is there"), 0);
    assert_int_equal(count_of(text, "beat(..) < a, 4 times"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_and_heartbeats_have_a_line_each),
        cmocka_unit_test(words_of_the_actors_do_as_well),
        cmocka_unit_test(everything_is_shown_on_request),
        cmocka_unit_test(what_changes_a_state_is_shown),
        cmocka_unit_test(what_a_deviation_hit_is_shown),
        cmocka_unit_test(without_descriptions_nothing_is_claimed),
        cmocka_unit_test(retries_have_one_line),
        cmocka_unit_test(what_is_lost_each_time_is_told_once),
        cmocka_unit_test(what_nobody_gets_has_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
