#include "search/schedule_mutation.h"

#include <string.h>

#include "scenario/edit.h"
#include "search/aim.h"
#include "search/schedule_step.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

/* How often each step is tried, out of their sum; the second number where faults are legal.
 * Measured on the ladder of hard targets: random orders find what needs several constraints at
 * once, reversals what shows each of them. */
static const struct {
    ob_schedule_step *step;
    unsigned weight;
    unsigned weight_with_faults;
    enum ob_schedule_part part;
    bool reorders; /* and does nothing else */
} steps[] = {
    {ob_schedule_shuffle, 14, 14, OB_SCHEDULE_ORDERS, true},
    {ob_schedule_reverse, 4, 4, OB_SCHEDULE_ORDERS, true},
    {ob_schedule_meet, 2, 2, OB_SCHEDULE_ORDERS, false},
    {ob_schedule_strike, 3, 12, OB_SCHEDULE_STRIKES, false},
    {ob_schedule_relax, 1, 1, OB_SCHEDULE_ORDERS, false},
};
#define STEPS (sizeof steps / sizeof *steps)
#define TRIES_MAX 6

bool ob_schedule_wants(const struct ob_schedule *schedule, unsigned op)
{
    return schedule->options->ops == 0 || schedule->options->ops >> op & 1;
}

bool ob_schedule_strike(struct ob_schedule *schedule)
{
    uint32_t ops = schedule->options->ops ? schedule->options->ops : UINT32_MAX;
    struct ob_deviation aimed;
    return ob_aim(schedule->world, ops, schedule->options->no_classes, schedule->rng, &aimed) &&
           ob_schedule_add(schedule, aimed);
}

bool ob_schedule_add(struct ob_schedule *schedule, struct ob_deviation deviation)
{
    struct ob_scenario *scenario = schedule->scenario;
    if (!ob_schedule_wants(schedule, deviation.op))
        return false;
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
    if (ob_scenario_record_count(scenario) + ob_deviation_record_count(&deviation) >
        schedule->records_max)
        return false;
    return ob_scenario_insert_deviation(scenario, &deviation);
}

static enum ob_granularity random_granularity(const struct ob_schedule *schedule)
{
    if (schedule->options->no_classes)
        return OB_BY_MESSAGE;
    static const enum ob_granularity choices[] = {OB_BY_KIND, OB_BY_KIND, OB_BY_SENDER,
                                                  OB_BY_MESSAGE};
    return choices[ob_rng_below(schedule->rng, 4)];
}

/* Actors that get two things at least, a timer that did not fire among them. */
static void find_candidates(struct ob_schedule *schedule)
{
    uint32_t events[OB_ACTORS_MAX + 1] = {0};
    const struct ob_world *world = schedule->world;
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++)
        events[ob_world_delivery(world, index)->actor]++;
    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++)
        if (ob_world_is_timer(world, sent))
            events[ob_world_sent(world, sent)->to]++;
    for (unsigned actor = 1; actor <= ob_world_vocabulary(world)->actor_count; actor++) {
        if (events[actor] < 2)
            continue;
        schedule->candidates[schedule->candidate_count++] = (uint8_t)actor;
        schedule->candidate_events += events[actor];
        schedule->events_up_to[schedule->candidate_count - 1] = schedule->candidate_events;
    }
}

/* Preferring actors that get much, where orders are many, or giving each its turn. */
static unsigned draw_candidate(const struct ob_schedule *schedule)
{
    if (ob_rng_below(schedule->rng, 2) == 0)
        return schedule->candidates[ob_rng_below(schedule->rng, schedule->candidate_count)];
    uint32_t event = ob_rng_below(schedule->rng, schedule->candidate_events);
    unsigned index = 0;
    while (schedule->events_up_to[index] <= event)
        index++;
    return schedule->candidates[index];
}

void ob_schedule_read_groups(struct ob_schedule *schedule, unsigned actor)
{
    enum ob_granularity granularity = random_granularity(schedule);
    bool all =
        ob_groups_read(&schedule->groups, schedule->world, actor, granularity, schedule->rng);
    /* A sample of too many leaves out most of what matters; kinds are few. */
    if (!all && !schedule->options->no_classes && ob_rng_below(schedule->rng, 8) > 0)
        (void)ob_groups_read(&schedule->groups, schedule->world, actor, OB_BY_KIND, schedule->rng);
}

bool ob_schedule_choose_actor(struct ob_schedule *schedule)
{
    for (unsigned tries = 0; tries < TRIES_MAX && schedule->candidate_count > 0; tries++) {
        ob_schedule_read_groups(schedule, draw_candidate(schedule));
        if (schedule->groups.count > 1)
            return true;
    }
    return false;
}

static unsigned weight_of(const struct ob_schedule *schedule, size_t index)
{
    uint32_t latencies = 1u << OB_DELAY | 1u << OB_REORDER | 1u << OB_DRAW | 1u << OB_WALK;
    uint32_t wanted = schedule->options->ops ? schedule->options->ops : UINT32_MAX;
    bool faults = ob_world_vocabulary(schedule->world)->ops_allowed & wanted & ~latencies;
    if (schedule->parts && !(schedule->parts & steps[index].part))
        return 0;
    if (steps[index].reorders && !ob_schedule_wants(schedule, OB_REORDER))
        return 0;
    return faults ? steps[index].weight_with_faults : steps[index].weight;
}

static ob_schedule_step *random_step(const struct ob_schedule *schedule)
{
    unsigned total = 0;
    for (size_t index = 0; index < STEPS; index++)
        total += weight_of(schedule, index);
    unsigned left = ob_rng_below(schedule->rng, total);
    size_t index = 0;
    for (; left >= weight_of(schedule, index); index++)
        left -= weight_of(schedule, index);
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
                                   .parts = options->parts,
                                   .rng = rng};
    if (scenario->message_count == 0 || ob_scenario_record_count(scenario) > records_max)
        return false;
    (void)ob_world_run(world, scenario);
    find_candidates(&schedule);
    bool changed = false;
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        if (!random_step(&schedule)(&schedule))
            continue;
        /* One run shows enough for several steps. The first is the one that was asked for. */
        changed = true;
        schedule.parts = 0;
        if (ob_rng_below(rng, 2) == 0)
            break;
    }
    return changed;
}
