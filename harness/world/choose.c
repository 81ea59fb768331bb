/* Choices that the scenario makes: what a deviation says, or a walk draws, and 0 otherwise. */
#include "world/access_note.h"
#include "world/leave.h"

#define PLAIN_ONE_IN 2u   /* walks that mostly choose what is plain */
#define STRIKES_ONE_IN 8u /* and how often these choose something else */

/* Depends on nothing but the walk and the choice, so that it stays what it is when others are made
 * before it or no more. */
static uint32_t draw(const struct ob_world *world, const struct ob_chosen *choice)
{
    uint64_t place = (uint64_t)choice->ordinal << 16 | (uint64_t)choice->actor << 8 | choice->point;
    struct ob_rng rng = {.state = ob_mix64(world->walk.seed ^ ob_mix64(place + 1))};
    bool is_plain = world->walk.seed % PLAIN_ONE_IN == 0;
    if (is_plain && ob_rng_below(&rng, STRIKES_ONE_IN) > 0)
        return 0;
    return ob_rng_below(&rng, choice->count);
}

static bool selects(const struct ob_selector *which, const struct ob_chosen *choice)
{
    return which->to == choice->actor && which->kind == choice->point &&
           (which->nth == 0 || which->nth - 1u == choice->ordinal);
}

/* Of several deviations the last decides. Returns whether there is one. */
static bool decide(struct ob_world *world, struct ob_chosen *choice)
{
    unsigned decides = OB_DEVIATIONS_MAX;
    for (uint64_t left = world->run.choices.deviations; left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        if (selects(&world->run.scenario->deviations[index].which, choice))
            decides = index;
    }
    if (decides == OB_DEVIATIONS_MAX)
        return false;
    choice->value = world->run.scenario->deviations[decides].amount % choice->count;
    if (choice->value > 0)
        world->run.deviations.applied |= UINT64_C(1) << decides;
    return true;
}

/* One that is not kept could not be written as a deviation: it is not drawn either. */
static bool keeps(const struct ob_world *world, const struct ob_chosen *choice)
{
    return choice->ordinal <= OB_CHOSEN_ORDINAL_MAX && world->run.choices.count < OB_CHOSEN_MAX;
}

unsigned ob_choose_at(struct ob_actor *self, unsigned point, unsigned count)
{
    struct ob_world *world = self->world;
    ob_require_actor(self, "ob_choose");
    if (point >= ob_vocabulary_choices(&world->vocabulary))
        ob_defect(world,
                  "%s chooses at point %u, but the target names %u in its choices; add a name, or "
                  "use ob_choose()",
                  ob_name(self), point, world->vocabulary.choice_count);
    if (count < 1 || count > OB_ALTERNATIVES_MAX)
        ob_defect(world, "%s chooses among %u alternatives; there are from 1 to %u", ob_name(self),
                  count, OB_ALTERNATIVES_MAX);
    if (count == 1)
        return 0;
    struct ob_chosen choice = {.delivery = world->run.log.current,
                               .ordinal = self->chosen_counts[point]++,
                               .count = count,
                               .actor = self->id,
                               .point = (uint8_t)point};
    world->vocabulary.ops_allowed |= 1u << OB_CHOOSE;
    bool is_kept = keeps(world, &choice);
    if (!decide(world, &choice) && world->run.walking && is_kept) {
        choice.value = draw(world, &choice);
        choice.is_drawn = true;
    }
    if (world->access)
        ob_access_choice(world->access, &choice);
    if (is_kept)
        world->run.choices.list[world->run.choices.count++] = choice;
    assert(choice.value < count);
    return choice.value;
}

unsigned ob_choose(struct ob_actor *self, unsigned count)
{
    return ob_choose_at(self, 0, count);
}
