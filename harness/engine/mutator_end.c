#include "engine/mutator_end.h"

#include "base/artifact.h"
#include "engine/fuzzed.h"
#include "engine/mutation.h"
#include "engine/opening.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIGNALS (sizeof signals / sizeof *signals)
#define CRASH_CODE 77 /* libFuzzer's own */
#define TIMEOUT_CODE 70
/* libFuzzer's clock strikes twice within its limit of time. */
#define STRIKES_MAX 2

/* Those that libFuzzer takes; of the others a sanitizer's runtime tells, which it always brings. */
static const int signals[] = {SIGABRT, SIGILL, SIGTRAP, SIGSYS, SIGALRM};

static struct {
    bool is_read; /* by libFuzzer's start */
    const char *prefix;
    const char *path;
    int crash_code;
    int timeout_code;
    bool is_sanitizers[SIGNALS];
    struct sigaction before[SIGNALS];
    uint64_t struck; /* how many runs there had been when the clock struck last */
    unsigned strikes;
} end = {.prefix = "", .crash_code = CRASH_CODE, .timeout_code = TIMEOUT_CODE};

static const char *value_of(const char *argument, const char *flag)
{
    size_t length = strlen(flag);

    return strncmp(argument, flag, length) == 0 ? argument + length : NULL;
}

void ob_mutator_end_read(int argc, char **argv)
{
    for (int at = 1; at < argc; at++) {
        const char *prefix = value_of(argv[at], "-artifact_prefix=");
        const char *path = value_of(argv[at], "-exact_artifact_path=");
        const char *crash_code = value_of(argv[at], "-error_exitcode=");
        const char *timeout_code = value_of(argv[at], "-timeout_exitcode=");
        end.prefix = prefix ? prefix : end.prefix;
        end.path = path ? path : end.path;
        end.crash_code = crash_code ? (int)strtol(crash_code, NULL, 10) : end.crash_code;
        end.timeout_code = timeout_code ? (int)strtol(timeout_code, NULL, 10) : end.timeout_code;
    }
    for (size_t index = 0; index < SIGNALS; index++) {
        struct sigaction now;
        end.is_sanitizers[index] = sigaction(signals[index], NULL, &now) == 0 &&
                                   ((now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL);
    }
    end.is_read = true;
}

/* Keeps the parent that is being run, or the input of an opening. Returns false when neither is. */
static bool keep(const char *kind)
{
    static uint8_t parent[OB_SCENARIO_BYTES_MAX];
    char path[OB_ARTIFACT_PATH_MAX];
    size_t size;
    const uint8_t *bytes = ob_opening_running(&size);
    bool is_parent = end.is_read && ob_mutation_running(parent, &size);

    if (is_parent)
        bytes = parent;
    if (!end.is_read || !bytes)
        return false;
    bool is_kept = ob_artifact_write(end.path ? end.path : end.prefix, end.path ? "" : kind, bytes,
                                     size, path);
    if (is_parent)
        ob_artifact_say("offbeat: this was a run of the mutator: the target does not do the same "
                        "with the same input each time\n");
    ob_artifact_say(is_kept ? "Test unit written to " : "offbeat: the input cannot be written to ");
    ob_artifact_say(path);
    ob_artifact_say("\n");
    return true;
}

/* A sanitizer's, where there is one. */
extern void __sanitizer_print_stack_trace(void) __attribute__((weak));

static void on_crash(void)
{
    if (!keep("crash-"))
        return;
    if (__sanitizer_print_stack_trace)
        __sanitizer_print_stack_trace();
    _exit(end.crash_code);
}

static void on_clock(void)
{
    uint64_t runs = ob_fuzzed_counts.mutation_runs + ob_fuzzed_counts.executions;

    if (end.struck != runs)
        end.strikes = 0;
    end.struck = runs;
    if (++end.strikes > STRIKES_MAX && keep("timeout-"))
        _exit(end.timeout_code);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    size_t index = 0;
    size_t size;

    if (number == SIGALRM)
        on_clock();
    else
        on_crash();
    while (index + 1 < SIGNALS && signals[index] != number)
        index++;
    /* To libFuzzer an opening is one input, which takes the time of all. */
    if (number == SIGALRM && ob_opening_running(&size))
        return;
    const struct sigaction *before = &end.before[index];
    if (before->sa_flags & SA_SIGINFO) {
        before->sa_sigaction(number, info, context);
    } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
        before->sa_handler(number);
    } else { /* tried again */
        (void)sigaction(number, before, NULL);
        if (number == SIGABRT)
            (void)raise(number);
    }
}

void ob_mutator_end_watch(void)
{
    static bool is_watching;
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};

    if (is_watching || !end.is_read)
        return;
    is_watching = true;
    action.sa_sigaction = on_signal;
    for (size_t index = 0; index < SIGNALS; index++)
        if (!end.is_sanitizers[index] && sigaction(signals[index], NULL, &end.before[index]) == 0 &&
            ((end.before[index].sa_flags & SA_SIGINFO) || end.before[index].sa_handler != SIG_DFL))
            (void)sigaction(signals[index], &action, NULL);
}

/* -- sanitizers: libFuzzer asks them to call it, and is led past here (--wrap) -- */

void __real___sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
void __wrap___sanitizer_set_death_callback(void (*callback)(void));

static void (*engines)(void);

static void on_death(void)
{
    if (!keep("crash-") && engines)
        engines();
}

void __wrap___sanitizer_set_death_callback(void (*callback)(void))
{
    engines = callback;
    if (__real___sanitizer_set_death_callback)
        __real___sanitizer_set_death_callback(on_death);
}
