/*
 * A queue of jobs, as an actor: a worker has a lock on the job that it was given, renews it while
 * it works, and others get the job when the lock has run out.
 *
 * Semantics of: BullMQ (https://docs.bullmq.io, "Stalled jobs", "Locks"), and what is like it.
 *   - a worker that takes a job is given a token, and the job is locked for `lock_us`; the worker
 *     renews the lock when half of that is over;
 *   - every `stalled_us` the queue marks the jobs that are under way. One that is still marked at
 * the next check, as nobody has renewed its lock, and whose lock has run out, is stalled: it goes
 *     to the front of the queue, or fails when it has stalled more than `stalled_max` times;
 *   - who finishes a job, or says that it has failed, without the present token is refused. What
 *     it has done meanwhile is done all the same: at least once, not exactly once;
 *   - a job that has failed is tried again, at the end of the queue, up to `attempts_max` times.
 * A job is a number, which is added once. Checks are made while jobs are under way, so that runs
 * come to rest. Left out: delays, priorities, backoff, results, pausing.
 */
#ifndef OFFBEAT_JOB_QUEUE_H
#define OFFBEAT_JOB_QUEUE_H

#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_JOBS_MAX 64 /* a job's number is less */
#define OB_JOB_WORKERS_MAX 32

/* Kinds of message, from the first on that the target gives the queue. */
enum ob_job_kind {
    OB_JOB_ADD,    /* (job). No answer; nothing when it was added before */
    OB_JOB_TAKE,   /* A call: GIVEN, now or as soon as there is a job */
    OB_JOB_RENEW,  /* (job, token): KEPT, or LOST */
    OB_JOB_FINISH, /* (job, token): KEPT, and the job is over; or LOST */
    OB_JOB_FAIL,   /* (job, token): KEPT, and the job is tried again or has failed; or LOST */
    OB_JOB_CHECK,  /* the queue's timer */
    /* Answers: */
    OB_JOB_GIVEN, /* (job, token, attempt from 1) */
    OB_JOB_KEPT,  /* (job): the token was the present one */
    OB_JOB_LOST,  /* (job): it is not */
    OB_JOB_KINDS, /* how many kinds of the target's are the queue's */
};

/* The names of these kinds, for the target's `messages`: OB_JOB_MESSAGES(JOB) */
#define OB_JOB_MESSAGES(FIRST)                                                                     \
    OB_AT((FIRST) +                                                                                \
          OB_JOB_ADD){.name = "add_job", .args = {{.name = "job"}}, .may_be_unused = true},        \
        OB_AT((FIRST) + OB_JOB_TAKE){.name = "take", .may_be_unused = true},                       \
        OB_AT((FIRST) + OB_JOB_RENEW){                                                             \
            .name = "renew", .args = {{.name = "job"}, {.name = "token"}}, .may_be_unused = true}, \
        OB_AT((FIRST) + OB_JOB_FINISH){.name = "finish",                                           \
                                       .args = {{.name = "job"}, {.name = "token"}},               \
                                       .may_be_unused = true},                                     \
        OB_AT((FIRST) + OB_JOB_FAIL){                                                              \
            .name = "fail", .args = {{.name = "job"}, {.name = "token"}}, .may_be_unused = true},  \
        OB_AT((FIRST) + OB_JOB_CHECK){.name = "check_jobs", .may_be_unused = true},                \
        OB_AT((FIRST) +                                                                            \
              OB_JOB_GIVEN){.name = "given",                                                       \
                            .args = {{.name = "job"}, {.name = "token"}, {.name = "attempt"}},     \
                            .may_be_unused = true},                                                \
        OB_AT((FIRST) +                                                                            \
              OB_JOB_KEPT){.name = "kept", .args = {{.name = "job"}}, .may_be_unused = true},      \
        OB_AT((FIRST) + OB_JOB_LOST)                                                               \
    {                                                                                              \
        .name = "lost", .args = {{.name = "job"}}, .may_be_unused = true                           \
    }

struct ob_job_queue_config {
    uint8_t first_kind;  /* of the target's kinds: that of OB_JOB_ADD */
    uint32_t lock_us;    /* ≥ 1 */
    uint32_t stalled_us; /* ≥ 1 */
    uint32_t stalled_max;
    uint32_t attempts_max; /* ≥ 1 */
};

/* Adds the queue as an actor. It must not be allowed to crash. `config` is copied. */
struct ob_actor *ob_job_queue_spawn(struct ob_world *world, const char *name,
                                    const struct ob_job_queue_config *config);

/* -- for workers that are tasks -- */

/* What a worker was given. */
struct ob_job {
    uint32_t job;
    uint32_t token;
    uint32_t attempt; /* from 1 */
    bool is_lost;     /* the lock was found to have gone to another; looked at after awaiting */
};

/* Does a job; returns 0, or an error of its own. It may await. */
typedef int ob_job_function(struct ob_actor *self, const struct ob_job *job, void *context);

/* Awaits the next job, at most `timeout_us`. */
bool ob_job_take(struct ob_actor *self, const char *queue, uint32_t timeout_us, struct ob_job *job);

/* Says that it is done, or has failed. Returns false when the job has gone to another. */
bool ob_job_finish(struct ob_actor *self, const char *queue, struct ob_job *job);
bool ob_job_fail(struct ob_actor *self, const char *queue, struct ob_job *job);

/* Takes a job, does it, with its lock renewed meanwhile, and says so: one round of a worker. With
 * `renew_us` 0 nothing is renewed; the library takes half of the lock's time. */
void ob_job_work(struct ob_actor *self, const char *queue, uint32_t renew_us,
                 ob_job_function *function, void *context);

/* -- for checks -- */

enum ob_job_state {
    OB_JOB_UNKNOWN, /* not added */
    OB_JOB_WAITING,
    OB_JOB_ACTIVE,
    OB_JOB_FINISHED,
    OB_JOB_FAILED,
};

enum ob_job_state ob_job_state(const struct ob_actor *queue, unsigned job);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
