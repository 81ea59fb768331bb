/* What the subcommands of `offbeat corpus` share. */
#ifndef OFFBEAT_CLI_CORPUS_H
#define OFFBEAT_CLI_CORPUS_H

#include "base/json.h"
#include "cli/cli.h"
#include "corpus/archive.h"
#include "corpus/gather.h"
#include "corpus/input_set.h"

extern const struct cli_command cli_corpus_pack;
extern const struct cli_command cli_corpus_unpack;
extern const struct cli_command cli_corpus_add;
extern const struct cli_command cli_corpus_merge;
extern const struct cli_command cli_corpus_minimize;
extern const struct cli_command cli_corpus_list;
extern const struct cli_command cli_corpus_stat;
extern const struct cli_command cli_corpus_verify;
extern const struct cli_command cli_corpus_export;
extern const struct cli_command cli_corpus_diff;
extern const struct cli_command cli_corpus_seen;

/* What is said in the help of all that write archives, and of all that read inputs. */
#define CLI_CORPUS_OPTIONS_HELP                                                                    \
    "--level N     of zstd, 1 to 22; 19 by default. The level decides the archive's size, and\n"   \
    "              how long writing it takes\n"                                                    \
    "--threads N   by default as many as there are processors; makes no other archive\n"
#define CLI_CORPUS_INPUTS_HELP                                                                     \
    "INPUT is a file; a directory, for the files in it and below it, without those whose names\n"  \
    "begin with a dot and README.txt; what AFL++ leaves, for the queue of each instance; or an\n"  \
    "archive (.tar, also .gz, .bz2, .zst; .zip), for the inputs in it. Inputs that are equal\n"    \
    "count once. A scenario as text becomes bytes; what was meant for one and is none is "         \
    "refused,\n"                                                                                   \
    "as offbeat run does: what is named itself or *.txt. Others are taken as they are.\n"

/* Inputs on their way from where they are to an archive. */
struct cli_corpus_inputs {
    struct ob_input_set set;
    struct ob_archive_options options;
    size_t damaged;         /* archives of which something is lost; each was told */
    bool told;              /* the progress is on the terminal */
    bool is_named;          /* what is read now was named itself, and is no directory or archive */
    struct ob_world *world; /* of the target that the last text was of, or NULL */
    struct ob_scenario *scenario;
};

/* Prepares to gather. cli_corpus_close() in any case. */
void cli_corpus_open(struct cli_corpus_inputs *inputs, const struct cli_arguments *arguments);

/* Adds what `paths` name. Returns 0, or -1 with `error` set. */
int cli_corpus_gather(struct cli_corpus_inputs *inputs, const char *const *paths, size_t count,
                      struct ob_error *error);

/* Keeps of those inputs that run alike in `specification`, a TARGET/VARIANT, the smallest: whose
 * deliveries are in the same order as far as one depends on another. Nothing is done for NULL. */
int cli_corpus_keep_orders(struct cli_corpus_inputs *inputs, const char *specification,
                           struct ob_error *error);

/* Writes them as an archive. `*count` becomes their number. Returns 0, or -1 with `error` set, also
 * if there are none. */
int cli_corpus_write(struct cli_corpus_inputs *inputs, const char *path, size_t *count,
                     struct ob_error *error);

/* Returns `code`, or CLI_TROUBLE if some archive was damaged. */
int cli_corpus_close(struct cli_corpus_inputs *inputs, int code);

/* Prints what is wrong with an archive, as a line on standard error. Returns CLI_TROUBLE. */
int cli_corpus_tell_damage(const char *path, const struct ob_archive_damage *damage);

/* Shows on a terminal how far things are; elsewhere nothing. A context is a struct
 * cli_corpus_inputs. */
void cli_corpus_progress(void *context, const char *what, size_t inputs);

/* Whether two paths lead to the same file. */
bool cli_corpus_same_file(const char *left, const char *right);

/* Prints an input: into the document that `json` has begun, or else as a line behind `side`. */
int cli_corpus_print_entry(struct ob_json *json, const char *side,
                           const struct ob_archive_entry *entry, struct ob_error *error);

/* Adds `N input` or `N inputs`. */
void cli_corpus_print_count(struct ob_text *text, size_t count);

#endif
