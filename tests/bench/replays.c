/*
 * Hashes of runs of inputs with walks, for comparison between builds and processes.
 *
 *     bench_replays FIRST COUNT [backwards] [[-]TARGET/VARIANT]...
 *
 * Of the variants that are named; of all others than those that are named with a `-`; or of all.
 * Input N, from FIRST on, is drawn from N alone: a target in a variant, a workload, other
 * deviations in one of two, and one or two walks. Each is encoded, decoded and run once, in the
 * order of numbers or backwards; a line says `N HASH DELIVERIES OUTCOME`. Equal numbers must have
 * equal lines in every build, process and order. Exit codes: 0, or 2 with a line that says why.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/registry.h"
#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "world/run.h"
#include "world/world.h"

#define WORLDS_MAX 1024u

static struct ob_world *worlds[WORLDS_MAX];
static unsigned world_count;

/* Whether the arguments want a variant. */
static bool is_wanted(const char *target, const char *variant, char *const *names)
{
    char full[128];
    bool wants_some = false;
    (void)snprintf(full, sizeof full, "%s/%s", target, variant);
    for (; *names; names++) {
        if (strcmp(*names, full) == 0)
            return true;
        if (**names == '-' && strcmp(*names + 1, full) == 0)
            return false;
        wants_some |= **names != '-';
    }
    return !wants_some;
}

static bool open_worlds(char *const *names, struct ob_error *error)
{
    for (const struct ob_target *const *target = ob_registry; *target; target++)
        for (unsigned variant = 0; variant < OB_VARIANTS_MAX && (*target)->variants[variant];
             variant++) {
            if (!is_wanted((*target)->name, (*target)->variants[variant], names))
                continue;
            if (world_count == WORLDS_MAX)
                return ob_error_set(error, "there are more than %u variants", WORLDS_MAX) == 0;
            worlds[world_count] = ob_world_create(*target, variant, error);
            if (!worlds[world_count++])
                return false;
        }
    return world_count > 0 || ob_error_set(error, "there are no such variants") == 0;
}

/* One draw a statement: compilers differ in the order in which they evaluate arguments. */
static void add_walk(struct ob_scenario *scenario, bool is_first, struct ob_rng *rng)
{
    struct ob_walk walk = {0};
    walk.depth = (uint8_t)(1 + ob_rng_below(rng, 5));
    walk.late = (uint8_t)ob_rng_below(rng, OB_LATE_RATES);
    walk.hint = ob_hint_round(ob_rng_below(rng, 200));
    enum ob_walk_strategy strategy = (enum ob_walk_strategy)ob_rng_below(rng, OB_WALK_STRATEGIES);
    struct ob_deviation record = ob_walk_deviation(strategy, (uint32_t)ob_rng_next(rng), walk);
    if (!is_first) {
        record.walk.from = (uint16_t)ob_rng_below(rng, 20);
        record.walk.length = (uint16_t)ob_rng_below(rng, 20);
    }
    (void)ob_scenario_insert_deviation(scenario, &record);
}

static void draw(const struct ob_vocabulary *vocabulary, struct ob_rng *rng,
                 struct ob_scenario *scenario)
{
    ob_fresh_workload(vocabulary, scenario, OB_WORKLOAD_MESSAGES_MAX, OB_RECORDS_MAX, rng);
    for (unsigned times = ob_rng_below(rng, 2) * 4; times > 0; times--)
        ob_mutate(vocabulary, scenario, OB_RECORDS_MAX, rng);
    while (scenario->deviation_count > OB_DEVIATIONS_MAX - 2)
        ob_scenario_remove_deviation(scenario, scenario->deviation_count - 1);
    add_walk(scenario, true, rng);
    if (ob_rng_below(rng, 4) == 0)
        add_walk(scenario, false, rng);
    ob_scenario_sort(scenario);
}

static void run(uint64_t number)
{
    static struct ob_scenario scenario, decoded;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    struct ob_world *world = worlds[number % world_count];
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct ob_rng rng = {.state = ob_mix64(number)};
    draw(vocabulary, &rng, &scenario);
    size_t size = ob_scenario_encode(vocabulary, &scenario, bytes, sizeof bytes);
    ob_scenario_decode(vocabulary, bytes, size, &decoded);
    const struct ob_verdict *verdict = ob_world_run(world, &decoded);
    printf("%" PRIu64 " %016" PRIx64 " %" PRIu32 " %u\n", number, verdict->trace_hash,
           verdict->delivery_count, (unsigned)verdict->outcome);
}

int main(int argc, char **argv)
{
    struct ob_error error = {{0}};
    bool backwards = argc > 3 && strcmp(argv[3], "backwards") == 0;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_replays FIRST COUNT [backwards] [[-]TARGET/VARIANT]...\n");
        return 2;
    }
    uint64_t first = strtoull(argv[1], NULL, 10);
    uint64_t count = strtoull(argv[2], NULL, 10);
    if (!open_worlds(argv + (backwards ? 4 : 3), &error)) {
        fprintf(stderr, "bench_replays: %s\n", error.text);
        return 2;
    }
    for (uint64_t at = 0; at < count; at++)
        run(backwards ? first + count - 1 - at : first + at);
    while (world_count > 0)
        ob_world_destroy(worlds[--world_count]);
    return 0;
}
