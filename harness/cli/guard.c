#include "cli/guard.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "search/worker.h"
#include "world/known_outcome.h"
#include "world/run.h"
#include "world/trace.h"

#define LOOK_MS 20
#define PROGRESS_TERMINAL_MS 300
#define PROGRESS_PLAIN_MS 10000

/* Also of undefined behaviour the stack is wanted. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1";
}

struct ob_forked_options cli_guard_options(const struct cli_arguments *arguments)
{
    uint64_t jobs = arguments->jobs ? arguments->jobs : 1;

    return (struct ob_forked_options){
        .timeout_ms =
            arguments->timeout ? (uint32_t)arguments->timeout * 1000 : OB_FORKED_TIMEOUT_S * 1000,
        .memory_mb = arguments->memory ? (uint32_t)arguments->memory : OB_FORKED_MEMORY_MB,
        .jobs = jobs < OB_FORKED_JOBS_MAX ? (unsigned)jobs : OB_FORKED_JOBS_MAX,
        .find_leaks = true,
    };
}

void cli_guard_world(struct ob_world *world, struct ob_forked *forked)
{
    ob_world_set_runner(world, forked ? ob_forked_run : NULL, forked);
}

/* What stands between a world and its runner: it counts, and says how things go. */
struct teller {
    ob_world_runner *runner;
    void *context;
    uint32_t tries;
    unsigned records;      /* of the last scenario that was run */
    unsigned records_left; /* of the smallest that has failed */
    uint64_t begun_ms;
    uint64_t shown_ms;
};

static void show_progress(struct teller *teller)
{
    bool terminal = isatty(STDERR_FILENO);
    uint64_t now = ob_monotonic_ms();

    if (now - teller->shown_ms < (terminal ? PROGRESS_TERMINAL_MS : PROGRESS_PLAIN_MS))
        return;
    teller->shown_ms = now;
    (void)fprintf(stderr, "%s%" PRIu32 " tries, %u records left, %.0f s%s",
                  terminal ? "\r\033[K" : "", teller->tries, teller->records_left,
                  (double)(now - teller->begun_ms) / 1000, terminal ? "" : "\n");
}

static bool tell(struct ob_world *world, const struct ob_scenario *scenario,
                 struct ob_known_outcome *known_outcome, void *context)
{
    struct teller *teller = context;

    if (teller->tries > 0 && ob_world_verdict(world)->outcome == OB_VIOLATED &&
        (teller->records < teller->records_left || teller->tries == 1))
        teller->records_left = teller->records;
    teller->records = scenario->message_count + scenario->deviation_count;
    teller->tries++;
    if (teller->runner == ob_forked_run || (teller->tries & 63) == 0)
        show_progress(teller);
    return teller->runner(world, scenario, known_outcome, teller->context);
}

void cli_guard_end_progress(const struct cli_guard *guard)
{
    if (guard->shows_progress && isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r\033[K");
}

/* Has all runs made by a runner, and where that is wanted, told of. */
static void set_runner(const struct cli_guard *guard, struct teller *teller,
                       ob_world_runner *runner, void *context)
{
    uint64_t now = ob_monotonic_ms();

    *teller =
        (struct teller){.runner = runner, .context = context, .begun_ms = now, .shown_ms = now};
    bool tells = runner && guard->shows_progress;
    for (size_t index = 0; index < guard->world_count; index++)
        ob_world_set_runner(guard->worlds[index], tells ? tell : runner,
                            tells ? (void *)teller : context);
}

/* Waits for the worker. Returns its code, or -1 when it has died. */
static int await(struct ob_worker *worker, const struct ob_forked_options *options)
{
    const struct ob_worker_limits limits = {.timeout_ms = options->timeout_ms,
                                            .memory_mb = options->memory_mb};
    int code = 0;

    for (;;) {
        struct pollfd end = {.fd = worker->fd, .events = POLLIN};
        (void)poll(&end, 1, LOOK_MS);
        switch (ob_worker_look(worker, &limits, &code)) {
        case OB_WORKER_ENDED:
            return code;
        case OB_WORKER_DIED:
            return -1;
        default:
            break;
        }
    }
}

/* At full speed. Returns the code in the copy that has one; here -1 when the copy has died. */
static int work_here(const struct cli_guard *guard, const struct ob_forked_options *options,
                     int (*work)(const struct cli_guard *guard, void *context), void *context)
{
    struct teller teller;
    struct ob_worker worker = {0};
    struct cli_guard bare = *guard;
    struct ob_error error = {{0}};

    (void)fflush(NULL);
    pid_t process = ob_worker_start(&worker, &error);
    if (process == 0) {
        bare.forked = NULL;
        set_runner(guard, &teller, ob_worker_run, worker.page);
        int done = work(&bare, context);
        set_runner(guard, &teller, NULL, NULL);
        worker.page->is_done = true;
        return done;
    }
    if (process < 0)
        return cli_trouble("%s", error.text);
    int code = await(&worker, options);
    ob_worker_release(&worker);
    if (code >= 0)
        _exit(code);
    return -1;
}

static int run_guarded(struct cli_guard *guard, const struct cli_arguments *arguments,
                       const struct ob_scenario *scenario,
                       int (*work)(const struct cli_guard *guard, void *context), void *context)
{
    struct ob_forked_options options = cli_guard_options(arguments);
    struct ob_error error = {{0}};
    struct teller teller;

    guard->forked = ob_forked_create(&options, &error);
    if (!guard->forked)
        return cli_trouble("%s", error.text);
    cli_guard_world(guard->worlds[0], guard->forked);
    const struct ob_verdict *verdict = ob_world_run(guard->worlds[0], scenario);
    int code = -1;
    if (verdict->failure == OB_NO_FAILURE || verdict->failure == OB_INVARIANT_VIOLATED)
        code = work_here(guard, &options, work, context);
    if (code < 0) {
        ob_forked_find_leaks(guard->forked, verdict->failure == OB_LEAK);
        guard->hangs = verdict->failure == OB_HANG;
        set_runner(guard, &teller, ob_forked_run, guard->forked);
        code = work(guard, context);
        ob_forked_join(guard->forked);
    }
    for (size_t index = 0; index < guard->world_count; index++)
        ob_world_set_runner(guard->worlds[index], NULL, NULL);
    ob_forked_destroy(guard->forked);
    guard->forked = NULL;
    return code;
}

int cli_guarded(const struct cli_arguments *arguments, size_t world_count, bool shows_progress,
                struct cli_input *input, int (*work)(const struct cli_guard *guard, void *context),
                void *context)
{
    const struct cli_judges judges = {arguments->oracles_only, arguments->until_goal};
    struct cli_guard guard = {.shows_progress = shows_progress};
    struct ob_error error = {{0}};
    int code = CLI_OK;

    assert(world_count >= 1 && world_count <= 2);
    for (; guard.world_count < world_count && code == CLI_OK; guard.world_count++) {
        guard.worlds[guard.world_count] =
            cli_open_judged(arguments->positional[0], &judges, &error);
        if (!guard.worlds[guard.world_count])
            code = cli_trouble("%s", error.text);
    }
    if (code == CLI_OK && cli_read_input(guard.worlds[0], arguments->positional[1], input, &error))
        code = cli_trouble("%s", error.text);
    if (code == CLI_OK)
        code = run_guarded(&guard, arguments, &input->scenario, work, context);
    cli_input_release(input);
    for (size_t index = 0; index < guard.world_count; index++)
        ob_world_destroy(guard.worlds[index]);
    return code;
}
