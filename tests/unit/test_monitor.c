/* Monitors: what they see, in which order; hot states; that they only observe; snapshots. */
#include <offbeat/monitor.h>

#include "report/states.h"
#include "support/defect.h"
#include "world/annex.h"
#include "world/judge.h"
#include "world/order.h"
#include "world/snapshot.h"

enum kind { ASK, VOTE, DONE, TICK };
enum variant {
    SEEN,
    SENDING,
    ADDRESSED,
    LATE_ACTOR,
    BOUNDED,
    FORGETFUL,
    CHOOSING,
    STOPPING,
    STARTING,
    NAMED,
    TWO,
    FAULTY
};
enum { CALM, WAITING };

/* What the monitor has seen, a letter each, and how often an ask was open at once. */
struct seen {
    char letters[64];
    unsigned length;
    unsigned open;
};

static void act_as_none_may(struct ob_actor *self)
{
    switch (ob_world_variant(ob_world(self))) {
    case SENDING:
        ob_send(self, "server", VOTE);
        break;
    case CHOOSING:
        (void)ob_choose(self, 2);
        break;
    case STOPPING:
        ob_stop(self, 1);
        break;
    case STARTING:
        ob_start_again(self, "server", 0);
        break;
    default:
        break;
    }
}

static void observe(struct ob_actor *self, const struct ob_sight *sight)
{
    static const char letters[OB_SIGHT_KINDS] = {
        [OB_SAW_SENT] = 's',   [OB_SAW_DELIVERED] = 'd', [OB_SAW_LOST] = 'l',
        [OB_SAW_COPIED] = 'c', [OB_SAW_STATE] = 't',     [OB_SAW_CRASHED] = 'x',
        [OB_SAW_ENDED] = 'e',  [OB_SAW_STARTED] = 'b',   [OB_SAW_PAUSED] = 'p',
        [OB_SAW_CUT] = 'k',    [OB_SAW_JOINED] = 'j',    [OB_SAW_SKEWED] = 'w'};
    struct seen *seen = ob_state(self);
    assert_true(sight->what < OB_SIGHT_KINDS);
    if (seen->length + 1 < sizeof seen->letters)
        seen->letters[seen->length++] = letters[sight->what];
    if (sight->what == OB_SAW_DELIVERED && sight->message->kind == ASK)
        seen->open++;
    if (sight->what == OB_SAW_DELIVERED && sight->message->kind == DONE)
        seen->open--;
    ob_declare_state(self, seen->open ? WAITING : CALM);
    act_as_none_may(self);
    OB_INVARIANT(ob_world(self), two_at_most, seen->open <= 2, "%u are open", seen->open);
}

static void describe(const struct ob_actor *self, struct ob_text *text)
{
    const struct seen *seen = ob_state(self);
    ob_describe(text, "%u open", seen->open);
}

static const struct ob_monitor_type watch = {
    .name = "watch",
    .state_size = sizeof(struct seen),
    .observe = observe,
    .states = {[CALM] = {"calm", false}, [WAITING] = {"waiting", true}},
    .describe = describe,
};

/* The one that sees what `watch` sees, after it. */
static const struct ob_monitor_type second_watch = {
    .name = "second",
    .state_size = sizeof(struct seen),
    .observe = observe,
};

static const struct ob_monitor_type named_watch = {
    .name = "watch",
    .state_size = sizeof(struct seen),
    .observe = observe,
    .states = {[CALM] = {"calm", false}, [WAITING] = {"waiting", true}},
    .hot_violates = OB_VIOLATES(every_ask_is_done),
};

static const struct ob_monitor_type clock_watch = {
    .name = "watch",
    .state_size = sizeof(struct seen),
    .observe = observe,
    .sights = OB_SIGHT_BIT(OB_SAW_DELIVERED),
    .kinds = OB_KIND_BIT(ASK) | OB_KIND_BIT(DONE),
    .states = {[CALM] = {"calm", false}, [WAITING] = {"waiting", true}},
    .hot_us_max = 500,
    .describe = describe,
};

static void client_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == ASK)
        ob_send(self, "server", VOTE);
    if (message->kind == ASK && ob_variant(self) == ADDRESSED)
        ob_send(self, "watch", VOTE);
    ob_declare_state(self, message->kind);
}

static void server_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == TICK) {
        (void)ob_timer_start(self, 100, TICK, 0);
        return;
    }
    if (ob_variant(self) == BOUNDED)
        (void)ob_timer_start(self, 100, TICK, 0);
    else if (ob_variant(self) != FORGETFUL && ob_variant(self) != NAMED)
        ob_reply(self, message, DONE);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "client", client_receive, 0);
    ob_spawn(world, "server", server_receive, 0);
    unsigned variant = ob_world_variant(world);
    if (variant == FAULTY) {
        ob_link(world, "client", "server", (struct ob_link){.partition_us_max = 5000});
        ob_allow(world, "server",
                 (struct ob_faults){.pause_us_max = 1000, .clock_offset_us_max = 100});
    }
    (void)ob_spawn_monitor(world, variant == BOUNDED ? &clock_watch
                                  : variant == NAMED ? &named_watch
                                                     : &watch);
    if (variant == TWO)
        (void)ob_spawn_monitor(world, &second_watch);
    if (variant == LATE_ACTOR)
        (void)ob_spawn(world, "late", client_receive, 0);
}

