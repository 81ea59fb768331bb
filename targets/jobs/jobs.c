/* A queue gives a job to another worker when the first takes too long. See README.md. */
#include <offbeat/job_queue.h>
#include <offbeat/oracle.h>

#define JOBS 8
#define WORKERS 2
#define LOCK_US 30000

enum variant { STALLED, LONGER_LOCK, RENEWED, DEDUPLICATED, FINISHED_FIRST };
enum kind { ADD, MAIL, SENT, JOB, KINDS = JOB + OB_JOB_KINDS };

static void sender_receive(struct ob_actor *self, const struct ob_message *message)
{
    ob_send(self, "queue", JOB + OB_JOB_ADD, message->args[0]);
}

static int send_mail(struct ob_actor *self, const struct ob_job *job, void *context)
{
    (void)context;
    (void)ob_call(self, "mailer", OB_FOREVER, MAIL, job->job);
    return 0;
}

static void work(struct ob_actor *self)
{
    bool is_renewed = ob_variant(self) >= RENEWED;
    struct ob_job job;

    for (;;)
        if (ob_variant(self) != FINISHED_FIRST)
            ob_job_work(self, "queue", is_renewed ? LOCK_US / 2 : 0, send_mail, NULL);
        else if (ob_job_take(self, "queue", OB_FOREVER, &job) && ob_job_finish(self, "queue", &job))
            (void)send_mail(self, &job, NULL);
}

struct mailer {
    bool sent[JOBS];
};

static void mailer_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct mailer *mailer = ob_state(self);
    unsigned job = message->args[0];

    if (ob_variant(self) != DEDUPLICATED || !mailer->sent[job])
        ob_effect(self, job);
    mailer->sent[job] = true;
    ob_reply(self, message, SENT, job);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    static const char *const states[] = {"", "waits", "is under way", "is done", "has failed"};

    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "queue")))
        return;
    for (unsigned job = 0; job < JOBS; job++)
        if (ob_job_state(actor, job) != OB_JOB_UNKNOWN)
            ob_describe(text, "job %u %s; ", job, states[ob_job_state(actor, job)]);
}

static void setup(struct ob_world *world)
{
    bool is_longer = ob_world_variant(world) == LONGER_LOCK;

    ob_spawn(world, "sender", sender_receive, 0);
    ob_job_queue_spawn(world, "queue",
                       &(struct ob_job_queue_config){.first_kind = JOB,
                                                     .lock_us = is_longer ? 2 * LOCK_US : LOCK_US,
                                                     .stalled_us = 10000,
                                                     .stalled_max = 2,
                                                     .attempts_max = 1});
    ob_spawn_process_many(world, "worker", WORKERS, work, 0);
    ob_spawn(world, "mailer", mailer_receive, sizeof(struct mailer));
    ob_link(world, "worker", "queue", (struct ob_link){.latency_us_max = 1000});
    ob_link(world, "queue", "worker", (struct ob_link){.latency_us_max = 1000});
    ob_link(world, "worker", "mailer",
            (struct ob_link){.latency_us = 5000, .latency_us_max = 70000});
    ob_allow(world, "worker", (struct ob_faults){.pause_us_max = 100000});
}

OB_TARGET(jobs, .summary = "a queue gives a job again when its worker takes too long",
          .variants = {[STALLED] = "stalled",
                       [LONGER_LOCK] = "longer_lock",
                       [RENEWED] = "renewed",
                       [DEDUPLICATED] = "deduplicated",
                       [FINISHED_FIRST] = "finished_first"},
          .fails = {[STALLED] = true, [LONGER_LOCK] = true, [RENEWED] = true},
          .messages = {[ADD] = {.name = "add", .to = "sender", .args = {{"job", 0, JOBS - 1}}},
                       [MAIL] = {.name = "mail", .args = {{.name = "job"}}},
                       [SENT] = {.name = "sent", .args = {{.name = "job"}}},
                       OB_JOB_MESSAGES(JOB)},
          .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_EFFECTS));
