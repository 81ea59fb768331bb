#include "engine/opening.h"

#include "base/rng.h"
#include "engine/mutation.h"
#include "engine/mutator_end.h"
#include "scenario/scenario.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static struct {
    bool is_due;
    uint64_t executions_max;
    size_t size_max;
    struct ob_rng rng;
    const uint8_t *running; /* NULL while nothing is */
    size_t running_size;
    struct {
        uint8_t *data; /* allocated */
        size_t size;
    } kept[OB_OPENING_MAX];
    unsigned kept_count;
    unsigned given_count; /* of those that are kept, as children */
} opening;

/* -- whether it is asked for -- */

/* With any of these libFuzzer does something else, starts other processes, or has inputs. A value
 * of 0 is as if it were not given. */
static const char *const others[] = {
    "-merge=",
    "-set_cover_merge=",
    "-minimize_crash=",
    "-minimize_crash_internal_step=",
    "-cleanse_crash=",
    "-fork=",
    "-jobs=",
    "-collect_data_flow=",
    "-data_flow_trace=",
    "-seed_inputs=",
    "-help=",
};

static bool asks_for_something_else(const char *argument)
{
    for (size_t at = 0; at < sizeof others / sizeof *others; at++) {
        size_t length = strlen(others[at]);
        if (strncmp(argument, others[at], length) == 0)
            return strcmp(argument + length, "0") != 0;
    }
    return strcmp(argument, "-runs=0") == 0;
}

static bool is_empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    bool is_empty = folder != NULL;
    const struct dirent *entry;

    while (is_empty && (entry = readdir(folder)) != NULL)
        is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (folder)
        (void)closedir(folder);
    return is_empty;
}

bool ob_opening_is_asked_for(int argc, char *const *argv)
{
    for (int at = 1; at < argc; at++)
        if (argv[at][0] == '-' ? asks_for_something_else(argv[at]) : !is_empty_folder(argv[at]))
            return false;
    return argc > 0;
}

/* -- executing it -- */

void ob_opening_plan(uint64_t seed, uint64_t executions, size_t size_max)
{
    opening.is_due = true;
    opening.executions_max = executions < OB_OPENING_MAX ? executions : OB_OPENING_MAX;
    opening.size_max = size_max < OB_SCENARIO_BYTES_MAX ? size_max : OB_SCENARIO_BYTES_MAX;
    opening.rng.state = seed;
}

/* Memory that is short costs a child, and not the search. */
static void keep(const uint8_t *data, size_t size)
{
    uint8_t *copy = size > 0 ? malloc(size) : NULL;

    if (!copy)
        return;
    memcpy(copy, data, size);
    opening.kept[opening.kept_count].data = copy;
    opening.kept[opening.kept_count++].size = size;
}

void ob_opening_run(bool (*execute)(const uint8_t *data, size_t size))
{
    static uint8_t child[OB_SCENARIO_BYTES_MAX];

    if (!opening.is_due)
        return;
    opening.is_due = false;
    struct ob_mutator *mutator = ob_mutator_of_process();
    ob_mutator_end_watch();
    for (uint64_t count = 0; count < opening.executions_max; count++) {
        if (!ob_mutation_is_beginning(mutator))
            break;
        struct ob_rng rng = {.state = (unsigned int)ob_rng_next(&opening.rng)};
        size_t size = ob_mutation_of_one(mutator, (struct ob_engine_input){.data = child}, child,
                                         opening.size_max, &rng);
        opening.running_size = size;
        opening.running = child;
        bool is_news = execute(child, size);
        opening.running = NULL;
        if (is_news)
            keep(child, size);
    }
}

const uint8_t *ob_opening_running(size_t *size)
{
    *size = opening.running_size;
    return opening.running;
}

size_t ob_opening_child(uint8_t *out, size_t size_max)
{
    size_t size = 0;

    while (size == 0 && opening.given_count < opening.kept_count) {
        unsigned at = opening.given_count++;
        if (opening.kept[at].size <= size_max) {
            size = opening.kept[at].size;
            memcpy(out, opening.kept[at].data, size);
        }
        free(opening.kept[at].data);
    }
    return size;
}
