#include "engine/mutation.h"

#include "base/json.h"
#include "engine/comparisons.h"
#include "engine/fuzzed.h"
#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "scenario/scenario.h"
#include "search/aim.h"
#include "search/draw_walk.h"
#include "search/schedule_mutation.h"
#include "world/judge.h"
#include "world/known_outcome.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#include <inttypes.h>
#include <stdio.h>

/* So many children that were made by a run of their parent get other records as well. */
#define MESSAGES_TOO_ONE_IN 12u
/* And so many a value that the target has compared one of theirs with. */
#define OPERAND_TOO_ONE_IN 4u
/* Engines draw crossover as often as mutation, even while all that there is are a few parents that
 * differ in nothing that matters; one in so many of these requests is met, the rest mutate. */
#define CROSSOVER_ONE_IN 4u
#define WALKS_AT_FIRST 16u

static size_t records_within(size_t size_max)
{
    size_t records = size_max / OB_RECORD_SIZE;

    return records < OB_RECORDS_MAX ? records : OB_RECORDS_MAX;
}

/* -- what there is, and what it has brought -- */

static struct ob_mutator mutator_of_process;

void ob_mutation_print(void)
{
    struct ob_text text = {0};

    if (!mutator_of_process.is_used)
        return;
    ob_mutation_describe(&mutator_of_process, &text);
    fprintf(stderr, "search: %s", ob_text_string(&text));
    ob_text_release(&text);
}

/* Before each run of a parent. */
static bool note_run(struct ob_world *world, const struct ob_scenario *scenario,
                     struct ob_known_outcome *known_outcome, void *context)
{
    struct ob_mutator *mutator = context;

    (void)known_outcome;
    ob_fuzzed_counts.deliveries += ob_world_delivery_count(world); /* of the run before this one */
    mutator->running = scenario;
    ob_fuzzed_counts.is_running = true;
    return false;
}

static void end_runs(struct ob_mutator *mutator)
{
    ob_fuzzed_counts.is_running = false;
    mutator->running = NULL;
}

bool ob_mutation_running(uint8_t *out, size_t *size)
{
    const struct ob_mutator *mutator = &mutator_of_process;

    if (!mutator->running)
        return false;
    *size = ob_scenario_encode(ob_world_vocabulary(mutator->world), mutator->running, out,
                               OB_SCENARIO_BYTES_MAX);
    return true;
}

struct ob_mutator *ob_mutator_of_process(void)
{
    struct ob_mutator *mutator = &mutator_of_process;

    if (mutator->world == NULL) {
        mutator->world = ob_fuzzed_world_create();
        ob_world_set_runner(mutator->world, note_run, mutator);
        mutator->options = ob_engine_options_read();
        /* What the run of a parent is for is its trace. */
        ob_world_judge(mutator->world, mutator->options.oracles_only ? 0 : OB_JUDGE_INVARIANTS);
        mutator->vocabulary = *ob_world_vocabulary(mutator->world);
        mutator->swarm = ob_swarm_read(mutator->vocabulary.ops_allowed);
        if (mutator->swarm.ops != 0)
            mutator->vocabulary.ops_allowed = mutator->swarm.ops;
        mutator->portfolio.has_faults = mutator->vocabulary.ops_allowed & OB_AIMED_FAULTS;
    }
    return mutator;
}

static bool may_walk(const struct ob_mutator *mutator)
{
    return !mutator->options.no_walks && (mutator->vocabulary.ops_allowed >> OB_WALK & 1);
}

/* While nothing is known but the empty input, there is nothing to go on from: so many walks come
 * first, as many as find what is easy to find. */
bool ob_mutation_is_beginning(const struct ob_mutator *mutator)
{
    return may_walk(mutator) && !mutator->parents.have_messages &&
           mutator->portfolio.arms[OB_ARM_WALK_FRESH].executions < WALKS_AT_FIRST;
}

static uint32_t possible_arms(const struct ob_mutator *mutator)
{
    uint32_t arms = 1u << OB_ARM_MESSAGE;

    if (!mutator->options.no_reversal)
        arms |= 1u << OB_ARM_ORDER | 1u << OB_ARM_STRIKE | 1u << OB_ARM_OPERAND;
    if (may_walk(mutator))
        arms |= OB_ARMS_OF_WALKS;
    if (ob_mutation_is_beginning(mutator))
        arms = 1u << OB_ARM_WALK_FRESH;
    return arms;
}

