#include "search/alternatives.h"

#include <assert.h>

#include "scenario/edit.h"
#include "world/fault_point.h"

bool ob_alternatives_write(const struct ob_alternatives *alternatives, struct ob_scenario *scenario)
{
    bool fits = true;
    for (unsigned index = scenario->deviation_count; index-- > 0;)
        if (scenario->deviations[index].op == OB_CHOOSE)
            ob_scenario_remove_deviation(scenario, index);
    for (uint32_t at = 0; at < alternatives->count && fits; at++) {
        const struct ob_chosen *choice = &alternatives->choices[at];
        const struct ob_deviation deviation = {.op = OB_CHOOSE,
                                               .which = {.to = (uint8_t)choice->actor,
                                                         .kind = choice->point,
                                                         .nth = (uint8_t)(choice->ordinal + 1)},
                                               .amount = choice->value};
        if (choice->value > 0)
            fits = choice->ordinal <= OB_CHOSEN_ORDINAL_MAX && choice->value <= UINT16_MAX &&
                   ob_scenario_insert_deviation(scenario, &deviation);
    }
    return fits;
}

static bool is_same(const struct ob_chosen *one, const struct ob_chosen *other)
{
    return one->actor == other->actor && one->point == other->point &&
           one->ordinal == other->ordinal;
}

static void add(struct ob_alternatives *alternatives, const struct ob_chosen *seen)
{
    for (uint32_t at = 0; at < alternatives->count; at++) {
        struct ob_chosen *known = &alternatives->choices[at];
        if (!is_same(known, seen))
            continue;
        if (known->count < seen->count)
            known->count = seen->count;
        return;
    }
    assert(alternatives->count < OB_CHOICES_NOTED);
    alternatives->choices[alternatives->count] = *seen;
    alternatives->choices[alternatives->count++].value = 0;
}

void ob_alternatives_add(struct ob_alternatives *alternatives, struct ob_access *access)
{
    for (uint32_t at = 0; at < access->choice_count; at++)
        if (alternatives->count == OB_CHOICES_NOTED)
            access->more_choices = true;
        else
            add(alternatives, &access->choices[at]);
    access->choice_count = 0;
}

/* Of amounts from 1 on: 1, the middle, and the most. */
static uint32_t next_amount(struct ob_alternatives *alternatives, const struct ob_chosen *choice)
{
    const uint32_t most = choice->count - 1;
    const uint32_t tried[] = {1, choice->count / 2, most};
    uint32_t next = choice->count;
    for (unsigned at = 3; at-- > 0;)
        if (tried[at] > choice->value)
            next = tried[at];
    alternatives->has_left_amounts |= next < choice->count && next > choice->value + 1;
    return next;
}

bool ob_alternatives_next(struct ob_alternatives *alternatives, const struct ob_world *world)
{
    while (alternatives->count > 0) {
        struct ob_chosen *last = &alternatives->choices[alternatives->count - 1];
        const struct ob_fault_point *point = ob_world_fault_point(world, last->point);
        last->value = point && point->is_amount ? next_amount(alternatives, last) : last->value + 1;
        if (last->value < last->count)
            return true;
        alternatives->count--;
    }
    return false;
}
