#include "search/minimize.h"

#include <stdio.h>
#include <stdlib.h>

#include "search/shrink.h"

/* From what removes most to what costs most. */
static bool (*const phases[])(struct ob_shrink *shrink) = {
    ob_shrink_walks,      ob_shrink_unused,  ob_shrink_replace,  ob_shrink_messages,
    ob_shrink_deviations, ob_shrink_merge,   ob_shrink_chain,    ob_shrink_draws,
    ob_shrink_selectors,  ob_shrink_numbers, ob_shrink_payloads, ob_shrink_pairs,
    ob_shrink_absorb,     ob_shrink_trade,   ob_shrink_together,
};

/* Until nothing gets simpler: every phase that succeeds may have made room for another. Ends, as
 * what is simpler is a well-founded order. */
void ob_shrink_to_fixpoint(struct ob_shrink *shrink)
{
    bool any = true;

    while (any && !shrink->is_cut_short) {
        uint64_t deliveries = shrink->deliveries;
        any = false;
        for (size_t phase = 0; phase < sizeof phases / sizeof phases[0]; phase++)
            any |= phases[phase](shrink);
        shrink->pass_deliveries = shrink->deliveries - deliveries;
    }
}

int ob_minimize(struct ob_world *world, const struct ob_scenario *input, struct ob_scenario *output,
                struct ob_minimize_stats *stats, struct ob_error *error)
{
    struct ob_shrink *shrink = calloc(1, sizeof *shrink);

    if (!shrink)
        return ob_error_set(error, "out of memory");
    shrink->world = world;
    shrink->vocabulary = ob_world_vocabulary(world);
    shrink->current = *input;
    const struct ob_verdict *verdict = ob_shrink_run(shrink, &shrink->current);
    if (verdict->outcome != OB_VIOLATED) {
        free(shrink);
        return ob_error_set(error, "violates no invariant, there is nothing to minimize");
    }
    (void)snprintf(shrink->invariant, sizeof shrink->invariant, "%s", verdict->invariant);
    enum ob_failure failure = verdict->failure;
    (void)ob_shrink_past(shrink);
    uint64_t deliveries = 0;
    do {
        ob_shrink_to_fixpoint(shrink);
        /* So that minimizing again does the same, it costs as much as looking at the result did. */
        deliveries = shrink->pass_deliveries;
    } while (failure == OB_INVARIANT_VIOLATED && ob_shrink_fresh(shrink, deliveries));
    if (stats)
        *stats = (struct ob_minimize_stats){
            .executions = shrink->executions,
            .messages_before = input->message_count,
            .messages_after = shrink->current.message_count,
            .deviations_before = input->deviation_count,
            .deviations_after = shrink->current.deviation_count,
            .is_cut_short = shrink->is_cut_short,
        };
    *output = shrink->current;
    free(shrink);
    (void)ob_world_run(world, output);
    return 0;
}
