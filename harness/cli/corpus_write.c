/* offbeat corpus pack, add, merge: making archives. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/corpus.h"
#include "cli/input.h"

/* Says what was written, unless that went to standard output. */
static int tell_written(struct cli_corpus_inputs *inputs, const char *path, size_t count)
{
    struct ob_text line = {0};

    int code = cli_corpus_close(inputs, CLI_OK);
    if (strcmp(path, "-") == 0)
        return code;
    ob_text_add_line(&line, path);
    ob_text_printf(&line, ": ");
    cli_corpus_print_count(&line, count);
    ob_text_printf(&line, " packed\n");
    return cli_print(&line, code);
}

/* An archive must not be replaced by what could be read of it. */
static int refuse_damaged(const struct cli_corpus_inputs *inputs, const char *out,
                          const char *const *paths, size_t count, struct ob_error *error)
{
    for (size_t index = 0; inputs->damaged > 0 && index < count; index++) {
        if (cli_corpus_same_file(out, paths[index]))
            return ob_error_set(error,
                                "%s: is left as it is, for an archive that was read is "
                                "damaged; write to another file to keep what is intact",
                                out);
    }
    return 0;
}

static int write_from(const struct cli_arguments *arguments, const char *out,
                      const char *const *paths, size_t path_count)
{
    struct cli_corpus_inputs inputs;
    struct ob_error error = {{0}};
    size_t count = 0;

    cli_corpus_open(&inputs, arguments);
    if (cli_corpus_gather(&inputs, paths, path_count, &error) ||
        refuse_damaged(&inputs, out, paths, path_count, &error) ||
        cli_corpus_keep_orders(&inputs, arguments->by_order, &error) ||
        cli_corpus_write(&inputs, out, &count, &error))
        return cli_corpus_close(&inputs, cli_trouble("%s", error.text));
    return tell_written(&inputs, out, count);
}

static int pack(const struct cli_arguments *arguments)
{
    return write_from(arguments, arguments->positional[0], arguments->positional + 1,
                      arguments->count - 1);
}

static int merge(const struct cli_arguments *arguments)
{
    if (!arguments->output)
        return cli_trouble("corpus merge needs -o OUT, the archive to write");
    return write_from(arguments, arguments->output, arguments->positional, arguments->count);
}

static int count_one(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    size_t *count = context;

    (void)entry;
    (void)error;
    (*count)++;
    return 0;
}

/* The number of inputs that an archive has before more are added; none if there is no such file. */
static int count_before(const char *archive, size_t *count, struct ob_error *error)
{
    struct ob_archive_damage damage;
    struct ob_text text = {0};
    struct stat status;

    *count = 0;
    if (strcmp(archive, "-") == 0)
        return ob_error_set(error, "corpus add changes a file; \"-\" is none");
    if (stat(archive, &status) != 0 && errno == ENOENT)
        return 0;
    int result = ob_archive_each(archive, count_one, count, &damage, error);
    if (result != OB_ARCHIVE_DAMAGED)
        return result;
    ob_archive_damage_print(&damage, &text);
    (void)ob_error_set(error,
                       "%s: is left as it is, for it is damaged: %s; corpus merge -o OUT keeps "
                       "what is intact",
                       archive, ob_text_string(&text));
    ob_text_release(&text);
    return -1;
}

/* The archive itself is read as one, whatever its name is. */
static int add_archive(struct cli_corpus_inputs *inputs, const char *archive,
                       struct ob_error *error);

