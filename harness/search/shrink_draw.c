/*
 * Delays in place of a draw. A draw gives every message a latency of its own; most of these do not
 * matter, and a person cannot read which do. The delays are read off the trace: how long each
 * message took, less the least that any took on its link. Where that least is not the link's base
 * latency, or waiting was part of it, the delays are off; running with them shows by how much, and
 * they are corrected.
 */
#include <stdlib.h>
#include <string.h>

#include "search/journey.h"
#include "search/shrink.h"

#define ROUNDS_MAX 8 /* of correcting; it settles in two or three, or not at all */

/* Which messages share a delay. */
enum grain { PER_MESSAGE, PER_CLASS, PER_LINK, GRAINS };

struct drawing {
    struct ob_shrink *shrink;
    unsigned draw;              /* index of the deviation */
    struct ob_journeys wanted;  /* of the run that violates */
    struct ob_journeys plain;   /* without the draw */
    struct ob_journeys reached; /* with the delays */
    unsigned count;
    struct planned {
        struct ob_selector which;
        struct ob_journey example; /* a message that it is for */
        uint32_t amount_us;
    } delays[OB_DEVIATIONS_MAX];
};

static struct ob_selector coarsen(struct ob_selector selector, enum grain grain)
{
    if (grain != PER_MESSAGE)
        selector.nth = 0;
    if (grain == PER_CLASS)
        selector.from = 0;
    if (grain == PER_LINK)
        selector.kind = 0;
    return selector;
}

static uint64_t least_on_link(const struct drawing *drawing, const struct ob_journey *journey)
{
    uint64_t least_us = ob_journey_us(journey);
    const struct ob_journeys *runs[] = {&drawing->plain, &drawing->wanted};

    for (size_t run = 0; run < sizeof runs / sizeof runs[0]; run++) {
        for (unsigned index = 0; index < runs[run]->count; index++) {
            const struct ob_journey *other = &runs[run]->list[index];
            if (other->from == journey->from && other->to == journey->to &&
                ob_journey_us(other) < least_us)
                least_us = ob_journey_us(other);
        }
    }
    return least_us;
}

static struct planned *find_planned(struct drawing *drawing, const struct ob_selector *which)
{
    for (unsigned index = 0; index < drawing->count; index++)
        if (memcmp(&drawing->delays[index].which, which, sizeof *which) == 0)
            return &drawing->delays[index];
    return NULL;
}

/* Returns false when there are more delays than a scenario can hold. */
static bool plan_delays(struct drawing *drawing, enum grain grain)
{
    unsigned room = OB_DEVIATIONS_MAX - (drawing->shrink->current.deviation_count - 1);

    drawing->count = 0;
    for (unsigned index = 0; index < drawing->wanted.count; index++) {
        const struct ob_journey *journey = &drawing->wanted.list[index];
        if (journey->deviation != drawing->draw + 1 || !ob_journey_is_nameable(journey))
            continue;
        uint64_t late_us = ob_journey_us(journey) - least_on_link(drawing, journey);
        struct ob_selector which = coarsen(ob_journey_selector(journey), grain);
        if (late_us == 0 || find_planned(drawing, &which))
            continue;
        if (drawing->count == room)
            return false;
        drawing->delays[drawing->count++] = (struct planned){
            .which = which, .example = *journey, .amount_us = ob_duration_limit(late_us)};
    }
    return true;
}

static void build(struct drawing *drawing)
{
    struct ob_scenario *candidate = &drawing->shrink->candidate;

    ob_shrink_begin(drawing->shrink);
    ob_shrink_cut_deviations(candidate, UINT64_C(1) << drawing->draw);
    for (unsigned index = 0; index < drawing->count; index++) {
        const struct planned *planned = &drawing->delays[index];
        if (planned->amount_us == 0)
            continue;
        candidate->deviations[candidate->deviation_count++] = (struct ob_deviation){
            .op = OB_DELAY, .which = planned->which, .amount = planned->amount_us};
    }
}

/* Moves every delay by what its message came too early or too late. Returns whether any moved. */
static bool correct(struct drawing *drawing)
{
    bool moved = false;

    (void)ob_shrink_run(drawing->shrink, &drawing->shrink->tried);
    ob_journeys_read(&drawing->reached, drawing->shrink->world);
    for (unsigned index = 0; index < drawing->count; index++) {
        struct planned *planned = &drawing->delays[index];
        const struct ob_journey *reached = ob_journeys_find(&drawing->reached, &planned->example);
        if (!reached)
            continue;
        uint64_t amount_us = planned->amount_us + ob_journey_us(&planned->example);
        uint64_t over_us = ob_journey_us(reached);
        uint32_t corrected_us = ob_duration_limit(amount_us > over_us ? amount_us - over_us : 0);
        moved = moved || corrected_us != planned->amount_us;
        planned->amount_us = corrected_us;
    }
    return moved;
}

static bool replace_draw(struct drawing *drawing, enum grain grain)
{
    struct ob_shrink *shrink = drawing->shrink;

    (void)ob_shrink_run(shrink, &shrink->current);
    ob_journeys_read(&drawing->wanted, shrink->world);
    ob_shrink_begin(shrink);
    ob_shrink_cut_deviations(&shrink->candidate, UINT64_C(1) << drawing->draw);
    (void)ob_shrink_run(shrink, &shrink->candidate);
    ob_journeys_read(&drawing->plain, shrink->world);
    if (!plan_delays(drawing, grain))
        return false;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        build(drawing);
        if (ob_shrink_try(shrink))
            return true;
        if (shrink->is_cut_short || !correct(drawing))
            return false;
    }
    return false;
}

bool ob_shrink_draws(struct ob_shrink *shrink)
{
    struct drawing *drawing = malloc(sizeof *drawing);
    bool any = false;

    if (!drawing)
        return false;
    drawing->shrink = shrink;
    /* Draws are the last in the order of deviations, and what replaces one comes before the others.
     */
    for (unsigned left = shrink->current.deviation_count; left > 0; left--) {
        drawing->draw = left - 1;
        if (shrink->current.deviations[drawing->draw].op != OB_DRAW)
            break;
        bool done = false;
        for (unsigned grain = 0; grain < GRAINS && !done; grain++)
            done = replace_draw(drawing, (enum grain)grain);
        if (done) {
            any = true;
            break;
        }
    }
    free(drawing);
    return any;
}
