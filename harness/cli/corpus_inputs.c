/* Gathering inputs and writing them as an archive, for the subcommands of `offbeat corpus`. */
#include "cli/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/input.h"

#define MIB ((size_t)1 << 20)
#define PROGRESS_SECONDS 0.2
#define GATHERED_BETWEEN 256 /* looks at the clock */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void clear_progress(struct cli_corpus_inputs *inputs)
{
    if (inputs->told)
        (void)fputs("\r\033[K", stderr);
    inputs->told = false;
}

void cli_corpus_progress(void *context, const char *what, size_t count)
{
    static double told_at; /* of this process's one terminal */
    struct cli_corpus_inputs *inputs = context;
    double now = seconds_now();

    if (!isatty(STDERR_FILENO) || now - told_at < PROGRESS_SECONDS)
        return;
    told_at = now;
    inputs->told = true;
    (void)fprintf(stderr, "\r\033[K%zu inputs %s", count, what);
}

void cli_corpus_print_count(struct ob_text *text, size_t count)
{
    ob_text_printf(text, "%zu input%s", count, count == 1 ? "" : "s");
}

int cli_corpus_tell_damage(const char *path, const struct ob_archive_damage *damage)
{
    struct ob_text text = {0};

    ob_archive_damage_print(damage, &text);
    int code = cli_trouble("%s: damaged: %s", cli_file_name(path), ob_text_string(&text));
    ob_text_release(&text);
    return code;
}

