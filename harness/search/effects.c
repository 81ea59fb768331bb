#include "search/effects.h"

#include <stdlib.h>

struct effects {
    struct ob_world *world;
    unsigned actor_count;
    uint64_t *hashes;         /* of the actors' states, by id */
    unsigned *tasks;          /* most of one actor at one time */
    unsigned *now;            /* the same at this time */
    const uint32_t *event_of; /* by message */
    uint32_t sent_count;
    uint8_t *effects; /* by event */
};

/* Counts the tasks that there are. */
static void count_tasks(struct effects *effects)
{
    struct ob_task_view view;
    for (unsigned id = 0; id <= effects->actor_count; id++)
        effects->now[id] = 0;
    for (uint32_t place = 0; place < ob_world_task_places(effects->world); place++)
        if (ob_world_task(effects->world, place, &view))
            effects->now[view.actor]++;
    for (unsigned id = 0; id <= effects->actor_count; id++)
        if (effects->now[id] > effects->tasks[id])
            effects->tasks[id] = effects->now[id];
}

/* What was delivered in a step has no effect where its actor's state is as before. */
static void note(struct effects *effects, uint32_t first)
{
    for (uint32_t at = first; at < ob_world_delivery_count(effects->world); at++) {
        const struct ob_delivery *delivery = ob_world_delivery(effects->world, at);
        uint64_t hash = ob_world_state_hash(effects->world, delivery->actor);
        uint32_t event =
            delivery->sent < effects->sent_count ? effects->event_of[delivery->sent] : OB_NONE;
        if (event != OB_NONE)
            effects->effects[event] =
                hash == effects->hashes[delivery->actor] ? OB_EFFECT_NONE : OB_EFFECT_SOME;
    }
    for (unsigned id = 1; id <= effects->actor_count; id++)
        effects->hashes[id] = ob_world_state_hash(effects->world, id);
}

static void run(struct effects *effects, const struct ob_scenario *scenario)
{
    uint32_t count = 0;
    ob_world_begin(effects->world, scenario);
    for (unsigned id = 1; id <= effects->actor_count; id++)
        effects->hashes[id] = ob_world_state_hash(effects->world, id);
    for (bool is_more = true; is_more;) {
        is_more = ob_world_step(effects->world);
        note(effects, count);
        count = ob_world_delivery_count(effects->world);
        count_tasks(effects);
    }
}

static void count_locals(struct effects *effects, uint32_t event, unsigned actor)
{
    if (effects->effects[event] == OB_EFFECT_NONE && effects->tasks[actor] > 0)
        effects->effects[event] = effects->tasks[actor] > 1 ? OB_EFFECT_TASK : OB_EFFECT_SOME;
}

uint8_t *ob_effects_find(struct ob_world *replay, const struct ob_scenario *scenario,
                         const struct ob_events *events)
{
    unsigned actor_count = ob_world_vocabulary(replay)->actor_count;
    uint32_t sent_count = 0;
    for (uint32_t event = 0; event < events->count; event++)
        if (events->list[event].sent >= sent_count)
            sent_count = events->list[event].sent + 1;
    struct effects effects = {.world = replay, .actor_count = actor_count};
    uint32_t *event_of = calloc(sent_count + (size_t)1, sizeof *event_of);

    effects.hashes = calloc(actor_count + (size_t)1, sizeof *effects.hashes);
    effects.tasks = calloc(actor_count + (size_t)1, sizeof *effects.tasks);
    effects.now = calloc(actor_count + (size_t)1, sizeof *effects.now);
    effects.effects = calloc(events->count + (size_t)1, sizeof *effects.effects);
    bool is_done = event_of && effects.hashes && effects.tasks && effects.now && effects.effects;
    if (is_done) {
        for (uint32_t sent = 0; sent < sent_count; sent++)
            event_of[sent] = OB_NONE;
        for (uint32_t event = 0; event < events->count; event++)
            event_of[events->list[event].sent] = event;
        effects.event_of = event_of;
        effects.sent_count = sent_count;
        run(&effects, scenario);
        for (uint32_t event = 0; event < events->count; event++)
            count_locals(&effects, event, events->list[event].actor);
    }
    free(event_of);
    free(effects.hashes);
    free(effects.tasks);
    free(effects.now);
    if (!is_done) {
        free(effects.effects);
        effects.effects = NULL;
    }
    return effects.effects;
}
