#include "world/evidence.h"

#include <stdlib.h>

#include "base/text.h"
#include "world/state.h"
#include "world/trace.h"

#define BESIDE ((size_t)4096) /* bytes on each side that are looked at */
#define END ((size_t)64)      /* zeros behind them, which end what is taken for a string */

bool ob_world_came_to_rest(const struct ob_world *world)
{
    return world->run.ending.at_end && ob_queue_count(&world->run.queue) == 0;
}

/* -- monitors -- */

/* What only says when messages arrive, and what actors choose: nothing goes wrong by that. */
#define OPS_OF_ORDER                                                                               \
    (1u << OB_DELAY | 1u << OB_REORDER | 1u << OB_PREEMPT | 1u << OB_DRAW | 1u << OB_WALK |        \
     1u << OB_CHOOSE)

#define SIGHTS_OF_MESSAGES (OB_SIGHT_BIT(OB_SAW_SENT) | OB_SIGHT_BIT(OB_SAW_DELIVERED))

struct seen {
    uint64_t kinds_sent; /* by actors */
    uint64_t kinds_delivered;
    bool is_other; /* states have changed, or something may have gone wrong */
};

static struct seen what_was_seen(const struct ob_world *world)
{
    const struct ob_log *log = &world->run.log;
    const struct ob_scenario *scenario = world->run.scenario;
    struct seen seen = {0};
    for (unsigned at = 0; at < scenario->deviation_count; at++)
        seen.is_other |= !(OPS_OF_ORDER >> scenario->deviations[at].op & 1);
    for (uint32_t sent = 0; sent < log->sent_count; sent++)
        if (log->sent[sent].message.from != OB_OUTSIDE && !ob_comes_by_itself(&log->sent[sent]))
            seen.kinds_sent |= OB_KIND_BIT(log->sent[sent].message.kind);
    for (uint32_t at = 0; at < log->delivery_count; at++)
        if (log->deliveries[at].sent != OB_NONE)
            seen.kinds_delivered |= OB_KIND_BIT(log->sent[log->deliveries[at].sent].message.kind);
    for (unsigned id = 1; id <= world->actor_count; id++)
        seen.is_other |=
            world->actors[id].abstract_state != world->actors_initial[id].abstract_state;
    return seen;
}

static bool has_used(const struct ob_monitor_type *type, const struct seen *seen)
{
    uint32_t sights = type->sights ? type->sights : UINT32_MAX;
    uint64_t kinds = type->kinds ? type->kinds : UINT64_MAX;
    return (sights & OB_SIGHT_BIT(OB_SAW_SENT) && kinds & seen->kinds_sent) ||
           (sights & OB_SIGHT_BIT(OB_SAW_DELIVERED) && kinds & seen->kinds_delivered) ||
           (sights & ~SIGHTS_OF_MESSAGES && seen->is_other);
}

uint32_t ob_world_monitors_used(const struct ob_world *world)
{
    uint32_t used = 0;
    if (world->monitor_count == 0)
        return 0;
    struct seen seen = what_was_seen(world);
    for (unsigned at = 0; at < world->monitor_count; at++)
        if (has_used(world->monitors[at], &seen))
            used |= UINT32_C(1) << at;
    return used;
}

bool ob_world_state_changed(const struct ob_world *world, unsigned id)
{
    assert(id >= 1 && id <= ob_party_count(world));
    const struct ob_actor *actor = &world->actors[id];
    const uint8_t *state = actor->state;
    size_t place = (size_t)(state - world->arena.base);
    assert(place + actor->state_size <= world->arena_initial_used);
    return memcmp(state, (const uint8_t *)world->arena_initial + place, actor->state_size) != 0;
}

bool ob_world_is_spare(const struct ob_world *world, unsigned id)
{
    assert(id >= 1 && id <= ob_party_count(world));
    const struct ob_actor *actor = &world->actors_initial[id];
    return actor->unborn && actor->group_index > 0;
}

/* -- what a description reads -- */

static void describe_amid(struct ob_world *world, unsigned id, uint8_t *memory, int beside,
                          struct ob_text *text)
{
    struct ob_actor *actor = &world->actors[id];
    void *state = actor->state;
    memset(memory, beside, BESIDE);
    memcpy(memory + BESIDE, state, actor->state_size);
    memset(memory + BESIDE + actor->state_size, beside, BESIDE);
    memset(memory + 2 * BESIDE + actor->state_size, 0, END);
    actor->state = memory + BESIDE;
    ob_world_describe(world, id, text);
    actor->state = state;
}

/* One that says something else each time shows nothing by doing so. Bytes of 0 and 1 are both
 * values of every type. */
bool ob_world_describe_strays(struct ob_world *world, unsigned id)
{
    static const int beside[] = {0, 0, 1};
    struct ob_text texts[3] = {{0}};
    uint8_t *memory = malloc(2 * BESIDE + world->actors[id].state_size + END);
    for (unsigned at = 0; memory && at < 3; at++)
        describe_amid(world, id, memory, beside[at], &texts[at]);
    bool strays = strcmp(ob_text_string(&texts[0]), ob_text_string(&texts[1])) == 0 &&
                  strcmp(ob_text_string(&texts[1]), ob_text_string(&texts[2])) != 0;
    for (unsigned at = 0; at < 3; at++)
        ob_text_release(&texts[at]);
    free(memory);
    return strays;
}
