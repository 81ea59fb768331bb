/* offbeat export: an input as something to keep: a regression test, or text. */
#include <stdio.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/replay.h"
#include "report/export_c.h"
#include "world/world.h"

/* What a regression test is made of has to fail now, every time. */
static int require_violation(struct ob_world *world, const char *path,
                             const struct ob_scenario *scenario)
{
    struct ob_error error = {{0}};
    struct cli_replay replay;

    if (cli_replay(world, scenario, &replay, &error))
        return cli_trouble("%s", error.text);
    if (!replay.is_stable) {
        (void)cli_trouble("%s: did not run twice in the same way, as a regression test has to",
                          cli_file_name(path));
        return CLI_UNSTABLE;
    }
    if (replay.verdict.outcome != OB_VIOLATED)
        return cli_trouble("%s: violates no invariant, there is nothing to export",
                           cli_file_name(path));
    return CLI_OK;
}

static int write_export(const struct cli_arguments *arguments, const struct ob_world *world,
                        const struct ob_scenario *scenario)
{
    struct ob_error error = {{0}};
    struct ob_text text = {0};

    if (arguments->as_c)
        ob_report_export_c(world, scenario, &text);
    else
        ob_scenario_print(ob_world_vocabulary(world), scenario, &text);
    if (!arguments->output)
        return cli_print(&text, CLI_OK);
    int result = text.failed ? ob_error_set(&error, "out of memory")
                             : ob_file_replace(arguments->output, ob_text_string(&text),
                                               text.length, &error);
    ob_text_release(&text);
    return result ? cli_trouble("%s", error.text) : CLI_OK;
}

struct export
{
    const struct cli_arguments *arguments;
    struct ob_scenario *scenario;
};

static int export_scenario(const struct cli_guard *guard, void *context)
{
    const struct export *export = context;
    struct ob_world *world = guard->worlds[0];
    int code = require_violation(world, export->arguments->positional[1], export->scenario);

    ob_forked_join(guard->forked);
    if (code == CLI_OK)
        code = write_export(export->arguments, world, export->scenario);
    return code;
}

static int export(const struct cli_arguments *arguments)
{
    struct cli_input input = {0};

    if (arguments->as_c == arguments->as_scenario)
        return cli_trouble("export needs one of --c and --scenario: a C program, or the text form");
    struct export task = {.arguments = arguments, .scenario = &input.scenario};
    return cli_guarded(arguments, 1, false, &input, export_scenario, &task);
}

const struct cli_command cli_export = {
    .name = "export",
    .usage = "--c|--scenario TARGET/VARIANT INPUT [-o OUT] [--timeout S]",
    .summary = "Writes an input that violates as a regression test.",
    .help =
        "  --c         a C program that ends with 1, and says what is violated, as long as INPUT "
        "violates\n"
        "              an invariant of the target, and with 0 once it does not; with 2 when it "
        "cannot be\n"
        "              run, as when a name in it no longer exists. It holds the scenario in text "
        "form,\n"
        "              which is what it runs, and as bytes. In CMake, offbeat_add_regression() "
        "adds "
        "it\n"
        "              to ctest; without, compile it with the target's source and link "
        "liboffbeat.a.\n"
        "  --scenario  the text form\n"
        "\n"
        "INPUT is exported as it is, in its canonical form; offbeat minimize makes it as small as "
        "it can\n"
        "be first. Where the fix is another variant, its name is the program's argument. The "
        "output goes\n"
        "to standard output, or with -o replaces the file OUT as a whole or not at all. The same "
        "INPUT\n"
        "gives the same output.\n"
        "\n"
        "Exit code: 0 written, 2 bad usage, an unreadable input, or one that violates nothing, 3 "
        "an input\n"
        "that did not run twice in the same way.\n",
    .options = CLI_OUTPUT | CLI_EXPORT | CLI_TIMEOUT,
    .count_min = 2,
    .count_max = 2,
    .run = export,
};