static int add(const struct cli_arguments *arguments)
{
    const char *archive = arguments->positional[0];
    struct cli_corpus_inputs inputs;
    struct ob_error error = {{0}};
    struct ob_text line = {0};
    size_t before = 0;
    size_t after = 0;

    if (count_before(archive, &before, &error))
        return cli_trouble("%s", error.text);
    cli_corpus_open(&inputs, arguments);
    if ((before > 0 && add_archive(&inputs, archive, &error)) ||
        cli_corpus_gather(&inputs, arguments->positional + 1, arguments->count - 1, &error) ||
        cli_corpus_keep_orders(&inputs, arguments->by_order, &error) ||
        cli_corpus_write(&inputs, archive, &after, &error))
        return cli_corpus_close(&inputs, cli_trouble("%s", error.text));
    int code = cli_corpus_close(&inputs, CLI_OK);
    ob_text_add_line(&line, archive);
    ob_text_printf(&line, ": ");
    cli_corpus_print_count(&line, after);
    ob_text_printf(&line, ", %zu before\n", before);
    return cli_print(&line, code);
}

static int add_entry(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct cli_corpus_inputs *inputs = context;

    return ob_input_set_add(&inputs->set, entry->data, entry->size, error);
}

static int add_archive(struct cli_corpus_inputs *inputs, const char *archive,
                       struct ob_error *error)
{
    struct ob_archive_damage damage;

    int result = ob_archive_each(archive, add_entry, inputs, &damage, error);
    return result == OB_ARCHIVE_DAMAGED
               ? ob_error_set(error, "%s: changed while it was read", archive)
               : result;
}

#define BY_ORDER_HELP                                                                              \
    "--by-order TARGET/VARIANT runs each input, and of those whose deliveries come in the same\n"  \
    "order, as far as one depends on another, keeps the smallest.\n"

const struct cli_command cli_corpus_pack = {
    .name = "corpus pack",
    .usage = "ARCHIVE INPUT... [--by-order TARGET/VARIANT] [--level N] [--threads N]",
    .summary = "Makes an archive of inputs.",
    .help = CLI_CORPUS_INPUTS_HELP
    "\n"
    "The archive is a tar under zstd, which other tools read as well. The same set of inputs\n"
    "always gives the same bytes. An archive that is there is replaced as a whole or not at all.\n"
    "\n" BY_ORDER_HELP "\n" CLI_CORPUS_OPTIONS_HELP "\n"
    "Exit code: 0, or 2 for bad usage, no inputs, or a file that cannot be read or written. Of an\n"
    "archive that is damaged, what is intact is taken, and the exit code is 2.\n",
    .options = CLI_ARCHIVE,
    .count_min = 2,
    .count_max = SIZE_MAX,
    .run = pack,
};

const struct cli_command cli_corpus_add = {
    .name = "corpus add",
    .usage = "ARCHIVE INPUT... [--by-order TARGET/VARIANT] [--level N] [--threads N]",
    .summary = "Adds inputs to an archive, or makes it.",
    .help = CLI_CORPUS_INPUTS_HELP
    "\n"
    "The result is what corpus pack makes of all of them. A damaged ARCHIVE is left as it is.\n"
    "\n" BY_ORDER_HELP "\n" CLI_CORPUS_OPTIONS_HELP "\n"
    "Exit code: as of corpus pack; 0 also when all the inputs were there before.\n",
    .options = CLI_ARCHIVE,
    .count_min = 2,
    .count_max = SIZE_MAX,
    .run = add,
};

const struct cli_command cli_corpus_merge = {
    .name = "corpus merge",
    .usage = "-o OUT INPUT... [--by-order TARGET/VARIANT] [--level N] [--threads N]",
    .summary = "Makes one archive of several, and of directories.",
    .help = CLI_CORPUS_INPUTS_HELP
    "\n"
    "OUT may be one of them, and is replaced as a whole or not at all. Of archives that are\n"
    "damaged, what is intact is taken, unless OUT would replace one.\n"
    "\n" BY_ORDER_HELP "\n" CLI_CORPUS_OPTIONS_HELP "\n"
    "Exit code: as of corpus pack.\n",
    .options = CLI_OUTPUT | CLI_ARCHIVE,
    .count_min = 1,
    .count_max = SIZE_MAX,
    .run = merge,
};
