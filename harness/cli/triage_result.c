/* From what became of each input to a list of bugs, and the files that show it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/triage.h"
#include "search/sanitizer.h"
#include "search/signature.h"

#define ID_LENGTH 12

/* A bucket with what its strings are kept in. */
struct made {
    struct ob_triage_bucket bucket;
    char id[ID_LENGTH + 1];
    char directory[32];
    struct ob_text scenario;
    struct ob_sanitizer_report sanitizer;
    struct ob_triage_frame frames[OB_FRAMES_MAX];
    const struct cli_triage_result *result;
    const struct cli_triage_found *found;
    const char *key;
};

/* An input that fails. */
struct failing {
    size_t found;
    const struct cli_triage_result *result;
    const char *signature; /* of its bucket */
};

struct outcome {
    struct cli_triage *triage;
    struct cli_triage_result **results;        /* of the jobs */
    struct ob_triage_input *inputs;            /* as found */
    const struct ob_triage_input **input_list; /* the same in the report */
    struct failing *failing;                   /* by signature */
    size_t failing_count;
    const struct ob_triage_input **members; /* of the buckets, one after the other */
    struct made *made;
    const struct ob_triage_bucket **buckets;
    size_t bucket_count;
    struct ob_triage_report report;
};

static const struct cli_triage_result *result_of(const struct outcome *outcome, size_t found)
{
    const struct cli_triage_found *input = &outcome->triage->found[found];

    return input->target ? outcome->results[input->job] : NULL;
}

/* -- loading -- */

/* Cut to what it holds: there may be many. */
static struct cli_triage_result *load(const struct cli_triage *triage,
                                      const struct cli_triage_job *job)
{
    struct cli_triage_result *result = calloc(1, sizeof *result);

    if (!result)
        return NULL;
    if (cli_triage_load(triage, job->key, result)) {
        result->state = OB_TRIAGE_TROUBLE;
        (void)snprintf(result->reason, sizeof result->reason, "its result is gone");
    }
    struct cli_triage_result *cut =
        realloc(result, offsetof(struct cli_triage_result, bytes) + result->size + 1);
    return cut ? cut : result;
}

static int load_all(struct outcome *outcome, struct ob_error *error)
{
    struct cli_triage *triage = outcome->triage;
    size_t room = triage->found_count + 1;

    outcome->results = calloc(triage->job_count + 1, sizeof *outcome->results);
    outcome->inputs = calloc(room, sizeof *outcome->inputs);
    outcome->input_list = calloc(room, sizeof *outcome->input_list);
    outcome->failing = calloc(room, sizeof *outcome->failing);
    outcome->members = calloc(room, sizeof *outcome->members);
    outcome->made = calloc(room, sizeof *outcome->made);
    outcome->buckets = calloc(room, sizeof *outcome->buckets);
    if (!outcome->results || !outcome->inputs || !outcome->input_list || !outcome->failing ||
        !outcome->members || !outcome->made || !outcome->buckets)
        return ob_error_set(error, "out of memory");
    for (size_t index = 0; index < triage->job_count; index++) {
        outcome->results[index] = load(triage, &triage->jobs[index]);
        if (!outcome->results[index])
            return ob_error_set(error, "out of memory");
    }
    return 0;
}

static void describe_inputs(struct outcome *outcome)
{
    for (size_t index = 0; index < outcome->triage->found_count; index++) {
        const struct cli_triage_found *found = &outcome->triage->found[index];
        const struct cli_triage_result *result = result_of(outcome, index);
        struct ob_triage_input *input = &outcome->inputs[index];
        *input = (struct ob_triage_input){
            .path = found->path, .hash = found->hash, .size = found->size, .state = found->state};
        input->reason = found->reason ? found->reason : "";
        if (result) {
            input->state = result->state;
            input->fails = result->fails;
            input->repeats = result->repeats;
            input->reason = result->reason;
            if (result->signature[0] != '\0')
                outcome->failing[outcome->failing_count++] =
                    (struct failing){index, result, result->signature};
        }
        outcome->input_list[index] = input;
        outcome->report.state_counts[input->state]++;
    }
    outcome->report.inputs = outcome->input_list;
    outcome->report.input_count = outcome->triage->found_count;
    outcome->report.duplicates = outcome->triage->duplicates;
}

