/* offbeat dict: a dictionary for engines. */
#include "cli/cli.h"
#include "cli/input.h"
#include "scenario/dictionary.h"

static int dict(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    struct ob_world *world = cli_open_world(arguments->positional[0], true, &error);

    if (!world)
        return cli_trouble("%s", error.text);
    ob_dictionary_print(ob_world_vocabulary(world), &text);
    ob_world_destroy(world);
    return cli_print(&text, CLI_OK);
}

const struct cli_command cli_dict = {
    .name = "dict",
    .usage = "TARGET[/VARIANT]",
    .summary = "Prints a dictionary for fuzzing engines.",
    .help = "Records as they stand in inputs, each after a comment that says what it is: the "
            "messages from\n"
            "outside with their least and greatest arguments, and what may happen to messages. For "
            "engines that\n"
            "mutate bytes (libFuzzer's -dict=, AFL++'s -x); Offbeat's own mutators need none.\n",
    .count_min = 1,
    .count_max = 1,
    .run = dict,
};
