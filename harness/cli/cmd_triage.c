/* offbeat triage: from a folder of crashes to a short list of bugs. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ci.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/registry.h"
#include "triage/triage.h"

#define OUTPUT_DEFAULT "triage"
#define REPEATS_DEFAULT 10u
#define WIDTH_DEFAULT 100u

static int collect(struct ob_triage *triage, const struct cli_arguments *arguments,
                   struct ob_error *error)
{
    for (size_t index = 0; index < arguments->count; index++)
        if (ob_triage_collect(triage, arguments->positional[index], error))
            return -1;
    if (triage->found_count == 0)
        return ob_error_set(error, "%s%s: no inputs there", arguments->positional[0],
                            arguments->count > 1 ? " and the others" : "");
    return ob_triage_make_jobs(triage, error);
}

static unsigned find_width(const struct cli_arguments *arguments)
{
    struct winsize size = {0};

    if (arguments->width)
        return (unsigned)arguments->width;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return WIDTH_DEFAULT;
}

static int read_arguments(struct ob_triage *triage, const struct cli_arguments *arguments,
                          struct ob_error *error)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct ob_forked_options options = cli_guard_options(arguments);

    triage->output = arguments->output ? arguments->output : OUTPUT_DEFAULT;
    triage->repeats = arguments->repeat ? (unsigned)arguments->repeat : REPEATS_DEFAULT;
    triage->jobs_at_once = arguments->jobs                   ? options.jobs
                           : processors < 1                  ? 1
                           : processors > OB_FORKED_JOBS_MAX ? OB_FORKED_JOBS_MAX
                                                             : (unsigned)processors;
    triage->limits = options;
    triage->limits.jobs = 1; /* inputs are dealt with at the same time, not runs */
    triage->targets = ob_registry;
    if (!arguments->target)
        return 0;
    struct ob_world *world = cli_open_world(arguments->target, false, error);
    if (!world)
        return -1;
    triage->target = ob_world_vocabulary(world)->target;
    triage->variant = ob_world_vocabulary(world)->variant;
    ob_world_destroy(world);
    return 0;
}

/* Something fails: 1. Nothing could be judged at all, though there was something: 2. */
static int exit_code(const struct ob_triage_report *report)
{
    size_t judged = report->state_counts[OB_TRIAGE_FAILS] + report->state_counts[OB_TRIAGE_FLAKY] +
                    report->state_counts[OB_TRIAGE_PASSES];

    if (report->state_counts[OB_TRIAGE_TROUBLE] > 0)
        return CLI_TROUBLE;
    if (report->bucket_count > 0)
        return CLI_VIOLATION;
    return judged > 0 ? CLI_OK : CLI_TROUBLE;
}

static int print_table(const struct ob_triage_report *report, const struct cli_arguments *arguments,
                       const struct ob_triage *triage)
{
    struct ob_text text = {0};

    ob_triage_write_table(report, find_width(arguments), &text);
    ob_text_printf(&text, "\nWritten to ");
    ob_text_add_line(&text, triage->output);
    ob_text_printf(&text, ": index.html, triage.json, triage.sarif, and buckets/\n");
    return cli_print(&text, exit_code(report));
}

/* A test for each bug, and for each input that triage could not deal with; where there are none of
 * these, one for all. */
static int tell_ci(const struct ob_triage_report *report, const struct cli_arguments *arguments,
                   const struct ob_triage *triage, int code)
{
    struct cli_ci ci = {0};
    size_t told = report->bucket_count;

    for (size_t index = 0; index < report->bucket_count; index++) {
        const struct ob_triage_bucket *bucket = report->buckets[index];
        bool has_place = bucket->frame_count > 0 && *bucket->frames[0].file;
        struct ob_text group = {0};
        struct ob_text path = {0};
        struct ob_text body = {0};
        ob_text_printf(&group, "%s/%s", bucket->target, bucket->variant);
        ob_text_printf(&path, "%s/%s/scenario.txt", triage->output, bucket->directory);
        ob_text_printf(&body, "%s\n%s", bucket->decides, bucket->scenario);
        const struct ob_case one = {ob_text_string(&group),
                                    bucket->signature,
                                    has_place ? bucket->frames[0].file : ob_text_string(&path),
                                    has_place ? bucket->frames[0].line : 0,
                                    OB_CASE_FAILED,
                                    bucket->invariant,
                                    bucket->detail,
                                    ob_text_string(&body)};
        cli_ci_add(&ci, arguments, &one);
        ob_text_release(&group);
        ob_text_release(&path);
        ob_text_release(&body);
    }
    for (size_t index = 0; index < report->input_count; index++) {
        const struct ob_triage_input *input = report->inputs[index];
        const struct ob_case one = {"triage",       input->path, input->path,   0,
                                    OB_CASE_BROKEN, "trouble",   input->reason, ""};
        if (input->state != OB_TRIAGE_TROUBLE)
            continue;
        cli_ci_add(&ci, arguments, &one);
        told++;
    }
    if (told == 0)
        cli_ci_add(&ci, arguments,
                   &(struct ob_case){"triage", "inputs", "", 0, OB_CASE_PASSED, "", "", ""});
    return cli_ci_end(&ci, arguments, "triage", code);
}

