/* One input in, one run of the target; a violation ends the process where it happens. */
#define _DEFAULT_SOURCE /* on_exit() */
#include "engine/fuzz_entry.h"

#include "base/features.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/features.h"
#include "engine/feedback.h"
#include "engine/fuzzed.h"
#include "engine/mutation.h"
#include "engine/novelty.h"
#include "engine/opening.h"
#include "engine/options.h"
#include "engine/process_end.h"
#include "engine/shared_runs.h"
#include "engine/violation_frames.h"
#include "report/trace.h"
#include "scenario/scenario.h"
#include "world/engine.h"
#include "world/judge.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 1000
#define SIZE_MAX_DEFAULT 4096u /* libFuzzer's, where it begins without inputs */

struct entry {
    struct ob_world *world;
    struct ob_engine_options options;
    struct ob_scenario scenario;
};

static struct entry *prepared_entry(void);

/* Where the mutator is another process's, nobody here knows what it has made. */
void ob_mutation_note(const struct ob_scenario *scenario, uint32_t deliveries, bool is_news)
    __attribute__((weak));
void ob_mutation_print(void) __attribute__((weak));
bool ob_mutation_running(uint8_t *out, size_t *size) __attribute__((weak));
void ob_mutator_end_read(int argc, char **argv) __attribute__((weak));
bool ob_opening_is_asked_for(int argc, char *const *argv) __attribute__((weak));
void ob_opening_plan(uint64_t seed, uint64_t executions, size_t size_max) __attribute__((weak));
void ob_opening_run(bool (*execute)(const uint8_t *data, size_t size)) __attribute__((weak));
extern bool ob_comparisons_unwanted __attribute__((weak));

/* Ends the process, with the invariant's own frames on top of the stack. */
static OB_NORETURN void end_violated(const char *invariant)
{
    fprintf(stderr, "ASSERTION FAILED: %s/%s/%s\n", ob_fuzzed_target->name, ob_fuzzed_variant,
            invariant);
    fflush(stderr);
    const struct ob_violation_frame *frame = ob_violation_frames;
    while (frame && frame->invariant && strcmp(frame->invariant, invariant) != 0)
        frame++;
    if (frame && frame->invariant)
        frame->enter();
    abort();
}

/* What the execution that is over, or ends the process, has reached. */
static void note_goals(const struct entry *entry)
{
    ob_goal_tally_run(ob_fuzzed_counts.goals, entry->world, &entry->scenario,
                      ob_fuzzed_counts.executions);
}

static void say_goals(void)
{
    const struct ob_goal_context context = {.runs = ob_fuzzed_counts.executions};
    struct ob_text text = {0};

    if (context.runs > 0)
        ob_goal_tally_print(ob_fuzzed_counts.goals, ob_fuzzed_target, &context, &text);
    fputs(ob_text_string(&text), stderr);
    ob_text_release(&text);
}

static void say_unseen(void)
{
    struct ob_text text = {0};

    if (ob_fuzzed_counts.shown->executions >= OB_FUZZED_SHOWN_LEAST)
        ob_shown_print(ob_fuzzed_counts.shown, prepared_entry()->world, &text);
    fputs(ob_text_string(&text), stderr);
    ob_text_release(&text);
}

static void say_executions(void)
{
    fprintf(stderr, "executions: %" PRIu64 " (and %" PRIu64 " to mutate)\n",
            ob_fuzzed_counts.executions, ob_fuzzed_counts.mutation_runs);
}

/*
 * ClusterFuzz reads a crash's type and state from the last line that says that an assertion failed,
 * and from the frames after it. So that line stands alone, holds no values, and comes last: nothing
 * that a target makes up for people can be taken for it. The names of the functions on this way
 * matter too: those that begin with main, abort, free or new, or hold assert, are dropped from
 * stacks by what reads them.
 */
static void report_violation(struct ob_world *world, void *context)
{
    static int is_reporting;
    const struct ob_verdict *verdict = ob_world_verdict(world);
    struct ob_text text = {0};

    (void)context;
    if (is_reporting) /* the target's own description of its state violates an invariant */
        end_violated(verdict->invariant);
    is_reporting = 1;

    ob_report_trace(world, &text);
    ob_world_explain(world, &text);
    fputs(ob_text_string(&text), stderr);
    note_goals(prepared_entry());
    say_goals();
    say_executions();
    if (ob_mutation_print)
        ob_mutation_print();
    if (verdict->detail[0] != '\0')
        fprintf(stderr, "detail: %s\n", verdict->detail);
    end_violated(verdict->invariant);
}

