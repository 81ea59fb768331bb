/* What the commands share: the command line taken apart, exit codes, and how trouble is told. */
#ifndef OFFBEAT_CLI_CLI_H
#define OFFBEAT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* When several inputs end differently, the exit code is that of the gravest: trouble, inapplicable,
 * unstable, violation, ok. */
enum cli_exit {
    CLI_OK = 0,
    CLI_VIOLATION = 1, /* an invariant was violated */
    CLI_TROUBLE = 2,   /* bad usage, or a file that cannot be read or written */
    CLI_UNSTABLE = 3,  /* an input did not run twice in the same way */
    CLI_INAPPLICABLE =
        4, /* of `run`: the target, its variant, or a kind, an actor or the like that
              the input names is not there. For who runs one input with many builds */
};

/* The options that a command takes, a set. --help goes with every command. */
enum cli_option {
    CLI_OUTPUT = 1,
    CLI_JSON = 2,
    CLI_FORM = 4, /* --text and --bytes */
    CLI_WIDTH = 8,
    CLI_EXPLORE = 16, /* what only explore takes */
    CLI_FORMAT = 32,
    CLI_RUNS = 256,   /* --runs */
    CLI_EXPORT = 512, /* --c, and --scenario as export means it */
    CLI_AROUND = 1024,
    CLI_JUDGES = 2048,     /* --oracles-only */
    CLI_GOAL = 1 << 12,    /* --until-goal */
    CLI_SECONDS = 1 << 13, /* --timeout */
    CLI_MEMORY = 1 << 20,
    CLI_TIMEOUT = CLI_SECONDS | CLI_MEMORY,
    CLI_JOBS = 1 << 14,
    CLI_TRIAGE = 1 << 15,  /* what only triage takes */
    CLI_DEBUG = 1 << 16,   /* --step and --replay */
    CLI_ARCHIVE = 1 << 21, /* --level, --threads, --by-order */
    CLI_COVER = 1 << 22,   /* --binary, --aside */
    CLI_KIND = 1 << 23,    /* --zip and --dir */
    CLI_CI = 1 << 24,      /* --junit and --github */
};

/* The command line. Strings are argv's; `positional` belongs to main(). */
struct cli_arguments {
    const char **positional; /* without the command's name */
    size_t count;
    const char *output; /* NULL when not given */
    const char *strategy;
    const char *scenario;
    const char *format;
    const char *by_order;
    const char *binary;
    const char *aside;
    const char *until_goal;
    uint64_t width; /* 0 when not given, as the numbers below */
    uint64_t runs;
    uint64_t seed;
    uint64_t depth;
    bool no_faults;
    uint64_t faults;
    uint64_t jobs;
    uint64_t timeout; /* s, of one run */
    uint64_t memory;  /* MB, of one run, or to make an archive */
    uint64_t repeat;
    uint64_t step; /* from 1 */
    const char *target;
    const char *junit;
    uint64_t level;
    uint64_t threads;
    uint64_t around; /* counts when CLI_AROUND was given: 0 is a value, too */
    bool until_violation;
    bool unfold;
    bool replay;
    bool oracles_only;
    bool as_c;
    bool as_scenario;
    bool json;
    bool text;
    bool bytes;
    bool zip;
    bool dir;
    bool github;
    bool help;
    bool version;
    unsigned given; /* the enum cli_option that were given */
};

struct cli_command {
    const char *name;
    const char *usage;   /* what follows the name */
    const char *summary; /* one line */
    const char *help;    /* the rest of its help */
    unsigned options;    /* the enum cli_option that it takes */
    size_t count_min;    /* of positional arguments */
    size_t count_max;
    int (*run)(const struct cli_arguments *arguments); /* returns an enum cli_exit */
    /* Instead of all that: the commands that the first argument chooses among, up to NULL. Each is
     * named by both words. */
    const struct cli_command *const *subcommands;
};

extern const struct cli_command cli_list;
extern const struct cli_command cli_run;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_minimize;
extern const struct cli_command cli_explore;
extern const struct cli_command cli_export;
extern const struct cli_command cli_verify;
extern const struct cli_command cli_debug;
extern const struct cli_command cli_triage;
extern const struct cli_command cli_decode;
extern const struct cli_command cli_encode;
extern const struct cli_command cli_corpus;
extern const struct cli_command cli_dict;
extern const struct cli_command cli_lint;

/*
 * Takes argv apart. Options may come anywhere, `--` ends them, `-` is a file. `positional` has room
 * for `argc`. Returns 0, or -1 with a line in `error`.
 */
int cli_parse(int argc, char *const argv[], const char **positional,
              struct cli_arguments *arguments, struct ob_error *error);

/* The name of the first option in a set of enum cli_option. */
const char *cli_option_name(unsigned given);

/* The graver of two exit codes. */
int cli_worse_code(int a, int b);

/* Prints `offbeat: ...` as one line on standard error. Returns CLI_TROUBLE. */
int cli_trouble(const char *format, ...) OB_PRINTF(1, 2);

/* Prints a text to standard output and releases it. Returns `code`, or CLI_TROUBLE when memory ran
 * out while it was made. Whether it was written at all is checked when the process ends. */
int cli_print(struct ob_text *text, int code);

#endif
