/* From what became of each input to a list of bugs. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/group.h"
#include "triage/outcome.h"

/* An input that fails. */
struct ob_triage_failing {
    size_t found;
    const struct ob_triage_result *result;
    const char *signature; /* of its bucket */
};

static const struct ob_triage_result *result_of(const struct ob_triage_outcome *outcome,
                                                size_t found)
{
    const struct ob_triage_found *input = &outcome->triage->found[found];

    return input->target ? outcome->results[input->job] : NULL;
}

/* -- loading -- */

/* Cut to what it holds: there may be many. */
static struct ob_triage_result *load(const struct ob_triage *triage,
                                     const struct ob_triage_job *job)
{
    struct ob_triage_result *result = calloc(1, sizeof *result);

    if (!result)
        return NULL;
    if (ob_triage_load(triage, job->key, result)) {
        result->state = OB_TRIAGE_TROUBLE;
        (void)snprintf(result->reason, sizeof result->reason, "its result is gone");
    }
    struct ob_triage_result *cut =
        realloc(result, offsetof(struct ob_triage_result, bytes) + result->size + 1);
    return cut ? cut : result;
}

static int load_all(struct ob_triage_outcome *outcome, struct ob_error *error)
{
    const struct ob_triage *triage = outcome->triage;
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

static void describe_inputs(struct ob_triage_outcome *outcome)
{
    for (size_t index = 0; index < outcome->triage->found_count; index++) {
        const struct ob_triage_found *found = &outcome->triage->found[index];
        const struct ob_triage_result *result = result_of(outcome, index);
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
                    (struct ob_triage_failing){index, result, result->signature};
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
static int compare_results(const struct ob_triage_result *a, const struct ob_triage_result *b)
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
    const struct ob_triage_failing *one = a;
    const struct ob_triage_failing *other = b;
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

static void add_frames(struct ob_triage_made *made)
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

static int print_scenario(struct ob_triage_made *made, struct ob_error *error)
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
static int make_bucket(struct ob_triage_outcome *outcome, size_t first, size_t count,
                       struct ob_error *error)
{
    struct ob_triage_made *made = &outcome->made[outcome->bucket_count];
    size_t shown = outcome->failing[first].found;
    const struct ob_triage_result *result = outcome->failing[first].result;
    char hash[OB_SHA256_HEX];

    made->result = result;
    made->found = &outcome->triage->found[shown];
    made->key = outcome->triage->jobs[made->found->job].key;
    const char *signature = outcome->failing[first].signature;
    ob_sha256_of(signature, strlen(signature), hash);
    (void)snprintf(made->id, sizeof made->id, "%.*s", OB_TRIAGE_ID_LENGTH, hash);
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
static int group_signatures(struct ob_triage_outcome *outcome)
{
    struct ob_signature *list = calloc(outcome->failing_count + 1, sizeof *list);

    if (!list)
        return -1;
    for (size_t index = 0; index < outcome->failing_count; index++) {
        const struct ob_triage_result *result = outcome->failing[index].result;
        list[index] = (struct ob_signature){
            .signature = result->signature, .orders = result->orders, .shared = result->shared};
    }
    int failed = ob_signatures_group(list, outcome->failing_count);
    for (size_t index = 0; index < outcome->failing_count; index++)
        if (!failed)
            outcome->failing[index].signature = list[index].group;
    free(list);
    return failed;
}

static int make_buckets(struct ob_triage_outcome *outcome, struct ob_error *error)
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

void ob_triage_outcome_free(struct ob_triage_outcome *outcome)
{
    if (!outcome)
        return;
    for (size_t index = 0; outcome->results && index < outcome->triage->job_count; index++) {
        if (outcome->results[index])
            ob_triage_result_release(outcome->results[index]);
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
    free(outcome);
}

struct ob_triage_outcome *ob_triage_conclude(const struct ob_triage *triage, struct ob_error *error)
{
    struct ob_triage_outcome *outcome = calloc(1, sizeof *outcome);

    if (!outcome) {
        (void)ob_error_set(error, "out of memory");
        return NULL;
    }
    outcome->triage = triage;
    int failed = load_all(outcome, error);
    if (!failed) {
        describe_inputs(outcome);
        failed = make_buckets(outcome, error);
    }
    if (failed) {
        ob_triage_outcome_free(outcome);
        return NULL;
    }
    return outcome;
}

const struct ob_triage_report *ob_triage_outcome_report(const struct ob_triage_outcome *outcome)
{
    return &outcome->report;
}