static const struct ob_target target = {
    .name = "watched",
    .variants = {[SEEN] = "seen",
                 [SENDING] = "sending",
                 [ADDRESSED] = "addressed",
                 [LATE_ACTOR] = "late_actor",
                 [BOUNDED] = "bounded",
                 [FORGETFUL] = "forgetful",
                 [CHOOSING] = "choosing",
                 [STOPPING] = "stopping",
                 [STARTING] = "starting",
                 [NAMED] = "named",
                 [TWO] = "two",
                 [FAULTY] = "faulty"},
    .messages = {[ASK] = {.name = "ask", .to = "client"},
                 [VOTE] = {.name = "vote"},
                 [DONE] = {.name = "done"},
                 [TICK] = {.name = "tick"}},
    .choices = {"guess"},
    .setup = setup,
};

static struct ob_world *run(struct bench *bench, enum variant variant, const char *records)
{
    bench_open(bench, &target, variant);
    bench_parse(bench, records);
    (void)ob_world_run(bench->world, &bench->scenario);
    return bench->world;
}

static void sees_what_happens_in_order(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world = run(&bench, SEEN, "+0 ask() to client\n");
    const struct seen *seen = ob_state(ob_actor(world, "watch"));
    assert_int_equal(ob_world_verdict(world)->outcome, OB_PASSED);
    /* ask: delivered, vote sent; vote: delivered, done sent; done: delivered, another state. */
    assert_string_equal(seen->letters, "dsdsdt");
    assert_int_equal(seen->open, 0);
    bench_close(&bench);
}

static void what_it_says_is_told(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_saying saying;
    struct ob_world *world = run(&bench, SEEN, "+0 ask() to client\n");
    assert_true(ob_world_said(world, 0, 0, &saying));
    assert_string_equal(saying.stream, "watch");
    assert_string_equal(saying.text, "waiting");
    assert_false(ob_world_said(world, 0, 1, &saying));
    assert_false(ob_world_said(world, 1, 0, &saying));
    assert_true(ob_world_said(world, 2, 0, &saying));
    assert_string_equal(saying.text, "calm");
    bench_close(&bench);
}

static void judges_at_once(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world =
        run(&bench, FORGETFUL, "+0 ask() to client\n+0 ask() to client\n+0 ask() to client\n");
    assert_int_equal(ob_world_verdict(world)->outcome, OB_VIOLATED);
    assert_string_equal(ob_world_verdict(world)->invariant, "two_at_most");
    bench_close(&bench);
}

static void hot_when_nothing_more_happens(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world = run(&bench, FORGETFUL, "+0 ask() to client\n");
    assert_int_equal(ob_world_verdict(world)->outcome, OB_VIOLATED);
    assert_string_equal(ob_world_verdict(world)->invariant, "monitor_is_hot");
    assert_non_null(strstr(ob_world_verdict(world)->detail, "watch is in waiting"));
    bench_close(&bench);
}

static void hot_for_too_long(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world = run(&bench, BOUNDED, "+0 ask() to client\n");
    assert_int_equal(ob_world_verdict(world)->outcome, OB_VIOLATED);
    assert_string_equal(ob_world_verdict(world)->invariant, "monitor_is_hot");
    /* The first moment after that time, and not the end of a run that would never end. */
    assert_true(ob_world_verdict(world)->end_us > 500 && ob_world_verdict(world)->end_us <= 700);
    bench_close(&bench);
}

static void hot_has_a_name_of_its_own(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world = run(&bench, NAMED, "+0 ask() to client\n");
    assert_string_equal(ob_world_verdict(world)->invariant, "every_ask_is_done");
    bench_close(&bench);
}

static const char *letters_of(const struct ob_world *world, const char *monitor)
{
    return ((const struct seen *)ob_state((ob_actor)(world, monitor)))->letters;
}

/* Where a run goes on after a violation, the monitor behind the one that has found it misses
 * nothing. */
static void all_see_what_one_finds_wrong(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &target, TWO);
    bench_parse(&bench, "+0 ask() to client\n+0 ask() to client\n+0 ask() to client\n");
    ob_world_keep_going(bench.world, true);
    (void)ob_world_run(bench.world, &bench.scenario);
    assert_int_equal(ob_world_verdict(bench.world)->outcome, OB_VIOLATED);
    assert_string_equal(letters_of(bench.world, "watch"), letters_of(bench.world, "second"));
    assert_string_equal(letters_of(bench.world, "watch"), "dsdsdsdsdsdsdtdd");
    bench_close(&bench);
}

