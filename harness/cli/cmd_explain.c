/* offbeat explain: one run for a person. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "report/columns.h"

#define WIDTH_MIN 40

/* As wide as the terminal; a pipe or a file gets a width that fits an issue. */
static unsigned find_width(uint64_t asked)
{
    struct winsize size = {0};

    if (asked)
        return (unsigned)asked;
    if (!isatty(STDOUT_FILENO))
        return OB_COLUMNS_WIDTH;
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
    if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    return width >= WIDTH_MIN && width <= 10000 ? (unsigned)width : OB_COLUMNS_WIDTH;
}

static int explain(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    struct cli_input input = {0};
    struct ob_text text = {0};
    const struct ob_columns_options options = {.width = find_width(arguments->width)};
    struct ob_world *world = cli_open_world(arguments->positional[0], false, &error);

    if (!world)
        return cli_trouble("%s", error.text);
    int code = CLI_TROUBLE;
    if (cli_read_input(world, arguments->positional[1], &input, &error)) {
        (void)cli_trouble("%s", error.text);
    } else {
        const struct ob_verdict *verdict = ob_world_run(world, &input.scenario);
        code = verdict->outcome == OB_VIOLATED ? CLI_VIOLATION : CLI_OK;
        ob_report_columns(world, &input.scenario, &options, &text);
        code = cli_print(&text, code);
    }
    cli_input_release(&input);
    ob_world_destroy(world);
    return code;
}

const struct cli_command cli_explain = {
    .name = "explain",
    .usage = "TARGET/VARIANT INPUT [--width N]",
    .summary = "Shows what happens, a column per actor.",
    .help = "Prints the violated invariant, the scenario, the trace and the state of the actors at "
            "its end.\n"
            "In the trace, virtual time is at the left; each message stands in its receiver's "
            "column, with\n"
            "its sender behind the \"<\". \"!\" marks what a deviation did, \"^\" the delivery "
            "after which the\n"
            "invariant was violated. Deviations that had no effect are named as such.\n"
            "\n"
            "--width N is the width of the page in characters; the terminal's, or 100. Where the "
            "columns do\n"
            "not fit, the trace is a list.\n"
            "\n"
            "Exit code: 0 no violation, 1 violation, 2 bad usage or unreadable input.\n",
    .options = CLI_WIDTH,
    .count_min = 2,
    .count_max = 2,
    .run = explain,
};
