/*
 * A custom mutator for AFL++: a library that afl-fuzz loads (AFL_CUSTOM_MUTATOR_LIBRARY). It holds
 * the target's code too: what a record means is the target's to say, and parents are run to see
 * what races in them.
 */
#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"
#include "engine/afl_guard.h"
#include "engine/fuzzed.h"
#include "engine/mutation.h"
#include "engine/shared_runs.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct mutator {
    struct ob_mutator *shared;
    struct ob_rng rng;
    bool is_news;    /* afl-fuzz has kept the last child */
    char path[4096]; /* where it is said what each arm has brought, "" while not known */
    uint8_t child[OB_SCENARIO_BYTES_MAX];
};

/* All that afl-fuzz looks for by name. */
#define OB_EXPORTED __attribute__((visibility("default")))
OB_EXPORTED void *afl_custom_init(void *afl, unsigned int seed);
OB_EXPORTED size_t afl_custom_fuzz(void *data, uint8_t *buffer, size_t buffer_size, uint8_t **out,
                                   uint8_t *other, size_t other_size, size_t size_max);
OB_EXPORTED uint32_t afl_custom_fuzz_count(void *data, const uint8_t *buffer, size_t buffer_size);
OB_EXPORTED uint8_t afl_custom_queue_new_entry(void *data, const uint8_t *path,
                                               const uint8_t *path_of_parent);
OB_EXPORTED int32_t afl_custom_init_trim(void *data, uint8_t *buffer, size_t size);
OB_EXPORTED size_t afl_custom_trim(void *data, uint8_t **out);
OB_EXPORTED int32_t afl_custom_post_trim(void *data, uint8_t success);
OB_EXPORTED void afl_custom_deinit(void *data);

/* afl-fuzz makes one mutator a process, and takes no NULL for an answer. */
void *afl_custom_init(void *afl, unsigned int seed)
{
    static struct mutator mutator;

    struct ob_shared_runs shared;

    (void)afl;
    if (ob_shared_runs_create(ob_fuzzed_target, &shared)) {
        ob_fuzzed_counts.runs = shared.runs;
        ob_fuzzed_counts.shown = shared.shown;
        ob_fuzzed_counts.goals = shared.goals;
    }
    mutator.shared = ob_mutator_of_process();
    mutator.rng.state = seed;
    return &mutator;
}

/* Children of one input at a time. Left to itself afl-fuzz makes hundreds of one, and tens of
 * thousands of the first, before it goes on from what they have found. Fewer are no better: an
 * input that is worth it comes again. */
#define CHILDREN_AT_A_TIME 32u

uint32_t afl_custom_fuzz_count(void *data, const uint8_t *buffer, size_t buffer_size)
{
    (void)data;
    (void)buffer;
    (void)buffer_size;
    return CHILDREN_AT_A_TIME;
}

/* The child before was executed, in another process: what it has shown, afl-fuzz knows. */
static void note_execution(struct mutator *mutator)
{
    if (mutator->shared->is_pending)
        ob_mutation_executed(mutator->shared, &mutator->shared->child, 0, mutator->is_news);
    mutator->is_news = false;
}

struct request {
    struct mutator *mutator;
    struct ob_engine_input first;
    struct ob_engine_input second; /* `data` is NULL where there is none */
    size_t size_max;
    size_t size; /* of the child */
};

static void make_child(void *context)
{
    struct request *request = context;
    struct mutator *mutator = request->mutator;

    request->size = request->second.data
                        ? ob_mutation_of_two(mutator->shared, request->first, request->second,
                                             mutator->child, request->size_max, &mutator->rng)
                        : ob_mutation_of_one(mutator->shared, request->first, mutator->child,
                                             request->size_max, &mutator->rng);
}

/* `other` is another input of the queue, or NULL. The child stays ours and lives until the next
 * call. */
