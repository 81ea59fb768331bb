#include "search/operands.h"

/* One in so many times a neighbour is taken, for comparisons by order. */
#define NEIGHBOUR_ONE_IN 4

static bool in_range(const struct ob_arg *arg, uint32_t value)
{
    return value >= arg->min && value <= arg->max;
}

bool ob_mutate_operand(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario,
                       const struct ob_operands *operands, struct ob_rng *rng)
{
    uint32_t stored = operands->count < OB_OPERANDS_MAX ? operands->count : OB_OPERANDS_MAX;
    uint32_t matches = 0;
    uint32_t *place = NULL;
    uint32_t value = 0;
    for (unsigned index = 0; index < scenario->message_count; index++) {
        struct ob_input_message *message = &scenario->messages[index];
        const struct ob_arg *args = vocabulary->messages[message->kind].args;
        for (unsigned arg = 0; arg < OB_ARGS_MAX && args[arg].name; arg++) {
            for (uint32_t at = 0; at < stored; at++) {
                uint32_t one = operands->pairs[at].one;
                uint32_t other = operands->pairs[at].other;
                uint32_t wanted = one == message->args[arg] ? other : one;
                if ((one != message->args[arg] && other != message->args[arg]) ||
                    !in_range(&args[arg], wanted))
                    continue;
                /* Each match is as likely as any other. */
                if (ob_rng_below(rng, ++matches) > 0)
                    continue;
                place = &message->args[arg];
                value = wanted;
                uint32_t near = ob_rng_below(rng, 2) ? wanted + 1 : wanted - 1;
                if (ob_rng_below(rng, NEIGHBOUR_ONE_IN) == 0 && in_range(&args[arg], near))
                    value = near;
            }
        }
    }
    if (!place)
        return false;
    *place = value;
    return true;
}
