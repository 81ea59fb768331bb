/* offbeat corpus minimize: the fewest inputs that together show as much. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/corpus.h"
#include "cli/input.h"
#include "cli/probe.h"
#include "corpus/cover.h"
#include "offbeat/version.h"

/* What becomes of an input; they are numbered in their order. */
enum fate { LEFT_OUT, CHOSEN, CRASHED, HUNG };

struct minimizing {
    struct cli_corpus_inputs inputs;
    struct cli_probe probe;
    struct ob_cover cover;
    uint8_t *fates; /* enum fate, of each input */
    size_t aside_count;
    bool *seen; /* features */
    size_t seen_count;
    const char *aside; /* the directory for what crashes, or NULL */
    struct ob_archive_writer *writer;
    uint64_t bytes;
    size_t chosen_count;
};

/* Names an input that crashes, and keeps it where that was asked for. */
static int set_aside(struct minimizing *all, size_t number, struct ob_error *error)
{
    const struct ob_input *input = &all->inputs.set.inputs[number];
    char path[4096];

    all->aside_count++;
    (void)cli_trouble("input %06zu of %zu bytes %s; set aside", number, input->size,
                      all->fates[number] == HUNG ? "runs for too long" : "ends the program");
    if (!all->aside)
        return 0;
    (void)snprintf(path, sizeof path, "%s/%06zu", all->aside, number);
    return ob_file_replace(path, input->data, input->size, error);
}

static int measure(struct minimizing *all, size_t number, struct ob_error *error)
{
    const struct ob_input *input = &all->inputs.set.inputs[number];
    const struct cli_probe *probe = &all->probe;

    switch (cli_probe_run(&all->probe, input->data, input->size, error)) {
    case CLI_PROBE_DONE:
        cli_corpus_progress(&all->inputs, "run", number + 1);
        return ob_cover_add(&all->cover, input->size, probe->features, probe->feature_count, error);
    case CLI_PROBE_CRASHED:
        all->fates[number] = CRASHED;
        break;
    case CLI_PROBE_HUNG:
        all->fates[number] = HUNG;
        break;
    default:
        return -1;
    }
    if (set_aside(all, number, error))
        return -1;
    return ob_cover_add(&all->cover, input->size, NULL, 0, error);
}

static int choose(struct minimizing *all, struct ob_error *error)
{
    bool *chosen = calloc(all->inputs.set.count + 1, sizeof *chosen);

    if (!chosen)
        return ob_error_set(error, "out of memory");
    int result = ob_cover_choose(&all->cover, chosen, error);
    for (size_t index = 0; index < all->inputs.set.count; index++) {
        if (chosen[index]) {
            all->fates[index] = CHOSEN;
            all->chosen_count++;
        }
    }
    free(chosen);
    return result;
}

/* Notes the features of the last input that were not seen before. */
static void note_features(struct minimizing *all)
{
    for (uint32_t index = 0; index < all->probe.feature_count; index++) {
        bool *seen = &all->seen[all->probe.features[index]];
        all->seen_count += *seen ? 0 : 1;
        *seen = true;
    }
}

/* Runs what was chosen once more, and writes it. */
static int keep(struct minimizing *all, size_t number, struct ob_error *error)
{
    const struct ob_input *input = &all->inputs.set.inputs[number];

    if (all->fates[number] != CHOSEN)
        return 0;
    enum cli_probe_result result = cli_probe_run(&all->probe, input->data, input->size, error);
    if (result == CLI_PROBE_FAILED)
        return -1;
    if (result == CLI_PROBE_DONE)
        note_features(all);
    all->bytes += input->size;
    cli_corpus_progress(&all->inputs, "checked", number + 1);
    return ob_archive_writer_add(all->writer, input->data, input->size, error);
}

/* Calls `visit` for each input, by its number. */
static int each_input(struct minimizing *all,
                      int (*visit)(struct minimizing *all, size_t number, struct ob_error *error),
                      struct ob_error *error)
{
    for (size_t number = 0; number < all->inputs.set.count; number++)
        if (visit(all, number, error))
            return -1;
    return 0;
}

