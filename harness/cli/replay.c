#include "cli/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/segments.h"
#include "base/variables.h"
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

/* -- why runs differ -- */

#define BYTES_MAX 1024 /* of a payload, that are compared */

/* A step as one run took it. */
struct step {
    bool is_message;
    unsigned kind;
    uint32_t args[OB_ARGS_MAX];
    size_t size;
    uint8_t bytes[BYTES_MAX];
    uint16_t sender; /* id */
};

static void note_step(const struct ob_world *world, uint32_t index, struct step *step)
{
    memset(step, 0, sizeof *step);
    if (index >= ob_world_delivery_count(world) || ob_world_delivery(world, index)->sent == OB_NONE)
        return;
    const struct ob_message *message =
        &ob_world_sent(world, ob_world_delivery(world, index)->sent)->message;
    step->is_message = true;
    step->kind = message->kind;
    step->sender = message->from;
    memcpy(step->args, message->args, sizeof step->args);
    step->size = message->size < BYTES_MAX ? message->size : BYTES_MAX;
    if (step->size > 0)
        memcpy(step->bytes, message->bytes, step->size);
}

/* The first argument or byte that differs; false where none does. */
static bool add_content(const struct ob_vocabulary *vocabulary, const struct step *first,
                        const struct step *second, struct ob_text *text)
{
    for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++) {
        if (first->args[arg] == second->args[arg])
            continue;
        const char *name = vocabulary->target->messages[first->kind].args[arg].name;
        ob_text_printf(text, "argument %s was %u and %u", name ? name : "of it", first->args[arg],
                       second->args[arg]);
        return true;
    }
    for (size_t at = 0; at < first->size && at < second->size; at++) {
        if (first->bytes[at] == second->bytes[at])
            continue;
        ob_text_printf(text, "byte %zu of its payload was 0x%02x and 0x%02x", at, first->bytes[at],
                       second->bytes[at]);
        return true;
    }
    return false;
}

static void add_difference(const struct ob_world *world, const struct step *first,
                           const struct step *second, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct ob_text content = {0};

    if (first->is_message && second->is_message && first->kind == second->kind &&
        first->sender == second->sender && add_content(vocabulary, first, second, &content))
        ob_text_printf(text, "; in two more runs %s, as %s sent it", ob_text_string(&content),
                       ob_report_actor(vocabulary, first->sender));
    ob_text_release(&content);
}

void cli_replay_reason(struct ob_world *world, const struct ob_scenario *scenario, uint32_t step,
                       struct ob_text *text)
{
    struct step *steps = calloc(2, sizeof *steps);
    struct ob_variables *variables = ob_variables_copy();
    struct ob_segments *segments = ob_segments_copy();
    struct ob_text which = {0};

    for (unsigned run = 0; steps && run < 2; run++) {
        (void)ob_world_run(world, scenario);
        note_step(world, step, &steps[run]);
    }
    if (steps)
        add_difference(world, &steps[0], &steps[1], text);
    if ((variables && ob_variables_changed(variables, &which)) ||
        (segments && ob_segments_changed(segments, &which)))
        ob_text_printf(text,
                       "; the variable %s changes from run to run, and nothing brings it back",
                       ob_text_string(&which));
    else
        ob_text_printf(text, "; no variable of the program changes: rand(), a clock, an address, "
                             "or memory of its own heap may be why");
    ob_text_release(&which);
    ob_segments_free(segments);
    ob_variables_free(variables);
    free(steps);
}
