/* The command line: options anywhere, short and long, with their values attached or apart. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "scenario/scenario.h"

enum kind { FLAG, STRING, NUMBER };

#define PLACE(member) offsetof(struct cli_arguments, member)

static const struct {
    const char *name;
    const char *short_name;
    enum kind kind;
    size_t place;          /* of a bool, a const char * or a uint64_t in struct cli_arguments */
    enum cli_option given; /* 0 for those that every command takes */
    uint64_t min;
    uint64_t max;
} options[] = {
    {"--output", "-o", STRING, PLACE(output), CLI_OUTPUT, 0, 0},
    {"--width", "", NUMBER, PLACE(width), CLI_WIDTH, 1, 10000},
    {"--format", "", STRING, PLACE(format), CLI_FORMAT, 0, 0},
    {"--unfold", "", FLAG, PLACE(unfold), CLI_FORMAT, 0, 0},
    {"--json", "", FLAG, PLACE(json), CLI_JSON, 0, 0},
    {"--text", "", FLAG, PLACE(text), CLI_FORM, 0, 0},
    {"--bytes", "", FLAG, PLACE(bytes), CLI_FORM, 0, 0},
    {"--c", "", FLAG, PLACE(as_c), CLI_EXPORT, 0, 0},
    {"--scenario", "", FLAG, PLACE(as_scenario), CLI_EXPORT, 0, 0},
    {"--around", "", NUMBER, PLACE(around), CLI_AROUND, 0, 8},
    {"--strategy", "", STRING, PLACE(strategy), CLI_EXPLORE, 0, 0},
    {"--scenario", "", STRING, PLACE(scenario), CLI_EXPLORE, 0, 0},
    {"--runs", "", NUMBER, PLACE(runs), CLI_RUNS, 1, UINT64_MAX / 2},
    {"--seed", "", NUMBER, PLACE(seed), CLI_EXPLORE, 0, UINT64_MAX},
    {"--depth", "", NUMBER, PLACE(depth), CLI_EXPLORE, 1, OB_WALK_DEPTH_MAX},
    {"--faults", "", NUMBER, PLACE(faults), CLI_EXPLORE, 0, 4},
    {"--jobs", "", NUMBER, PLACE(jobs), CLI_JOBS, 1, 256},
    {"--timeout", "", NUMBER, PLACE(timeout), CLI_SECONDS, 1, 86400},
    {"--memory", "", NUMBER, PLACE(memory), CLI_MEMORY, 64, 1 << 20},
    {"--target", "", STRING, PLACE(target), CLI_TRIAGE, 0, 0},
    {"--repeat", "", NUMBER, PLACE(repeat), CLI_TRIAGE, 1, 1000},
    {"--step", "", NUMBER, PLACE(step), CLI_DEBUG, 0, UINT32_MAX},
    {"--replay", "", FLAG, PLACE(replay), CLI_DEBUG, 0, 0},
    {"--no-faults", "", FLAG, PLACE(no_faults), CLI_EXPLORE, 0, 0},
    {"--until-violation", "", FLAG, PLACE(until_violation), CLI_EXPLORE, 0, 0},
    {"--until-goal", "", STRING, PLACE(until_goal), CLI_GOAL, 0, 0},
    {"--oracles-only", "", FLAG, PLACE(oracles_only), CLI_JUDGES, 0, 0},
    {"--level", "", NUMBER, PLACE(level), CLI_ARCHIVE, 1, 22},
    {"--threads", "", NUMBER, PLACE(threads), CLI_ARCHIVE, 1, 64},
    {"--by-order", "", STRING, PLACE(by_order), CLI_ARCHIVE, 0, 0},
    {"--binary", "", STRING, PLACE(binary), CLI_COVER, 0, 0},
    {"--aside", "", STRING, PLACE(aside), CLI_COVER, 0, 0},
    {"--zip", "", FLAG, PLACE(zip), CLI_KIND, 0, 0},
    {"--dir", "", FLAG, PLACE(dir), CLI_KIND, 0, 0},
    {"--junit", "", STRING, PLACE(junit), CLI_CI, 0, 0},
    {"--github", "", FLAG, PLACE(github), CLI_CI, 0, 0},
    {"--help", "-h", FLAG, PLACE(help), 0, 0, 0},
    {"--version", "", FLAG, PLACE(version), 0, 0, 0},
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

static int read_number(size_t option, const char *value, uint64_t *number, struct ob_error *error)
{
    char *end = NULL;
    errno = 0;
    unsigned long long read = strtoull(value, &end, 10);

    if (*value < '0' || *value > '9' || *end != '\0' || errno == ERANGE ||
        read < options[option].min || read > options[option].max)
        return ob_error_set(error, "%s takes a number from %" PRIu64 " to %" PRIu64 ", not \"%s\"",
                            options[option].name, options[option].min, options[option].max, value);
    *number = read;
    return 0;
}

/* Notes an option; `value` is NULL for flags. */
static int apply(struct cli_arguments *arguments, size_t option, const char *value,
                 struct ob_error *error)
{
    void *place = (char *)arguments + options[option].place;

    arguments->given |= options[option].given;
    if (options[option].kind == NUMBER)
        return read_number(option, value, place, error);
    if (options[option].kind == FLAG) {
        *(bool *)place = true;
        if (arguments->text && arguments->bytes)
            return ob_error_set(error, "--text and --bytes exclude each other");
        return 0;
    }
    if (*(const char **)place)
        return ob_error_set(error, "%s was given twice", options[option].name);
    if (*value == '\0')
        return ob_error_set(error, "%s needs a value that is not empty", options[option].name);
    *(const char **)place = value;
    return 0;
}

/* Two options are called --scenario: what export writes, and the file that explore reads. Which one
 * is meant, the command says that stands before it. */
static bool is_meant(size_t option, const char *command)
{
    return options[option].place != PLACE(as_scenario) ||
           (command && strcmp(command, cli_export.name) == 0);
}

/* The option that an argument names after a command (NULL: none was named so far), and where its
 * attached value begins; OPTION_COUNT when it names none. */
static size_t find_option(const char *argument, const char *command, const char **attached)
{
    *attached = NULL;
    for (size_t index = 0; index < OPTION_COUNT; index++) {
        size_t length = strlen(options[index].name);
        if (!is_meant(index, command))
            continue;
        if (strncmp(argument, options[index].name, length) == 0 &&
            (argument[length] == '\0' || argument[length] == '=')) {
            *attached = argument[length] ? argument + length + 1 : NULL;
            return index;
        }
        if (options[index].short_name[0] && strncmp(argument, options[index].short_name, 2) == 0 &&
            (argument[2] == '\0' || options[index].kind != FLAG)) {
            *attached = argument[2] ? argument + 2 : NULL;
            return index;
        }
    }
    return OPTION_COUNT;
}

const char *cli_option_name(unsigned given)
{
    for (size_t index = 0; index < OPTION_COUNT; index++)
        if (options[index].given & given)
            return options[index].name;
    return NULL;
}

static int unknown_option(const char *argument, struct ob_error *error)
{
    const char *names[OPTION_COUNT];

    for (size_t index = 0; index < OPTION_COUNT; index++)
        names[index] = options[index].name;
    const char *near = ob_nearest(argument, names, OPTION_COUNT);
    if (near)
        return ob_error_set(error, "unknown option %s; did you mean %s?", argument, near);
    return ob_error_set(error, "unknown option %s; see offbeat --help", argument);
}

int cli_parse(int argc, char *const argv[], const char **positional,
              struct cli_arguments *arguments, struct ob_error *error)
{
    bool ended = false;

    *arguments = (struct cli_arguments){.positional = positional};
    for (int at = 1; at < argc; at++) {
        const char *argument = argv[at];
        if (ended || argument[0] != '-' || argument[1] == '\0') {
            positional[arguments->count++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            ended = true;
            continue;
        }
        const char *value = NULL;
        const char *command = arguments->count > 0 ? positional[0] : NULL;
        size_t option = find_option(argument, command, &value);
        if (option == OPTION_COUNT)
            return unknown_option(argument, error);
        if (options[option].kind == FLAG && value)
            return ob_error_set(error, "%s takes no value", options[option].name);
        if (options[option].kind != FLAG && !value) {
            if (at + 1 == argc)
                return ob_error_set(error, "%s needs a value", argument);
            value = argv[++at];
        }
        if (apply(arguments, option, value, error))
            return -1;
    }
    return 0;
}
