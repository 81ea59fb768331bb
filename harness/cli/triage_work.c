#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/triage.h"

#define LOOK_MS 20
#define PROGRESS_TERMINAL_MS 300
#define PROGRESS_PLAIN_MS 10000

struct slot {
    struct cli_worker worker;
    struct cli_triage_job *job; /* NULL: free */
};

struct pool {
    struct cli_triage *triage;
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
static OB_NORETURN void work(const struct cli_triage *triage, const struct cli_triage_job *job,
                             struct cli_worker_page *page)
{
    struct cli_triage_result *result = calloc(1, sizeof *result);
    struct ob_error error = {{0}};

    if (!result)
        cli_worker_leave(page, 1);
    cli_triage_judge(triage, job, page, result);
    cli_worker_leave(page, cli_triage_keep(triage, job->key, result, &error) ? 1 : 0);
}

static int start(struct pool *pool, struct slot *slot, struct cli_triage_job *job,
                 struct ob_error *error)
{
    pid_t process = cli_worker_start(&slot->worker, error);

    if (process == 0)
        work(pool->triage, job, slot->worker.page);
    slot->job = process > 0 ? job : NULL;
    return process > 0 ? 0 : -1;
}

/* Triage itself could not deal with an input: said in its place, and tried again next time. */
static int give_up(struct pool *pool, const struct cli_triage_job *job, struct ob_error *error)
{
    struct cli_triage_result *result = calloc(1, sizeof *result);
    int failed = -1;

    if (!result)
        return ob_error_set(error, "out of memory");
    result->state = OB_TRIAGE_TROUBLE;
    (void)snprintf(result->reason, sizeof result->reason,
                   "ended the process that dealt with it, in a way that does not come back");
    failed = cli_triage_keep(pool->triage, job->key, result, error);
    free(result);
    return failed;
}

static int look(struct pool *pool, struct slot *slot, struct ob_error *error)
{
    const struct ob_forked_options *options = &pool->triage->limits;
    struct cli_triage_job *job = slot->job;
    const struct cli_worker_limits limits = {
        .timeout_ms = job->is_guarded ? 0 : options->timeout_ms, .memory_mb = options->memory_mb};
    int code = 0;

    enum cli_worker_state state = cli_worker_look(&slot->worker, &limits, &code);
    if (state == CLI_WORKER_RUNS)
        return 0;
    slot->job = NULL;
    bool is_done = state == CLI_WORKER_ENDED && code == 0;
    if (!is_done && !job->is_guarded) {
        job->is_guarded = true;
        return start(pool, slot, job, error);
    }
    pool->done++;
    return is_done ? 0 : give_up(pool, job, error);
}

static int fill(struct pool *pool, struct ob_error *error)
{
    struct cli_triage *triage = pool->triage;

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
static size_t find_unknown(struct cli_triage *triage)
{
    struct cli_triage_result *result = calloc(1, sizeof *result);
    size_t unknown = 0;

    for (size_t index = 0; index < triage->job_count; index++) {
        struct cli_triage_job *job = &triage->jobs[index];
        job->is_known = result && cli_triage_load(triage, job->key, result) == 0 &&
                        result->state != OB_TRIAGE_TROUBLE;
        unknown += !job->is_known;
        if (result)
            cli_triage_result_release(result);
    }
    free(result);
    return unknown;
}

int cli_triage_work(struct cli_triage *triage, struct ob_error *error)
{
    struct pool pool = {.triage = triage, .count = triage->jobs_at_once};

    pool.todo = find_unknown(triage);
    pool.slots = calloc(pool.count, sizeof *pool.slots);
    pool.begun_ms = pool.shown_ms = ob_monotonic_ms();
    if (!pool.slots)
        return ob_error_set(error, "out of memory");
    triage->judged = pool.todo;
    int failed = run_all(&pool, error);
    for (unsigned index = 0; index < pool.count; index++)
        cli_worker_release(&pool.slots[index].worker);
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r\033[K");
    free(pool.slots);
    return failed;
}

/* -- the files of a bucket, in a worker of their own -- */

int cli_triage_tell_safely(const struct cli_triage *triage, const struct cli_triage_found *found,
                           const struct cli_triage_result *result, const char *directory)
{
    const struct cli_worker_limits limits = {.timeout_ms = 0,
                                             .memory_mb = triage->limits.memory_mb};
    struct cli_worker worker = {0};
    struct ob_error error = {{0}};
    int code = 1;

    pid_t process = cli_worker_start(&worker, &error);
    if (process == 0)
        cli_worker_leave(worker.page,
                         cli_triage_tell(triage, found, result, directory, worker.page));
    enum cli_worker_state state = process > 0 ? CLI_WORKER_RUNS : CLI_WORKER_DIED;
    while (state == CLI_WORKER_RUNS) {
        struct pollfd end = {.fd = worker.fd, .events = POLLIN};
        (void)poll(&end, 1, LOOK_MS);
        state = cli_worker_look(&worker, &limits, &code);
    }
    cli_worker_release(&worker);
    return state == CLI_WORKER_ENDED ? code : 1;
}
