/* What has begun ends: judged in a phase without faults. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "oracle/records.h"
#include "scenario/scenario.h"
#include "world/judge.h"
#include "world/trace.h"

static void begin(struct ob_world *world, const struct ob_oracle *oracle)
{
    ob_world_stop_faults(world, ob_world_outside_end_us(world) + oracle->faults_us);
}

static bool is_open(const struct ob_operation *operation)
{
    return operation->end == UINT32_MAX;
}

/* Operations that began later than this one and have ended. */
static uint32_t overtaken_by(const struct ob_list *list, const struct ob_operation *operation)
{
    const struct ob_operation *operations = list->items;
    uint32_t count = 0;

    for (uint32_t at = 0; at < list->count; at++)
        count += operations[at].begin > operation->begin && !is_open(&operations[at]);
    return count;
}

/* The first operation that should have ended by now, or NULL. */
static const struct ob_operation *overdue(struct ob_world *world, const struct ob_oracle *oracle,
                                          bool quiescent)
{
    const struct ob_list *list = &ob_records_read(world)->operations;
    const struct ob_operation *operations = list->items;
    uint64_t calm_us = ob_world_outside_end_us(world) + oracle->faults_us;
    bool goes_round = ob_world_verdict(world)->bound == OB_BOUND_LIVELOCK;

    for (uint32_t at = 0; at < list->count; at++) {
        const struct ob_operation *operation = &operations[at];
        uint64_t from_us = operation->begin_us > calm_us ? operation->begin_us : calm_us;
        if (is_open(operation) &&
            (quiescent || goes_round || ob_world_now(world) > from_us + oracle->within_us))
            return operation;
    }
    return NULL;
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    /* Whoever is down may be what the others wait for. */
    const struct ob_operation *operation =
        ob_everybody_is_up(world) ? overdue(world, oracle, quiescent) : NULL;

    if (!operation)
        return;
    const char *client = ob_oracle_actor(world, operation->client);
    uint32_t others = overtaken_by(&ob_records_read(world)->operations, operation);
    if (quiescent)
        OB_ORACLE_VIOLATION(world, oracle, stalled,
                            "an operation of %s has not ended, and nothing more can happen",
                            client);
    if (others > 0)
        OB_ORACLE_VIOLATION(world, oracle, starvation,
                            "an operation of %s has not ended, but %" PRIu32 " that began later %s",
                            client, others, others == 1 ? "has" : "have");
    OB_ORACLE_VIOLATION(world, oracle, livelock,
                        "an operation of %s has not ended, and messages go in circles", client);
}

static void explain(struct ob_world *world, const struct ob_oracle *oracle, struct ob_text *text)
{
    const struct ob_list *list = &ob_records_read(world)->operations;
    const struct ob_operation *operations = list->items;

    ob_text_printf(text, "No fault strikes after ");
    ob_duration_print(text, ob_world_outside_end_us(world) + oracle->faults_us);
    ob_text_printf(text, ". What has not ended:\n");
    for (uint32_t at = 0; at < list->count; at++) {
        if (!is_open(&operations[at]))
            continue;
        ob_text_printf(text, "  an operation of %s on %" PRIu32 ", since ",
                       ob_oracle_actor(world, operations[at].client), operations[at].object);
        ob_duration_print(text, operations[at].begin_us);
        ob_text_printf(text, "\n");
    }
}

static bool has_matter(const struct ob_world *world)
{
    return ob_records_read(world)->operations.count > 0;
}

const struct ob_checker ob_checker_progress = {.name = "progress",
                                               .judges_beginnings = true,
                                               .begin = begin,
                                               .end = check,
                                               .has_matter = has_matter,
                                               .explain = explain};
