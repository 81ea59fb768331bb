#include "engine/mutation.h"

#include "engine/comparisons.h"
#include "engine/fuzzed.h"
#include "scenario/mutate.h"
#include "scenario/scenario.h"
#include "search/schedule_mutation.h"

/* So many children in twelve get another schedule for the same messages. The others get other
 * messages, and now and then both. */
#define SCHEDULE_IN_TWELVE 9u
/* And so many of those also get a value that the target has compared one of theirs with. */
#define OPERAND_ONE_IN 4u
/* Engines draw crossover as often as mutation, even while all that there is are a few parents that
 * differ in nothing that matters; one in so many of these requests is met, the rest mutate. */
#define CROSSOVER_ONE_IN 4u

static size_t records_within(size_t size_max)
{
    size_t records = size_max / OB_RECORD_SIZE;

    return records < OB_RECORDS_MAX ? records : OB_RECORDS_MAX;
}

struct ob_mutator *ob_mutator_of_process(void)
{
    static struct ob_mutator mutator;

    if (mutator.world == NULL) {
        mutator.world = ob_fuzzed_world_create();
        mutator.options = ob_engine_options_read();
        /* What the run of a parent is for is its trace. */
        ob_world_judge(mutator.world, mutator.options.oracles_only ? 0 : OB_JUDGE_INVARIANTS);
        mutator.vocabulary = *ob_world_vocabulary(mutator.world);
        mutator.swarm = ob_swarm_read(mutator.vocabulary.ops_allowed);
        if (mutator.swarm.ops != 0)
            mutator.vocabulary.ops_allowed = mutator.swarm.ops;
    }
    return &mutator;
}

/* What the run of a parent shows: what races in it, and what its arguments are compared with. */
static bool mutate_by_run(struct ob_mutator *mutator, size_t records_max, struct ob_rng *rng)
{
    struct ob_schedule_options options = {.no_classes = mutator->options.no_classes,
                                          .ops = mutator->swarm.ops};

    ob_fuzzed_counts.mutation_runs++;
    mutator->operands.count = 0;
    ob_comparisons_noted = &mutator->operands;
    ob_fuzzed_counts.is_running = true;
    bool changed = ob_mutate_schedule(mutator->world, &mutator->child, records_max, &options, rng);
    ob_fuzzed_counts.is_running = false;
    ob_comparisons_noted = NULL;
    ob_world_learn_durations(mutator->world, &mutator->vocabulary.durations);
    if (ob_rng_below(rng, OPERAND_ONE_IN) == 0)
        changed |=
            ob_mutate_operand(&mutator->vocabulary, &mutator->child, &mutator->operands, rng);
    return changed;
}

static void mutate(struct ob_mutator *mutator, size_t records_max, struct ob_rng *rng)
{
    bool changed = false;

    if (!mutator->options.no_reversal && ob_rng_below(rng, 12) < SCHEDULE_IN_TWELVE)
        changed = mutate_by_run(mutator, records_max, rng);
    if (!changed || ob_rng_below(rng, 12) == 0)
        ob_mutate(&mutator->vocabulary, &mutator->child, records_max, rng);
    ob_swarm_prune(&mutator->swarm, &mutator->child, rng);
}

size_t ob_mutation_of_one(struct ob_mutator *mutator, struct ob_engine_input parent, uint8_t *out,
                          size_t size_max, struct ob_rng *rng)
{
    const struct ob_vocabulary *vocabulary = &mutator->vocabulary;
    size_t records_max = records_within(size_max);

    ob_scenario_decode(vocabulary, parent.data, parent.size, &mutator->child);
    mutate(mutator, records_max, rng);
    return ob_scenario_encode(vocabulary, &mutator->child, out, records_max * OB_RECORD_SIZE);
}

size_t ob_mutation_of_two(struct ob_mutator *mutator, struct ob_engine_input first,
                          struct ob_engine_input second, uint8_t *out, size_t size_max,
                          struct ob_rng *rng)
{
    const struct ob_vocabulary *vocabulary = &mutator->vocabulary;
    size_t records_max = records_within(size_max);

    if (ob_rng_below(rng, CROSSOVER_ONE_IN) > 0)
        return ob_mutation_of_one(mutator, first, out, size_max, rng);
    ob_scenario_decode(vocabulary, first.data, first.size, &mutator->first_parent);
    ob_scenario_decode(vocabulary, second.data, second.size, &mutator->second_parent);
    ob_crossover(vocabulary, &mutator->first_parent, &mutator->second_parent, &mutator->child,
                 records_max, rng);
    ob_swarm_prune(&mutator->swarm, &mutator->child, rng);
    return ob_scenario_encode(vocabulary, &mutator->child, out, records_max * OB_RECORD_SIZE);
}
