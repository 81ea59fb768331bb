#include "engine/parents.h"

#include "scenario/edit.h"

#include <string.h>

/* How many count as the latest. */
#define LATEST 8u

bool ob_has_walk(const struct ob_scenario *scenario)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if (scenario->deviations[index].op == OB_WALK)
            return true;
    return false;
}

void ob_strip_walks(struct ob_scenario *scenario)
{
    for (unsigned index = scenario->deviation_count; index-- > 0;)
        if (scenario->deviations[index].op == OB_WALK)
            ob_scenario_remove_deviation(scenario, index);
}

static unsigned kept(const struct ob_parents *parents)
{
    return parents->count < OB_PARENTS_MAX ? parents->count : OB_PARENTS_MAX;
}

void ob_parents_add(struct ob_parents *parents, const struct ob_vocabulary *vocabulary,
                    const struct ob_scenario *scenario)
{
    uint8_t bytes[OB_PARENT_BYTES_MAX];

    if (ob_has_walk(scenario) ||
        ob_scenario_record_count(scenario) * OB_RECORD_SIZE > OB_PARENT_BYTES_MAX)
        return;
    size_t size = ob_scenario_encode(vocabulary, scenario, bytes, sizeof bytes);
    for (unsigned index = 0; index < kept(parents); index++)
        if (parents->list[index].size == size &&
            memcmp(parents->list[index].bytes, bytes, size) == 0)
            return;
    unsigned place = parents->count++ % OB_PARENTS_MAX;
    parents->list[place].size = (uint16_t)size;
    parents->have_messages |= scenario->message_count > 0;
    memcpy(parents->list[place].bytes, bytes, size);
}

bool ob_parents_draw(const struct ob_parents *parents, const struct ob_vocabulary *vocabulary,
                     struct ob_rng *rng, struct ob_scenario *scenario)
{
    unsigned count = kept(parents);

    if (count == 0)
        return false;
    unsigned among = ob_rng_below(rng, 2) && count > LATEST ? LATEST : count;
    unsigned place = (parents->count - 1 - ob_rng_below(rng, among)) % OB_PARENTS_MAX;
    ob_scenario_decode(vocabulary, parents->list[place].bytes, parents->list[place].size, scenario);
    return true;
}