/* Whether the run is one of the mutator's, in a world of its own. */
static bool is_mutating(void)
{
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    size_t size;

    return ob_mutation_running && ob_mutation_running(bytes, &size);
}

/*
 * The target has asked for the end of the process, in the middle of a run: that is a finding, as a
 * crash is, and engines take it for one when the process aborts.
 */
static void end_by_target(int status)
{
    struct ob_world *world = prepared_entry()->world;
    struct ob_text text = {0};
    char name[32];

    if (ob_world_has_defect(world))
        return;
    ob_fuzzed_counts.is_running = false;
    (void)fflush(stdout);
    (void)snprintf(name, sizeof name, "exit-%d", status & 0xff);
    if (!is_mutating())
        ob_report_trace(world, &text);
    fputs(ob_text_string(&text), stderr);
    say_executions();
    fprintf(stderr, "detail: the target ended the process with exit code %d\n", status & 0xff);
    end_violated(name);
}

static void on_exit_of_process(int status, void *context)
{
    struct ob_text text = {0};

    (void)context;
    if (ob_fuzzed_counts.is_running)
        end_by_target(status);
    say_goals();
    say_unseen();
    if (ob_mutation_print)
        ob_mutation_print();
    ob_runs_print(ob_fuzzed_counts.runs, &text);
    fputs(ob_text_string(&text), stderr);
    ob_text_release(&text);
}

/* AFL++'s executions count in memory that its mutator reads. */
static void find_counts(void)
{
    struct ob_shared_runs shared;

    if (ob_shared_runs_find(ob_fuzzed_target, &shared)) {
        ob_fuzzed_counts.runs = shared.runs;
        ob_fuzzed_counts.shown = shared.shown;
        ob_fuzzed_counts.goals = shared.goals;
    } else {
        ob_fuzzed_counts.goals = ob_goal_tally_create(ob_fuzzed_target);
    }
}

/* Made at the first call, as not every engine calls LLVMFuzzerInitialize(). */
static struct entry *prepared_entry(void)
{
    static struct entry entry;

    if (entry.world == NULL) {
        entry.world = ob_fuzzed_world_create();
        ob_fuzzed_warn(entry.world);
        entry.options = ob_engine_options_read();
        if (entry.options.oracles_only)
            ob_world_judge(entry.world, OB_JUDGE_ORACLES);
        if (entry.options.oracles_off)
            ob_world_judge(entry.world, OB_JUDGE_INVARIANTS);
        if (!entry.options.no_end)
            ob_world_on_violation(entry.world, report_violation, NULL);
        find_counts();
        ob_process_end_watch(end_by_target);
        (void)on_exit(on_exit_of_process, NULL);
    }
    return &entry;
}

/* libFuzzer's alone, which tells it from the other engines that call LLVMFuzzerInitialize(). */
extern void __libfuzzer_is_present(void) __attribute__((weak));

/* The last value that a flag such as "-seed=" has, NULL for none: libFuzzer takes the last. */
static const char *value_of(int argc, char *const *argv, const char *flag)
{
    const char *value = NULL;

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], flag, strlen(flag)) == 0)
            value = argv[i] + strlen(flag);
    return value;
}

/* Adds an argument to libFuzzer's, ahead of the others. */
static void add_argument(int *argc, char ***argv, char *argument)
{
    static char *extended[ARGUMENTS_MAX + 2];

    for (int i = *argc; i > 1; i--)
        extended[i] = (*argv)[i - 1];
    extended[0] = (*argv)[0];
    extended[1] = argument;
    extended[++*argc] = NULL;
    *argv = extended;
}

static bool is_for_libfuzzer(int argc)
{
    return &__libfuzzer_is_present && argc >= 1 && argc < ARGUMENTS_MAX;
}

/*
 * libFuzzer lets inputs grow slowly, byte by byte as it were, and would cut off the deviations that
 * a mutation adds to a short input. Unless somebody has asked for that, it is told not to.
 */
static void let_inputs_grow(int *argc, char ***argv)
{
    static char option[] = "-len_control=0";

    if (is_for_libfuzzer(*argc) && !value_of(*argc, *argv, "-len_control="))
        add_argument(argc, argv, option);
}

/* The walks that come first are drawn from libFuzzer's seed, so where it would choose one itself
 * it gets one. */
