/* The values that mutation tries: those at which programs change what they do. */
#include <assert.h>

#include "scenario/mutate_step.h"

bool ob_random_once_in(struct ob_rng *rng, uint32_t times)
{
    return ob_rng_below(rng, times) == 0;
}

uint32_t ob_random_log(struct ob_rng *rng, unsigned bits)
{
    assert(bits >= 1 && bits <= 32);
    unsigned length = ob_rng_below(rng, bits + 1);
    uint64_t mask = ((uint64_t)1 << length) - 1;
    return (uint32_t)(ob_rng_next(rng) & mask);
}

uint32_t ob_random_duration(struct ob_rng *rng)
{
    if (ob_random_once_in(rng, 8))
        return 0;
    /* 2^17 µs is 131 ms, 2^24 µs 17 s. */
    unsigned bits = ob_random_once_in(rng, 16) ? 32 : ob_random_once_in(rng, 2) ? 24 : 17;
    return ob_duration_round(ob_random_log(rng, bits));
}

uint32_t ob_random_nudge(struct ob_rng *rng, uint32_t duration_us)
{
    uint16_t code = ob_duration_encode(duration_us);
    switch (ob_rng_below(rng, 6)) {
    case 0:
        return ob_duration_round((uint64_t)duration_us * 2);
    case 1:
        return ob_duration_round(duration_us / 2);
    case 2:
        return duration_us < OB_DURATION_US_MAX ? ob_duration_decode((uint16_t)(code + 1)) : 0;
    case 3:
        return code > 0 ? ob_duration_decode((uint16_t)(code - 1)) : 1;
    case 4:
        return 0;
    default:
        return ob_random_duration(rng);
    }
}

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
