/* Steps of a mutation that change deviations. */
#include <assert.h>

#include "scenario/edit.h"
#include "scenario/mutate_step.h"

/* How often an op is tried. Delays and reorderings come first: they are possible everywhere. */
static const uint8_t WEIGHTS[OB_DEVIATION_OPS] = {
    [OB_DELAY] = 8,   [OB_REORDER] = 8, [OB_DUPLICATE] = 3, [OB_DROP] = 3,   [OB_PAUSE] = 3,
    [OB_CRASH] = 2,   [OB_RESTART] = 3, [OB_PARTITION] = 2, [OB_HEAL] = 1,   [OB_SKEW] = 2,
    [OB_PREEMPT] = 3, [OB_DRAW] = 2,    [OB_WALK] = 1,      [OB_CHOOSE] = 4,
};

static bool has_op(const struct ob_scenario *scenario, unsigned op)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if (scenario->deviations[index].op == op)
            return true;
    return false;
}

/* Healing needs a partition, and a second draw or walk would mostly hide the first. */
static unsigned weight_of(const struct ob_mutation *mutation, unsigned op)
{
    uint32_t allowed = mutation->vocabulary->ops_allowed;
    if (allowed != 0 && !(allowed & 1u << op))
        return 0;
    if (op == OB_HEAL && !has_op(mutation->scenario, OB_PARTITION))
        return 0;
    if ((op == OB_DRAW || op == OB_WALK) && has_op(mutation->scenario, op))
        return 0;
    return WEIGHTS[op];
}

/* An op by weight, or OB_DEVIATION_OPS when nothing is allowed. */
static unsigned random_op(const struct ob_mutation *mutation)
{
    unsigned total = 0;
    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++)
        total += weight_of(mutation, op);
    if (total == 0)
        return OB_DEVIATION_OPS;
    unsigned left = ob_rng_below(mutation->rng, total);
    unsigned op = 0;
    while (left >= weight_of(mutation, op)) {
        left -= weight_of(mutation, op);
        op++;
        assert(op < OB_DEVIATION_OPS);
    }
    return op;
}

/* A kind as selectors have it, rarely any. */
static uint8_t random_kind(const struct ob_mutation *mutation)
{
    if (ob_random_once_in(mutation->rng, 8))
        return 0;
    return (uint8_t)(1 + ob_rng_below(mutation->rng, mutation->vocabulary->kind_count));
}

static uint8_t random_ordinal(struct ob_rng *rng)
{
    return (uint8_t)ob_random_log(rng, ob_random_once_in(rng, 16) ? 8 : 3);
}

static struct ob_selector random_selector(const struct ob_mutation *mutation)
{
    const struct ob_vocabulary *vocabulary = mutation->vocabulary;
    struct ob_rng *rng = mutation->rng;
    struct ob_selector which = {.kind = random_kind(mutation)};
    if (ob_random_once_in(rng, 2))
        which.from = (uint8_t)(1 + ob_rng_below(rng, vocabulary->actor_count + 1));
    if (ob_random_once_in(rng, 2))
        which.to = (uint8_t)(1 + ob_rng_below(rng, vocabulary->actor_count));
    int outside = which.kind ? ob_vocabulary_find_outside(vocabulary, which.kind - 1u) : -1;
    if (outside >= 0 && which.to != 0) { /* only its receivers get it */
        const struct ob_outside_kind *kind = &vocabulary->outside[outside];
        which.to = (uint8_t)(kind->to_first + ob_rng_below(rng, kind->to_count));
    }
    if (!ob_random_once_in(rng, 3)) {
        unsigned ordinal = random_ordinal(rng);
        which.nth = (uint8_t)(ordinal < UINT8_MAX ? ordinal + 1 : UINT8_MAX);
    }
    return which;
}

static uint32_t random_amount(const struct ob_mutation *mutation, unsigned op)
{
    if (op == OB_DRAW)
        return ob_rng_below(mutation->rng, 65536);
    if (op == OB_CHOOSE) /* most choices have few alternatives */
        return 1 + ob_random_log(mutation->rng, ob_random_once_in(mutation->rng, 4) ? 15 : 2);
    /* A rate as well as a duration: both are most telling over orders of magnitude. */
    return op == OB_SKEW ? ob_duration_round(ob_random_log(mutation->rng, 20))
                         : ob_durations_draw(&mutation->vocabulary->durations, mutation->rng);
}

static bool random_deviation(const struct ob_mutation *mutation, struct ob_deviation *deviation)
{
    unsigned op = random_op(mutation);
    if (op == OB_DEVIATION_OPS)
        return false;
    *deviation = (struct ob_deviation){
        .op = (uint8_t)op,
        .mode = (uint8_t)ob_rng_below(mutation->rng, 12), /* a multiple of each op's modes */
        .which = random_selector(mutation),
        .awaited = random_selector(mutation),
        .amount = random_amount(mutation, op),
    };
    deviation->awaited.nth = random_ordinal(mutation->rng);
    if (op == OB_WALK)
        ob_random_walk(mutation->rng, deviation);
    if (op == OB_DRAW && !ob_random_once_in(mutation->rng, 3))
        deviation->which = (struct ob_selector){0};
    ob_deviation_canonicalise(mutation->vocabulary, deviation);
    return true;
}

