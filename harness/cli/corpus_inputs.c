/* Gathering inputs and writing them as an archive, for the subcommands of `offbeat corpus`. */
#include "cli/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/input.h"
#include "world/run.h"
#include "world/trace.h"

#define PROGRESS_SECONDS 0.2
#define GATHERED_BETWEEN 256 /* looks at the clock */

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
    double now = ob_monotonic_s();

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

int cli_corpus_print_entry(struct ob_json *json, const char *side,
                           const struct ob_archive_entry *entry, struct ob_error *error)
{
    if (json->depth) {
        ob_json_object(json, NULL);
        ob_json_string(json, "name", entry->name);
        ob_json_number(json, "bytes", entry->size);
        ob_json_end(json);
    } else {
        ob_text_printf(json->text, "%s%8zu  ", side, entry->size);
        ob_text_add_line(json->text, entry->name);
        ob_text_printf(json->text, "\n");
    }
    return cli_print(json->text, CLI_OK) == CLI_OK ? 0 : ob_error_set(error, "out of memory");
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

void cli_corpus_open(struct cli_corpus_inputs *inputs, const struct cli_arguments *arguments)
{
    *inputs = (struct cli_corpus_inputs){
        .options = {.level = (int)arguments->level,
                    .threads = (unsigned)arguments->threads,
                    .progress = cli_corpus_progress},
    };
    inputs->options.progress_context = inputs;
}

/* Has a world of the target that a text names in its first line. */
static int open_target(struct cli_corpus_inputs *inputs, const struct ob_archive_entry *entry,
                       struct ob_error *error)
{
    char name[64];
    size_t length;
    const char *named = ob_scenario_named_target(entry->data, entry->size, &length);

    if (!named)
        return ob_error_set(error, "its first line names no target");
    if (!inputs->scenario)
        inputs->scenario = malloc(sizeof *inputs->scenario);
    if (!inputs->scenario)
        return ob_error_set(error, "out of memory");
    (void)snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : 63, named);
    if (inputs->world && strcmp(ob_world_target(inputs->world)->name, name) == 0)
        return 0;
    if (inputs->world)
        ob_world_destroy(inputs->world);
    inputs->world = cli_open_world(name, true, error);
    return inputs->world ? 0 : -1;
}

/* A scenario as text is the same one as bytes. */
static int add_text(struct cli_corpus_inputs *inputs, const struct ob_archive_entry *entry,
                    struct ob_error *error)
{
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];

    if (open_target(inputs, entry, error))
        return -1;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(inputs->world);
    if (ob_scenario_read(vocabulary, cli_file_name(entry->name), entry->data, entry->size,
                         inputs->scenario, error))
        return -1;
    size_t size = ob_scenario_encode(vocabulary, inputs->scenario, bytes, sizeof bytes);
    return ob_input_set_add(&inputs->set, bytes, size, error);
}

static int add_one(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct cli_corpus_inputs *inputs = context;

    if (inputs->set.count % GATHERED_BETWEEN == 0)
        cli_corpus_progress(inputs, "read", inputs->set.count);
    enum ob_form form = ob_scenario_form(entry->name, entry->data, entry->size);
    if (form == OB_FORM_TEXT)
        return add_text(inputs, entry, error);
    /* What engines leave in directories may be anything. */
    if (form == OB_FORM_NEITHER &&
        (inputs->is_named || ob_scenario_form(entry->name, NULL, 0) == OB_FORM_NEITHER))
        return ob_scenario_refuse("", entry->data, entry->size, "TARGET", error);
    return ob_input_set_add(&inputs->set, entry->data, entry->size, error);
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
        struct stat status;
        inputs->is_named = !ob_gather_is_archive(paths[index]) &&
                           (stat(paths[index], &status) != 0 || !S_ISDIR(status.st_mode));
        if (ob_gather(paths[index], &gathering, error))
            return -1;
    }
    ob_input_set_normalize(&inputs->set);
    return 0;
}

/* An input and the order of its deliveries. */
struct classified {
    uint64_t order;
    struct ob_input input;
};

static int compare_classified(const void *left, const void *right)
{
    const struct classified *a = left;
    const struct classified *b = right;

    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    if (a->input.size != b->input.size)
        return a->input.size < b->input.size ? -1 : 1;
    return ob_input_compare(a->input.data, a->input.size, b->input.data, b->input.size);
}

/* Keeps the first input of each order, the smallest, and drops the others. */
static void keep_firsts(struct ob_input_set *set, struct classified *all)
{
    size_t count = set->count;

    qsort(all, count, sizeof *all, compare_classified);
    set->count = set->bytes = 0;
    for (size_t index = 0; index < count; index++) {
        if (index > 0 && all[index - 1].order == all[index].order) {
            free(all[index].input.data);
            continue;
        }
        set->inputs[set->count++] = all[index].input;
        set->bytes += all[index].input.size;
    }
    ob_input_set_normalize(set);
}

int cli_corpus_keep_orders(struct cli_corpus_inputs *inputs, const char *specification,
                           struct ob_error *error)
{
    struct ob_input_set *set = &inputs->set;

    if (!specification || set->count == 0)
        return 0;
    struct ob_world *world = cli_open_world(specification, false, error);
    if (!world)
        return -1;
    struct ob_scenario *scenario = malloc(sizeof *scenario);
    struct classified *all = malloc(set->count * sizeof *all);
    int result = scenario && all ? 0 : ob_error_set(error, "out of memory");
    for (size_t index = 0; result == 0 && index < set->count; index++) {
        const struct ob_input *input = &set->inputs[index];
        ob_scenario_decode(ob_world_vocabulary(world), input->data, input->size, scenario);
        (void)ob_world_run(world, scenario);
        all[index] = (struct classified){ob_world_causal_hash(world), *input};
        cli_corpus_progress(inputs, "run", index + 1);
    }
    if (result == 0)
        keep_firsts(set, all);
    free(all);
    free(scenario);
    ob_world_destroy(world);
    return result;
}

int cli_corpus_write(struct cli_corpus_inputs *inputs, const char *path, size_t *count,
                     struct ob_error *error)
{
    if (inputs->set.count == 0)
        return ob_error_set(error, "%s: is not written, for there are no inputs to put in it",
                            path);
    int result = ob_archive_write(path, &inputs->set, &inputs->options, error);
    *count = inputs->set.count;
    return result;
}

int cli_corpus_close(struct cli_corpus_inputs *inputs, int code)
{
    clear_progress(inputs);
    ob_input_set_release(&inputs->set);
    if (inputs->world)
        ob_world_destroy(inputs->world);
    free(inputs->scenario);
    return inputs->damaged > 0 ? CLI_TROUBLE : code;
}
