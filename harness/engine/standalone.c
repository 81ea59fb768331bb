/*
 * An engine of our own for where there is none: it runs inputs, or mutates them. It goes on from
 * what has shown an edge of the target or a mark of the world's that it had not seen before; where
 * the compiler does not count edges, marks are all. It takes libFuzzer's main flags, so that one
 * command line serves both.
 */
#include "base/artifact.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "engine/fuzz_entry.h"
#include "engine/fuzzed.h"
#include "engine/standalone_inputs.h"
#include "scenario/scenario.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* A program may have these or not: our targets do, the fuzz_self_* do not. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                                                     unsigned int seed);
__attribute__((weak)) size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
                                                       const uint8_t *data2, size_t size2,
                                                       uint8_t *out, size_t max_out_size,
                                                       unsigned int seed);
extern struct ob_fuzzed_counts ob_fuzzed_counts __attribute__((weak));
__attribute__((weak)) bool ob_mutation_running(uint8_t *out, size_t *size);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

#define MUTANTS_MAX 1024   /* mutations kept at a time, besides what was read from files */
#define DEPTH_MAX 5        /* a parent is mutated so many times in a row */
#define LATEST 8           /* inputs from which half of the parents come */
#define CROSSOVER_ONE_IN 2 /* children for which two parents are offered */
#define KEPT_ONE_IN 4      /* children that become parents, where nothing tells what is new */
#define CLOCK_INTERVAL 256 /* executions from one look at the clock to the next */
#define PROGRESS_SECONDS 10.0
#define MAX_LEN_DEFAULT 1024
#define MAX_LEN_LIMIT ((uint64_t)1 << 20)
#define TIMEOUT_DEFAULT 1200 /* seconds, as libFuzzer's */
#define TIMEOUT_LIMIT 1000000
#define EXIT_USAGE 2

struct options {
    uint64_t runs; /* 0: not given */
    uint64_t seed;
    uint64_t max_total_time; /* seconds; 0: no limit */
    uint64_t max_len;
    uint64_t timeout; /* seconds of one input; 0: no limit */
    const char *artifact_prefix;
};

struct session {
    struct options options;
    struct ob_pool pool;
    size_t seed_count; /* the pool's first inputs, which stay */
    uint8_t *first;    /* room for the first of two parents */
    uint64_t news;     /* executions so far that have shown something new */
    struct ob_rng rng;
    uint64_t executions;
    double started;
    double progress_shown;
};

/* What is being run, for the handler of a crash. */
static const uint8_t *running_data;
static size_t running_size;
static const char *running_prefix = "";
static volatile sig_atomic_t running_seconds; /* since the input began, about */
static unsigned running_seconds_max;

static const char usage[] =
    "usage: %s [FLAG]... [FILE | DIRECTORY]...\n"
    "\n"
    "Runs inputs, or makes some by mutation: what is kept to go on from has shown another edge of\n"
    "the code (with clang), another order of messages, or another state.\n"
    "Files are run. So are those in a directory, which are then mutated if a limit is given.\n"
    "Without any, mutation starts from the empty input.\n"
    "\n"
    "  -runs=N             stop after N executions; with files: run each N times (1)\n"
    "  -max_total_time=T   stop after T seconds\n"
    "  -seed=S             of the pseudo-random numbers (1)\n"
    "  -max_len=N          bytes of a mutated input at most (%d)\n"
    "  -timeout=T          an input that takes more than T seconds is a finding (1200; 0: no "
    "limit)\n"
    "  -artifact_prefix=P  an input that crashes is written to P followed by crash-HASH, one that\n"
    "                      takes too long by timeout-HASH\n"
    "  -help=1             this text\n"
    "\n"
    "Exit codes: 0 nothing found, 2 bad usage or unreadable input; a finding aborts.\n";

/* -- crashes -- */

/* Writes what is being run to a file of a kind. Called in signal handlers, and so without anything
 * that allocates or locks. */
