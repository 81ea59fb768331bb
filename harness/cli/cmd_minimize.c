/* offbeat minimize: the shortest scenario that still violates the same invariant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "search/minimize.h"
#include "triage/decision.h"
#include "world/trace.h"

static bool ends_in_txt(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".txt") == 0;
}

/* The form that was asked for, else what the name says, else that of the input. */
static bool wants_text(const struct cli_arguments *arguments, const struct cli_input *input)
{
    if (arguments->text || arguments->bytes)
        return arguments->text;
    return ends_in_txt(arguments->output) || input->is_text;
}

static bool is_same(const struct ob_vocabulary *vocabulary, const struct ob_scenario *a,
                    const struct ob_scenario *b)
{
    uint8_t a_bytes[OB_SCENARIO_BYTES_MAX];
    uint8_t b_bytes[OB_SCENARIO_BYTES_MAX];
    size_t a_size = ob_scenario_encode(vocabulary, a, a_bytes, sizeof a_bytes);
    size_t b_size = ob_scenario_encode(vocabulary, b, b_bytes, sizeof b_bytes);

    return a_size == b_size && memcmp(a_bytes, b_bytes, a_size) == 0;
}

static int write_result(const struct cli_arguments *arguments,
                        const struct ob_vocabulary *vocabulary, const struct cli_input *input,
                        const struct ob_scenario *minimal, struct ob_error *error)
{
    bool as_text = wants_text(arguments, input);

    /* A text that was minimal already keeps its comments. */
    if (as_text && input->is_text && is_same(vocabulary, &input->scenario, minimal))
        return ob_file_replace(arguments->output, input->data, input->size, error);
    return cli_write_scenario(vocabulary, minimal, arguments->output, as_text, error);
}

static void add_summary(const struct ob_minimize_stats *stats, const struct ob_verdict *verdict,
                        const char *output, struct ob_text *text)
{
    ob_text_add_line(text, output);
    ob_text_printf(text, ": %s, messages %u -> %u, deviations %u -> %u, %u executions%s\n",
                   verdict->invariant, stats->messages_before, stats->messages_after,
                   stats->deviations_before, stats->deviations_after, stats->executions,
                   stats->is_cut_short ? " (the most there may be: perhaps not minimal)" : "");
}

struct minimizing {
    const struct cli_arguments *arguments;
    const struct cli_input *input;
};

static int minimize_input(const struct cli_guard *guard, void *context)
{
    const struct minimizing *minimizing = context;
    const struct cli_arguments *arguments = minimizing->arguments;
    const struct cli_input *input = minimizing->input;
    struct ob_world *world = guard->worlds[0];
    struct ob_minimize_stats stats;
    struct ob_scenario minimal;
    struct ob_text summary = {0};
    struct ob_error reason = {{0}};
    struct ob_need needs[OB_DEVIATIONS_MAX];

    int result = ob_minimize_forked(guard->worlds[0], guard->forked, guard->hangs, &input->scenario,
                                    &minimal, &stats, &reason);
    if (result)
        return cli_trouble("%s: %s", cli_file_name(arguments->positional[1]), reason.text);
    if (write_result(arguments, ob_world_vocabulary(world), input, &minimal, &reason))
        return cli_trouble("%s", reason.text);
    if (guard->hangs)
        ob_forked_shorten_limit(guard->forked, true);
    (void)ob_necessary(world, &minimal, needs);
    ob_forked_join(guard->forked);
    if (guard->hangs)
        ob_forked_shorten_limit(guard->forked, false);
    cli_guard_end_progress(guard);
    add_summary(&stats, ob_world_verdict(world), arguments->output, &summary);
    ob_add_needs(world, &minimal, needs, false, &summary);
    if (strcmp(arguments->output, "-") != 0)
        return cli_print(&summary, CLI_OK);
    (void)fputs(ob_text_string(&summary), stderr);
    ob_text_release(&summary);
    return CLI_OK;
}

static int minimize(const struct cli_arguments *arguments)
{
    struct cli_input input = {0};

    if (!arguments->output)
        return cli_trouble("minimize needs -o OUT; - is standard output");
    struct minimizing minimizing = {arguments, &input};
    return cli_guarded(arguments, 1, true, &input, minimize_input, &minimizing);
}

const struct cli_command cli_minimize = {
    .name = "minimize",
    .usage = "TARGET/VARIANT INPUT -o OUT [--text|--bytes] [--oracles-only] [--timeout S]\n"
             "       [--until-goal NAME] [--jobs N]",
    .summary = "Makes an input that violates as small as it can be.",
    .help =
        "Removes messages and deviations and shrinks delays, arguments and payloads towards zero, "
        "as long\n"
        "as the same invariant is violated. Removing any one thing from the result makes the "
        "violation go\n"
        "away. The result depends on the input only; what is minimal already stays as it is.\n"
        "\n"
        "A crash, a hang or a leak of the target is minimized in the same way, each try in a child "
        "process\n"
        "(--timeout, default 10 s; --memory MB, default 2048; --jobs N tries at the same time): "
        "its "
        "kind and\n"
        "the function that it happens in stay the same. The result does not depend on --jobs.\n"
        "\n"
        "OUT is replaced as a whole or not at all, and may be INPUT; \"-\" is standard output. It "
        "is in the\n"
        "form that --text or --bytes says; else text when its name ends in .txt; else in INPUT's "
        "form.\n"
        "Prints one line: what was violated, and how much smaller it got. Then what is necessary: "
        "what\n"
        "happens without each deviation that is left, and the least amount of it that still "
        "fails.\n"
        "\n"
        "--oracles-only: invariants do not judge, only the general oracles of the target.\n"
        "--until-goal NAME: a run ends where it reaches that goal, as a violation of that "
        "name.\n\n"
        "Exit code: 0 minimized, 2 bad usage, an unreadable input, or one that violates nothing.\n",
    .options = CLI_JUDGES | CLI_GOAL | CLI_OUTPUT | CLI_FORM | CLI_TIMEOUT | CLI_JOBS,
    .count_min = 2,
    .count_max = 2,
    .run = minimize,
};