/* Puts `changed` in the place of a deviation; false when it is the same. */
static bool replace(const struct ob_mutation *mutation, unsigned index,
                    struct ob_deviation *changed)
{
    struct ob_scenario *scenario = mutation->scenario;
    ob_deviation_canonicalise(mutation->vocabulary, changed);
    if (ob_deviation_compare(&scenario->deviations[index], changed) == 0)
        return false;
    scenario->deviations[index] = *changed;
    ob_scenario_sort(scenario);
    return true;
}

static unsigned random_index(const struct ob_mutation *mutation)
{
    return ob_rng_below(mutation->rng, mutation->scenario->deviation_count);
}

static void nudge_ordinal(struct ob_rng *rng, uint8_t *ordinal)
{
    uint32_t choice = ob_rng_below(rng, 4);
    if (choice <= 1)
        *ordinal = (uint8_t)(*ordinal + 1);
    else if (choice == 2)
        *ordinal = (uint8_t)(*ordinal - 1);
    else
        *ordinal = random_ordinal(rng);
}

/* Changes one field of one of the selectors; of a walk, where it begins or ends. */
static void retarget(const struct ob_mutation *mutation, struct ob_deviation *deviation)
{
    if (deviation->op == OB_WALK) {
        ob_random_walk_bounds(mutation->rng, &deviation->walk);
        return;
    }
    bool awaits = ob_deviation_fields(deviation->op) & OB_USES_AWAITED;
    struct ob_selector drawn = random_selector(mutation);
    struct ob_selector *changed = &deviation->which;
    if (awaits && ob_random_once_in(mutation->rng, 2))
        changed = &deviation->awaited;
    switch (ob_rng_below(mutation->rng, 4)) {
    case 0:
        changed->from = drawn.from;
        break;
    case 1:
        changed->to = drawn.to;
        break;
    case 2:
        changed->kind = drawn.kind;
        break;
    default:
        nudge_ordinal(mutation->rng, &changed->nth);
        break;
    }
}

static void change_amount(const struct ob_mutation *mutation, struct ob_deviation *deviation)
{
    if (deviation->op == OB_WALK)
        ob_nudge_walk(mutation->rng, deviation);
    else if (deviation->op == OB_DRAW || deviation->op == OB_CHOOSE)
        deviation->amount = random_amount(mutation, deviation->op);
    else
        deviation->amount =
            ob_durations_nudge(&mutation->vocabulary->durations, deviation->amount, mutation->rng);
}

bool ob_step_insert_deviation(const struct ob_mutation *mutation)
{
    struct ob_deviation deviation;
    return ob_mutation_has_room(mutation, 1) && random_deviation(mutation, &deviation) &&
           ob_scenario_insert_deviation(mutation->scenario, &deviation);
}

bool ob_step_remove_deviation(const struct ob_mutation *mutation)
{
    if (mutation->scenario->deviation_count == 0)
        return false;
    ob_scenario_remove_deviation(mutation->scenario, random_index(mutation));
    return true;
}

/* Adds one that differs from another in one thing. */
bool ob_step_vary_deviation(const struct ob_mutation *mutation)
{
    struct ob_scenario *scenario = mutation->scenario;
    if (scenario->deviation_count == 0)
        return false;
    struct ob_deviation deviation = scenario->deviations[random_index(mutation)];
    if (deviation.op == OB_DRAW || deviation.op == OB_WALK || ob_random_once_in(mutation->rng, 4))
        change_amount(mutation, &deviation);
    else
        retarget(mutation, &deviation);
    ob_deviation_canonicalise(mutation->vocabulary, &deviation);
    return ob_mutation_has_room(mutation, ob_deviation_record_count(&deviation)) &&
           ob_scenario_insert_deviation(scenario, &deviation);
}

bool ob_step_retarget_deviation(const struct ob_mutation *mutation)
{
    if (mutation->scenario->deviation_count == 0)
        return false;
    unsigned index = random_index(mutation);
    struct ob_deviation deviation = mutation->scenario->deviations[index];
    retarget(mutation, &deviation);
    return replace(mutation, index, &deviation);
}

/* Which one it hits is what decides most often, hence a step of its own. */
bool ob_step_change_nth(const struct ob_mutation *mutation)
{
    if (mutation->scenario->deviation_count == 0)
        return false;
    unsigned index = random_index(mutation);
    struct ob_deviation deviation = mutation->scenario->deviations[index];
    nudge_ordinal(mutation->rng, &deviation.which.nth);
    return replace(mutation, index, &deviation);
}

bool ob_step_change_amount(const struct ob_mutation *mutation)
{
    if (mutation->scenario->deviation_count == 0)
        return false;
    unsigned index = random_index(mutation);
    struct ob_deviation deviation = mutation->scenario->deviations[index];
    change_amount(mutation, &deviation);
    return replace(mutation, index, &deviation);
}

bool ob_step_change_mode(const struct ob_mutation *mutation)
{
    if (mutation->scenario->deviation_count == 0)
        return false;
    unsigned index = random_index(mutation);
    struct ob_deviation deviation = mutation->scenario->deviations[index];
    unsigned modes = ob_deviation_mode_count(deviation.op);
    if (modes < 2)
        return false;
    deviation.mode =
        (uint8_t)((deviation.mode + 1 + ob_rng_below(mutation->rng, modes - 1)) % modes);
    return replace(mutation, index, &deviation);
}
