/* Actors that end, that are started again by others, and those that are told. */
#include "support/run_text.h"
#include "world/snapshot.h"

enum kind { QUIT, WORK, NEWS, LATER, DOWN, LEFT };
enum variant { PLAIN, STRICT, SHORT_LIVED };

struct worker {
    uint32_t handled;
    bool started;
};

static void worker_start(struct ob_actor *self)
{
    struct worker *worker = ob_state(self);
    worker->started = true;
    if (ob_variant(self) == SHORT_LIVED)
        ob_stop(self, 9);
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct worker *worker = ob_state(self);

    worker->handled++;
    switch (message->kind) {
    case QUIT: /* what is sent after ob_stop() still leaves, and before the news of the end */
        ob_timer_start(self, 50, LATER, 0);
        ob_stop(self, message->args[0]);
        ob_send(self, "boss", NEWS, worker->handled);
        break;
    case WORK:
        ob_work(self, 1000);
        if (message->args[0])
            ob_postpone(self, message);
        break;
    default:
        break;
    }
}

static void boss_receive(struct ob_actor *self, const struct ob_message *message)
{
    if (message->kind == DOWN && message->args[1] != OB_ENDED_NORMALLY)
        ob_start_again(self, "worker", 20);
}

static void setup(struct ob_world *world)
{
    ob_on_start(ob_spawn(world, "worker", worker_receive, sizeof(struct worker)), worker_start);
    ob_spawn(world, "boss", boss_receive, 0);
    ob_spawn(world, "friend", boss_receive, 0);
    ob_monitor(world, "boss", "worker", DOWN);
    if (ob_world_variant(world) != SHORT_LIVED)
        ob_monitor(world, "friend", "worker", LEFT);
    ob_allow(world, "worker", (struct ob_faults){.crash = true, .restart = true});
}

static OB_TARGET(ends, .variants = {"plain", "strict", "short_lived"},
                 .messages = {[QUIT] = {.name = "quit", .to = "worker", .args = {{"why", 0, 9}}},
                              [WORK] = {.name = "work", .to = "worker", .args = {{"aside", 0, 1}}},
                              [NEWS] = {.name = "news"},
                              [LATER] = {.name = "later"},
                              [DOWN] = {.name = "down"},
                              [LEFT] = {.name = "left"}},
                 .setup = setup, .steps_max = 40);

static struct bench bench;

static void expect(unsigned variant, const char *records, const char *line)
{
    bench_open(&bench, &ob_target_ends, variant);
    assert_string_equal(bench_run(&bench, records), line);
    bench_close(&bench);
}

static void all_who_watch_are_told_after_what_was_said_before(void **state)
{
    (void)state;
    expect(PLAIN, "+0 quit(why=0)\n",
           "quit0@0>worker+ended news1@10>boss down1@10>boss left1@10>friend passed");
}

static void one_that_has_ended_gets_nothing(void **state)
{
    (void)state;
    expect(PLAIN, "+0 quit(why=0)\n+5us work()\n",
           "quit0@0>worker+ended work0@5>worker+lost news1@10>boss down1@10>boss "
           "left1@10>friend passed");
}

static void mailbox_timers_and_what_was_put_aside_are_lost_with_it(void **state)
{
    (void)state;
    expect(PLAIN, "+0 work(aside=1)\n+0 quit(why=1)\n+0 work()\n",
           "work1@0>worker+postponed quit1@1000>worker+ended news2@1010>boss down1@1010>boss "
           "left1@1010>friend start@1030>worker passed");
}

static void state_begins_anew(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_ends, PLAIN);
    (void)bench_run(&bench, "+0 work()\n+2ms quit(why=1)\n+1ms work()\n");
    const struct worker *worker = ob_state(ob_actor(bench.world, "worker"));
    assert_true(ob_is_up(ob_actor(bench.world, "worker")));
    assert_int_equal(worker->handled, 1);
    assert_true(worker->started);
    bench_close(&bench);
}