static int triage_all(const struct cli_arguments *arguments)
{
    struct ob_triage triage = {.state_directory = -1, .inputs_directory = -1};
    struct ob_triage_outcome *outcome = NULL;
    struct ob_error error = {{0}};

    int failed = read_arguments(&triage, arguments, &error) || ob_triage_open(&triage, &error) ||
                 collect(&triage, arguments, &error) || ob_triage_work(&triage, &error);
    if (!failed)
        outcome = ob_triage_conclude(&triage, &error);
    failed = !outcome || ob_triage_write(outcome, &error);
    int code = CLI_OK;
    if (failed) {
        code = cli_trouble("%s", error.text);
    } else {
        const struct ob_triage_report *report = ob_triage_outcome_report(outcome);
        code = print_table(report, arguments, &triage);
        code = tell_ci(report, arguments, &triage, code);
    }
    ob_triage_outcome_free(outcome);
    ob_triage_close(&triage);
    return code;
}

const struct cli_command cli_triage = {
    .name = "triage",
    .usage = "PATH... [-o OUT] [--target TARGET/VARIANT] [--jobs N] [--repeat N] [--timeout S]\n"
             "       [--junit FILE] [--github]",
    .summary = "Makes a short list of bugs of a folder of crashes.",
    .help =
        "Takes what fuzzing leaves: files of libFuzzer (crash-*, leak-*, timeout-*, ...), output "
        "folders of\n"
        "AFL++ as they are (crashes and hangs of every instance), test cases of ClusterFuzz, "
        "scenarios in\n"
        "text form, archives of all these (.tar.zst, .tar.gz, .tar), and folders of them, mixed "
        "and nested.\n"
        "README.txt, names that begin with a dot and what AFL++ notes for itself are left out.\n"
        "\n"
        "Each input is run N times (--repeat, default 10), minimized, and put into a bucket with "
        "those that\n"
        "fail for the same cause. Crashes, hangs (--timeout, default 10 s) and memory without "
        "bound\n"
        "(--memory MB, default 2048) end nothing but their own process; a command that was built "
        "with\n"
        "AddressSanitizer says which memory error it was and finds leaks, too. ./scripts/triage "
        "builds one.\n"
        "\n"
        "Whose input it is, its path says: a part of it that has TARGET-VARIANT or TARGET_VARIANT "
        "as a word\n"
        "(crashes/order-racy-1f2e, fuzz_order_racy), or TARGET/VARIANT; else the command line "
        "that AFL++\n"
        "has noted; else the text form, where its target has but one variant. --target says it "
        "for all.\n"
        "\n"
        "Of each input becomes one of these:\n"
        "  fails    every run failed, in the same way\n"
        "  flaky    some did, or not in the same way: not minimized, ranked last\n"
        "  passes   none did: fixed since, or of another build\n"
        "  broken   cannot be read\n"
        "  untold   nothing says of which target and variant it is\n"
        "  trouble  triage itself could not deal with it\n"
        "\n"
        "OUT (default: triage) then has index.html, triage.sarif and triage.json (described in "
        "harness/triage/schema.json),\n"
        "and for each bug buckets/ID/ with scenario.txt and scenario.bin, the smallest scenario "
        "that shows\n"
        "it, and explain.txt, explain.html and explain.json. A table is printed: what fails every "
        "time first,\n"
        "then by gravity, then by size. OUT/state/ keeps what was found out: interrupted, it goes "
        "on where it\n"
        "was, and a second time only what is new is run, or all when the command was built anew. "
        "The result\n"
        "is the same, byte for byte.\n"
        "\n"
        "--jobs N inputs are dealt with at the same time (default: one for each "
        "processor).\n" CLI_CI_HELP "\n"
        "Exit code: 0 nothing fails, 1 something does, 2 trouble. Broken and untold inputs are "
        "listed, and\n"
        "are no trouble unless there is nothing else.\n",
    .options = CLI_CI | CLI_OUTPUT | CLI_TRIAGE | CLI_JOBS | CLI_TIMEOUT | CLI_WIDTH,
    .count_min = 1,
    .count_max = SIZE_MAX,
    .run = triage_all,
};