/* -- buckets -- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* The one to show first: it fails every time, and is the smallest. */
static int compare_results(const struct cli_triage_result *a, const struct cli_triage_result *b)
{
    int order = compare_numbers(a->state, b->state);

    if (order == 0)
        order = compare_numbers(a->messages + a->deviations, b->messages + b->deviations);
    if (order == 0)
        order = compare_numbers(a->size, b->size);
    return order ? order : memcmp(a->bytes, b->bytes, a->size);
}

static int compare_failing(const void *a, const void *b)
{
    const struct failing *one = a;
    const struct failing *other = b;
    int order = strcmp(one->signature, other->signature);

    /* One whose own signature is that of the bucket comes first. */
    if (order == 0)
        order = compare_numbers(strcmp(one->result->signature, one->signature) != 0,
                                strcmp(other->result->signature, other->signature) != 0);
    if (order == 0)
        order = compare_results(one->result, other->result);
    return order ? order : compare_numbers(one->found, other->found);
}

static int compare_inputs(const void *a, const void *b)
{
    const struct ob_triage_input *const *one = a;
    const struct ob_triage_input *const *other = b;

    return compare_numbers((uint64_t)(uintptr_t)*one, (uint64_t)(uintptr_t)*other);
}

/* From what corrupts a process to what only takes its time. */
static unsigned severity_of(enum ob_failure failure)
{
    static const unsigned severities[OB_FAILURES] = {
        [OB_MEMORY_ERROR] = 0,  [OB_KILLED] = 1, [OB_EXITED] = 2, [OB_INVARIANT_VIOLATED] = 3,
        [OB_OUT_OF_MEMORY] = 4, [OB_HANG] = 5,   [OB_LEAK] = 6,   [OB_NO_FAILURE] = 7};

    return severities[failure];
}

static int compare_buckets(const void *a, const void *b)
{
    const struct ob_triage_bucket *one = *(const struct ob_triage_bucket *const *)a;
    const struct ob_triage_bucket *other = *(const struct ob_triage_bucket *const *)b;

    int order = compare_numbers(one->fails != one->repeats, other->fails != other->repeats);
    if (order == 0)
        order = compare_numbers(severity_of(one->failure), severity_of(other->failure));
    if (order == 0)
        order =
            compare_numbers(one->messages + one->deviations, other->messages + other->deviations);
    if (order == 0)
        order = compare_numbers(one->bytes, other->bytes);
    return order ? order : strcmp(one->id, other->id);
}

static void add_frames(struct made *made)
{
    const char *report = made->result->report;

    made->bucket.report = report ? report : "";
    made->bucket.has_report = report != NULL;
    if (!report || !ob_sanitizer_parse(report, &made->sanitizer))
        return;
    for (unsigned index = 0; index < made->sanitizer.frame_count; index++) {
        const struct ob_frame *frame = &made->sanitizer.frames[index];
        made->frames[index] = (struct ob_triage_frame){
            .function = frame->function,
            .file = frame->file,
            .line = frame->line,
            .column = frame->column,
        };
    }
    made->bucket.frames = made->frames;
    made->bucket.frame_count = made->sanitizer.frame_count;
}

static int print_scenario(struct made *made, struct ob_error *error)
{
    struct ob_scenario scenario;
    struct ob_world *world = ob_world_create(made->found->target, made->found->variant, error);

    if (!world)
        return -1;
    ob_scenario_decode(ob_world_vocabulary(world), made->result->bytes, made->result->size,
                       &scenario);
    ob_scenario_print(ob_world_vocabulary(world), &scenario, &made->scenario);
    ob_world_destroy(world);
    made->bucket.scenario = ob_text_string(&made->scenario);
    return made->scenario.failed ? ob_error_set(error, "out of memory") : 0;
}

