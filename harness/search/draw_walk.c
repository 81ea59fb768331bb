#include <assert.h>

#include "search/draw_walk.h"

#include "scenario/edit.h"
#include "scenario/mutate.h"
#include "search/aim.h"
#include "world/run.h"

/* Walks that strike faults, where some are legal, in tenths; and how many at most. */
#define STRIKING_IN_TEN 3u
#define FAULTS_MAX 4u
#define AIM_TRIES 8u

/* Of PCT: races that need more ordered constraints are rare. */
#define DEPTH_MAX 5u

/* What a walk draws itself. */
#define DRAWN_OPS                                                                                  \
    (1u << OB_DELAY | 1u << OB_REORDER | 1u << OB_PREEMPT | 1u << OB_DRAW | 1u << OB_WALK)

/* How often a strategy is drawn, out of their sum. On protocols of a few actors pct and pos need
 * half or a third of the walks that random needs; on others random is the best by as much. */
static const unsigned weights[OB_WALK_STRATEGIES] = {
    [OB_WALK_RANDOM] = 1, [OB_WALK_PCT] = 2, [OB_WALK_POS] = 2};

static enum ob_walk_strategy draw_strategy(struct ob_rng *rng)
{
    unsigned total = 0;
    unsigned strategy = 0;
    for (unsigned at = 0; at < OB_WALK_STRATEGIES; at++)
        total += weights[at];
    for (unsigned left = ob_rng_below(rng, total); left >= weights[strategy]; strategy++) {
        left -= weights[strategy];
        assert(strategy + 1 < OB_WALK_STRATEGIES);
    }
    return (enum ob_walk_strategy)strategy;
}

struct faults {
    unsigned count;
    struct ob_deviation list[FAULTS_MAX];
};

/* Aims faults at messages of a scenario's run. */
static void aim(const struct ob_walk_drawing *drawing, const struct ob_scenario *scenario,
                struct faults *faults)
{
    uint32_t ops = drawing->vocabulary->ops_allowed & OB_AIMED_FAULTS;
    unsigned wanted = 1;
    (void)ob_world_run(drawing->world, scenario);
    while (wanted < FAULTS_MAX && ob_rng_below(drawing->rng, 2) == 0)
        wanted++;
    for (unsigned tries = 0; tries < AIM_TRIES && faults->count < wanted; tries++)
        if (ob_aim(drawing->world, ops, false, drawing->rng, &faults->list[faults->count]))
            faults->count++;
}

/* How many steps the run of a workload takes, as far as is known. */
static uint32_t guess_steps(const struct ob_walk_drawing *drawing,
                            const struct ob_scenario *scenario)
{
    uint64_t steps = (uint64_t)drawing->steps_per_message * scenario->message_count / 256;
    return steps > 0 ? (uint32_t)steps : scenario->message_count * 4;
}

/* Makes room for faults and a walk, and adds them. */
static void complete(const struct ob_walk_drawing *drawing, struct ob_scenario *scenario,
                     const struct faults *faults)
{
    struct ob_rng *rng = drawing->rng;
    while (scenario->deviation_count >= OB_DEVIATIONS_MAX - FAULTS_MAX)
        ob_scenario_remove_deviation(scenario, ob_rng_below(rng, scenario->deviation_count));
    while (ob_scenario_record_count(scenario) >= drawing->records_max && scenario->message_count)
        ob_scenario_remove_message(scenario, ob_rng_below(rng, scenario->message_count));
    for (unsigned index = 0; index < faults->count; index++) {
        /* The walk needs a record as well. */
        const struct ob_deviation *fault = &faults->list[index];
        if (ob_scenario_record_count(scenario) + ob_deviation_record_count(fault) <
            drawing->records_max)
            (void)ob_scenario_insert_deviation(scenario, fault);
    }
    /* One draw a statement: compilers differ in the order in which they evaluate arguments. */
    struct ob_walk walk = {.hint = ob_hint_round(guess_steps(drawing, scenario))};
    walk.depth = (uint8_t)(1 + ob_rng_below(rng, DEPTH_MAX));
    walk.late = (uint8_t)ob_rng_below(rng, OB_LATE_RATES);
    enum ob_walk_strategy strategy = draw_strategy(rng);
    struct ob_deviation record = ob_walk_deviation(strategy, (uint32_t)ob_rng_next(rng), walk);
    if (ob_scenario_record_count(scenario) < drawing->records_max)
        (void)ob_scenario_insert_deviation(scenario, &record);
}

static bool strikes(const struct ob_walk_drawing *drawing, const struct ob_scenario *executed)
{
    return (drawing->vocabulary->ops_allowed & OB_AIMED_FAULTS) && executed->message_count > 0 &&
           ob_rng_below(drawing->rng, 10) < STRIKING_IN_TEN;
}

static void remove_deviations(struct ob_scenario *scenario, uint32_t ops)
{
    for (unsigned index = scenario->deviation_count; index-- > 0;)
        if (ops >> scenario->deviations[index].op & 1)
            ob_scenario_remove_deviation(scenario, index);
}

unsigned ob_draw_walk_fresh(const struct ob_walk_drawing *drawing,
                            const struct ob_scenario *executed, struct ob_scenario *scenario)
{
    struct faults faults = {0};
    bool is_striking = strikes(drawing, executed);
    if (is_striking) {
        aim(drawing, executed, &faults);
        ob_scenario_copy(scenario, executed);
        remove_deviations(scenario, UINT32_MAX);
    } else {
        ob_fresh_workload(drawing->vocabulary, scenario, OB_WORKLOAD_MESSAGES_MAX,
                          drawing->records_max > 1 ? drawing->records_max - 1 : 1, drawing->rng);
    }
    complete(drawing, scenario, &faults);
    return is_striking;
}

unsigned ob_draw_walk_over(const struct ob_walk_drawing *drawing, struct ob_scenario *scenario)
{
    struct faults faults = {0};
    bool is_striking = strikes(drawing, scenario);
    if (is_striking)
        aim(drawing, scenario, &faults);
    if (ob_rng_below(drawing->rng, 2) == 0)
        ob_mutate(drawing->vocabulary, scenario, drawing->records_max, drawing->rng);
    remove_deviations(scenario, ob_rng_below(drawing->rng, 2) ? UINT32_MAX : DRAWN_OPS);
    complete(drawing, scenario, &faults);
    return is_striking;
}
