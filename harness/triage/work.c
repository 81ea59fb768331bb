#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "triage/triage.h"

#define LOOK_MS 20
#define PROGRESS_TERMINAL_MS 300
#define PROGRESS_PLAIN_MS 10000

struct slot {
    struct ob_worker worker;
    struct ob_triage_job *job; /* NULL: free */
};

struct pool {
    struct ob_triage *triage;
    struct slot *slots;
    unsigned count;
    size_t next;
    size_t done;
    size_t todo;
    uint64_t begun_ms;
    uint64_t shown_ms;
};

static void show_progress(struct pool *pool)
{
    bool terminal = isatty(STDERR_FILENO);
    uint64_t now = ob_monotonic_ms();

    if (now - pool->shown_ms < (terminal ? PROGRESS_TERMINAL_MS : PROGRESS_PLAIN_MS))
        return;
    pool->shown_ms = now;
    (void)fprintf(stderr, "%striage: %zu of %zu inputs, %" PRIu64 " s%s",
                  terminal ? "\r\033[K" : "", pool->done, pool->todo, (now - pool->begun_ms) / 1000,
                  terminal ? "" : "\n");
}

/* What a worker does: its result is in OUT/state before it ends. */
static OB_NORETURN void work(const struct ob_triage *triage, const struct ob_triage_job *job,
                             struct ob_worker_page *page)
{
    struct ob_triage_result *result = calloc(1, sizeof *result);
    struct ob_error error = {{0}};

    if (!result)
        ob_worker_leave(page, 1);
    ob_triage_judge(triage, job, page, result);
    ob_worker_leave(page, ob_triage_keep(triage, job->key, result, &error) ? 1 : 0);
}

static int start(struct pool *pool, struct slot *slot, struct ob_triage_job *job,
                 struct ob_error *error)
{
    pid_t process = ob_worker_start(&slot->worker, error);

    if (process == 0)
        work(pool->triage, job, slot->worker.page);
    slot->job = process > 0 ? job : NULL;
    return process > 0 ? 0 : -1;
}

/* Triage itself could not deal with an input: said in its place, and tried again next time. */
static int give_up(struct pool *pool, const struct ob_triage_job *job, struct ob_error *error)
{
    struct ob_triage_result *result = calloc(1, sizeof *result);
    int failed = -1;

    if (!result)
        return ob_error_set(error, "out of memory");
    result->state = OB_TRIAGE_TROUBLE;
    (void)snprintf(result->reason, sizeof result->reason,
                   "ended the process that dealt with it, in a way that does not come back");
    failed = ob_triage_keep(pool->triage, job->key, result, error);
    free(result);
    return failed;
}

static int look(struct pool *pool, struct slot *slot, struct ob_error *error)
{
    const struct ob_forked_options *options = &pool->triage->limits;
    struct ob_triage_job *job = slot->job;
    const struct ob_worker_limits limits = {.timeout_ms = job->is_guarded ? 0 : options->timeout_ms,
                                            .memory_mb = options->memory_mb};
    int code = 0;

    enum ob_worker_state state = ob_worker_look(&slot->worker, &limits, &code);
    if (state == OB_WORKER_RUNS)
        return 0;
    slot->job = NULL;
    bool is_done = state == OB_WORKER_ENDED && code == 0;
    if (!is_done && !job->is_guarded) {
        job->is_guarded = true;
        return start(pool, slot, job, error);
    }
    pool->done++;
    return is_done ? 0 : give_up(pool, job, error);
}

static int fill(struct pool *pool, struct ob_error *error)
{
    struct ob_triage *triage = pool->triage;

    for (unsigned index = 0; index < pool->count; index++) {
        while (pool->next < triage->job_count && triage->jobs[pool->next].is_known)
            pool->next++;
        if (pool->slots[index].job || pool->next == triage->job_count)
            continue;
        if (start(pool, &pool->slots[index], &triage->jobs[pool->next++], error))
            return -1;
    }
    return 0;
}

static int run_all(struct pool *pool, struct ob_error *error)
{
    struct pollfd files[OB_FORKED_JOBS_MAX];
    int failed = 0;

    while (!failed && pool->done < pool->todo) {
        nfds_t waiting = 0;
        failed = fill(pool, error);
        for (unsigned index = 0; index < pool->count; index++) {
            if (pool->slots[index].job)
                files[waiting++] =
                    (struct pollfd){.fd = pool->slots[index].worker.fd, .events = POLLIN};
        }
        (void)poll(files, waiting, LOOK_MS);
        for (unsigned index = 0; index < pool->count && !failed; index++)
            if (pool->slots[index].job)
                failed = look(pool, &pool->slots[index], error);
        show_progress(pool);
    }
    return failed;
}

/* What is in OUT/state need not be found out again, but for what could not be. */
static size_t find_unknown(struct ob_triage *triage)
{
    struct ob_triage_result *result = calloc(1, sizeof *result);
    size_t unknown = 0;

    for (size_t index = 0; index < triage->job_count; index++) {
        struct ob_triage_job *job = &triage->jobs[index];
        job->is_known = result && ob_triage_load(triage, job->key, result) == 0 &&
                        result->state != OB_TRIAGE_TROUBLE;
        unknown += !job->is_known;
        if (result)
            ob_triage_result_release(result);
    }
    free(result);
    return unknown;
}

int ob_triage_work(struct ob_triage *triage, struct ob_error *error)
{
    struct pool pool = {.triage = triage, .count = triage->jobs_at_once};

    pool.todo = find_unknown(triage);
    pool.slots = calloc(pool.count, sizeof *pool.slots);
    pool.begun_ms = pool.shown_ms = ob_monotonic_ms();
    if (!pool.slots)
        return ob_error_set(error, "out of memory");
    int failed = run_all(&pool, error);
    for (unsigned index = 0; index < pool.count; index++)
        ob_worker_release(&pool.slots[index].worker);
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r\033[K");
    free(pool.slots);
    return failed;
}

/* -- the files of a bucket, in a worker of their own -- */

int ob_triage_explain_safely(const struct ob_triage *triage, const struct ob_triage_found *found,
                             const struct ob_triage_result *result, const char *directory)
{
    const struct ob_worker_limits limits = {.timeout_ms = 0, .memory_mb = triage->limits.memory_mb};
    struct ob_worker worker = {0};
    struct ob_error error = {{0}};
    int code = 1;

    pid_t process = ob_worker_start(&worker, &error);
    if (process == 0)
        ob_worker_leave(worker.page,
                        ob_triage_explain(triage, found, result, directory, worker.page));
    enum ob_worker_state state = process > 0 ? OB_WORKER_RUNS : OB_WORKER_DIED;
    while (state == OB_WORKER_RUNS) {
        struct pollfd end = {.fd = worker.fd, .events = POLLIN};
        (void)poll(&end, 1, LOOK_MS);
        state = ob_worker_look(&worker, &limits, &code);
    }
    ob_worker_release(&worker);
    return state == OB_WORKER_ENDED ? code : 1;
}