/* The first of the failing is the one to show. */
static int make_bucket(struct outcome *outcome, size_t first, size_t count, struct ob_error *error)
{
    struct made *made = &outcome->made[outcome->bucket_count];
    size_t shown = outcome->failing[first].found;
    const struct cli_triage_result *result = outcome->failing[first].result;
    char hash[OB_SHA256_HEX];

    made->result = result;
    made->found = &outcome->triage->found[shown];
    made->key = outcome->triage->jobs[made->found->job].key;
    const char *signature = outcome->failing[first].signature;
    ob_sha256_of(signature, strlen(signature), hash);
    (void)snprintf(made->id, sizeof made->id, "%.*s", ID_LENGTH, hash);
    (void)snprintf(made->directory, sizeof made->directory, "buckets/%s", made->id);
    for (size_t index = 0; index < count; index++)
        outcome->members[first + index] = &outcome->inputs[outcome->failing[first + index].found];
    qsort(&outcome->members[first], count, sizeof(const struct ob_triage_input *), compare_inputs);
    made->bucket = (struct ob_triage_bucket){
        .id = made->id,
        .signature = signature,
        .target = made->found->target->name,
        .variant = made->found->target->variants[made->found->variant],
        .failure = result->failure,
        .invariant = result->invariant,
        .detail = result->detail,
        .decides = result->decides,
        .inputs = &outcome->members[first],
        .input_count = count,
        .fails = result->fails,
        .repeats = result->repeats,
        .is_minimal = result->is_minimal,
        .input_path = made->found->path,
        .messages = result->messages,
        .deviations = result->deviations,
        .bytes = result->size,
        .trace = result->trace,
        .directory = made->directory,
    };
    /* What fails now and then is as reproducible as its trace says. */
    if (result->state == OB_TRIAGE_FLAKY && result->fails == result->repeats)
        made->bucket.fails--;
    add_frames(made);
    outcome->buckets[outcome->bucket_count++] = &made->bucket;
    return print_scenario(made, error);
}

/* The order that decides is one of several that tell as much; which of them comes first may differ
 * from one scenario of a bug to the next. */
static int group_signatures(struct outcome *outcome)
{
    struct ob_signature *list = calloc(outcome->failing_count + 1, sizeof *list);

    if (!list)
        return -1;
    for (size_t index = 0; index < outcome->failing_count; index++) {
        const struct cli_triage_result *result = outcome->failing[index].result;
        list[index] = (struct ob_signature){
            .signature = result->signature, .orders = result->orders, .shared = result->shared};
    }
    ob_signatures_group(list, outcome->failing_count);
    for (size_t index = 0; index < outcome->failing_count; index++)
        outcome->failing[index].signature = list[index].group;
    free(list);
    return 0;
}

static int make_buckets(struct outcome *outcome, struct ob_error *error)
{
    qsort(outcome->failing, outcome->failing_count, sizeof *outcome->failing, compare_failing);
    if (group_signatures(outcome))
        return ob_error_set(error, "out of memory");
    qsort(outcome->failing, outcome->failing_count, sizeof *outcome->failing, compare_failing);
    for (size_t first = 0, end = 0; first < outcome->failing_count; first = end) {
        const char *signature = outcome->failing[first].signature;
        while (end < outcome->failing_count &&
               strcmp(outcome->failing[end].signature, signature) == 0)
            end++;
        if (make_bucket(outcome, first, end - first, error))
            return -1;
    }
    qsort(outcome->buckets, outcome->bucket_count, sizeof *outcome->buckets, compare_buckets);
    outcome->report.buckets = outcome->buckets;
    outcome->report.bucket_count = outcome->bucket_count;
    return 0;
}

/* -- files -- */

/* Writes a file below OUT and releases its text; nothing for an empty one. */
static int write_file(const struct cli_triage *triage, const char *directory, const char *name,
                      struct ob_text *text, struct ob_error *error)
{
    struct ob_text path = {0};
    int failed = 0;