static void plan_opening(int *argc, char ***argv)
{
    static char option[32];

    if (!is_for_libfuzzer(*argc) || !ob_opening_plan || !ob_opening_is_asked_for(*argc, *argv))
        return;
    const char *given = value_of(*argc, *argv, "-seed=");
    const char *runs = value_of(*argc, *argv, "-runs=");
    unsigned long seed = given ? strtoul(given, NULL, 10) : 0;
    if (given && seed == 0) /* libFuzzer's own choice, which comes later */
        return;
    if (!given) {
        seed = ((unsigned long)time(NULL) * 1000003u ^ (unsigned long)getpid()) % 0x7fffffffu + 1;
        (void)snprintf(option, sizeof option, "-seed=%lu", seed);
        add_argument(argc, argv, option);
    }
    long long limit = runs ? strtoll(runs, NULL, 10) : -1;
    const char *size = value_of(*argc, *argv, "-max_len=");
    size_t size_max = size ? strtoul(size, NULL, 10) : 0;
    ob_opening_plan(seed, limit < 0 ? OB_OPENING_MAX : (uint64_t)limit,
                    size_max > 0 ? size_max : SIZE_MAX_DEFAULT);
}

/* A file that is a scenario as text says something else as bytes. Only what is certain is refused:
 * an engine's own inputs may hold anything. */
static void refuse_texts(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat status;
        struct ob_error error = {{0}};
        uint8_t *data = NULL;
        size_t size = 0;
        if (argv[i][0] == '-' || stat(argv[i], &status) != 0 || !S_ISREG(status.st_mode) ||
            ob_file_read(argv[i], OB_FEATURES_INPUT_BYTES_MAX, &data, &size, &error))
            continue;
        bool is_text = ob_scenario_form(NULL, data, size) == OB_FORM_TEXT ||
                       ob_scenario_form(argv[i], NULL, 0) == OB_FORM_NEITHER;
        free(data);
        if (!is_text)
            continue;
        fprintf(stderr, "offbeat: %s: is a text, and this program reads bytes: offbeat encode %s\n",
                argv[i], ob_fuzzed_target->name);
        exit(2);
    }
}

/* A value profile is what libFuzzer makes of comparisons, if somebody asks for it. */
static void read_value_profile(int argc, char **argv)
{
    static const char option[] = "-use_value_profile=";

    if (!&__libfuzzer_is_present || !&ob_comparisons_unwanted)
        return;
    ob_comparisons_unwanted = true;
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], option, strlen(option)) == 0)
            ob_comparisons_unwanted = strcmp(argv[i] + strlen(option), "0") == 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (argc != NULL && argv != NULL) {
        ob_features_serve(*argc, *argv);
        refuse_texts(*argc, *argv);
        if (&__libfuzzer_is_present && ob_mutator_end_read)
            ob_mutator_end_read(*argc, *argv);
        read_value_profile(*argc, *argv);
        plan_opening(argc, argv);
        let_inputs_grow(argc, argv);
    }
    prepared_entry();
    return 0;
}

/* Returns whether that has shown something new, as far as is known here. */
static bool execute(const uint8_t *data, size_t size)
{
    struct entry *entry = prepared_entry();
    bool is_news = false;

    ob_fuzzed_counts.executions++;
    if (!entry->options.no_feedback)
        ob_feedback_attach(entry->world);
    ob_scenario_decode(ob_world_vocabulary(entry->world), data, size, &entry->scenario);
    ob_fuzzed_counts.is_running = true;
    const struct ob_verdict *verdict = ob_world_run(entry->world, &entry->scenario);
    ob_fuzzed_counts.is_running = false;
    ob_fuzzed_counts.deliveries += verdict->delivery_count;
    ob_runs_add(ob_fuzzed_counts.runs, verdict->bound, verdict->delivery_count);
    note_goals(entry);
    if (!entry->options.no_feedback)
        ob_shown_add_marks(ob_fuzzed_counts.shown, entry->world);
    if (!entry->options.no_feedback)
        ob_feedback_flatten();
    if (ob_mutation_note) {
        is_news = ob_novelty_scan();
        ob_fuzzed_counts.news += is_news;
        ob_mutation_note(&entry->scenario, verdict->delivery_count, is_news);
    }
    return is_news;
}

/* Edges and marks of one execution of an opening are not those of the next. */
static bool execute_alone(const uint8_t *data, size_t size)
{
    bool is_news = execute(data, size);

    ob_novelty_clear();
    return is_news;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (ob_opening_run)
        ob_opening_run(execute_alone);
    (void)execute(data, size);
    return 0;
}
