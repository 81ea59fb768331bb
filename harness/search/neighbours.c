#include "search/neighbours.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/rng.h"
#include "base/tally.h"
#include "scenario/edit.h"
#include "search/neighbours_step.h"
#include "world/run.h"
#include "world/trace.h"

/* All that tells a scenario from its neighbours: the messages are the same. */
struct node {
    struct ob_deviation *deviations;
    unsigned count;
    bool is_fresh; /* its execution was not equivalent to an earlier one */
};

struct level {
    struct node *nodes;
    size_t count;
    size_t capacity;
};

struct search {
    struct ob_world *world;
    struct ob_neighbours_stats *stats;
    ob_neighbours_visit *visit;
    void *context;
    uint64_t executions_max;
    struct ob_tally scenarios; /* hashes of their deviations: which ones were there */
    struct ob_tally traces;    /* causal hashes */
    struct level next;
    struct ob_scenario scenario; /* the one that is run, or whose neighbours are listed */
    bool is_full;                /* there is a neighbour more than may be run */
    bool out_of_memory;
};

static void release(struct level *level)
{
    for (size_t at = 0; at < level->count; at++)
        free(level->nodes[at].deviations);
    free(level->nodes);
    *level = (struct level){0};
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    return ob_mix64(hash ^ word) + 0x9e3779b97f4a7c15u;
}

static uint64_t hash_selector(const struct ob_selector *selector)
{
    return (uint64_t)selector->from << 24 | (uint64_t)selector->to << 16 |
           (uint64_t)selector->kind << 8 | selector->nth;
}

static uint64_t hash_deviations(const struct ob_scenario *scenario)
{
    uint64_t hash = scenario->deviation_count;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        hash = mix(hash, (uint64_t)deviation->op << 8 | deviation->mode);
        hash = mix(hash, hash_selector(&deviation->which) << 32 | deviation->amount);
        hash = mix(hash, hash_selector(&deviation->awaited));
    }
    return hash;
}

static bool reserve(struct level *level)
{
    struct node *nodes =
        ob_array_reserve(level->nodes, &level->capacity, level->count + 1, sizeof *nodes);
    if (nodes)
        level->nodes = nodes;
    return nodes;
}

/* Puts a scenario into the next level, unless it was met before. Returns false when no more are
 * wanted. */
static bool add_node(const struct ob_scenario *scenario, void *context)
{
    struct search *search = context;
    size_t size = scenario->deviation_count * sizeof *scenario->deviations;

    if (search->out_of_memory)
        return false;
    int64_t seen = ob_tally_add(&search->scenarios, hash_deviations(scenario), 1);
    if (seen > 0)
        return true;
    if (search->stats->executions + search->next.count >= search->executions_max) {
        search->is_full = true;
        return false;
    }
    struct ob_deviation *copy = seen < 0 ? NULL : malloc(size ? size : 1);
    if (!copy || !reserve(&search->next)) {
        free(copy);
        search->out_of_memory = true;
        return false;
    }
    if (size > 0)
        memcpy(copy, scenario->deviations, size);
    search->next.nodes[search->next.count++] =
        (struct node){.deviations = copy, .count = scenario->deviation_count};
    return true;
}

static void load(struct search *search, const struct node *node)
{
    search->scenario.deviation_count = node->count;
    if (node->count > 0)
        memcpy(search->scenario.deviations, node->deviations,
               node->count * sizeof *node->deviations);
}

/* Runs every scenario of a level. Returns false when the visitor stops it or memory is short. */
static bool run_level(struct search *search, struct level *level, unsigned distance)
{
    struct ob_neighbours_stats *stats = search->stats;

    for (size_t at = 0; at < level->count; at++) {
        load(search, &level->nodes[at]);
        const struct ob_verdict *verdict = ob_world_run(search->world, &search->scenario);
        int64_t seen = ob_tally_add(&search->traces, ob_world_causal_hash(search->world), 1);
        if (seen < 0) {
            search->out_of_memory = true;
            return false;
        }
        level->nodes[at].is_fresh = seen == 0;
        stats->executions++;
        stats->distinct += seen == 0;
        stats->cut += verdict->outcome == OB_CUT;
        if (!search->visit(search->world, &search->scenario, distance, stats, search->context))
            return false;
    }
    return true;
}

static void list_level(struct search *search, const struct level *level, bool fresh)
{
    for (size_t at = 0; at < level->count && !search->is_full && !search->out_of_memory; at++) {
        if (level->nodes[at].is_fresh != fresh)
            continue;
        load(search, &level->nodes[at]);
        if (ob_neighbours_list(search->world, &search->scenario, add_node, search,
                               &search->stats->unwritable))
            search->out_of_memory = true;
    }
}

static void run_levels(struct search *search, unsigned distance_max)
{
    struct ob_neighbours_stats *stats = search->stats;
    struct level level = search->next;

    search->next = (struct level){0};
    for (unsigned distance = 0; run_level(search, &level, distance); distance++) {
        /* What did not fit into the bound was at this distance. */
        if (search->is_full)
            break;
        stats->distance = distance;
        stats->is_complete = distance == distance_max;
        if (stats->is_complete)
            break;
        list_level(search, &level, true);
        list_level(search, &level, false);
        release(&level);
        level = search->next;
        search->next = (struct level){0};
        if (search->out_of_memory)
            break;
    }
    release(&level);
}

int ob_neighbours_run(struct ob_world *world, const struct ob_scenario *scenario,
                      unsigned distance_max, uint64_t executions_max, ob_neighbours_visit *visit,
                      void *context, struct ob_neighbours_stats *stats, struct ob_error *error)
{
    struct search *search = calloc(1, sizeof *search);

    *stats = (struct ob_neighbours_stats){0};
    if (!search)
        return ob_error_set(error, "out of memory");
    search->world = world;
    search->stats = stats;
    search->visit = visit;
    search->context = context;
    search->executions_max = executions_max;
    ob_scenario_copy(&search->scenario, scenario);
    if (add_node(scenario, search))
        run_levels(search, distance_max);
    assert(stats->distinct <= stats->executions && stats->executions <= executions_max);
    assert(!stats->is_complete || !search->is_full);
    bool out_of_memory = search->out_of_memory;
    release(&search->next);
    ob_tally_release(&search->scenarios);
    ob_tally_release(&search->traces);
    free(search);
    if (out_of_memory)
        return ob_error_set(error, "out of memory");
    return 0;
}
