/*
 * One delay or one reordering in place of what there is. A scenario that an engine found has many
 * deviations, of which each does a part; what they amount to is often that two messages change
 * places. Compared are the run that violates and the plain one: a message that comes after another
 * in the one and before it in the other is a candidate for a reordering, one that takes longer for
 * a delay.
 */
#include <stdlib.h>

#include "search/journey.h"
#include "search/shrink.h"

#define NEIGHBOURS_MAX                                                                             \
    8 /* how far apart two messages that change places may be, in deliveries to their receiver */
#define REPLACEMENTS_MAX 256 /* tried for one set of deviations */

struct replacing {
    struct ob_shrink *shrink;
    uint64_t gone; /* the deviations that are replaced */
    struct ob_journeys violating;
    struct ob_journeys plain;
    unsigned tries;
};

static bool try_deviation(struct replacing *replacing, struct ob_deviation deviation)
{
    struct ob_scenario *candidate = &replacing->shrink->candidate;

    if (replacing->tries++ >= REPLACEMENTS_MAX)
        return false;
    ob_shrink_begin(replacing->shrink);
    ob_shrink_cut_deviations(candidate, replacing->gone);
    candidate->deviations[candidate->deviation_count++] = deviation;
    return ob_shrink_try(replacing->shrink);
}

/* What a reordering of `late` behind `early` would await, counting the handled messages of that
 * kind up to it. */
static struct ob_selector awaited_selector(const struct replacing *replacing, unsigned early)
{
    const struct ob_journey *awaited = &replacing->violating.list[early];
    unsigned nth = 0;

    for (unsigned index = 0; index < early; index++) {
        const struct ob_journey *journey = &replacing->violating.list[index];
        nth += journey->to == awaited->to && journey->kind == awaited->kind;
    }
    return (struct ob_selector){
        .kind = (uint8_t)(awaited->kind + 1),
        .nth = (uint8_t)(nth < UINT8_MAX ? nth : UINT8_MAX),
    };
}

/* Whether `late` is before `early` in the plain run, or would be if it were there. */
static bool changes_place(const struct replacing *replacing, const struct ob_journey *early,
                          const struct ob_journey *late)
{
    const struct ob_journey *plain_early = ob_journeys_find(&replacing->plain, early);
    const struct ob_journey *plain_late = ob_journeys_find(&replacing->plain, late);

    return plain_late && (!plain_early || plain_late < plain_early);
}

static bool try_reorders(struct replacing *replacing)
{
    const struct ob_journeys *violating = &replacing->violating;

    for (unsigned late = violating->count; late-- > 1;) {
        const struct ob_journey *held = &violating->list[late];
        unsigned neighbours = 0;
        for (unsigned early = late; early-- > 0 && neighbours < NEIGHBOURS_MAX;) {
            if (violating->list[early].to != held->to)
                continue;
            neighbours++;
            if (!ob_journey_is_nameable(held) ||
                !changes_place(replacing, &violating->list[early], held))
                continue;
            if (try_deviation(replacing,
                              (struct ob_deviation){.op = OB_REORDER,
                                                    .which = ob_journey_selector(held),
                                                    .awaited = awaited_selector(replacing, early)}))
                return true;
        }
    }
    return false;
}

static bool try_delays(struct replacing *replacing)
{
    for (unsigned index = 0; index < replacing->violating.count; index++) {
        const struct ob_journey *journey = &replacing->violating.list[index];
        const struct ob_journey *plain = ob_journeys_find(&replacing->plain, journey);
        if (!plain || !ob_journey_is_nameable(journey) ||
            ob_journey_us(journey) <= ob_journey_us(plain))
            continue;
        uint32_t late_us = ob_duration_limit(ob_journey_us(journey) - ob_journey_us(plain));
        if (try_deviation(replacing, (struct ob_deviation){.op = OB_DELAY,
                                                           .which = ob_journey_selector(journey),
                                                           .amount = late_us}))
            return true;
    }
    return false;
}

static bool replace(struct replacing *replacing, uint64_t gone)
{
    struct ob_shrink *shrink = replacing->shrink;

    replacing->gone = gone;
    replacing->tries = 0;
    (void)ob_shrink_run(shrink, &shrink->current);
    ob_journeys_read(&replacing->violating, shrink->world);
    ob_shrink_begin(shrink);
    ob_shrink_cut_deviations(&shrink->candidate, gone);
    (void)ob_shrink_run(shrink, &shrink->candidate);
    ob_journeys_read(&replacing->plain, shrink->world);
    return try_delays(replacing) || try_reorders(replacing);
}

/* What is worth replacing: draws, each alone, and everything at once when that is more than one. */
bool ob_shrink_replace(struct ob_shrink *shrink)
{
    struct replacing *replacing = malloc(sizeof *replacing);
    uint64_t draws = 0;
    bool done = false;

    if (!replacing)
        return false;
    replacing->shrink = shrink;
    for (unsigned index = 0; index < shrink->current.deviation_count; index++)
        if (shrink->current.deviations[index].op == OB_DRAW)
            draws |= UINT64_C(1) << index;
    if (shrink->current.deviation_count > 1 || draws)
        done = replace(replacing, UINT64_MAX);
    for (; draws && !done; draws &= draws - 1)
        done = replace(replacing, draws & (0 - draws));
    free(replacing);
    return done;
}
