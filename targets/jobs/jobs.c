/* A queue gives a job to another worker when the first takes too long. See README.md. */
#include <offbeat/oracle.h>
#include <offbeat/task.h>

#define JOBS 8
#define WORKERS 2
#define STALLED_US 30000

enum variant { STALLED, LONGER_LOCK, DEDUPLICATED };
enum kind { ADD, RUN, MAIL, SENT, DONE, CHECK };

struct queue {
    bool added[JOBS];
    bool done[JOBS];
    uint8_t worker[JOBS];
};

static uint32_t lock_us(const struct ob_actor *self)
{
    return ob_variant(self) == LONGER_LOCK ? 2 * STALLED_US : STALLED_US;
}

static void give(struct ob_actor *self, unsigned job)
{
    struct queue *queue = ob_state(self);
    unsigned worker = queue->worker[job]++ % WORKERS;
    ob_send_member(self, "worker", worker, RUN, job);
    ob_timer_start(self, lock_us(self), CHECK, job);
}

static void queue_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct queue *queue = ob_state(self);
    unsigned job = message->args[0];

    if (message->kind == ADD && !queue->added[job]) {
        queue->added[job] = true;
        give(self, job);
    } else if (message->kind == DONE) {
        queue->done[job] = true;
    } else if (message->kind == CHECK && !queue->done[job]) {
        give(self, job); /* its lock has run out: stalled */
    }
}

static void worker_handle(struct ob_actor *self, const struct ob_message *message)
{
    (void)ob_call(self, "mailer", OB_FOREVER, MAIL, message->args[0]);
    ob_reply(self, message, DONE, message->args[0]);
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
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "queue")))
        return;
    const struct queue *queue = ob_state(actor);
    for (unsigned job = 0; job < JOBS; job++)
        if (queue->added[job])
            ob_describe(text, "job %u: %s; ", job, queue->done[job] ? "done" : "under way");
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "queue", queue_receive, sizeof(struct queue));
    ob_spawn_async_many(world, "worker", WORKERS, worker_handle, 1);
    ob_spawn(world, "mailer", mailer_receive, sizeof(struct mailer));
    ob_link(world, "worker", "mailer",
            (struct ob_link){.latency_us = 5000, .latency_us_max = 70000});
}

OB_TARGET(
    jobs, .summary = "a queue gives a job again when its worker takes too long",
    .variants =
        {[STALLED] = "stalled", [LONGER_LOCK] = "longer_lock", [DEDUPLICATED] = "deduplicated"},
    .fails = {[STALLED] = true, [LONGER_LOCK] = true},
    .messages = {[ADD] = {.name = "add", .to = "queue", .args = {{"job", 0, JOBS - 1}}},
                 [RUN] = {.name = "run", .args = {{.name = "job"}}},
                 [MAIL] = {.name = "mail", .args = {{.name = "job"}}},
                 [SENT] = {.name = "sent", .args = {{.name = "job"}}},
                 [DONE] = {.name = "done", .args = {{.name = "job"}}},
                 [CHECK] = {.name = "check", .args = {{.name = "job"}}}},
    .setup = setup, .describe = describe, .oracles = OB_ORACLES(OB_EFFECTS));