    ob_text_printf(&path, "%s/%s%s%s", triage->output, directory, *directory ? "/" : "", name);
    if (text->failed || path.failed)
        failed = ob_error_set(error, "out of memory");
    else if (text->length > 0)
        failed = ob_file_replace(ob_text_string(&path), text->data, text->length, error);
    ob_text_release(&path);
    ob_text_release(text);
    return failed;
}

static bool exists(const struct cli_triage *triage, const char *directory, const char *name)
{
    struct ob_text path = {0};
    struct stat status;

    ob_text_printf(&path, "%s/%s/%s", triage->output, directory, name);
    bool found = !path.failed && stat(ob_text_string(&path), &status) == 0;
    ob_text_release(&path);
    return found;
}

/* Whether the explanation of a bucket is there already, and of this scenario. */
static bool is_told(const struct cli_triage *triage, const struct made *made)
{
    struct ob_text path = {0};
    uint8_t *data = NULL;
    size_t size = 0;

    ob_text_printf(&path, "%s/told-%s", triage->state_path, made->id);
    bool told = !path.failed &&
                ob_file_read(ob_text_string(&path), OB_SHA256_HEX, &data, &size, NULL) == 0 &&
                size == strlen(made->key) && memcmp(data, made->key, size) == 0 &&
                exists(triage, made->directory, "explain.html") &&
                exists(triage, made->directory, "explain.txt") &&
                exists(triage, made->directory, "explain.json");
    free(data);
    ob_text_release(&path);
    return told;
}

static int explain(struct outcome *outcome, struct made *made, struct ob_error *error)
{
    const struct cli_triage *triage = outcome->triage;
    struct ob_text directory = {0};
    struct ob_text mark = {0};
    struct ob_text path = {0};
    int failed = 0;

    made->bucket.has_explanation = is_told(triage, made);
    if (made->bucket.has_explanation || made->result->state != OB_TRIAGE_FAILS)
        return 0;
    ob_text_printf(&directory, "%s/%s", triage->output, made->directory);
    ob_text_printf(&path, "%s/told-%s", triage->state_path, made->id);
    ob_text_printf(&mark, "%s", made->key);
    if (directory.failed || path.failed || mark.failed) {
        failed = ob_error_set(error, "out of memory");
    } else if (cli_triage_tell_safely(triage, made->found, made->result, directory.data) == 0) {
        made->bucket.has_explanation = true;
        failed = ob_file_replace(path.data, mark.data, mark.length, error);
    }
    ob_text_release(&directory);
    ob_text_release(&path);
    ob_text_release(&mark);
    return failed;
}

static int write_bucket(struct outcome *outcome, struct made *made, struct ob_error *error)
{
    const struct cli_triage *triage = outcome->triage;
    struct ob_text text = {0};
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/%s", triage->output, made->directory);
    if (path.failed || (mkdir(path.data, 0777) && errno != EEXIST)) {
        (void)ob_error_set(error, "%s: %s", ob_text_string(&path), strerror(errno));
        ob_text_release(&path);
        return -1;
    }
    ob_text_release(&path);
    ob_text_append(&text, (const char *)made->result->bytes, made->result->size);
    if (write_file(triage, made->directory, "scenario.bin", &text, error))
        return -1;
    ob_text_printf(&text, "%s", made->bucket.scenario);
    if (write_file(triage, made->directory, "scenario.txt", &text, error))
        return -1;
    ob_text_printf(&text, "%s", made->bucket.report);
    if (write_file(triage, made->directory, "sanitizer.txt", &text, error))
        return -1;
    return explain(outcome, made, error);
}

static int write_pages(struct outcome *outcome, struct ob_error *error)
{
    const struct ob_triage_report *report = &outcome->report;
    struct ob_text text = {0};

    for (size_t index = 0; index < report->bucket_count; index++) {
        const struct ob_triage_bucket *bucket = report->buckets[index];
        if (ob_triage_write_bucket_html(report, bucket, &text, error) ||
            write_file(outcome->triage, bucket->directory, "index.html", &text, error))
            return -1;
    }
    if (ob_triage_write_index_html(report, &text, error) ||
        write_file(outcome->triage, "", "index.html", &text, error) ||
        ob_triage_write_sarif(report, &text, error) ||
        write_file(outcome->triage, "", "triage.sarif", &text, error))
        return -1;
    ob_triage_write_json(report, &text);
    return write_file(outcome->triage, "", "triage.json", &text, error);
}