/* A campaign that leaves kinds of deviations out goes on to do so. */
static void learn(struct ob_mutator *mutator)
{
    uint32_t allowed = mutator->vocabulary.ops_allowed;
    ob_world_learn(mutator->world, &mutator->vocabulary);
    if (mutator->swarm.ops != 0)
        mutator->vocabulary.ops_allowed = allowed;
}

static void count_run(struct ob_mutator *mutator, unsigned messages, uint32_t deliveries)
{
    mutator->messages += messages;
    mutator->deliveries += deliveries;
}

void ob_mutation_executed(struct ob_mutator *mutator, const struct ob_scenario *scenario,
                          uint32_t deliveries, bool is_news)
{
    /* An engine that keeps it has seen it end well. */
    bool has_passed = deliveries > 0 || is_news;

    if (deliveries > 0)
        count_run(mutator, scenario->message_count, deliveries);
    if (mutator->is_pending) {
        ob_portfolio_executed(&mutator->portfolio, mutator->last_arm, is_news);
        if (has_passed && mutator->last_arm == OB_ARM_ORDER)
            ob_scenario_copy(&mutator->reordered, scenario);
        if (has_passed && mutator->last_arm == OB_ARM_WALK_FRESH)
            ob_scenario_copy(&mutator->walked, scenario);
    }
    mutator->is_pending = false;
    if (is_news)
        ob_parents_add(&mutator->parents, &mutator->vocabulary, scenario);
}

void ob_mutation_note(const struct ob_scenario *scenario, uint32_t deliveries, bool is_news)
{
    ob_mutation_executed(ob_mutator_of_process(), scenario, deliveries, is_news);
}

/* What tells how much is left to be seen: incidences, for estimates by species. */
static void describe_species(struct ob_json *json)
{
    const uint64_t *shown = ob_fuzzed_counts.times_shown;

    if (ob_fuzzed_counts.scans == 0)
        return;
    ob_json_object(json, "species");
    ob_json_number(json, "runs", ob_fuzzed_counts.scans);
    ob_json_number(json, "seen", shown[0] + shown[1] + shown[2]);
    ob_json_number(json, "once", shown[0]);
    ob_json_number(json, "twice", shown[1]);
    ob_json_end(json);
}

void ob_mutation_describe(const struct ob_mutator *mutator, struct ob_text *text)
{
    const struct ob_portfolio *portfolio = &mutator->portfolio;
    uint32_t possible = possible_arms(mutator);
    struct ob_json json = {.text = text};
    uint64_t executions = 0;

    for (unsigned arm = 0; arm < OB_ARMS; arm++)
        executions += portfolio->arms[arm].executions;
    ob_json_object(&json, NULL);
    ob_json_number(&json, "executions", executions);
    ob_json_object(&json, "arms");
    for (unsigned arm = 0; arm < OB_ARMS; arm++) {
        ob_json_object(&json, ob_arm_name(arm));
        ob_json_number(&json, "executions", portfolio->arms[arm].executions);
        ob_json_number(&json, "news", portfolio->arms[arm].news);
        ob_json_decimal(&json, "share", ob_portfolio_share(portfolio, possible, arm) / 65536.0, 3);
        ob_json_end(&json);
    }
    ob_json_end(&json);
    ob_json_number(&json, "mutation_runs", ob_fuzzed_counts.mutation_runs);
    ob_json_number(&json, "deliveries_in_all", ob_fuzzed_counts.deliveries);
    ob_runs_json(ob_fuzzed_counts.runs, &json);
    ob_shown_json(ob_fuzzed_counts.shown, mutator->world, &json);
    ob_goal_tally_json(ob_fuzzed_counts.goals, ob_world_vocabulary(mutator->world), &json);
    describe_species(&json);
    ob_json_end(&json);
}

/* -- children -- */

/* Changes the schedule by what the run of the child as it is shows; what its arguments are compared
 * with there is noted. */
static bool mutate_schedule(struct ob_mutator *mutator, unsigned parts, size_t records_max,
                            struct ob_rng *rng)
{
    struct ob_schedule_options options = {
        .parts = parts, .no_classes = mutator->options.no_classes, .ops = mutator->swarm.ops};

