#include "search/effects.h"
#include "world/annex.h"
#include "world/run.h"
#include "world/snapshot.h"
#include "world/task_view.h"
#include "world/trace.h"
#include "world/world.h"

#include <assert.h>
#include <stdlib.h>

#define SHARED_EVENTS_MAX 512u

struct watch {
    struct ob_world *world;
    unsigned actor_count;
    uint64_t *hashes;         /* of the actors' states, by id */
    unsigned *tasks;          /* most of one actor at one time */
    unsigned *now;            /* the same at this time */
    const uint32_t *event_of; /* by message */
    uint32_t sent_count;
    struct ob_access *access;   /* NULL: not known, see watch_run() */
    struct ob_snapshot *before; /* the step; NULL where nobody looks at memory */
    struct ob_effects *found;
};

/* Counts the tasks that there are. */
static void count_tasks(struct watch *watch)
{
    struct ob_task_view view;
    for (unsigned id = 0; id <= watch->actor_count; id++)
        watch->now[id] = 0;
    for (uint32_t place = 0; place < ob_world_task_places(watch->world); place++)
        if (ob_world_task(watch->world, place, &view))
            watch->now[view.actor]++;
    for (unsigned id = 0; id <= watch->actor_count; id++)
        if (watch->now[id] > watch->tasks[id])
            watch->tasks[id] = watch->now[id];
}

/* What its tasks have kept is not followed. Who changes memory that it has not reached by a pointer
 * of its own shares it with everybody who uses any. */
static void note_shared(struct watch *watch, uint32_t event, unsigned actor)
{
    static const struct ob_cells nothing;
    struct ob_footprint footprint;
    ob_access_event(watch->world, watch->before, actor, &nothing, &footprint);
    struct ob_shared_use *use = &watch->found->shared[event];
    ob_cells_add_memory(&use->written, &footprint.written);
    ob_cells_add_memory(&use->touched, &footprint.read);
    ob_cells_add_memory(&use->touched, &footprint.written);
}

static void note_event(struct watch *watch, uint32_t event, unsigned actor)
{
    uint64_t hash = ob_world_state_hash(watch->world, actor);
    watch->found->list[event] = hash == watch->hashes[actor] ? OB_EFFECT_NONE : OB_EFFECT_SOME;
    if (watch->access)
        watch->found->asked[event] = watch->access->asked;
    if (watch->before)
        note_shared(watch, event, actor);
}

/* What was delivered in a step has no effect where its actor's state is as before. */
static void note(struct watch *watch, uint32_t first)
{
    for (uint32_t at = first; at < ob_world_delivery_count(watch->world); at++) {
        const struct ob_delivery *delivery = ob_world_delivery(watch->world, at);
        assert(delivery->actor >= 1 && delivery->actor <= watch->actor_count);
        uint32_t event =
            delivery->sent < watch->sent_count ? watch->event_of[delivery->sent] : OB_NONE;
        if (event != OB_NONE)
            note_event(watch, event, delivery->actor);
    }
    for (unsigned id = 1; id <= watch->actor_count; id++)
        watch->hashes[id] = ob_world_state_hash(watch->world, id);
    if (watch->access)
        ob_access_reset(watch->world);
}

static void run(struct watch *watch, const struct ob_scenario *scenario)
{
    uint32_t count = 0;
    ob_world_begin(watch->world, scenario);
    for (unsigned id = 1; id <= watch->actor_count; id++)
        watch->hashes[id] = ob_world_state_hash(watch->world, id);
    for (bool is_more = true; is_more;) {
        if (watch->found->shared)
            watch->before = ob_snapshot_take(watch->world, watch->before);
        is_more = ob_world_step(watch->world);
        note(watch, count);
        count = ob_world_delivery_count(watch->world);
        count_tasks(watch);
    }
    ob_snapshot_free(watch->before);
    watch->before = NULL;
}

/* Long runs are not looked at, as each step takes a snapshot, nor are programs, whose memory is
 * their own. */
static bool looks_at_memory(const struct watch *watch, uint32_t event_count)
{
    for (unsigned id = 1; id <= watch->actor_count; id++)
        if (ob_world_is_program(watch->world, id))
            return false;
    return event_count <= SHARED_EVENTS_MAX;
}