size_t afl_custom_fuzz(void *data, uint8_t *buffer, size_t buffer_size, uint8_t **out,
                       uint8_t *other, size_t other_size, size_t size_max)
{
    struct mutator *mutator = data;
    struct request request = {
        .mutator = mutator,
        .first = {.data = buffer, .size = buffer_size},
        .second = {.data = other, .size = other_size},
        .size_max = size_max < sizeof mutator->child ? size_max : sizeof mutator->child,
    };

    note_execution(mutator);
    *out = mutator->child;
    /* afl-fuzz does not say which children have crashed: one of them may be run as a parent. */
    if (!ob_afl_guard(make_child, &request))
        request.size = ob_mutation_left(mutator->shared, mutator->child, request.size_max);
    return request.size;
}

/* Beside the folder of the queue: OUT/default/queue/id:… gives OUT/default/offbeat_search.json. */
static void find_path(struct mutator *mutator, const char *path_of_input)
{
    static const char name[] = "offbeat_search.json";
    size_t length = strlen(path_of_input);

    for (unsigned slashes = 0; length > 0 && slashes < 2; length--)
        slashes += path_of_input[length - 1] == '/';
    if (length + sizeof name + 1 > sizeof mutator->path)
        return;
    memcpy(mutator->path, path_of_input, length);
    (void)snprintf(mutator->path + length, sizeof mutator->path - length, "%s%s",
                   length > 0 ? "/" : "", name);
}

/* The last child, or before any was made an input that was there. Returns 0: the file stays as it
 * is. */
uint8_t afl_custom_queue_new_entry(void *data, const uint8_t *path, const uint8_t *path_of_parent)
{
    struct mutator *mutator = data;

    (void)path_of_parent;
    mutator->is_news = true;
    if (mutator->path[0] == '\0')
        find_path(mutator, (const char *)path);
    return 0;
}

/*
 * Trimming, in no steps. What afl-fuzz does by itself, it cuts bytes out anywhere and executes the
 * rest, hundreds of times for an input of some dozens of records: the rest is another scenario, and
 * what is kept of it shows the same by accident.
 */
int32_t afl_custom_init_trim(void *data, uint8_t *buffer, size_t size)
{
    (void)data;
    (void)buffer;
    (void)size;
    return 0;
}

/* afl-fuzz takes the three together, or none. */
size_t afl_custom_trim(void *data, uint8_t **out)
{
    struct mutator *mutator = data;

    *out = mutator->child;
    return 0;
}

int32_t afl_custom_post_trim(void *data, uint8_t success)
{
    (void)data;
    (void)success;
    return 0;
}

/* What each arm has brought is for people and campaigns: a search goes on without. */
static void write_what_was_brought(struct mutator *mutator)
{
    struct ob_text text = {0};
    struct ob_error error;

    ob_mutation_describe(mutator->shared, &text);
    if (mutator->path[0] != '\0' &&
        ob_file_replace(mutator->path, ob_text_string(&text), text.length, &error) != 0)
        fprintf(stderr, "offbeat: %s\n", error.text);
    ob_text_release(&text);
}

/* What other fuzz programs say at their end: those of AFL++ have several, one after the other, and
 * nobody reads what they print. */
static void say_what_was_shown(const struct mutator *mutator)
{
    const struct ob_goal_context context = {.runs = ob_fuzzed_counts.runs->count};
    struct ob_text text = {0};

    if (context.runs > 0)
        ob_goal_tally_print(ob_fuzzed_counts.goals, ob_fuzzed_target, &context, &text);
    if (ob_fuzzed_counts.shown->executions >= OB_FUZZED_SHOWN_LEAST)
        ob_shown_print(ob_fuzzed_counts.shown, mutator->shared->world, &text);
    fputs(ob_text_string(&text), stderr);
    ob_text_release(&text);
}

void afl_custom_deinit(void *data)
{
    struct mutator *mutator = data;

    note_execution(mutator);
    write_what_was_brought(mutator);
    say_what_was_shown(mutator);
}
