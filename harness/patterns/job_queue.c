#include <offbeat/job_queue.h>
#include <offbeat/process.h>

#include <assert.h>
#include <string.h>

struct job {
    uint8_t state;
    bool is_marked; /* it was under way at the last check, and its lock was not renewed since */
    uint32_t token; /* of the one that was given it last */
    uint32_t attempts;
    uint32_t stalls;
    uint64_t locked_until_us;
};

struct queue {
    struct job jobs[OB_JOBS_MAX];
    uint8_t waiting[OB_JOBS_MAX]; /* jobs, the next one first */
    unsigned waiting_count;
    const struct ob_message *workers[OB_JOB_WORKERS_MAX]; /* calls, the oldest first */
    unsigned worker_count;
    uint32_t tokens;
    uint32_t timer;
};

static unsigned kind_of(const struct ob_actor *queue, enum ob_job_kind kind)
{
    const struct ob_job_queue_config *config = ob_config(queue);
    return config->first_kind + (unsigned)kind;
}

/* -- the queue -- */

static void put_at(struct queue *queue, unsigned at, unsigned number)
{
    assert(queue->waiting_count < OB_JOBS_MAX);
    memmove(&queue->waiting[at + 1], &queue->waiting[at], queue->waiting_count - at);
    queue->waiting[at] = (uint8_t)number;
    queue->waiting_count++;
    queue->jobs[number].state = OB_JOB_WAITING;
}

static void give(struct ob_actor *self, struct queue *queue, const struct ob_message *call)
{
    const struct ob_job_queue_config *config = ob_config(self);
    unsigned number = queue->waiting[0];
    struct job *job = &queue->jobs[number];

    queue->waiting_count--;
    memmove(&queue->waiting[0], &queue->waiting[1], queue->waiting_count);
    job->state = OB_JOB_ACTIVE;
    job->is_marked = false;
    job->token = ++queue->tokens;
    job->attempts++;
    job->locked_until_us = ob_now(self) + config->lock_us;
    if (queue->timer == 0)
        queue->timer = ob_timer_start(self, config->stalled_us, kind_of(self, OB_JOB_CHECK), 0);
    ob_reply(self, call, kind_of(self, OB_JOB_GIVEN), number, job->token, job->attempts);
}

/* Gives what waits to those that wait for it. */
static void go_on(struct ob_actor *self, struct queue *queue)
{
    while (queue->waiting_count > 0 && queue->worker_count > 0) {
        const struct ob_message *call = queue->workers[0];
        queue->worker_count--;
        memmove(&queue->workers[0], &queue->workers[1],
                queue->worker_count * sizeof *queue->workers);
        give(self, queue, call);
    }
}

/* What a worker says of a job. */
static void hear(struct ob_actor *self, struct queue *queue, const struct ob_message *message,
                 enum ob_job_kind kind)
{
    const struct ob_job_queue_config *config = ob_config(self);
    unsigned number = message->args[0];
    struct job *job = &queue->jobs[number];
    bool is_current = job->state == OB_JOB_ACTIVE && job->token == message->args[1];

    ob_reply(self, message, kind_of(self, is_current ? OB_JOB_KEPT : OB_JOB_LOST), number);
    if (!is_current)
        return;
    if (kind == OB_JOB_RENEW) {
        job->is_marked = false;
        job->locked_until_us = ob_now(self) + config->lock_us;
    } else if (kind == OB_JOB_FINISH) {
        job->state = OB_JOB_FINISHED;
    } else if (job->attempts < config->attempts_max) {
        put_at(queue, queue->waiting_count, number);
    } else {
        job->state = OB_JOB_FAILED;
    }
}

static void stall(struct ob_actor *self, struct queue *queue, unsigned number)
{
    const struct ob_job_queue_config *config = ob_config(self);
    struct job *job = &queue->jobs[number];
    job->stalls++;
    if (job->stalls > config->stalled_max) {
        job->state = OB_JOB_FAILED;
        return;
    }
    job->attempts--; /* it does not count as one that has failed */
    put_at(queue, 0, number);
}