/* How many features there are in all. */
static int count_features(const struct ob_cover *cover, size_t *count, struct ob_error *error)
{
    bool *has = calloc(cover->feature_bound + (size_t)1, sizeof *has);

    if (!has)
        return ob_error_set(error, "out of memory");
    *count = ob_cover_count(cover, has);
    free(has);
    return 0;
}

static int measure_all(struct minimizing *all, const struct cli_arguments *arguments,
                       struct ob_error *error)
{
    const char *specification = arguments->positional[0];

    if (all->aside && mkdir(all->aside, 0777) != 0 && access(all->aside, W_OK) != 0)
        return ob_error_set(error, "%s: cannot be made, or written to", all->aside);
    if (cli_corpus_gather(&all->inputs, arguments->positional + 1, arguments->count - 1, error) ||
        cli_corpus_keep_orders(&all->inputs, arguments->by_order, error))
        return -1;
    if (all->inputs.set.count == 0)
        return ob_error_set(error, "%s: is not written, for there are no inputs to choose from",
                            arguments->output);
    all->fates = calloc(all->inputs.set.count, sizeof *all->fates);
    if (!all->fates)
        return ob_error_set(error, "out of memory");
    if (cli_probe_open(&all->probe, specification, arguments->binary, arguments->timeout, error) ||
        each_input(all, measure, error))
        return -1;
    cli_probe_close(&all->probe);
    return choose(all, error);
}

/* What is set aside must be somewhere: not in OUT, and so in one of the inputs or in --aside. */
static int refuse_loss(const struct minimizing *all, const struct cli_arguments *arguments,
                       struct ob_error *error)
{
    for (size_t index = 1; index < arguments->count; index++) {
        bool replaced = cli_corpus_same_file(arguments->output, arguments->positional[index]);
        if (replaced && all->aside_count > 0 && !all->aside)
            return ob_error_set(error,
                                "%s: is left as it is, for %zu inputs were set aside and "
                                "would be lost; say where to keep them: --aside DIR",
                                arguments->output, all->aside_count);
        if (replaced && all->inputs.damaged > 0)
            return ob_error_set(error, "%s: is left as it is, for it is damaged",
                                arguments->output);
    }
    return 0;
}

static int write_chosen(struct minimizing *all, const struct cli_arguments *arguments,
                        struct ob_error *error)
{
    if (refuse_loss(all, arguments, error) ||
        cli_probe_open(&all->probe, arguments->positional[0], arguments->binary, arguments->timeout,
                       error))
        return -1;
    all->seen = calloc((size_t)all->probe.feature_max + 1, sizeof *all->seen);
    all->writer =
        all->seen ? ob_archive_writer_begin(arguments->output, &all->inputs.options, error) : NULL;
    if (!all->writer)
        return -1;
    if (each_input(all, keep, error)) {
        ob_archive_writer_cancel(all->writer);
        return -1;
    }
    return ob_archive_writer_commit(all->writer, error);
}

static void print_result(const struct minimizing *all, const struct cli_arguments *arguments,
                         size_t features, struct ob_text *text)
{
    if (!arguments->json) {
        ob_text_add_line(text, arguments->output);
        ob_text_printf(text, ": ");
        cli_corpus_print_count(text, all->chosen_count);
        ob_text_printf(text, " of %zu, %zu features, %zu set aside\n", all->inputs.set.count,
                       features, all->aside_count);
        return;
    }
    struct ob_json json = {.text = text};
    ob_json_object(&json, NULL);
    ob_json_string(&json, "version", OB_VERSION);
    ob_json_string(&json, "archive", arguments->output);
    ob_json_number(&json, "inputs", all->chosen_count);
    ob_json_number(&json, "bytes", all->bytes);
    ob_json_number(&json, "inputs_before", all->inputs.set.count);
    ob_json_number(&json, "features", features);
    ob_json_number(&json, "features_again", all->seen_count);
    ob_json_array(&json, "set_aside");
    for (size_t index = 0; index < all->inputs.set.count; index++) {
        if (all->fates[index] != CRASHED && all->fates[index] != HUNG)
            continue;
        ob_json_object(&json, NULL);
        ob_json_number(&json, "input", index);
        ob_json_string(&json, "reason", all->fates[index] == HUNG ? "hangs" : "crashes");
        ob_json_end(&json);
    }
    ob_json_end(&json);
    ob_json_end(&json);
}