bool cli_corpus_same_file(const char *left, const char *right)
{
    struct stat a;
    struct stat b;

    return stat(left, &a) == 0 && stat(right, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A quarter of the memory is for sorting, the rest for compressing, which comes after it. */
static size_t sorting_bytes(const struct cli_corpus_inputs *inputs)
{
    size_t memory = inputs->options.memory_mib;

    return (memory ? memory : OB_ARCHIVE_MEMORY_MIB) / 4 * MIB;
}

void cli_corpus_open(struct cli_corpus_inputs *inputs, const struct cli_arguments *arguments)
{
    *inputs = (struct cli_corpus_inputs){
        .options = {.level = (int)arguments->level,
                    .threads = (unsigned)arguments->threads,
                    .memory_mib = (size_t)arguments->memory,
                    .progress = cli_corpus_progress},
    };
    inputs->options.progress_context = inputs;
    ob_sorter_open(&inputs->sorter, sorting_bytes(inputs));
}

static int add_one(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct cli_corpus_inputs *inputs = context;

    if (inputs->sorter.taken % GATHERED_BETWEEN == 0)
        cli_corpus_progress(inputs, "read", inputs->sorter.taken);
    return ob_sorter_add(&inputs->sorter, entry->data, entry->size, error);
}

static void note_damaged(void *context, const char *path, const struct ob_archive_damage *damage)
{
    struct cli_corpus_inputs *inputs = context;

    clear_progress(inputs);
    (void)cli_corpus_tell_damage(path, damage);
    inputs->damaged++;
}

int cli_corpus_gather(struct cli_corpus_inputs *inputs, const char *const *paths, size_t count,
                      struct ob_error *error)
{
    const struct ob_gathering gathering = {add_one, note_damaged, inputs};

    for (size_t index = 0; index < count; index++) {
        if (ob_gather(paths[index], &gathering, error))
            return -1;
    }
    return 0;
}

/* In the order of their classes, and of size within: how those are sorted that --by-order keeps. */
struct by_class {
    struct ob_world *world;
    struct ob_scenario *scenario;
    struct ob_sorter sorted;
    struct ob_sorter *kept;
    uint8_t *record;
    uint8_t last[8];
    bool has_last;
    size_t done;
    struct cli_corpus_inputs *inputs;
};

#define CLASS_BYTES 8
#define KEY_BYTES (CLASS_BYTES + 4)

static void put_big_endian(uint8_t *out, uint64_t value, size_t bytes)
{
    for (size_t index = 0; index < bytes; index++)
        out[index] = (uint8_t)(value >> (8 * (bytes - 1 - index)));
}

static int classify(void *context, const uint8_t *data, size_t size, struct ob_error *error)
{
    struct by_class *classes = context;

    if (size > OB_INPUT_BYTES_MAX - KEY_BYTES)
        return ob_error_set(error, "an input of %zu bytes is too large for --by-order", size);
    ob_scenario_decode(ob_world_vocabulary(classes->world), data, size, classes->scenario);
    (void)ob_world_run(classes->world, classes->scenario);
    put_big_endian(classes->record, ob_world_causal_hash(classes->world), CLASS_BYTES);
    put_big_endian(classes->record + CLASS_BYTES, size, KEY_BYTES - CLASS_BYTES);
    if (size > 0)
        memcpy(classes->record + KEY_BYTES, data, size);
    cli_corpus_progress(classes->inputs, "run", ++classes->done);
    return ob_sorter_add(&classes->sorted, classes->record, size + KEY_BYTES, error);
}

static int keep_first(void *context, const uint8_t *data, size_t size, struct ob_error *error)
{
    struct by_class *classes = context;

    if (classes->has_last && memcmp(classes->last, data, CLASS_BYTES) == 0)
        return 0;
    memcpy(classes->last, data, CLASS_BYTES);
    classes->has_last = true;
    return ob_sorter_add(classes->kept, data + KEY_BYTES, size - KEY_BYTES, error);
}

int cli_corpus_keep_orders(struct cli_corpus_inputs *inputs, const char *specification,
                           struct ob_error *error)
{
    struct ob_sorter kept;
    struct by_class classes = {.kept = &kept, .inputs = inputs};

    if (!specification)
        return 0;
    classes.world = cli_open_world(specification, false, error);
    if (!classes.world)
        return -1;
    ob_sorter_open(&kept, sorting_bytes(inputs));
    ob_sorter_open(&classes.sorted, sorting_bytes(inputs));
    classes.scenario = malloc(sizeof *classes.scenario);
    classes.record = malloc(OB_INPUT_BYTES_MAX);
    int result = classes.scenario && classes.record ? 0 : ob_error_set(error, "out of memory");
    if (result == 0)
        result = ob_sorter_each(&inputs->sorter, classify, &classes, error);
    if (result == 0)
        result = ob_sorter_each(&classes.sorted, keep_first, &classes, error);
    if (result == 0) {
        ob_sorter_close(&inputs->sorter);
        inputs->sorter = kept;
    } else {
        ob_sorter_close(&kept);
    }
    ob_sorter_close(&classes.sorted);
    free(classes.scenario);
    free(classes.record);
    ob_world_destroy(classes.world);
    return result;
}

struct writing {
    struct ob_archive_writer *writer;
    const char *path;
    const struct ob_archive_options *options;
    size_t count;
};

static int write_one(void *context, const uint8_t *data, size_t size, struct ob_error *error)
{
    struct writing *writing = context;

    if (!writing->writer)
        writing->writer = ob_archive_writer_begin(writing->path, writing->options, error);
    if (!writing->writer)
        return -1;
    writing->count++;
    return ob_archive_writer_add(writing->writer, data, size, error);
}

int cli_corpus_write(struct cli_corpus_inputs *inputs, const char *path, size_t *count,
                     struct ob_error *error)
{
    struct writing writing = {.path = path, .options = &inputs->options};

    if (inputs->sorter.taken == 0)
        return ob_error_set(error, "%s: is not written, for there are no inputs to put in it",
                            path);
    if (ob_sorter_each(&inputs->sorter, write_one, &writing, error)) {
        if (writing.writer)
            ob_archive_writer_cancel(writing.writer);
        return -1;
    }
    *count = writing.count;
    return ob_archive_writer_commit(writing.writer, error);
}

int cli_corpus_close(struct cli_corpus_inputs *inputs, int code)
{
    clear_progress(inputs);
    ob_sorter_close(&inputs->sorter);
    return inputs->damaged > 0 ? CLI_TROUBLE : code;
}