static void check(struct ob_actor *self, struct queue *queue)
{
    const struct ob_job_queue_config *config = ob_config(self);
    bool is_any_active = false;
    for (unsigned number = 0; number < OB_JOBS_MAX; number++) {
        struct job *job = &queue->jobs[number];
        if (job->state != OB_JOB_ACTIVE)
            continue;
        if (job->is_marked && ob_now(self) >= job->locked_until_us)
            stall(self, queue, number);
        job->is_marked = true;
        is_any_active |= job->state == OB_JOB_ACTIVE;
    }
    queue->timer = 0;
    if (is_any_active)
        queue->timer = ob_timer_start(self, config->stalled_us, kind_of(self, OB_JOB_CHECK), 0);
}

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct queue *queue = ob_state(self);
    unsigned kind = message->kind - kind_of(self, OB_JOB_ADD);

    if (kind == OB_JOB_TAKE) {
        if (queue->worker_count < OB_JOB_WORKERS_MAX)
            queue->workers[queue->worker_count++] = message;
    } else if (kind == OB_JOB_CHECK) {
        check(self, queue);
    } else if (message->args[0] >= OB_JOBS_MAX) {
        return;
    } else if (kind == OB_JOB_ADD) {
        if (queue->jobs[message->args[0]].state == OB_JOB_UNKNOWN)
            put_at(queue, queue->waiting_count, message->args[0]);
    } else if (kind <= OB_JOB_FAIL) {
        hear(self, queue, message, kind);
    }
    go_on(self, queue);
}

struct ob_actor *ob_job_queue_spawn(struct ob_world *world, const char *name,
                                    const struct ob_job_queue_config *config)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct queue));
    struct ob_job_queue_config *kept = ob_alloc(world, sizeof *kept);
    assert(config->lock_us >= 1 && config->stalled_us >= 1 && config->attempts_max >= 1);
    *kept = *config;
    ob_set_config(actor, kept);
    return actor;
}

enum ob_job_state ob_job_state(const struct ob_actor *actor, unsigned job)
{
    const struct queue *queue = ob_state(actor);
    return (enum ob_job_state)queue->jobs[job % OB_JOBS_MAX].state;
}

/* -- workers -- */

bool ob_job_take(struct ob_actor *self, const char *name, uint32_t timeout_us, struct ob_job *job)
{
    const struct ob_actor *queue = ob_actor(ob_world(self), name);
    const struct ob_message *given =
        ob_call_to(self, ob_id(queue), timeout_us, kind_of(queue, OB_JOB_TAKE));
    if (!given)
        return false;
    *job =
        (struct ob_job){.job = given->args[0], .token = given->args[1], .attempt = given->args[2]};
    return true;
}

/* Says something of a job, and hears whether it is still the worker's. */
static bool tell(struct ob_actor *self, const struct ob_actor *queue, enum ob_job_kind kind,
                 struct ob_job *job, uint16_t *ref)
{
    *ref = ob_ask_to(self, ob_id(queue), kind_of(queue, kind), job->job, job->token);
    const struct ob_message *answer = ob_await_reply(self, *ref, OB_FOREVER);
    job->is_lost = !answer || answer->kind != kind_of(queue, OB_JOB_KEPT);
    return !job->is_lost;
}

bool ob_job_finish(struct ob_actor *self, const char *queue, struct ob_job *job)
{
    uint16_t ref;
    return tell(self, ob_actor(ob_world(self), queue), OB_JOB_FINISH, job, &ref);
}

bool ob_job_fail(struct ob_actor *self, const char *queue, struct ob_job *job)
{
    uint16_t ref;
    return tell(self, ob_actor(ob_world(self), queue), OB_JOB_FAIL, job, &ref);
}

struct renewal {
    const struct ob_actor *queue;
    struct ob_job *job;
    uint32_t renew_us;
    uint16_t ref; /* of the last request */
};

static void renew(struct ob_actor *self, void *context)
{
    struct renewal *renewal = context;
    do
        ob_sleep(self, renewal->renew_us);
    while (tell(self, renewal->queue, OB_JOB_RENEW, renewal->job, &renewal->ref));
}

void ob_job_work(struct ob_actor *self, const char *queue, uint32_t renew_us,
                 ob_job_function *function, void *context)
{
    struct ob_job job;
    struct renewal renewal = {
        .queue = ob_actor(ob_world(self), queue), .job = &job, .renew_us = renew_us};

    if (!ob_job_take(self, queue, OB_FOREVER, &job))
        return;
    uint32_t task = renew_us > 0 ? ob_task_start(self, renew, &renewal) : 0;
    int error = function(self, &job, context);
    /* The task looks at this frame, and nobody awaits the answer to it any more. */
    if (ob_task_cancel(self, task) && renewal.ref != 0)
        ob_forget(self, renewal.ref);
    if (error)
        (void)ob_job_fail(self, queue, &job);
    else
        (void)ob_job_finish(self, queue, &job);
}