static int conclude(struct minimizing *all, const struct cli_arguments *arguments,
                    struct ob_error *error)
{
    struct ob_text text = {0};
    size_t features = 0;

    if (measure_all(all, arguments, error) || count_features(&all->cover, &features, error) ||
        write_chosen(all, arguments, error))
        return cli_corpus_close(&all->inputs, cli_trouble("%s", error->text));
    int code = cli_corpus_close(&all->inputs, CLI_OK);
    print_result(all, arguments, features, &text);
    code = cli_print(&text, code);
    if (code == CLI_OK && all->seen_count < features) {
        (void)cli_trouble("%zu of %zu features were not there in a second run: the target does "
                          "not run twice in the same way",
                          features - all->seen_count, features);
        code = CLI_UNSTABLE;
    }
    return code;
}

static int minimize(const struct cli_arguments *arguments)
{
    struct minimizing all = {.aside = arguments->aside,
                             .probe = {.process = -1, .in = -1, .out = -1}};
    struct ob_error error = {{0}};

    if (!arguments->output)
        return cli_trouble("corpus minimize needs -o OUT, the archive to write");
    cli_corpus_open(&all.inputs, arguments);
    int code = conclude(&all, arguments, &error);
    cli_probe_close(&all.probe);
    ob_cover_release(&all.cover);
    free(all.fates);
    free(all.seen);
    return code;
}

const struct cli_command cli_corpus_minimize = {
    .name = "corpus minimize",
    .usage = "TARGET/VARIANT INPUT... -o OUT [--binary PROGRAM] [--aside DIR] [--timeout SECONDS] "
             "[--by-order TARGET/VARIANT] [--json] [--level N] [--threads N]",
    .summary = "Keeps the fewest inputs that together show as much as all.",
    .help = "Runs each input in the fuzz program of TARGET/VARIANT, which libFuzzer's preset has "
            "built, and keeps\n"
            "inputs such that every feature is still there: each edge of the target's code in "
            "each of libFuzzer's\n"
            "ranges of how often it was taken, and each mark of the order of messages. What is "
            "kept is run a second\n"
            "time to see that it does.\n"
            "\n" CLI_CORPUS_INPUTS_HELP "\n"
            "An input that ends the program, by a violation or a crash, or that hangs, is named "
            "by its number in\n"
            "the order of contents, and not put into OUT. OUT does not replace an INPUT that has "
            "such inputs unless\n"
            "--aside says where to keep them.\n"
            "\n"
            "--binary PROGRAM   instead of ../libfuzzer/bin/fuzz_TARGET_VARIANT beside the "
            "command\n"
            "--aside DIR        writes there what ends the program\n"
            "--timeout SECONDS  what takes longer hangs; 10 by default\n"
            "--json             prints one document: {\"version\", \"archive\", \"inputs\", "
            "\"bytes\", \"inputs_before\",\n"
            "                   \"features\", \"features_again\", \"set_aside\": [{\"input\", "
            "\"reason\"}]}\n" CLI_CORPUS_OPTIONS_HELP
            "Memory grows by about a byte for each feature of each input.\n"
            "\n"
            "Exit code: 0 written, also when inputs were set aside; 2 bad usage, no program, or a "
            "file that cannot\n"
            "be read or written; 3 written, but a second run did not show the same.\n",
    .options = CLI_OUTPUT | CLI_ARCHIVE | CLI_TIMEOUT | CLI_COVER | CLI_JSON,
    .count_min = 2,
    .count_max = SIZE_MAX,
    .run = minimize,
};