static void count_locals(struct watch *watch, uint32_t event, unsigned actor)
{
    if (watch->found->list[event] == OB_EFFECT_NONE && watch->tasks[actor] > 0)
        watch->found->list[event] = watch->tasks[actor] > 1 ? OB_EFFECT_TASK : OB_EFFECT_SOME;
}

/* Whose state is asked for is noted by the world itself. */
static void watch_run(struct watch *watch, const struct ob_scenario *scenario)
{
    /* Memory outside of the world is not looked at. */
    if (!ob_world_target(watch->world)->reset)
        watch->access = ob_access_begin(watch->world);
    if (watch->access && looks_at_memory(watch, watch->found->count))
        watch->found->shared =
            calloc(watch->found->count + (size_t)1, sizeof *watch->found->shared);
    run(watch, scenario);
    if (watch->access)
        watch->found->checked = watch->access->checked;
    if (watch->access)
        ob_access_end(watch->world);
}

int ob_effects_find(struct ob_effects *effects, struct ob_world *replay,
                    const struct ob_scenario *scenario, const struct ob_events *events)
{
    unsigned actor_count = ob_world_vocabulary(replay)->actor_count;
    uint32_t sent_count = 0;
    for (uint32_t event = 0; event < events->count; event++)
        if (events->list[event].sent >= sent_count)
            sent_count = events->list[event].sent + 1;
    struct watch watch = {.world = replay, .actor_count = actor_count, .found = effects};
    uint32_t *event_of = calloc(sent_count + (size_t)1, sizeof *event_of);

    *effects = (struct ob_effects){.count = events->count};
    watch.hashes = calloc(actor_count + (size_t)1, sizeof *watch.hashes);
    watch.tasks = calloc(actor_count + (size_t)1, sizeof *watch.tasks);
    watch.now = calloc(actor_count + (size_t)1, sizeof *watch.now);
    effects->list = calloc(events->count + (size_t)1, sizeof *effects->list);
    effects->asked = calloc(events->count + (size_t)1, sizeof *effects->asked);
    bool is_done =
        event_of && watch.hashes && watch.tasks && watch.now && effects->list && effects->asked;
    if (is_done) {
        for (uint32_t sent = 0; sent < sent_count; sent++)
            event_of[sent] = OB_NONE;
        for (uint32_t event = 0; event < events->count; event++)
            event_of[events->list[event].sent] = event;
        watch.event_of = event_of;
        watch.sent_count = sent_count;
        watch_run(&watch, scenario);
        for (uint32_t event = 0; event < events->count; event++)
            count_locals(&watch, event, events->list[event].actor);
    }
    free(event_of);
    free(watch.hashes);
    free(watch.tasks);
    free(watch.now);
    return is_done ? 0 : -1;
}

static struct ob_actor_set touched(const struct ob_effects *effects, struct ob_effect_at at)
{
    struct ob_actor_set set = {0};
    if (at.event < effects->count)
        set = effects->asked[at.event];
    ob_actor_set_add(&set, at.actor);
    return set;
}

bool ob_effects_meet(const struct ob_effects *effects, struct ob_effect_at one,
                     struct ob_effect_at other)
{
    if (!effects->asked)
        return true;
    struct ob_actor_set sets[2] = {touched(effects, one), touched(effects, other)};
    for (unsigned at = 0; at < OB_ACTOR_WORDS; at++)
        if (sets[0].bits[at] & sets[1].bits[at])
            return true;
    return false;
}

bool ob_effects_share(const struct ob_effects *effects, uint32_t one, uint32_t other)
{
    if (!effects->shared || one >= effects->count || other >= effects->count)
        return false;
    const struct ob_shared_use *left = &effects->shared[one];
    const struct ob_shared_use *right = &effects->shared[other];
    return ob_cells_meet(&left->written, &right->touched) ||
           ob_cells_meet(&right->written, &left->touched);
}

bool ob_effects_checked(const struct ob_effects *effects, unsigned one, unsigned other)
{
    return ob_actor_set_has(&effects->checked, one) && ob_actor_set_has(&effects->checked, other);
}

void ob_effects_release(struct ob_effects *effects)
{
    free(effects->list);
    free(effects->asked);
    free(effects->shared);
    *effects = (struct ob_effects){0};
}
