/* What minimizing ends with does not depend on where it has begun: of scenarios that do alike it is
 * the plainest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "search/minimize.h"
#include "support/run_text.h"
#include "world/run.h"

#define WORKERS 3u
#define LATE_US 60 /* from the beginning */

enum { ASK, ALSO, OTHER, JOB, DONE, MARK };

struct judge {
    uint32_t done;
    bool other;
};

static unsigned missed_at_most(const struct ob_actor *self)
{
    return ob_variant(self);
}

static void front_receive(struct ob_actor *self, const struct ob_message *message)
{
    for (unsigned id = 1; id <= WORKERS; id++) /* they are spawned first */
        ob_send_to(self, id, JOB);
    if (message->kind == OTHER)
        ob_send(self, "judge", OTHER);
}

static void worker_receive(struct ob_actor *self, const struct ob_message *message)
{
    (void)message;
    ob_send(self, "judge", DONE);
}

static void judge_start(struct ob_actor *self)
{
    ob_timer_start(self, LATE_US, MARK, 0);
}

static void judge_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct judge *judge = ob_state(self);

    judge->done += message->kind == DONE;
    judge->other |= message->kind == OTHER;
    if (message->kind == MARK)
        OB_INVARIANT(ob_world(self), few_are_missed,
                     judge->done == 0 || WORKERS - judge->done <= missed_at_most(self), "%u",
                     judge->done);
}

static void setup(struct ob_world *world)
{
    ob_spawn_many(world, "worker", WORKERS, worker_receive, 0);
    ob_spawn(world, "front", front_receive, 0);
    ob_on_start(ob_spawn(world, "judge", judge_receive, sizeof(struct judge)), judge_start);
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 10, .latency_us_max = 1000});
}

static OB_TARGET(settled, .variants = {"none", "one"},
                 .messages = {[ASK] = {.name = "ask", .to = "front", .args = {{"of", 0, 7}}},
                              [ALSO] = {.name = "also", .to = "front", .args = {{"of", 0, 7}}},
                              [OTHER] = {.name = "other", .to = "front"},
                              [JOB] = {.name = "job"},
                              [DONE] = {.name = "done"},
                              [MARK] = {.name = "mark"}},
                 .setup = setup);

static void expect_minimal(unsigned variant, const char *from, const char *minimal)
{
    struct ob_text text = {0};
    struct bench bench;

    bench_open(&bench, &ob_target_settled, variant);
    bench_parse(&bench, from);
    assert_int_equal(ob_world_run(bench.world, &bench.scenario)->outcome, OB_VIOLATED);
    assert_int_equal(ob_minimize(bench.world, &bench.scenario, &bench.scenario, NULL, NULL), 0);
    ob_scenario_print(ob_world_vocabulary(bench.world), &bench.scenario, &text);
    assert_non_null(strchr(ob_text_string(&text), '\n'));
    assert_string_equal(strchr(ob_text_string(&text), '\n') + 1, minimal);
    ob_text_release(&text);
    bench_close(&bench);
}

static void of_equal_workers_it_is_the_first(void **state)
{
    static const char minimal[] = "+0 ask(of=0) to front\n"
                                  "delay job front->worker.0 #0 by 40us\n";
    (void)state;
    expect_minimal(0, "+0 ask(of=0) to front\ndelay done worker.0->judge #0 by 40us\n", minimal);
    expect_minimal(0, "+0 ask(of=5) to front\ndelay done worker.2->judge #0 by 100us\n", minimal);
    expect_minimal(0, "+0 ask(of=1) to front\ndelay job front->worker.1 #0 by 70us\n", minimal);
}

static void of_two_it_is_the_first_two(void **state)
{
    static const char minimal[] = "+0 ask(of=0) to front\n"
                                  "delay job front->worker.0 #0 by 40us\n"
                                  "delay job front->worker.1 #0 by 40us\n";
    (void)state;
    expect_minimal(1,
                   "+0 ask(of=0) to front\ndelay done worker.0->judge #0 by 40us\n"
                   "delay done worker.1->judge #0 by 40us\n",
                   minimal);
    expect_minimal(1,
                   "+0 ask(of=0) to front\ndelay job front->worker.1 #0 by 50us\n"
                   "delay done worker.2->judge #0 by 70us\n",
                   minimal);
}

static void a_kind_that_does_alike_is_an_earlier_one(void **state)
{
    (void)state;
    expect_minimal(0, "+0 also(of=3) to front\ndelay done worker.1->judge #0 by 50us\n",
                   "+0 ask(of=0) to front\n"
                   "delay job front->worker.0 #0 by 40us\n");
    /* More comes of this one. */
    expect_minimal(0, "+0 other() to front\ndelay done worker.1->judge #0 by 50us\n",
                   "+0 other() to front\n"
                   "delay job front->worker.0 #0 by 40us\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_equal_workers_it_is_the_first),
        cmocka_unit_test(of_two_it_is_the_first_two),
        cmocka_unit_test(a_kind_that_does_alike_is_an_earlier_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
