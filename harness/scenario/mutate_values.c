/* The values that mutation tries: those at which programs change what they do. */
#include <assert.h>

#include "scenario/mutate_step.h"

/* An argument of any message of the scenario, or 0: values that were used once are names of things.
 */
static uint32_t used_value(const struct ob_mutation *mutation)
{
    const struct ob_scenario *scenario = mutation->scenario;
    if (scenario->message_count == 0)
        return 0;
    unsigned index = ob_rng_below(mutation->rng, scenario->message_count);
    const struct ob_input_message *message = &scenario->messages[index];
    int outside = ob_vocabulary_find_outside(mutation->vocabulary, message->kind);
    assert(outside >= 0);
    unsigned arg_count = mutation->vocabulary->outside[outside].arg_count;
    return arg_count > 0 ? message->args[ob_rng_below(mutation->rng, arg_count)] : 0;
}

uint32_t ob_random_arg(const struct ob_mutation *mutation, const struct ob_arg *arg)
{
    struct ob_rng *rng = mutation->rng;
    uint64_t span = (uint64_t)arg->max - arg->min + 1;
    uint32_t distance = 0;
    switch (ob_rng_below(rng, 8)) {
    case 0:
        return arg->min;
    case 1:
        return arg->max;
    case 2:
        distance = (uint32_t)(span - 1) - (uint32_t)(ob_random_log(rng, 4) % span);
        break;
    case 3:
    case 4: {
        uint32_t used = used_value(mutation);
        if (used >= arg->min && used <= arg->max)
            return used;
        distance = (uint32_t)(used % span);
        break;
    }
    case 5:
        distance = (uint32_t)((ob_rng_next(rng) >> 16) % span);
        break;
    default:
        distance = (uint32_t)(ob_random_log(rng, 32) % span);
        if (ob_random_once_in(rng, 2))
            distance = (uint32_t)(ob_random_log(rng, 4) % span);
        break;
    }
    assert(distance < span);
    return arg->min + distance;
}
