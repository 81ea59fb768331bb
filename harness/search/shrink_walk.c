/* Deviations in place of a walk; where none are found, a walk of fewer steps that draws less. */
#include "scenario/edit.h"
#include "search/shrink.h"
#include "search/transcribe.h"

/* All walks at once: what they drew is written as the deviations that do the same. */
static bool write_down(struct ob_shrink *shrink)
{
    (void)ob_shrink_run(shrink, &shrink->current);
    return ob_transcribe(shrink->world, shrink->world, &shrink->current, &shrink->candidate) &&
           ob_shrink_try(shrink);
}

static bool try_walk(struct ob_shrink *shrink, unsigned index, struct ob_walk walk)
{
    ob_shrink_begin(shrink);
    shrink->candidate.deviations[index].walk = walk;
    ob_deviation_canonicalise(shrink->vocabulary, &shrink->candidate.deviations[index]);
    ob_scenario_sort(&shrink->candidate);
    return ob_shrink_try(shrink);
}

/* The least number of steps that a bisection finds, from those that the run has. */
static bool shorten(struct ob_shrink *shrink, unsigned index)
{
    struct ob_walk walk = shrink->current.deviations[index].walk;
    uint32_t high = walk.length;
    uint32_t low = 0;
    bool any = false;
    if (high == 0) {
        uint32_t steps = ob_shrink_run(shrink, &shrink->current)->delivery_count;
        high = steps > walk.from ? steps - walk.from : 1;
        high = high < OB_STEPS_MAX ? high + high / 16 + 1 : OB_STEPS_MAX;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        walk.length = ob_steps_round(middle);
        if (walk.length > 0 && try_walk(shrink, index, walk)) {
            high = walk.length < middle ? walk.length : middle;
            any = true;
        } else {
            low = middle;
        }
    }
    return any;
}

static bool simplify(struct ob_shrink *shrink, unsigned index)
{
    struct ob_walk walk = shrink->current.deviations[index].walk;
    bool any = false;
    struct ob_walk simpler = walk;
    simpler.late = OB_LATE_NEVER;
    any |= walk.late != OB_LATE_NEVER && try_walk(shrink, index, simpler);
    simpler = shrink->current.deviations[index].walk;
    simpler.depth = 1;
    simpler.hint = 0;
    any |= (walk.depth > 1 || walk.hint > 0) && try_walk(shrink, index, simpler);
    return any;
}

bool ob_shrink_walks(struct ob_shrink *shrink)
{
    bool any = false;
    if (!ob_scenario_has_op(&shrink->current, OB_WALK))
        return false;
    if (write_down(shrink))
        return true;
    for (unsigned index = 0; index < shrink->current.deviation_count; index++) {
        if (shrink->current.deviations[index].op != OB_WALK)
            continue;
        any |= shorten(shrink, index);
        any |= simplify(shrink, index);
    }
    return any;
}
