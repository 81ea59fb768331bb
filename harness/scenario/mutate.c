#include "scenario/mutate.h"

#include <assert.h>

#include "scenario/edit.h"
#include "scenario/mutate_step.h"

/* How often each step is tried, out of their sum. */
static const struct {
    ob_mutation_step *step;
    unsigned weight;
} STEPS[] = {
    {ob_step_insert_message, 12},    {ob_step_remove_message, 6},   {ob_step_move_message, 4},
    {ob_step_repeat_message, 8},     {ob_step_swap_messages, 5},    {ob_step_retarget_message, 6},
    {ob_step_change_arg, 10},        {ob_step_change_delay, 8},     {ob_step_change_payload, 10},
    {ob_step_insert_deviation, 14},  {ob_step_remove_deviation, 6}, {ob_step_vary_deviation, 3},
    {ob_step_retarget_deviation, 8}, {ob_step_change_nth, 6},       {ob_step_change_amount, 8},
    {ob_step_change_mode, 2},
};

#define STEP_COUNT (sizeof STEPS / sizeof STEPS[0])
#define TRIES_MAX 16 /* for steps that find nothing to change */

bool ob_mutation_has_room(const struct ob_mutation *mutation, size_t records)
{
    return ob_scenario_record_count(mutation->scenario) + records <= mutation->records_max;
}

static ob_mutation_step *random_step(struct ob_rng *rng)
{
    unsigned total = 0;
    for (size_t index = 0; index < STEP_COUNT; index++)
        total += STEPS[index].weight;
    unsigned left = ob_rng_below(rng, total);
    size_t index = 0;
    while (left >= STEPS[index].weight) {
        left -= STEPS[index].weight;
        index++;
        assert(index < STEP_COUNT);
    }
    return STEPS[index].step;
}

/* Takes out messages and deviations, any of them, until the rest fits. */
static void trim(struct ob_scenario *scenario, size_t records_max, struct ob_rng *rng)
{
    while (ob_scenario_record_count(scenario) > records_max) {
        unsigned count = scenario->message_count + scenario->deviation_count;
        assert(count > 0);
        unsigned index = ob_rng_below(rng, count);
        if (index < scenario->message_count)
            ob_scenario_remove_message(scenario, index);
        else
            ob_scenario_remove_deviation(scenario, index - scenario->message_count);
    }
}

void ob_mutate(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario,
               size_t records_max, struct ob_rng *rng)
{
    struct ob_mutation mutation = {vocabulary, scenario, records_max, rng};
    unsigned steps = 1;
    while (steps < 4 && ob_random_once_in(rng, 2))
        steps++;
    trim(scenario, records_max, rng);
    bool was_empty = scenario->message_count == 0 && scenario->deviation_count == 0;
    if (was_empty && !ob_step_insert_message(&mutation))
        (void)ob_step_insert_deviation(&mutation);
    for (unsigned tries = 0; tries < TRIES_MAX && steps > 0; tries++)
        if (random_step(rng)(&mutation))
            steps--;
    /* It may have shrunk to nothing again. */
    if (scenario->message_count == 0 && !ob_step_insert_message(&mutation) &&
        scenario->deviation_count == 0)
        (void)ob_step_insert_deviation(&mutation);
    assert(ob_scenario_record_count(scenario) <= records_max);
}

/* Each but one in eight, and none twice. */
static void join_deviations(const struct ob_scenario *from, struct ob_scenario *out,
                            struct ob_rng *rng)
{
    for (unsigned index = 0; index < from->deviation_count; index++) {
        const struct ob_deviation *deviation = &from->deviations[index];
        bool known = false;
        for (unsigned other = 0; other < out->deviation_count && !known; other++)
            known = ob_deviation_compare(&out->deviations[other], deviation) == 0;
        if (!known && !ob_random_once_in(rng, 8))
            (void)ob_scenario_insert_deviation(out, deviation);
    }
}

static void join_messages(const struct ob_scenario *from, unsigned begin, unsigned end,
                          struct ob_scenario *out)
{
    for (unsigned index = begin; index < end; index++) {
        const struct ob_input_message *message = &from->messages[index];
        const uint8_t *bytes = from->payload + message->bytes_start;
        if (!ob_scenario_insert_message(out, out->message_count, message, bytes))
            return;
    }
}

void ob_crossover(const struct ob_vocabulary *vocabulary, const struct ob_scenario *a,
                  const struct ob_scenario *b, struct ob_scenario *out, size_t records_max,
                  struct ob_rng *rng)
{
    assert(out != a && out != b);
    assert(vocabulary->outside_count > 0 || (a->message_count == 0 && b->message_count == 0));
    (void)vocabulary; /* what is legal in both parents stays so in their child */

    ob_scenario_clear(out);
    if (ob_random_once_in(rng, 2)) {
        /* The messages of one, which is what its deviations were found with, and the deviations of
         * both. */
        join_messages(a, 0, a->message_count, out);
    } else {
        join_messages(a, 0, ob_rng_below(rng, a->message_count + 1), out);
        join_messages(b, ob_rng_below(rng, b->message_count + 1), b->message_count, out);
    }
    join_deviations(a, out, rng);
    join_deviations(b, out, rng);
    trim(out, records_max, rng);
}
