#include "cli/replay.h"

#include <stdlib.h>
#include <string.h>

#include "report/message.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

static uint64_t *copy_hashes(const struct ob_world *world, uint32_t count)
{
    uint64_t *hashes = malloc((count + (size_t)1) * sizeof *hashes);

    for (uint32_t index = 0; hashes && index < count; index++)
        hashes[index] = ob_world_delivery(world, index)->hash;
    return hashes;
}

/* The first of the first run's steps that the second did not take. */
static uint32_t first_difference(const struct ob_world *world, const uint64_t *hashes,
                                 uint32_t count)
{
    uint32_t second_count = ob_world_delivery_count(world);
    uint32_t step = 0;

    while (step < count && step < second_count &&
           ob_world_delivery(world, step)->hash == hashes[step])
        step++;
    return step;
}

int cli_replay(struct ob_world *world, const struct ob_scenario *scenario,
               struct cli_replay *replay, struct ob_error *error)
{
    const struct ob_verdict *verdict = ob_world_run(world, scenario);

    replay->verdict = *verdict;
    uint32_t count = ob_world_delivery_count(world);
    uint64_t *hashes = copy_hashes(world, count);
    if (!hashes)
        return ob_error_set(error, "out of memory");
    verdict = ob_world_run(world, scenario);
    replay->is_stable = verdict->outcome == replay->verdict.outcome &&
                        verdict->trace_hash == replay->verdict.trace_hash &&
                        verdict->delivery_count == replay->verdict.delivery_count &&
                        strcmp(verdict->invariant, replay->verdict.invariant) == 0;
    replay->step = replay->is_stable ? 0 : first_difference(world, hashes, count);
    free(hashes);
    return 0;
}

void cli_replay_step(const struct ob_world *world, uint32_t step, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct ob_arities arities;
    size_t start = text->length;

    if (step >= ob_world_delivery_count(world)) {
        ob_text_printf(text, "the end");
        return;
    }
    const struct ob_delivery *delivery = ob_world_delivery(world, step);
    ob_duration_print(text, delivery->time_us);
    if (delivery->sent == OB_NONE) {
        ob_text_printf(text, " %s starts again", ob_report_actor(vocabulary, delivery->actor));
        return;
    }
    const struct ob_message *message = &ob_world_sent(world, delivery->sent)->message;
    ob_report_arities(world, &arities);
    ob_text_printf(text, " ");
    ob_report_message(world, &arities, delivery->sent, text);
    ob_text_printf(text, " %s -> %s", ob_report_actor(vocabulary, message->from),
                   ob_report_actor(vocabulary, delivery->actor));
    ob_report_clean(text, start);
}