static void save_input_as(const char *kind)
{
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    char path[OB_ARTIFACT_PATH_MAX];

    if (running_data == NULL)
        return;
    if (ob_mutation_running && ob_mutation_running(bytes, &running_size))
        running_data = bytes;
    ob_artifact_say(ob_artifact_write(running_prefix, kind, running_data, running_size, path)
                        ? "standalone: the input was written to "
                        : "standalone: the input could not be written to ");
    ob_artifact_say(path);
    ob_artifact_say("\n");
    running_data = NULL;
}

/* A sanitizer's, where there is one. */
extern void __sanitizer_print_stack_trace(void) __attribute__((weak));

static void save_running_input(void)
{
    save_input_as("crash-");
}

static void on_signal(int number)
{
    if (__sanitizer_print_stack_trace)
        __sanitizer_print_stack_trace();
    save_running_input();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_second(int number)
{
    (void)number;
    if (running_data == NULL || (unsigned)++running_seconds <= running_seconds_max)
        return;
    ob_artifact_say("standalone: the input takes longer than -timeout allows\n");
    save_input_as("timeout-");
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
}

/* A stack that has overflowed has no room for a handler. */
static void use_signal_stack(void)
{
    static char memory[64 << 10];
    const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    stack_t old;

    if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE))
        (void)sigaltstack(&stack, NULL);
}

/* A sanitizer may have its own handlers, with better reports, and calls back; the signals that it
 * leaves alone are ours. */
