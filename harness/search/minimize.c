#include "search/minimize.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "scenario/edit.h"
#include "search/shrink.h"
#include "world/goal.h"
#include "world/run.h"
#include "world/world.h"

/* From what removes most to what costs most. The first make records fewer, and cost little for it.
 */
#define RECORD_PHASES 8u
static bool (*const phases[])(struct ob_shrink *) = {
    ob_shrink_walks,      ob_shrink_unused,  ob_shrink_replace,  ob_shrink_messages,
    ob_shrink_deviations, ob_shrink_merge,   ob_shrink_chain,    ob_shrink_draws,
    ob_shrink_selectors,  ob_shrink_numbers, ob_shrink_payloads, ob_shrink_pairs,
    ob_shrink_absorb,     ob_shrink_trade,   ob_shrink_together, ob_shrink_early,
};

/* Until nothing gets simpler: every phase that succeeds may have made room for another. Ends, as
 * what is simpler is a well-founded order. */
static void shrink_by(struct ob_shrink *shrink, size_t count)
{
    bool any = true;

    while (any && !shrink->is_cut_short) {
        any = false;
        for (size_t phase = 0; phase < count; phase++)
            any |= phases[phase](shrink);
    }
}

void ob_shrink_to_fixpoint(struct ob_shrink *shrink)
{
    shrink_by(shrink, sizeof phases / sizeof phases[0]);
}

void ob_shrink_records(struct ob_shrink *shrink)
{
    shrink_by(shrink, RECORD_PHASES);
}

/* The searches start where the phases end, and these from what they find. */
static void shrink_all(struct ob_shrink *shrink, bool searches)
{
    (void)ob_shrink_past(shrink);
    do
        ob_shrink_to_fixpoint(shrink);
    while (searches &&
           (ob_shrink_plainest(shrink) || ob_shrink_exchange(shrink) || ob_shrink_fresh(shrink)));
}

struct minimizing {
    struct ob_shrink shrink;
    struct ob_shrink_failed failed;
};

int ob_minimize(struct ob_world *world, const struct ob_scenario *input, struct ob_scenario *output,
                struct ob_minimize_stats *stats, struct ob_error *error)
{
    struct minimizing *minimizing = calloc(1, sizeof *minimizing);

    if (!minimizing)
        return ob_error_set(error, "out of memory");
    struct ob_shrink *shrink = &minimizing->shrink;
    shrink->world = world;
    shrink->vocabulary = ob_world_vocabulary(world);
    shrink->failed = &minimizing->failed;
    ob_scenario_copy(&shrink->current, input);
    const struct ob_verdict *verdict = ob_shrink_run(shrink, &shrink->current);
    if (verdict->outcome != OB_VIOLATED) {
        free(minimizing);
        return ob_error_set(error, "%s, there is nothing to minimize",
                            ob_world_goal_sought(world) < 0 ? "violates no invariant"
                                                            : "does not reach the goal");
    }
    (void)snprintf(shrink->invariant, sizeof shrink->invariant, "%s", verdict->invariant);
    shrink_all(shrink, verdict->failure == OB_INVARIANT_VIOLATED);
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
    free(minimizing);
    (void)ob_world_run(world, output);
    return 0;
}

/* Whether a scenario still hangs when it has all of its time. */
static bool still_hangs(struct ob_world *world, struct ob_forked *forked,
                        const struct ob_scenario *scenario)
{
    ob_forked_shorten_limit(forked, false);
    return ob_world_run(world, scenario)->failure == OB_HANG;
}

int ob_minimize_forked(struct ob_world *world, struct ob_forked *forked, bool hangs,
                       const struct ob_scenario *input, struct ob_scenario *output,
                       struct ob_minimize_stats *stats, struct ob_error *error)
{
    const struct ob_scenario whole = *input;

    assert(!hangs || forked);
    if (hangs)
        ob_forked_shorten_limit(forked, true);
    int result = ob_minimize(world, &whole, output, stats, error);
    ob_forked_join(forked);
    if (hangs && (result || !still_hangs(world, forked, output))) {
        result = ob_minimize(world, &whole, output, stats, error);
        ob_forked_join(forked);
    }
    return result;
}