static void faults_are_told_with_a_reason_of_their_own(void **state)
{
    (void)state;
    expect(PLAIN, "+0 work()\ncrash after work outside->worker #0\n",
           "work0@0>worker+crashed down1@10>boss left1@10>friend start@30>worker passed");
    expect(PLAIN, "+0 work()\ncrash before work outside->worker #0\n",
           "work0@0>worker+lost+crashed down1@10>boss left1@10>friend start@30>worker passed");
    bench_open(&bench, &ob_target_ends, PLAIN);
    (void)bench_run(&bench, "+0 work()\ncrash after work outside->worker #0\n");
    for (uint32_t sent = 0; sent < ob_world_sent_count(bench.world); sent++)
        if (ob_world_sent(bench.world, sent)->message.kind == DOWN)
            assert_int_equal(ob_world_sent(bench.world, sent)->message.args[1], OB_ENDED_BY_CRASH);
    bench_close(&bench);
}

static void one_that_is_up_is_not_started_again(void **state)
{
    (void)state;
    expect(PLAIN, "+0 work()\nrestart after work outside->worker #0 after 15us\n",
           "work0@0>worker+crashed down1@10>boss left1@10>friend start@15>worker passed");
}

static void a_start_handler_may_end_its_actor(void **state)
{
    (void)state;
    expect(SHORT_LIVED, "",
           "down1@10>boss start@30>worker+ended down1@40>boss start@60>worker+ended "
           "down1@70>boss start@90>worker+ended down1@100>boss start@120>worker+ended "
           "down1@130>boss start@150>worker+ended down1@160>boss start@180>worker+ended "
           "down1@190>boss start@210>worker+ended down1@220>boss start@240>worker+ended "
           "down1@250>boss start@270>worker+ended down1@280>boss start@300>worker+ended "
           "down1@310>boss start@330>worker+ended down1@340>boss start@360>worker+ended "
           "down1@370>boss start@390>worker+ended down1@400>boss start@420>worker+ended "
           "down1@430>boss start@450>worker+ended down1@460>boss start@480>worker+ended "
           "down1@490>boss start@510>worker+ended down1@520>boss start@540>worker+ended "
           "down1@550>boss start@570>worker+ended down1@580>boss start@600>worker+ended "
           "! step_budget");
}

/* The news comes after what the one that ended had handled, also when a fault struck before a
 * message. */
static void the_news_of_an_end_depends_on_what_went_before(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_ends, PLAIN);
    assert_string_equal(
        bench_run(&bench, "+0 work()\n+5ms work()\ncrash before work outside->worker #1\n"),
        "work0@0>worker work0@5000>worker+lost+crashed down1@5010>boss left1@5010>friend "
        "start@5030>worker passed");
    assert_true(ob_world_happens_before(bench.world, 0, 2));
    assert_true(ob_world_happens_before(bench.world, 1, 2));
    assert_true(ob_world_happens_before(bench.world, 1, 3));
    assert_false(ob_world_happens_before(bench.world, 2, 3));
    assert_true(ob_world_happens_before(bench.world, 1, 4));
    bench_close(&bench);
}

static void a_snapshot_holds_all_of_it(void **state)
{
    (void)state;
    bench_open(&bench, &ob_target_ends, PLAIN);
    (void)bench_run(&bench, "+0 work()\n+0 quit(why=3)\n+2ms quit(why=4)\n");
    uint64_t hash = ob_world_verdict(bench.world)->trace_hash;
    uint32_t steps = 0;
    ob_world_begin(bench.world, &bench.scenario);
    while (ob_world_step(bench.world))
        steps++;
    for (uint32_t at = 0; at < steps; at++) {
        ob_world_begin(bench.world, &bench.scenario);
        for (uint32_t step = 0; step < at; step++)
            (void)ob_world_step(bench.world);
        struct ob_snapshot *snapshot = ob_snapshot_take(bench.world, NULL);
        while (ob_world_step(bench.world))
            continue;
        ob_snapshot_restore(bench.world, snapshot);
        ob_snapshot_free(snapshot);
        while (ob_world_step(bench.world))
            continue;
        assert_int_equal(ob_world_verdict(bench.world)->trace_hash, hash);
    }
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_watch_are_told_after_what_was_said_before),
        cmocka_unit_test(one_that_has_ended_gets_nothing),
        cmocka_unit_test(mailbox_timers_and_what_was_put_aside_are_lost_with_it),
        cmocka_unit_test(state_begins_anew),
        cmocka_unit_test(faults_are_told_with_a_reason_of_their_own),
        cmocka_unit_test(one_that_is_up_is_not_started_again),
        cmocka_unit_test(a_start_handler_may_end_its_actor),
        cmocka_unit_test(the_news_of_an_end_depends_on_what_went_before),
        cmocka_unit_test(a_snapshot_holds_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
