#include "search/schedule_mutation.h"

#include <string.h>

#include "scenario/edit.h"
#include "search/schedule_step.h"

/* How often each step is tried, out of their sum. Measured on the ladder of hard targets: random
 * orders find what needs several constraints at once, reversals what shows each of them. */
static const struct {
    ob_schedule_step *step;
    unsigned weight;
} steps[] = {
    {ob_schedule_shuffle, 10},
    {ob_schedule_reverse, 5},
    {ob_schedule_strike, 5},
    {ob_schedule_relax, 1},
};
#define STEPS (sizeof steps / sizeof *steps)
#define TRIES_MAX 6

bool ob_schedule_add(struct ob_schedule *schedule, struct ob_deviation deviation)
{
    struct ob_scenario *scenario = schedule->scenario;
    ob_deviation_canonicalise(ob_world_vocabulary(schedule->world), &deviation);
    for (unsigned index = 0; index < scenario->deviation_count && deviation.op == OB_REORDER;
         index++) {
        const struct ob_deviation *other = &scenario->deviations[index];
        if (other->op != OB_REORDER ||
            memcmp(&other->which, &deviation.which, sizeof deviation.which) != 0)
            continue;
        ob_scenario_remove_deviation(scenario, index);
        return ob_scenario_insert_deviation(scenario, &deviation);
    }
    if (ob_scenario_record_count(scenario) + 1 > schedule->records_max)
        return false;
    return ob_scenario_insert_deviation(scenario, &deviation);
}

enum ob_granularity ob_schedule_granularity(const struct ob_schedule *schedule)
{
    if (schedule->options->no_classes)
        return OB_BY_MESSAGE;
    static const enum ob_granularity choices[] = {OB_BY_KIND, OB_BY_KIND, OB_BY_SENDER,
                                                  OB_BY_MESSAGE};
    return choices[ob_rng_below(schedule->rng, 4)];
}

bool ob_schedule_choose_actor(struct ob_schedule *schedule)
{
    unsigned actors = ob_world_vocabulary(schedule->world)->actor_count;
    uint32_t deliveries = ob_world_delivery_count(schedule->world);
    for (unsigned tries = 0; tries < TRIES_MAX && deliveries > 1; tries++) {
        /* Drawing a delivery prefers the actors that get much, where orders are many; drawing an
         * actor gives the others their turn. */
        unsigned actor =
            ob_rng_below(schedule->rng, 2) == 0
                ? ob_world_delivery(schedule->world, ob_rng_below(schedule->rng, deliveries))->actor
                : 1 + ob_rng_below(schedule->rng, actors);
        ob_groups_read(&schedule->groups, schedule->world, actor, ob_schedule_granularity(schedule),
                       schedule->rng);
        if (schedule->groups.count > 1)
            return true;
    }
    return false;
}

static ob_schedule_step *random_step(struct ob_rng *rng)
{
    unsigned total = 0;
    for (size_t index = 0; index < STEPS; index++)
        total += steps[index].weight;
    unsigned left = ob_rng_below(rng, total);
    size_t index = 0;
    for (; left >= steps[index].weight; index++)
        left -= steps[index].weight;
    return steps[index].step;
}

bool ob_schedule_relax(struct ob_schedule *schedule)
{
    struct ob_scenario *scenario = schedule->scenario;
    if (scenario->deviation_count == 0)
        return false;
    ob_scenario_remove_deviation(scenario, ob_rng_below(schedule->rng, scenario->deviation_count));
    return true;
}

bool ob_mutate_schedule(struct ob_world *world, struct ob_scenario *scenario, size_t records_max,
                        const struct ob_schedule_options *options, struct ob_rng *rng)
{
    struct ob_schedule schedule = {.world = world,
                                   .scenario = scenario,
                                   .records_max = records_max,
                                   .options = options,
                                   .rng = rng};
    if (scenario->message_count == 0 || ob_scenario_record_count(scenario) > records_max)
        return false;
    (void)ob_world_run(world, scenario);
    for (unsigned tries = 0; tries < TRIES_MAX; tries++)
        if (random_step(rng)(&schedule))
            return true;
    return false;
}