static void prepare_for_crashes(const struct options *options)
{
    static const int others[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    const struct itimerval second = {{1, 0}, {1, 0}};
    struct sigaction current;

    running_prefix = options->artifact_prefix;
    use_signal_stack();
    (void)sigaction(SIGABRT, &action, NULL);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(save_running_input);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (sigaction(others[i], NULL, &current) == 0 && !(current.sa_flags & SA_SIGINFO) &&
            current.sa_handler == SIG_DFL)
            (void)sigaction(others[i], &action, NULL);
    if (options->timeout == 0)
        return;
    const struct sigaction ticking = {.sa_handler = on_second, .sa_flags = SA_ONSTACK | SA_RESTART};
    running_seconds_max = (unsigned)options->timeout;
    (void)sigaction(SIGALRM, &ticking, NULL);
    (void)setitimer(ITIMER_REAL, &second, NULL);
}

/* -- running -- */

static void note_running(const uint8_t *data, size_t size)
{
    /* The empty input has no bytes, but is one. */
    running_data = data != NULL ? data : (const uint8_t *)"";
    running_size = size;
    running_seconds = 0;
}

static void run_input(struct session *session, const uint8_t *data, size_t size)
{
    note_running(data, size);
    LLVMFuzzerTestOneInput(data, size);
    running_data = NULL;
    session->executions++;
}

static void print_progress(struct session *session)
{
    double elapsed = ob_monotonic_s() - session->started;

    fprintf(stderr, "#%llu %.0f s, %.0f executions/s\n", (unsigned long long)session->executions,
            elapsed, (double)session->executions / elapsed);
    session->progress_shown = elapsed;
}

/* Whether the time is up. Looks at the clock, and shows that it goes on, now and then only. */
static bool is_late(struct session *session)
{
    double time_max = (double)session->options.max_total_time;
    double elapsed;

    if (session->executions % CLOCK_INTERVAL != 0)
        return false;
    elapsed = ob_monotonic_s() - session->started;
    if (elapsed - session->progress_shown >= PROGRESS_SECONDS)
        print_progress(session);
    return time_max > 0 && elapsed >= time_max;
}

static bool is_over(struct session *session)
{
    uint64_t runs = session->options.runs;

    return (runs != 0 && session->executions >= runs) || is_late(session);
}

static void run_files(struct session *session)
{
    uint64_t times = session->options.runs != 0 ? session->options.runs : 1;

    for (size_t i = 0; i < session->pool.count; i++) {
        const struct ob_pool_input *input = &session->pool.inputs[i];

        for (uint64_t n = 0; n < times; n++) {
            run_input(session, input->data, input->size);
            if (is_late(session))
                return;
        }
    }
}

/* For programs without a mutator of their own. */
static size_t mutate_bytes(uint8_t *data, size_t size, size_t max_size, struct ob_rng *rng)
{
    size_t at = size > 0 ? ob_rng_below(rng, (uint32_t)size) : 0;

    switch (ob_rng_below(rng, 4)) {
    case 0: /* one more */
        if (size == max_size)
            return size;
        memmove(data + at + 1, data + at, size - at);
        data[at] = (uint8_t)ob_rng_below(rng, 256);
        return size + 1;
    case 1: /* one less */
        if (size == 0)
            return size;
        memmove(data + at, data + at + 1, size - at - 1);
        return size - 1;
    case 2: /* one bit */
        if (size > 0)
            data[at] = (uint8_t)(data[at] ^ (1u << ob_rng_below(rng, 8)));
        return size;
    default: /* another byte */
        if (size > 0)
            data[at] = (uint8_t)ob_rng_below(rng, 256);
        return size;
    }
}

static size_t mutate(uint8_t *data, size_t size, size_t max_size, struct ob_rng *rng)
{
    if (LLVMFuzzerCustomMutator == NULL)
        return mutate_bytes(data, size, max_size, rng);
    /* It may run the parent first, which has not always been run before. */
    note_running(data, size);
    size = LLVMFuzzerCustomMutator(data, size, max_size, (unsigned int)ob_rng_next(rng));
    running_data = NULL;
    return size;
}

/* One of all that there is, or of the latest, which are where the search has come to. */
static const struct ob_pool_input *choose_parent(struct session *session)
{
    uint32_t count = (uint32_t)session->pool.count;
    uint32_t latest = count > LATEST && ob_rng_below(&session->rng, 2) ? count - LATEST : 0;

    return &session->pool.inputs[latest + ob_rng_below(&session->rng, count - latest)];
}

/* Changes the child, which was a parent or a child before. Returns its size. */
static size_t make_child(struct session *session, uint8_t *child, size_t size, size_t max_size)
{
    struct ob_rng *rng = &session->rng;

    if (LLVMFuzzerCustomCrossOver == NULL || ob_rng_below(rng, CROSSOVER_ONE_IN) > 0)
        return mutate(child, size, max_size, rng);
    const struct ob_pool_input *other = choose_parent(session);

    memcpy(session->first, child, size);
    note_running(session->first, size);
    size = LLVMFuzzerCustomCrossOver(session->first, size, other->data, other->size, child,
                                     max_size, (unsigned int)ob_rng_next(rng));
    running_data = NULL;
    return size;
}

/* What has shown something new is kept. Where nothing tells, some of all are, so that there is
 * something to go on from. */
static bool is_worth_keeping(struct session *session)
{
    if (&ob_fuzzed_counts == NULL)
        return ob_rng_below(&session->rng, KEPT_ONE_IN) == 0;
    bool is_news = ob_fuzzed_counts.news != session->news;

    session->news = ob_fuzzed_counts.news;
    return is_news;
}

static int keep(struct session *session, const uint8_t *child, size_t size)
{
    size_t place = session->pool.count;
    size_t kept_max = session->seed_count + MUTANTS_MAX;

    if (kept_max > OB_POOL_MAX)
        kept_max = OB_POOL_MAX;
    if (place >= kept_max)
        place = ob_rng_below(&session->rng, (uint32_t)session->pool.count);
    return place >= session->seed_count ? ob_pool_put(&session->pool, place, child, size) : 0;
}

/* Mutates one parent, and what has shown nothing new again, some times. Returns 0, or -1 when
 * memory is short. */
static int fuzz_one(struct session *session, uint8_t *child, size_t max_size)
{
    const struct ob_pool_input *parent = choose_parent(session);
    size_t size = parent->size < max_size ? parent->size : max_size;

    memcpy(child, parent->data, size);
    for (unsigned depth = 0; depth < DEPTH_MAX && !is_over(session); depth++) {
        size = make_child(session, child, size, max_size);
        run_input(session, child, size);
        if (is_worth_keeping(session))
            return keep(session, child, size);
    }
    return 0;
}

static int fuzz(struct session *session)
{
    size_t max_size = (size_t)session->options.max_len;
    uint8_t *child = malloc(max_size);
    int result = 0;

    session->first = malloc(max_size);
    (void)is_worth_keeping(session); /* features seen by now are not new */
    if (child == NULL || session->first == NULL)
        result = -1;
    while (result == 0 && !is_over(session))
        result = fuzz_one(session, child, max_size);
    free(session->first);
    free(child);
    return result;
}

/* -- the command line -- */

static bool read_number(const char *text, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

/* Returns false for a flag with a bad value. Unknown ones are passed over, as libFuzzer has many.
 */
static bool read_flag(const char *flag, struct options *options)
{
    const struct {
        const char *name;
        uint64_t *value;
    } numbers[] = {
        {"-runs=", &options->runs},
        {"-seed=", &options->seed},
        {"-max_total_time=", &options->max_total_time},
        {"-max_len=", &options->max_len},
        {"-timeout=", &options->timeout},
    };
    static const char prefix[] = "-artifact_prefix=";

    if (strncmp(flag, prefix, sizeof(prefix) - 1) == 0) {
        options->artifact_prefix = flag + sizeof(prefix) - 1;
        return true;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        size_t length = strlen(numbers[i].name);

        if (strncmp(flag, numbers[i].name, length) != 0)
            continue;
        return read_number(flag + length, numbers[i].value) &&
               (numbers[i].value != &options->max_len ||
                (options->max_len >= 1 && options->max_len <= MAX_LEN_LIMIT)) &&
               options->timeout <= TIMEOUT_LIMIT;
    }
    fprintf(stderr, "standalone: there is no flag %s here, it is passed over\n", flag);
    return true;
}

/* Reads flags into the options and paths into the pool. Returns how many directories there were,
 * or -1 after having said what is wrong. */
static int read_arguments(struct session *session, int argc, char **argv)
{
    struct ob_error error = {{0}};
    int directories = 0;

    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (read_flag(argv[i], &session->options))
                continue;
            fprintf(stderr, "standalone: bad value: %s (-help=1 for help)\n", argv[i]);
            return -1;
        }
        int added = ob_pool_add_path(&session->pool, argv[i], &error);

        if (added < 0) {
            fprintf(stderr, "standalone: %s\n", error.text);
            return -1;
        }
        directories += added;
    }
    return directories;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-help=1") == 0 || strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

static int run_session(struct session *session, int argc, char **argv)
{
    struct options *options = &session->options;
    int directories = read_arguments(session, argc, argv);
    bool has_limit = options->runs != 0 || options->max_total_time != 0;
    bool has_paths = session->pool.count > 0 || directories > 0;

    if (directories < 0)
        return EXIT_USAGE;
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    prepare_for_crashes(options);
    session->started = ob_monotonic_s();
    session->rng.state = options->seed;
    if (has_paths && directories == 0) {
        run_files(session);
        return 0;
    }
    for (size_t i = 0; i < session->pool.count; i++)
        run_input(session, session->pool.inputs[i].data, session->pool.inputs[i].size);
    if (has_paths && !has_limit)
        return 0;

    if (session->pool.count == 0 && ob_pool_put(&session->pool, 0, NULL, 0) != 0)
        return EXIT_USAGE;
    session->seed_count = session->pool.count;
    return fuzz(session) == 0 ? 0 : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    static struct session session = {.options = {.seed = 1,
                                                 .max_len = MAX_LEN_DEFAULT,
                                                 .timeout = TIMEOUT_DEFAULT,
                                                 .artifact_prefix = ""}};
    double seconds;
    int status;

    if (wants_help(argc, argv)) {
        printf(usage, argv[0], MAX_LEN_DEFAULT);
        return 0;
    }
    status = run_session(&session, argc, argv);
    if (status == 0) {
        seconds = ob_monotonic_s() - session.started;
        printf("stat: executions=%llu seconds=%.3f executions_per_second=%.0f\n",
               (unsigned long long)session.executions, seconds,
               seconds > 0 ? (double)session.executions / seconds : 0.0);
    }
    ob_pool_release(&session.pool);
    return status;
}