    ob_fuzzed_counts.mutation_runs++;
    mutator->operands.count = 0;
    ob_comparisons_noted = &mutator->operands;
    bool changed = ob_mutate_schedule(mutator->world, &mutator->child, records_max, &options, rng);
    end_runs(mutator);
    ob_comparisons_noted = NULL;
    return changed;
}

/* Notes what arguments are compared with in a run of the child or, half of the time, of the last
 * one that was put into another order: what a target compares may show in that order only, and
 * where a walk has shown it before, that one has become no parent. */
static void note_comparisons(struct ob_mutator *mutator, size_t records_max, struct ob_rng *rng)
{
    if (mutator->reordered.message_count > 0 &&
        ob_scenario_record_count(&mutator->reordered) <= records_max && ob_rng_below(rng, 2) == 0)
        ob_scenario_copy(&mutator->child, &mutator->reordered);
    ob_fuzzed_counts.mutation_runs++;
    mutator->operands.count = 0;
    ob_comparisons_noted = &mutator->operands;
    (void)ob_world_run(mutator->world, &mutator->child);
    end_runs(mutator);
    ob_comparisons_noted = NULL;
}

static bool mutate_by_run(struct ob_mutator *mutator, enum ob_arm arm, size_t records_max,
                          struct ob_rng *rng)
{
    bool changed = false;

    if (mutator->child.message_count == 0 ||
        ob_scenario_record_count(&mutator->child) > records_max)
        return false;
    if (arm == OB_ARM_OPERAND)
        note_comparisons(mutator, records_max, rng);
    else
        changed =
            mutate_schedule(mutator, arm == OB_ARM_ORDER ? OB_SCHEDULE_ORDERS : OB_SCHEDULE_STRIKES,
                            records_max, rng);
    count_run(mutator, mutator->child.message_count, ob_world_delivery_count(mutator->world));
    learn(mutator);
    if (arm == OB_ARM_OPERAND || ob_rng_below(rng, OPERAND_TOO_ONE_IN) == 0)
        changed |=
            ob_mutate_operand(&mutator->vocabulary, &mutator->child, &mutator->operands, rng);
    return changed;
}

/* Returns the arm that has made it in the end: not each finds something to change. */
static enum ob_arm mutate(struct ob_mutator *mutator, enum ob_arm arm, size_t records_max,
                          struct ob_rng *rng)
{
    uint32_t possible = possible_arms(mutator) & ~OB_ARMS_OF_WALKS;
    bool changed = false;

    while (arm != OB_ARM_MESSAGE && !changed) {
        changed = mutate_by_run(mutator, arm, records_max, rng);
        if (changed)
            break;
        ob_portfolio_failed(&mutator->portfolio, arm);
        possible &= ~(1u << arm);
        arm = ob_portfolio_draw(&mutator->portfolio, possible, rng);
    }
    if (!changed || ob_rng_below(rng, MESSAGES_TOO_ONE_IN) == 0)
        ob_mutate(&mutator->vocabulary, &mutator->child, records_max, rng);
    ob_strip_walks(&mutator->child);
    return arm;
}

static void draw_walk(struct ob_mutator *mutator, enum ob_arm arm, size_t records_max,
                      struct ob_rng *rng)
{
    uint64_t per_message =
        mutator->messages > 0 ? mutator->deliveries * 256 / mutator->messages : 0;
    struct ob_walk_drawing drawing = {
        .world = mutator->world,
        .vocabulary = &mutator->vocabulary,
        .steps_per_message = per_message < UINT16_MAX ? (uint32_t)per_message : UINT16_MAX,
        .records_max = records_max,
        .rng = rng};

    ob_fuzzed_counts.mutation_runs +=
        arm == OB_ARM_WALK_FRESH ? ob_draw_walk_fresh(&drawing, &mutator->walked, &mutator->child)
                                 : ob_draw_walk_over(&drawing, &mutator->child);
    end_runs(mutator);
}

static uint64_t hash_of(const uint8_t *data, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

    for (size_t at = 0; at < size; at++)
        hash = (hash ^ data[at]) * 0x100000001b3u;
    return hash;
}

