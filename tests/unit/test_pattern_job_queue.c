/* The queue of jobs: who is given what, until when it is locked, and what becomes of the stalled.
 */
#include <offbeat/job_queue.h>

#include "support/task_log.h"

enum kind { ADD, WORK, JOB, KINDS = JOB + OB_JOB_KINDS };
enum variant { RENEWS, NEVER_RENEWS };

#define LOCK_US 1000
#define CHECK_US 400

static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "queue", JOB + OB_JOB_ADD, message->args[0]);
}

/* Takes as long as it was told to; an uneven job fails the first time. */
static int do_job(struct ob_actor *self, const struct ob_job *job, void *context)
{
    const struct ob_message *told = context;
    note(self, "%s+%u/%u@%u", ob_name(self), job->job, job->attempt, since_start(self));
    ob_sleep(self, told->args[0]);
    note(self, "%s-%u%s", ob_name(self), job->job, job->is_lost ? ":lost" : "");
    return job->job % 2 && job->attempt == 1 ? 5 : 0;
}

static void work(struct ob_actor *self)
{
    for (;;) {
        const struct ob_message *told = ob_receive(self, WORK);
        ob_job_work(self, "queue", ob_variant(self) == RENEWS ? LOCK_US / 2 : 0, do_job,
                    (void *)(uintptr_t)told);
    }
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "sender", sender_receive, 0);
    ob_job_queue_spawn(world, "queue",
                       &(struct ob_job_queue_config){.first_kind = JOB,
                                                     .lock_us = LOCK_US,
                                                     .stalled_us = CHECK_US,
                                                     .stalled_max = 1,
                                                     .attempts_max = 2});
    ob_spawn_process_many(world, "w", 3, work, 0);
    spawn_log(world);
    ob_allow(world, "w", (struct ob_faults){.pause_us_max = 100000});
}

static OB_TARGET(job_queues, .variants = {"renews", "never_renews"},
                 .messages = {[ADD] = {.name = "add", .to = "sender", .args = {{"job", 0, 99}}},
                              [WORK] = {.name = "work", .to = "w", .args = {{"us", 0, 9999}}},
                              OB_JOB_MESSAGES(JOB)},
                 .setup = setup);

static void expect(unsigned variant, const char *records, const char *noted, unsigned job,
                   enum ob_job_state job_state)
{
    static struct bench bench;
    bench_open(&bench, &ob_target_job_queues, variant);
    (void)bench_run(&bench, records);
    const struct log *log = ob_state(ob_actor(bench.world, "log"));
    assert_string_equal(log->line, noted);
    assert_int_equal(ob_job_state(ob_actor(bench.world, "queue"), job), job_state);
    bench_close(&bench);
}

static void jobs_are_given_in_their_order(void **state)
{
    (void)state;
    expect(RENEWS,
           "+0 add(job=4)\n+0 add(job=2)\n+50us work(us=10) to w.1\n+0 work(us=10) to w.0\n",
           "w.1+4/1@70 w.0+2/1@70 w.1-4 w.0-2 ", 4, OB_JOB_FINISHED);
}

static void who_has_waited_longest_gets_the_next(void **state)
{
    (void)state;
    expect(RENEWS,
           "+0 work(us=10) to w.2\n+0 work(us=10) to w.0\n+50us add(job=4)\n+5us add(job=2)\n",
           "w.2+4/1@70 w.0+2/1@75 w.2-4 w.0-2 ", 2, OB_JOB_FINISHED);
}

static void a_job_is_added_once(void **state)
{
    (void)state;
    expect(RENEWS, "+0 add(job=4)\n+0 add(job=4)\n+0 work(us=10) to w.0\n+0 work(us=10) to w.1\n",
           "w.0+4/1@20 w.0-4 ", 4, OB_JOB_FINISHED);
    expect(RENEWS, "+0 add(job=70)\n+0 work(us=10) to w.0\n", "", 70, OB_JOB_UNKNOWN);
}

static void one_that_has_failed_is_tried_again(void **state)
{
    (void)state;
    expect(RENEWS, "+0 add(job=3)\n+0 work(us=10) to w.0\n+0 work(us=10) to w.1\n",
           "w.0+3/1@20 w.0-3 w.1+3/2@50 w.1-3 ", 3, OB_JOB_FINISHED);
}

static void a_lock_that_is_renewed_is_kept(void **state)
{
    (void)state;
    expect(RENEWS, "+0 add(job=4)\n+0 work(us=5000) to w.0\n+0 work(us=10) to w.1\n",
           "w.0+4/1@20 w.0-4 ", 4, OB_JOB_FINISHED);
}

static void one_that_has_run_out_goes_to_another(void **state)
{
    (void)state;
    /* Checks at 410 and 810 us mark it; the one at 1210 us finds the lock over. The first worker's
     * end is refused. */
    expect(NEVER_RENEWS, "+0 add(job=4)\n+0 work(us=3000) to w.0\n+0 work(us=10) to w.1\n",
           "w.0+4/1@20 w.1+4/1@1220 w.1-4 w.0-4 ", 4, OB_JOB_FINISHED);
    /* So is its failure: the job is tried again when the second one has failed. */
    expect(
        NEVER_RENEWS,
        "+0 add(job=3)\n+0 work(us=1500) to w.0\n+0 work(us=1000) to w.1\n+0 work(us=10) to w.2\n",
        "w.0+3/1@20 w.1+3/1@1220 w.0-3 w.1-3 w.2+3/2@2240 w.2-3 ", 3, OB_JOB_FINISHED);
}

static void one_that_stalls_too_often_fails(void **state)
{
    (void)state;
    expect(NEVER_RENEWS,
           "+0 add(job=4)\n+0 work(us=3000) to w.0\n+0 work(us=3000) to w.1\n"
           "+0 work(us=3000) to w.2\n",
           "w.0+4/1@20 w.1+4/1@1220 w.0-4 w.1-4 ", 4, OB_JOB_FAILED);
}

static void who_stands_still_learns_that_it_is_lost(void **state)
{
    (void)state;
    /* It begins when the job has gone to another already. */
    expect(RENEWS,
           "+0 add(job=4)\n+0 work(us=4000) to w.0\n+0 work(us=10) to w.1\n"
           "pause before given queue->w.0 #0 for 3ms\n",
           "w.1+4/1@1220 w.1-4 w.0+4/1@3020 w.0-4:lost ", 4, OB_JOB_FINISHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_given_in_their_order),
        cmocka_unit_test(who_has_waited_longest_gets_the_next),
        cmocka_unit_test(a_job_is_added_once),
        cmocka_unit_test(one_that_has_failed_is_tried_again),
        cmocka_unit_test(a_lock_that_is_renewed_is_kept),
        cmocka_unit_test(one_that_has_run_out_goes_to_another),
        cmocka_unit_test(one_that_stalls_too_often_fails),
        cmocka_unit_test(who_stands_still_learns_that_it_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