/* It does not go on for ever either. */
static void hot_for_too_long_is_told_once(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &target, BOUNDED);
    bench_parse(&bench, "+0 ask() to client\n");
    ob_world_keep_going(bench.world, true);
    (void)ob_world_run(bench.world, &bench.scenario);
    assert_string_equal(ob_world_verdict(bench.world)->invariant, "monitor_is_hot");
    bench_close(&bench);
}

/* Where oracles alone judge, annotated the states of a run judges nothing either. */
static void states_are_told_as_the_run_was_judged(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_states states = {0};
    struct ob_error error = {{0}};
    bench_open(&bench, &target, FORGETFUL);
    bench_parse(&bench, "+0 ask() to client\n+0 ask() to client\n+0 ask() to client\n");
    ob_world_judge(bench.world, OB_JUDGE_ORACLES);
    assert_int_equal(ob_world_run(bench.world, &bench.scenario)->outcome, OB_PASSED);
    const struct ob_annotated_run annotated = {.world = bench.world, .scenario = &bench.scenario};
    assert_int_equal(ob_states_record(&annotated, &states, &error), 0);
    assert_true(states.count > 0);
    ob_states_release(&states);
    bench_close(&bench);
}

static void sees_pauses_cuts_and_clocks(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world = run(&bench, FAULTY, "+0 ask() to client\nskew server ahead 50us\n");
    assert_string_equal(letters_of(world, "watch"), "wdsdsdt");
    bench_close(&bench);
    /* The link is cut when the vote leaves; the server pauses once it has handled it. */
    world = run(&bench, FAULTY, "+0 ask() to client\npartition vote client->server #0 for 1ms\n");
    assert_string_equal(letters_of(world, "watch"), "dksdsdt");
    bench_close(&bench);
    world = run(&bench, FAULTY,
                "+0 ask() to client\n+1us ask() to client\n"
                "partition vote client->server #0 for 1ms\nheal vote client->server #1\n");
    assert_string_equal(letters_of(world, "watch"), "dksdjsdsdsdtd");
    bench_close(&bench);
    world = run(&bench, FAULTY, "+0 ask() to client\npause after vote client->server #0 for 1ms\n");
    assert_string_equal(letters_of(world, "watch"), "dsdspdt");
    bench_close(&bench);
    world =
        run(&bench, FAULTY, "+0 ask() to client\npause before vote client->server #0 for 1ms\n");
    assert_string_equal(letters_of(world, "watch"), "dspdsdt");
    bench_close(&bench);
}

static void is_part_of_snapshots_and_resets(void **state)
{
    (void)state;
    struct bench bench;
    struct ob_world *world = run(&bench, SEEN, "+0 ask() to client\n+0 ask() to client\n");
    uint64_t hash = ob_world_verdict(world)->trace_hash;
    struct seen first = *(const struct seen *)ob_state(ob_actor(world, "watch"));
    ob_world_begin(world, &bench.scenario);
    assert_true(ob_world_step(world));
    struct ob_snapshot *snapshot = ob_snapshot_take(world, NULL);
    assert_non_null(snapshot);
    while (ob_world_step(world))
        ;
    ob_snapshot_restore(world, snapshot);
    const struct seen *seen = ob_state(ob_actor(world, "watch"));
    assert_true(seen->length < first.length);
    while (ob_world_step(world))
        ;
    assert_memory_equal(seen, &first, sizeof first);
    assert_int_equal(ob_world_verdict(world)->trace_hash, hash);
    (void)ob_world_run(world, &bench.scenario);
    assert_memory_equal(seen, &first, sizeof first);
    ob_snapshot_free(snapshot);
    bench_close(&bench);
}

static void only_observes(void **state)
{
    (void)state;
    const char *records = "+0 ask() to client\n";
    assert_non_null(strstr(defect_says(&target, SENDING, records),
                           "watch calls ob_send(), and is a monitor; monitors only observe"));
    assert_non_null(strstr(defect_says(&target, CHOOSING, records), "watch calls ob_choose()"));
    assert_non_null(strstr(defect_says(&target, STOPPING, records), "watch calls ob_stop()"));
    assert_non_null(
        strstr(defect_says(&target, STARTING, records), "watch calls ob_start_again()"));
    assert_non_null(strstr(defect_says(&target, ADDRESSED, records),
                           "ob_send(): watch is a monitor, to which nothing is sent"));
    assert_non_null(strstr(defect_says(&target, LATE_ACTOR, records),
                           "ob_spawn(\"late\") comes after ob_spawn_monitor()"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_what_happens_in_order),
        cmocka_unit_test(what_it_says_is_told),
        cmocka_unit_test(judges_at_once),
        cmocka_unit_test(hot_when_nothing_more_happens),
        cmocka_unit_test(hot_for_too_long),
        cmocka_unit_test(hot_has_a_name_of_its_own),
        cmocka_unit_test(hot_for_too_long_is_told_once),
        cmocka_unit_test(all_see_what_one_finds_wrong),
        cmocka_unit_test(states_are_told_as_the_run_was_judged),
        cmocka_unit_test(sees_pauses_cuts_and_clocks),
        cmocka_unit_test(is_part_of_snapshots_and_resets),
        cmocka_unit_test(only_observes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