/*
 * What is mutated without a walk. A parent with one is left to walks: a child of it would be a
 * workload of dozens of messages in an order that has nothing to do with it. libFuzzer mutates a
 * child again that has shown nothing new; then it is what that child was made from.
 */
static void choose_basis(struct ob_mutator *mutator, const struct ob_scenario *parent,
                         uint64_t hash, struct ob_rng *rng)
{
    const struct ob_vocabulary *vocabulary = &mutator->vocabulary;
    bool is_last_child = mutator->is_used && mutator->last_hash == hash;

    if (!ob_has_walk(parent)) {
        ob_scenario_copy(&mutator->basis, parent);
        if (!is_last_child)
            ob_parents_add(&mutator->parents, vocabulary, parent);
        return;
    }
    if (is_last_child)
        return;
    if (!ob_parents_draw(&mutator->parents, vocabulary, rng, &mutator->basis))
        ob_scenario_clear(&mutator->basis);
}

static size_t finish(struct ob_mutator *mutator, enum ob_arm arm, uint8_t *out, size_t records_max,
                     struct ob_rng *rng)
{
    ob_swarm_prune(&mutator->swarm, &mutator->child, rng);
    size_t size = ob_scenario_encode(&mutator->vocabulary, &mutator->child, out,
                                     records_max * OB_RECORD_SIZE);
    mutator->is_used = true;
    mutator->is_pending = true;
    mutator->last_arm = arm;
    mutator->last_hash = hash_of(out, size);
    return size;
}

size_t ob_mutation_of_one(struct ob_mutator *mutator, struct ob_engine_input parent, uint8_t *out,
                          size_t size_max, struct ob_rng *rng)
{
    size_t records_max = records_within(size_max);

    ob_scenario_decode(&mutator->vocabulary, parent.data, parent.size, &mutator->child);
    choose_basis(mutator, &mutator->child, hash_of(parent.data, parent.size), rng);
    enum ob_arm arm = ob_portfolio_draw(&mutator->portfolio, possible_arms(mutator), rng);
    if (OB_ARMS_OF_WALKS >> arm & 1) {
        draw_walk(mutator, arm, records_max, rng);
    } else {
        ob_scenario_copy(&mutator->child, &mutator->basis);
        arm = mutate(mutator, arm, records_max, rng);
    }
    return finish(mutator, arm, out, records_max, rng);
}

size_t ob_mutation_left(struct ob_mutator *mutator, uint8_t *out, size_t size_max)
{
    if (mutator->running && mutator->running != &mutator->child)
        ob_scenario_copy(&mutator->child, mutator->running);
    end_runs(mutator);
    ob_comparisons_noted = NULL;
    ob_scenario_clear(&mutator->walked); /* either may be what does not come back */
    ob_scenario_clear(&mutator->reordered);
    size_t size = ob_scenario_encode(&mutator->vocabulary, &mutator->child, out,
                                     records_within(size_max) * OB_RECORD_SIZE);
    mutator->is_used = true;
    mutator->is_pending = false;
    mutator->last_hash = hash_of(out, size);
    return size;
}

size_t ob_mutation_of_two(struct ob_mutator *mutator, struct ob_engine_input first,
                          struct ob_engine_input second, uint8_t *out, size_t size_max,
                          struct ob_rng *rng)
{
    const struct ob_vocabulary *vocabulary = &mutator->vocabulary;
    size_t records_max = records_within(size_max);

    if (ob_mutation_is_beginning(mutator) || ob_rng_below(rng, CROSSOVER_ONE_IN) > 0)
        return ob_mutation_of_one(mutator, first, out, size_max, rng);
    ob_scenario_decode(vocabulary, first.data, first.size, &mutator->child);
    choose_basis(mutator, &mutator->child, hash_of(first.data, first.size), rng);
    ob_scenario_decode(vocabulary, second.data, second.size, &mutator->other_parent);
    if (ob_has_walk(&mutator->other_parent) &&
        !ob_parents_draw(&mutator->parents, vocabulary, rng, &mutator->other_parent))
        ob_scenario_clear(&mutator->other_parent);
    ob_crossover(vocabulary, &mutator->basis, &mutator->other_parent, &mutator->child, records_max,
                 rng);
    return finish(mutator, OB_ARM_CROSSOVER, out, records_max, rng);
}
