#include "engine/swarm.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "scenario/edit.h"

#define ALL_OPS ((1u << OB_DEVIATION_OPS) - 1)

/* A power of two from `least` to `most`, both powers of two. */
static unsigned draw_limit(unsigned least, unsigned most, struct ob_rng *rng)
{
    unsigned steps = 1;
    for (unsigned limit = least; limit < most; limit *= 2)
        steps++;
    return least << ob_rng_below(rng, steps);
}

static unsigned count_ops(uint32_t ops)
{
    unsigned count = 0;
    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++)
        count += ops >> op & 1;
    return count;
}

/* The nth of a set. */
static uint32_t single_op(uint32_t ops, unsigned nth)
{
    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++)
        if (ops >> op & 1 && nth-- == 0)
            return 1u << op;
    return 0;
}

struct ob_swarm ob_swarm_draw(uint64_t seed, uint32_t ops_allowed)
{
    struct ob_rng rng = {.state = seed};
    uint32_t possible = ops_allowed & ALL_OPS ? ops_allowed & ALL_OPS : ALL_OPS;
    struct ob_swarm swarm = {0};

    /* A draw for every op, so that the same seed leaves out the same ops of every target. */
    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++)
        swarm.ops |= ob_rng_below(&rng, 2) << op;
    swarm.ops &= possible;
    uint32_t instead = single_op(possible, ob_rng_below(&rng, count_ops(possible)));
    if (swarm.ops == 0)
        swarm.ops = instead;
    swarm.messages_max = draw_limit(4, OB_MESSAGES_MAX, &rng);
    swarm.deviations_max = draw_limit(2, OB_DEVIATIONS_MAX, &rng);
    assert(swarm.ops != 0 && (swarm.ops & ~possible) == 0);
    return swarm;
}

void ob_swarm_describe(const struct ob_swarm *swarm, struct ob_text *text)
{
    const char *separator = "";

    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++) {
        if (!(swarm->ops >> op & 1))
            continue;
        ob_text_printf(text, "%s%s", separator, ob_deviation_name(op));
        separator = ", ";
    }
    ob_text_printf(text, "; at most %u messages, %u deviations", swarm->messages_max,
                   swarm->deviations_max);
}

struct ob_swarm ob_swarm_read(uint32_t ops_allowed)
{
    const char *value = getenv("OFFBEAT_SWARM");
    struct ob_text text = {0};
    char *end;

    if (value == NULL || value[0] == '\0')
        return (struct ob_swarm){0};
    errno = 0;
    uint64_t seed = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0) {
        fprintf(stderr, "offbeat: OFFBEAT_SWARM: \"%s\" is not a number that fits 64 bits\n",
                value);
        exit(2);
    }
    struct ob_swarm swarm = ob_swarm_draw(seed, ops_allowed);
    ob_swarm_describe(&swarm, &text);
    fprintf(stderr, "offbeat: swarm %s: %s\n", value, ob_text_string(&text));
    ob_text_release(&text);
    return swarm;
}

void ob_swarm_prune(const struct ob_swarm *swarm, struct ob_scenario *scenario, struct ob_rng *rng)
{
    if (swarm->ops == 0 || scenario->message_count == 0)
        return;
    for (unsigned index = scenario->deviation_count; index-- > 0;)
        if (!(swarm->ops >> scenario->deviations[index].op & 1))
            ob_scenario_remove_deviation(scenario, index);
    while (scenario->deviation_count > swarm->deviations_max)
        ob_scenario_remove_deviation(scenario, ob_rng_below(rng, scenario->deviation_count));
    while (scenario->message_count > swarm->messages_max)
        ob_scenario_remove_message(scenario, ob_rng_below(rng, scenario->message_count));
}
