/* offbeat decode and encode: bytes to text and back. */
#include "cli/cli.h"
#include "cli/input.h"

static int convert(const struct cli_arguments *arguments, bool to_text)
{
    struct ob_error error = {{0}};
    struct cli_input input = {0};
    struct ob_world *world = cli_open_world(arguments->positional[0], true, &error);

    if (!world)
        return cli_trouble("%s", error.text);
    int result = cli_read_input(world, arguments->positional[1], &input, &error);
    if (result == 0)
        result = cli_write_scenario(ob_world_vocabulary(world), &input.scenario,
                                    arguments->output ? arguments->output : "-", to_text, &error);
    cli_input_release(&input);
    ob_world_destroy(world);
    return result ? cli_trouble("%s", error.text) : CLI_OK;
}

static int decode(const struct cli_arguments *arguments)
{
    return convert(arguments, true);
}

static int encode(const struct cli_arguments *arguments)
{
    if (!arguments->output)
        return cli_trouble("encode needs -o OUT; - is standard output");
    return convert(arguments, false);
}

const struct cli_command cli_decode = {
    .name = "decode",
    .usage = "TARGET[/VARIANT] INPUT [-o OUT]",
    .summary = "Prints an input in text form.",
    .help = "One line a message or deviation, for people, diffs and regressions written by hand. "
            "Without\n"
            "VARIANT, actors are those of the first one. OUT is standard output unless it is "
            "given; a file is\n"
            "replaced as a whole or not at all. An input that is text already is printed in its "
            "plain form.\n",
    .options = CLI_OUTPUT,
    .count_min = 2,
    .count_max = 2,
    .run = decode,
};

const struct cli_command cli_encode = {
    .name = "encode",
    .usage = "TARGET[/VARIANT] INPUT -o OUT",
    .summary = "Writes an input as bytes.",
    .help = "The bytes are those that a fuzzing engine works on: 8 a record, in canonical form, so "
            "that\n"
            "encoding what was decoded gives the same bytes. Without VARIANT, actors are those of "
            "the first\n"
            "one. OUT is replaced as a whole or not at all; \"-\" is standard output. An error in "
            "a text names\n"
            "its line.\n",
    .options = CLI_OUTPUT,
    .count_min = 2,
    .count_max = 2,
    .run = encode,
};