/* Folders of buckets that an earlier run has written and that are no more: of what is in them, only
 * what triage itself writes is removed. */
static void remove_stale(const struct outcome *outcome)
{
    static const char *const names[] = {"scenario.bin", "scenario.txt", "sanitizer.txt",
                                        "index.html",   "explain.html", "explain.txt",
                                        "explain.json"};
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/buckets", outcome->triage->output);
    DIR *directory = path.failed ? NULL : opendir(path.data);
    for (struct dirent *entry = directory ? readdir(directory) : NULL; entry;
         entry = readdir(directory)) {
        bool is_stale = strlen(entry->d_name) == ID_LENGTH;
        for (size_t index = 0; index < outcome->bucket_count; index++)
            is_stale = is_stale && strcmp(outcome->buckets[index]->id, entry->d_name) != 0;
        for (size_t index = 0; is_stale && index < sizeof names / sizeof names[0]; index++) {
            struct ob_text file = {0};
            ob_text_printf(&file, "%s/%s/%s", path.data, entry->d_name, names[index]);
            (void)unlink(ob_text_string(&file));
            ob_text_release(&file);
        }
        if (is_stale) {
            struct ob_text folder = {0};
            ob_text_printf(&folder, "%s/%s", path.data, entry->d_name);
            (void)rmdir(ob_text_string(&folder));
            ob_text_release(&folder);
        }
    }
    if (directory)
        (void)closedir(directory);
    ob_text_release(&path);
}

static int write_all(struct outcome *outcome, struct ob_error *error)
{
    for (size_t index = 0; index < outcome->bucket_count; index++)
        if (write_bucket(outcome, &outcome->made[index], error))
            return -1;
    remove_stale(outcome);
    return write_pages(outcome, error);
}

/* -- the end -- */

/* Something fails: 1. Nothing could be judged at all, though there was something: 2. */
static int exit_code(const struct ob_triage_report *report)
{
    size_t judged = report->state_counts[OB_TRIAGE_FAILS] + report->state_counts[OB_TRIAGE_FLAKY] +
                    report->state_counts[OB_TRIAGE_PASSES];

    if (report->state_counts[OB_TRIAGE_TROUBLE] > 0)
        return CLI_TROUBLE;
    if (report->bucket_count > 0)
        return CLI_VIOLATION;
    return judged > 0 ? CLI_OK : CLI_TROUBLE;
}

static void release(struct outcome *outcome)
{
    for (size_t index = 0; outcome->results && index < outcome->triage->job_count; index++) {
        if (outcome->results[index])
            cli_triage_result_release(outcome->results[index]);
        free(outcome->results[index]);
    }
    for (size_t index = 0; outcome->made && index < outcome->bucket_count; index++)
        ob_text_release(&outcome->made[index].scenario);
    free(outcome->results);
    free(outcome->inputs);
    free((void *)outcome->input_list);
    free(outcome->failing);
    free((void *)outcome->members);
    free(outcome->made);
    free((void *)outcome->buckets);
}

int cli_triage_finish(struct cli_triage *triage)
{
    struct outcome outcome = {.triage = triage};
    struct ob_error error = {{0}};
    struct ob_text text = {0};

    int failed = load_all(&outcome, &error);
    if (!failed) {
        describe_inputs(&outcome);
        failed = make_buckets(&outcome, &error) || write_all(&outcome, &error);
    }
    int code = CLI_TROUBLE;
    if (failed) {
        (void)cli_trouble("%s", error.text);
    } else {
        ob_triage_write_table(&outcome.report, triage->width, &text);
        ob_text_printf(&text, "\nWritten to ");
        cli_add_line(&text, triage->output);
        ob_text_printf(&text, ": index.html, triage.json, triage.sarif, and buckets/\n");
        code = cli_print(&text, exit_code(&outcome.report));
    }
    release(&outcome);
    return code;
}
