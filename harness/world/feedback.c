#include "world/feedback.h"

#include "world/state.h"

/* Marks in the engine's map what code coverage does not see. */
static void mark(struct ob_world *world, uint64_t feature)
{
    uint32_t place = (uint32_t)(feature * 0x9e3779b97f4a7c15u >> 40) & world->counters_mask;
    if (OB_UNLIKELY(place >= world->goal_marks))
        place -= OB_GOAL_MARKS;
    world->counters[place] = 1;
}

/* Nothing else has these places, so that a step that was not reached before is always news. */
OB_RARE void ob_mark_goal(struct ob_world *world, unsigned place)
{
    if (world->goal_marks > world->counters_mask) /* there is no room to set places aside */
        mark(world, UINT64_C(4) << 48 | place);
    else
        world->counters[world->goal_marks + place] = 1;
}

/* The state that an actor ends in is met by no further message, so states are marked, too. */
OB_RARE void ob_mark_state(struct ob_world *world, const struct ob_actor *actor)
{
    mark(world, UINT64_C(3) << 48 | (uint64_t)actor->id << 32 | actor->abstract_state);
}

/*
 * Which kind of message met which state of its actor; which kind followed which there; and which of
 * two kinds came first. Whether the two race need not be asked: those that do not are always seen
 * in the same order, and so are a feature once and for all. Presence counts, not number, as every
 * further message would be news otherwise.
 */
OB_RARE void ob_mark_delivery(struct ob_world *world, const struct ob_delivery *delivery,
                              struct ob_actor *actor, unsigned kind)
{
    uint64_t place = (uint64_t)delivery->actor << 32 | kind;
    mark(world, place | (uint64_t)delivery->state << 8);
    if (delivery->previous != OB_NONE)
        mark(world, UINT64_C(1) << 48 | place | (uint64_t)actor->last_kind << 8);
    actor->last_kind = (uint16_t)kind;
    if (actor->kinds_seen >> kind & 1)
        return;
    for (uint64_t left = actor->kinds_seen; left; left &= left - 1)
        mark(world, UINT64_C(2) << 48 | place | (uint64_t)__builtin_ctzll(left) << 8);
    actor->kinds_seen |= UINT64_C(1) << kind;
}
