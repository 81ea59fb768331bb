/* The command `offbeat`: finds the command that was asked for, and checks that what it printed was
 * written. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/scripts.h"
#include "offbeat/version.h"

static const struct cli_command *const commands[] = {
    &cli_list,   &cli_run,   &cli_explain, &cli_minimize, &cli_explore, &cli_export, &cli_verify,
    &cli_triage, &cli_debug, &cli_decode,  &cli_encode,   &cli_corpus,  &cli_dict,   &cli_lint,
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct cli_command *find_command(const char *name)
{
    for (size_t index = 0; index < COMMAND_COUNT; index++)
        if (strcmp(commands[index]->name, name) == 0)
            return commands[index];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT + CLI_SCRIPTS_MAX];

    for (size_t index = 0; index < COMMAND_COUNT; index++)
        names[index] = commands[index]->name;
    size_t count = COMMAND_COUNT + cli_script_names(names + COMMAND_COUNT);
    const char *near = ob_nearest(name, names, count);
    if (near)
        return cli_trouble("unknown command \"%s\"; did you mean %s?", name, near);
    return cli_trouble("unknown command \"%s\"; see offbeat --help", name);
}

static int print_help(void)
{
    struct ob_text text = {0};

    ob_text_printf(
        &text,
        "Finds, replays, minimizes and explains races in the order and timing of messages.\n\n"
        "usage: offbeat COMMAND [ARGUMENT...]\n\n");
    for (size_t index = 0; index < COMMAND_COUNT; index++)
        ob_text_printf(&text, "  %-10s %s\n", commands[index]->name, commands[index]->summary);
    ob_text_printf(&text, "\nFor projects of your own, where Offbeat is installed:\n\n");
    cli_describe_scripts(&text);
    ob_text_printf(
        &text,
        "\nA TARGET is a model that Offbeat was built with, a VARIANT one way to build it: see "
        "offbeat list.\n"
        "An INPUT is a scenario, as bytes (what a fuzzing engine writes) or in text form, told "
        "apart by\n"
        "the first line; \"-\" is standard input. Options may come anywhere; \"--\" ends them.\n\n"
        "Exit codes: 0 no violation, 1 violation, 2 bad usage or a file that cannot be read or "
        "written,\n"
        "3 an input did not run twice in the same way, 4 an input names what the target does not "
        "have (run).\nOf several, the gravest counts: 2, 4, 3, 1, 0.\n\n"
        "offbeat COMMAND --help says more about a command; offbeat --version prints the "
        "version.\n");
    return cli_print(&text, CLI_OK);
}

static int print_command_help(const struct cli_command *command)
{
    struct ob_text text = {0};

    ob_text_printf(&text, "usage: offbeat %s %s\n\n%s\n\n%s", command->name, command->usage,
                   command->summary, command->help);
    return cli_print(&text, CLI_OK);
}

/* The part of a subcommand's name that chooses it. */
static const char *second_word(const struct cli_command *command)
{
    return strchr(command->name, ' ') + 1;
}

/* The subcommand that the first argument names, which it takes away; NULL after saying so when
 * there is none. */
static const struct cli_command *take_subcommand(const struct cli_command *command,
                                                 struct cli_arguments *arguments)
{
    const char *names[COMMAND_COUNT * 2];
    const char *name = arguments->positional[0];
    size_t count = 0;

    for (; command->subcommands[count] && count < COMMAND_COUNT * 2; count++) {
        names[count] = second_word(command->subcommands[count]);
        if (strcmp(name, names[count]) == 0) {
            arguments->positional++;
            arguments->count--;
            return command->subcommands[count];
        }
    }
    const char *near = ob_nearest(name, names, count);
    if (near)
        (void)cli_trouble("unknown command \"%s %s\"; did you mean %s?", command->name, name, near);
    else
        (void)cli_trouble("unknown command \"%s %s\"; see offbeat %s --help", command->name, name,
                          command->name);
    return NULL;
}

static int run_command(const struct cli_command *command, struct cli_arguments *arguments)
{
    if (command->subcommands && arguments->count > 0) {
        command = take_subcommand(command, arguments);
        if (!command)
            return CLI_TROUBLE;
    }
    if (arguments->help)
        return print_command_help(command);
    if (command->subcommands)
        return cli_trouble("%s what? usage: offbeat %s %s", command->name, command->name,
                           command->usage);
    const char *foreign = cli_option_name(arguments->given & ~command->options);
    if (foreign)
        return cli_trouble("%s takes no %s", command->name, foreign);
    if (arguments->count < command->count_min || arguments->count > command->count_max)
        return cli_trouble("%s; usage: offbeat %s %s",
                           arguments->count < command->count_min ? "an argument is missing"
                                                                 : "too many arguments",
                           command->name, command->usage);
    return command->run(arguments);
}

static int dispatch(int argc, char *const argv[], const char **positional)
{
    struct cli_arguments arguments;
    struct ob_error error = {{0}};

    if (cli_parse(argc, argv, positional, &arguments, &error))
        return cli_trouble("%s", error.text);
    if (arguments.version) {
        (void)printf("offbeat %s\n", OB_VERSION);
        return CLI_OK;
    }
    if (arguments.count == 0)
        return arguments.help ? print_help()
                              : cli_trouble("no command was given; see offbeat --help");
    const char *name = arguments.positional[0];
    arguments.positional++;
    arguments.count--;
    if (strcmp(name, "help") == 0) {
        if (arguments.count == 0)
            return print_help();
        name = arguments.positional[0];
        arguments.positional++;
        arguments.count--;
        arguments.help = true;
    }
    const struct cli_command *command = find_command(name);
    return command ? run_command(command, &arguments) : unknown_command(name);
}

/* A file must not get the number of a standard stream that is closed, and be written to in its
 * place. */
static int open_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", O_RDWR) != stream)
            return -1;
        if (fcntl(stream, F_GETFD) == -1)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    bool closed = fcntl(STDOUT_FILENO, F_GETFD) == -1;
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);

    if (argc > 1 && !closed)
        cli_run_script(argv);
    /* A reader that goes away is an error of writing, told like any other. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!positional || open_standard_streams() || closed) {
        free((void *)positional);
        return cli_trouble("%s", closed ? "standard output is closed"
                                        : "cannot start: out of memory or of files");
    }
    int code = dispatch(argc, argv, positional);
    free((void *)positional);
    errno = 0;
    bool failed = fflush(stdout) == EOF || ferror(stdout);
    if (close(STDOUT_FILENO) != 0 || failed)
        code = cli_trouble("standard output: %s", errno ? strerror(errno) : "cannot be written");
    return code;
}
