/* offbeat debug: a debugger on the target, at a delivery of a run. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/debugged.h"
#include "cli/input.h"

#define GDB_ARGUMENTS_MAX 64

/* Commands of gdb without its Python, which not every gdb has. */
static const char script[] =
    "set pagination off\n"
    "set confirm off\n"
    "set width 0\n"
    "set print inferior-events off\n"
    "break ob_debug_stop\n"
    "commands\n"
    "silent\n"
    "end\n"
    "break ob_debug_violated\n"
    "commands\n"
    "silent\n"
    "end\n"
    "define ob-step\n"
    "continue\n"
    "end\n"
    "document ob-step\n"
    "Go on to the next delivery, or to a breakpoint of yours if that comes first.\n"
    "end\n"
    "define ob-back\n"
    "set $ob_to = *(unsigned *)&ob_debug_at - 1\n"
    "if $ob_to < 1\n"
    "echo This is before the first delivery.\\n\n"
    "else\n"
    "eval \"set environment " CLI_DEBUG_STEP " %u\", $ob_to\n"
    "run\n"
    "end\n"
    "end\n"
    "document ob-back\n"
    "Go back one delivery: the run is started again, and stops there.\n"
    "end\n"
    "define ob-state\n"
    "call ((void (*)(void))ob_debug_state)()\n"
    "end\n"
    "document ob-state\n"
    "Print every actor: its state as the target describes it, its mailbox, its timers.\n"
    "end\n"
    "define ob-queue\n"
    "call ((void (*)(void))ob_debug_queue)()\n"
    "end\n"
    "document ob-queue\n"
    "Print what is under way and when it arrives, in that order.\n"
    "end\n"
    "run\n";

/* Writes the script where gdb can read it. Returns 0, or -1 with a line in `error`. */
static int write_script(char *path, size_t size, struct ob_error *error)
{
    const char *directory = getenv("TMPDIR");

    if (!directory || strlen(directory) + sizeof "/offbeat-debug-XXXXXX" > size)
        directory = "/tmp";
    (void)snprintf(path, size, "%s/offbeat-debug-XXXXXX", directory);
    int file = mkstemp(path);
    bool written = file >= 0 && write(file, script, sizeof script - 1) == sizeof script - 1;
    if (file >= 0 && close(file) != 0)
        written = false;
    if (!written)
        return ob_error_set(error, "%s: %s", path, strerror(errno));
    return 0;
}

static void add_option(const char *variable, const char *option)
{
    char options[1024];
    const char *given = getenv(variable);

    (void)snprintf(options, sizeof options, "%s%s%s", given ? given : "",
                   given && *given ? ":" : "", option);
    (void)setenv(variable, options, 1);
}

/* Leaks cannot be looked for under a debugger; what a sanitizer finds is to stop there, and not to
 * end the process. Symbols need not be asked for anywhere. */
static void prepare_environment(void)
{
    add_option("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1");
    add_option("UBSAN_OPTIONS", "abort_on_error=1");
    (void)unsetenv("DEBUGINFOD_URLS");
    (void)unsetenv(CLI_DEBUG_STEP);
}

/* Runs gdb until it ends. What it is interrupted with is its own to handle. */
static int run_gdb(const char *const *arguments)
{
    extern char **environ;
    pid_t child = 0;
    int status = 0;

    (void)fflush(stdout);
    int failed = posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)arguments, environ);
    if (failed == ENOENT)
        return cli_trouble("gdb is not installed, and debug needs it (Debian: gdb)");
    if (failed)
        return cli_trouble("cannot start gdb: %s", strerror(failed));
    (void)signal(SIGINT, SIG_IGN);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    (void)signal(SIGINT, SIG_DFL);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cli_trouble("gdb did not end as it should");
    return CLI_OK;
}

/* gdb on this program, which then runs the input by --replay. */
static int start_gdb(const struct cli_arguments *arguments, const char *script_path)
{
    char self[4096];
    char step[32];
    const char *list[GDB_ARGUMENTS_MAX + 16];
    size_t count = 0;

    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return cli_trouble("cannot tell which program this is: %s", strerror(errno));
    self[length] = '\0';
    (void)snprintf(step, sizeof step, "--step=%u", (unsigned)arguments->step);
    const char *const first[] = {"gdb", "-q", "-x", script_path};
    const char *const last[] = {"--args",
                                self,
                                "debug",
                                "--replay",
                                step,
                                "--",
                                arguments->positional[0],
                                arguments->positional[1]};
    for (size_t index = 0; index < sizeof first / sizeof *first; index++)
        list[count++] = first[index];
    for (size_t index = 2; index < arguments->count; index++)
        list[count++] = arguments->positional[index];
    for (size_t index = 0; index < sizeof last / sizeof *last; index++)
        list[count++] = last[index];
    list[count] = NULL;
    prepare_environment();
    return run_gdb(list);
}

static int debug_input(const struct cli_arguments *arguments, struct ob_world *world,
                       const struct cli_input *input)
{
    struct ob_error error = {{0}};
    char path[1024];

    if (arguments->replay)
        return cli_debugged(world, &input->scenario, (uint32_t)arguments->step);
    if (write_script(path, sizeof path, &error))
        return cli_trouble("%s", error.text);
    int code = start_gdb(arguments, path);
    (void)unlink(path);
    return code;
}

static int debug(const struct cli_arguments *arguments)
{
    struct ob_error error = {{0}};
    struct cli_input input = {0};

    if (strcmp(arguments->positional[1], "-") == 0)
        return cli_trouble("debug needs a file: standard input is the debugger's");
    struct ob_world *world = cli_open_world(arguments->positional[0], false, &error);
    if (!world)
        return cli_trouble("%s", error.text);
    int code = CLI_TROUBLE;
    if (cli_read_input(world, arguments->positional[1], &input, &error))
        (void)cli_trouble("%s", error.text);
    else
        code = debug_input(arguments, world, &input);
    cli_input_release(&input);
    ob_world_destroy(world);
    return code;
}

const struct cli_command cli_debug = {
    .name = "debug",
    .usage = "TARGET/VARIANT INPUT [--step N] [-- GDB-ARGUMENT...]",
    .summary = "Starts gdb at the delivery before a violation.",
    .help = "Runs the input under gdb and stops before the delivery at which the invariant is "
            "violated, or\n"
            "before delivery N, as explain counts them: from 1. Goes on to where it is violated, "
            "with the\n"
            "target on the stack. Besides gdb's own commands, such as break FUNCTION, there are\n"
            "  ob-step   go on to the next delivery, or to a breakpoint of yours\n"
            "  ob-back   go back one delivery: the run is started again, and stops there\n"
            "  ob-state  every actor: its state, its mailbox, its timers\n"
            "  ob-queue  what is under way, in the order of arrival\n"
            "They need no Python in gdb. gdb reads commands from standard input, so a script can "
            "drive it;\n"
            "what stands behind -- are arguments of gdb. For targets in frames and variables "
            "build with -g,\n"
            "as ./scripts/build does.\n"
            "\n"
            "--step N   stop before delivery N; default: the one that violates, or the last\n"
            "--replay   what gdb runs: the run itself, with functions for a debugger to stop at\n"
            "\n"
            "Exit code: 0 gdb ended as it should, 2 trouble, such as no gdb; with --replay those "
            "of run.\n",
    .options = CLI_DEBUG,
    .count_min = 2,
    .count_max = 2 + GDB_ARGUMENTS_MAX,
    .run = debug,
};
