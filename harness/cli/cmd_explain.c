/* offbeat explain: one run for a person, or for what shows it to one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "report/columns.h"
#include "report/dot.h"
#include "report/html.h"
#include "report/json_trace.h"
#include "report/mermaid.h"
#include "report/perfetto.h"
#include "report/story.h"
#include "triage/diagnosis.h"

#define WIDTH_MIN 40

enum format { TEXT, MERMAID, HTML, JSON, DOT, PERFETTO, FORMATS };

static const char *const format_names[FORMATS] = {
    [TEXT] = "text", [MERMAID] = "mermaid", [HTML] = "html",
    [JSON] = "json", [DOT] = "dot",         [PERFETTO] = "perfetto"};

/* As wide as the terminal; a pipe or a file gets a width that fits an issue. */
static unsigned find_width(const struct cli_arguments *arguments)
{
    struct winsize size = {0};

    if (arguments->width)
        return (unsigned)arguments->width;
    if (arguments->output || !isatty(STDOUT_FILENO))
        return OB_COLUMNS_WIDTH;
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
    if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    return width >= WIDTH_MIN && width <= 10000 ? (unsigned)width : OB_COLUMNS_WIDTH;
}

static int find_format(const struct cli_arguments *arguments, enum format *format,
                       struct ob_error *error)
{
    const char *name = arguments->format ? arguments->format : format_names[TEXT];
    int found = -1;

    for (int index = 0; index < FORMATS; index++)
        if (strcmp(format_names[index], name) == 0)
            found = index;
    if (found < 0) {
        const char *near = ob_nearest(name, format_names, FORMATS);
        return ob_error_set(error, "unknown format \"%s\"; %s%s%s", name,
                            near ? "did you mean "
                                 : "there are text, mermaid, html, json, dot and perfetto",
                            near ? near : "", near ? "?" : "");
    }
    if (found != TEXT && arguments->width)
        return ob_error_set(error, "--width goes with --format text only");
    if (found != TEXT && arguments->unfold)
        return ob_error_set(error, "--unfold goes with --format text only");
    *format = (enum format)found;
    return 0;
}

static int print_story(const struct ob_story *story, enum format format,
                       const struct cli_arguments *arguments, struct ob_text *text,
                       struct ob_error *error)
{
    const struct ob_columns_options options = {
        .width = find_width(arguments), .story = story, .unfold = arguments->unfold};

    switch (format) {
    case MERMAID:
        ob_report_mermaid(story, 0, text);
        return 0;
    case HTML:
        return ob_report_html(story, text, error);
    case JSON:
        return ob_report_json(story, text, error);
    case PERFETTO:
        return ob_report_perfetto(story, text, error);
    case DOT:
        ob_report_dot(story, text);
        return 0;
    default:
        ob_report_columns(story->run.world, story->run.scenario, &options, text);
        return 0;
    }
}

/* Writes the text where it is wanted, and releases it. */
static int write_text(const char *path, struct ob_text *text, int code)
{
    struct ob_error error = {{0}};

    if (!path || strcmp(path, "-") == 0 || text->failed)
        return cli_print(text, code);
    if (ob_file_replace(path, ob_text_string(text), text->length, &error))
        code = cli_trouble("%s", error.text);
    ob_text_release(text);
    return code;
}

struct explaining {
    const struct cli_arguments *arguments;
    const struct cli_input *input;
    enum format format;
};

static int explain_input(const struct cli_guard *guard, void *context)
{
    const struct explaining *explaining = context;
    struct ob_world *world = guard->worlds[0];
    struct ob_diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    struct ob_error error = {{0}};
    struct ob_text text = {0};

    if (!diagnosis)
        return cli_trouble("memory is short");
    if (guard->hangs)
        ob_forked_shorten_limit(guard->forked, true);
    int result = ob_diagnose(diagnosis, world, guard->worlds[1], &explaining->input->scenario,
                             guard->forked, &error);
    ob_forked_join(guard->forked);
    if (guard->hangs)
        ob_forked_shorten_limit(guard->forked, false);
    int code = diagnosis->is_violation ? CLI_VIOLATION : CLI_OK;
    if (result == 0)
        result = print_story(&diagnosis->story, explaining->format, explaining->arguments, &text,
                             &error);
    if (result == 0 && explaining->format == TEXT)
        ob_diagnosis_print(diagnosis, find_width(explaining->arguments), &text);
    ob_diagnosis_release(diagnosis);
    free(diagnosis);
    if (result == 0)
        return write_text(explaining->arguments->output, &text, code);
    ob_text_release(&text);
    return cli_trouble("%s", error.text);
}

static int explain(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    struct cli_input input = {0};
    enum format format = TEXT;

    if (find_format(arguments, &format, &error))
        return cli_trouble("%s", error.text);
    struct explaining explaining = {arguments, &input, format};
    return cli_guarded(arguments, 2, false, &input, explain_input, &explaining);
}

const struct cli_command cli_explain = {
    .name = "explain",
    .usage = "TARGET/VARIANT INPUT [--format FORMAT] [--width N] [--unfold] [-o OUT]\n"
             "       [--oracles-only] [--until-goal NAME] [--timeout S]",
    .summary = "Shows what happens, a column per actor.",
    .help =
        "Prints the violated invariant, the scenario, the trace and the state of the actors at "
        "its end.\n"
        "In the trace, virtual time is at the left; each message stands in its receiver's "
        "column, with\n"
        "its sender behind the \"<\". \"!\" marks what a deviation did, \"^\" the delivery "
        "after which the\n"
        "invariant was violated. Deviations that had no effect are named as such. At the end "
        "stands what\n"
        "decides: the messages whose order makes the difference, with how many of hundreds of runs "
        "near this\n"
        "one have that order, or the fault; and the least amount of each deviation that still "
        "fails. Best\n"
        "after minimize.\n"
        "\n"
        "--format FORMAT is one of\n"
        "  text     the above\n"
        "  mermaid  a sequence diagram that an issue or a Markdown document can show\n"
        "  html     a page that steps through the run, for a browser; one file, no network\n"
        "  json     everything, for programs; described in harness/report/json_schema.json\n"
        "  dot      what happens before what, for Graphviz\n"
        "  perfetto trace events for Perfetto (ui.perfetto.dev) and Chrome: a track per actor, "
        "messages as\n"
        "           arrows, virtual time; for runs of thousands of deliveries\n"
        "--width N is the width of the page in characters; the terminal's, or 100. Where it has "
        "room, the\n"
        "nearest run that passes stands beside the one that fails, else below it, from where "
        "it differs.\n"
        "\"*\" marks the deliveries whose order decides. Where the columns of one run do "
        "not fit, it is\n"
        "a list.\n"
        "Ticks, heartbeats and messages that are postponed again, of which nothing comes, have one "
        "line for\n"
        "all of a kind in a row; --unfold shows each.\n"
        "-o OUT writes to a file.\n"
        "\n"
        "--oracles-only: invariants do not judge, only the general oracles of the target.\n"
        "--until-goal NAME: a run ends where it reaches that goal, as a violation of that "
        "name.\n\n"
        "Exit code: 0 no violation, 1 violation, 2 bad usage or unreadable input.\n",
    .options = CLI_JUDGES | CLI_GOAL | CLI_WIDTH | CLI_FORMAT | CLI_OUTPUT | CLI_TIMEOUT | CLI_JOBS,
    .count_min = 2,
    .count_max = 2,
    .run = explain,
};
