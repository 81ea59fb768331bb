/* The command line: options anywhere, short and long, with their values attached or apart. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define WIDTH_MAX 10000

static const struct {
    const char *name;
    const char *short_name;
    bool takes_value;
} options[] = {
    {"--output", "-o", true}, {"--width", "", true},  {"--json", "", false},
    {"--text", "", false},    {"--bytes", "", false}, {"--help", "-h", false},
    {"--version", "", false},
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

static int read_width(const char *value, unsigned *width, struct ob_error *error)
{
    char *end = NULL;
    unsigned long number = strtoul(value, &end, 10);

    if (*value < '0' || *value > '9' || *end != '\0' || number < 1 || number > WIDTH_MAX)
        return ob_error_set(error, "--width takes a number from 1 to %d, not \"%s\"", WIDTH_MAX,
                            value);
    *width = (unsigned)number;
    return 0;
}

/* Notes an option; `value` is NULL for those without. */
static int apply(struct cli_arguments *arguments, const char *name, const char *value,
                 struct ob_error *error)
{
    if (strcmp(name, "--output") == 0) {
        if (arguments->output)
            return ob_error_set(error, "--output was given twice");
        if (*value == '\0')
            return ob_error_set(error, "--output needs the name of a file");
        arguments->output = value;
        arguments->given |= CLI_OUTPUT;
    } else if (strcmp(name, "--width") == 0) {
        arguments->given |= CLI_WIDTH;
        return read_width(value, &arguments->width, error);
    } else if (strcmp(name, "--json") == 0) {
        arguments->json = true;
        arguments->given |= CLI_JSON;
    } else if (strcmp(name, "--help") == 0) {
        arguments->help = true;
    } else if (strcmp(name, "--version") == 0) {
        arguments->version = true;
    } else {
        arguments->text = arguments->text || strcmp(name, "--text") == 0;
        arguments->bytes = arguments->bytes || strcmp(name, "--bytes") == 0;
        arguments->given |= CLI_FORM;
        if (arguments->text && arguments->bytes)
            return ob_error_set(error, "--text and --bytes exclude each other");
    }
    return 0;
}

/* The option that an argument names, and where its attached value begins; OPTION_COUNT when it
 * names none. */
static size_t find_option(const char *argument, const char **attached)
{
    *attached = NULL;
    for (size_t index = 0; index < OPTION_COUNT; index++) {
        size_t length = strlen(options[index].name);
        if (strncmp(argument, options[index].name, length) == 0 &&
            (argument[length] == '\0' || argument[length] == '=')) {
            *attached = argument[length] ? argument + length + 1 : NULL;
            return index;
        }
        if (options[index].short_name[0] && strncmp(argument, options[index].short_name, 2) == 0 &&
            (argument[2] == '\0' || options[index].takes_value)) {
            *attached = argument[2] ? argument + 2 : NULL;
            return index;
        }
    }
    return OPTION_COUNT;
}

static int unknown_option(const char *argument, struct ob_error *error)
{
    const char *names[OPTION_COUNT];

    for (size_t index = 0; index < OPTION_COUNT; index++)
        names[index] = options[index].name;
    const char *near = cli_nearest(argument, names, OPTION_COUNT);
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
        size_t option = find_option(argument, &value);
        if (option == OPTION_COUNT)
            return unknown_option(argument, error);
        if (!options[option].takes_value && value)
            return ob_error_set(error, "%s takes no value", options[option].name);
        if (options[option].takes_value && !value) {
            if (at + 1 == argc)
                return ob_error_set(error, "%s needs a value", argument);
            value = argv[++at];
        }
        if (apply(arguments, options[option].name, value, error))
            return -1;
    }
    return 0;
}
