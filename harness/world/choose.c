/* Choices that the scenario makes: what a deviation says, or a walk draws, and 0 otherwise. */
#include "world/choose.h"

#include "world/access_note.h"
#include "world/fault_point.h"
#include "world/leave.h"
#include "world/trace.h"
#include "world/walk_bounds.h"

#define PLAIN_ONE_IN 2u   /* walks that mostly choose what is plain */
#define STRIKES_ONE_IN 8u /* and how often these choose something else */

/* Walks in which a fault point is looked at, and how seldom it then strikes: once in 2 to once in
 * 256 times. */
#define FAULTY_ONE_IN 4u
#define RARITIES 8u

static uint64_t place_of(const struct ob_chosen *choice)
{
    return (uint64_t)choice->ordinal << 16 | (uint64_t)choice->actor << 8 | choice->point;
}

static uint32_t draw_fault(uint64_t seed, const struct ob_chosen *choice)
{
    uint64_t of_point = (uint64_t)(choice->point + 1u) << 40;
    struct ob_rng walk = {.state = ob_mix64(seed ^ ob_mix64(of_point))};
    struct ob_rng rng = {.state = ob_mix64(seed ^ ob_mix64(place_of(choice) + 1))};
    if (ob_rng_below(&walk, FAULTY_ONE_IN) > 0 ||
        ob_rng_below(&rng, 2u << ob_rng_below(&walk, RARITIES)) > 0)
        return 0;
    return ob_fault_draw(&rng, choice->count);
}

/* Depends on nothing but the walk and the choice, so that it stays what it is when others are made
 * before it or no more. */
static uint32_t draw(const struct ob_world *world, const struct ob_chosen *choice)
{
    if (ob_world_fault_point(world, choice->point))
        return draw_fault(world->walk.seed, choice);
    struct ob_rng rng = {.state = ob_mix64(world->walk.seed ^ ob_mix64(place_of(choice) + 1))};
    bool is_plain = world->walk.seed % PLAIN_ONE_IN == 0;
    if (is_plain && ob_rng_below(&rng, STRIKES_ONE_IN) > 0)
        return 0;
    return ob_rng_below(&rng, choice->count);
}

/* Of several deviations the last decides. Returns whether there is one. */
static bool decide(struct ob_world *world, struct ob_chosen *choice)
{
    unsigned decides = OB_DEVIATIONS_MAX;
    for (uint64_t left = world->run.choices.deviations; left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        if (ob_chooses(&world->run.scenario->deviations[index], choice))
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

/* Programs do a lot before they wait for the first time: a walk over the whole run draws what goes
 * wrong there as well. */
static void draw_if_walking(const struct ob_world *world, struct ob_chosen *choice)
{
    const struct ob_deviation *walk =
        world->run.starting && ob_world_fault_point(world, choice->point) ? ob_walk_of_start(world)
                                                                          : NULL;
    choice->is_drawn = world->run.walking || walk;
    if (world->run.walking)
        choice->value = draw(world, choice);
    else if (walk)
        choice->value = draw_fault(ob_walk_seed(walk), choice);
}

unsigned ob_choose_here(struct ob_actor *self, unsigned point, unsigned count,
                        struct ob_chosen **noted)
{
    struct ob_world *world = self->world;
    assert(point < ob_vocabulary_choices(&world->vocabulary));
    *noted = NULL;
    if (count == 1)
        return 0;
    struct ob_chosen choice = {.delivery = world->run.log.current,
                               .ordinal = self->chosen_counts[point]++,
                               .count = count,
                               .actor = self->id,
                               .point = (uint8_t)point};
    world->vocabulary.ops_allowed |= 1u << OB_CHOOSE;
    bool is_kept = keeps(world, &choice);
    if (!decide(world, &choice) && is_kept)
        draw_if_walking(world, &choice);
    if (world->access)
        ob_access_choice(world->access, &choice);
    if (is_kept) {
        *noted = &world->run.choices.list[world->run.choices.count++];
        **noted = choice;
    }
    assert(choice.value < count);
    return choice.value;
}

unsigned ob_choose_at(struct ob_actor *self, unsigned point, unsigned count)
{
    struct ob_world *world = self->world;
    struct ob_chosen *noted;

    ob_require_actor(self, "ob_choose");
    if (point >= ob_vocabulary_own_choices(&world->vocabulary))
        ob_defect(world,
                  "%s chooses at point %u, but the target names %u in its choices; add a name, or "
                  "use ob_choose()",
                  ob_name(self), point, world->vocabulary.choice_count);
    if (count < 1 || count > OB_ALTERNATIVES_MAX)
        ob_defect(world, "%s chooses among %u alternatives; there are from 1 to %u", ob_name(self),
                  count, OB_ALTERNATIVES_MAX);
    return ob_choose_here(self, point, count, &noted);
}

unsigned ob_choose(struct ob_actor *self, unsigned count)
{
    return ob_choose_at(self, 0, count);
}
