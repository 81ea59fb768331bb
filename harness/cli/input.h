/* What the arguments of a command name: a target in a variant, and a scenario in a file. */
#ifndef OFFBEAT_CLI_INPUT_H
#define OFFBEAT_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "scenario/scenario.h"
#include "world/world.h"

/*
 * Makes the world of `TARGET/VARIANT`. With `default_variant`, `TARGET` alone stands for its first
 * variant. Returns NULL with a line in `error`; the caller frees the world with ob_world_destroy().
 */
struct ob_world *cli_open_world(const char *specification, bool default_variant,
                                struct ob_error *error);

/* Whether there is such a target, and a variant of that name. */
bool cli_has_variant(const char *specification);

/* What judges the runs of a command. */
struct cli_judges {
    bool oracles_only;      /* invariants do not */
    const char *until_goal; /* a run that reaches it counts as a violation; NULL: none does */
};

/* The same for a command that runs the target. */
struct ob_world *cli_open_judged(const char *specification, const struct cli_judges *judges,
                                 struct ob_error *error);

/* A scenario, and the file that it was read from. */
struct cli_input {
    struct ob_scenario scenario;
    uint8_t *data;
    size_t size;
    bool is_text;
};

/*
 * Reads a scenario, in text form or as bytes; "-" is standard input. Returns 0, or -1 with a line
 * in `error` that names the file; OB_SCENARIO_INAPPLICABLE where it is one of another target.
 * cli_input_release() in any case; zero-initialise before.
 */
int cli_read_input(const struct ob_world *world, const char *path, struct cli_input *input,
                   struct ob_error *error);
void cli_input_release(struct cli_input *input);

/* How a file is called when something is said about it. */
const char *cli_file_name(const char *path);

/*
 * Writes a scenario to `path`, "-" for standard output: as text, or as bytes. A file is replaced as
 * a whole or not at all. Returns 0, or -1 with a line in `error`.
 */
int cli_write_scenario(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                       const char *path, bool as_text, struct ob_error *error);

#endif
