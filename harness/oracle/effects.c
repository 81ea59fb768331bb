/* Effects that must happen once: how often each has, and who was told of it. */
#include <inttypes.h>

#include "oracle/records.h"
#include "world/judge.h"

struct ob_effect {
    uint64_t key;
    uint32_t count;
    uint16_t told_by;
    bool is_acknowledged;
};

/* The entry of a key, made when it is new. NULL when oracles do not ask for it, or there is no
 * room. */
static struct ob_effect *entry_of(struct ob_world *world, uint64_t key)
{
    if (!ob_world_oracle(world, &ob_checker_effects))
        return NULL;
    struct ob_list *list = &ob_records_of(world)->effects;
    struct ob_effect *effects = list->items;
    for (uint32_t at = 0; at < list->count; at++)
        if (effects[at].key == key)
            return &effects[at];
    struct ob_effect *effect = ob_list_add(world, list, sizeof *effect, OB_EFFECTS_MAX);
    if (effect)
        *effect = (struct ob_effect){.key = key};
    return effect;
}

void ob_effect(struct ob_actor *self, uint64_t key)
{
    struct ob_world *world = ob_world(self);
    struct ob_effect *effect = entry_of(world, key);

    if (effect && ++effect->count > 1)
        OB_ORACLE_VIOLATION(world, ob_world_oracle(world, &ob_checker_effects), effect_once,
                            "effect %" PRIu64 " happened a second time, at %s", key, ob_name(self));
}

void ob_effect_undone(struct ob_actor *self, uint64_t key)
{
    struct ob_effect *effect = entry_of(ob_world(self), key);

    if (effect && effect->count > 0)
        effect->count--;
}

void ob_effect_acknowledged(struct ob_actor *self, uint64_t key)
{
    struct ob_effect *effect = entry_of(ob_world(self), key);

    if (!effect)
        return;
    effect->is_acknowledged = true;
    effect->told_by = (uint16_t)ob_id(self);
}

static void check(struct ob_world *world, const struct ob_oracle *oracle, bool quiescent)
{
    const struct ob_list *list = &ob_records_read(world)->effects;
    const struct ob_effect *effects = list->items;

    if (!quiescent || list->is_full)
        return;
    for (uint32_t at = 0; at < list->count; at++)
        if (effects[at].is_acknowledged && effects[at].count == 0)
            OB_ORACLE_VIOLATION(world, oracle, effect_lost,
                                "effect %" PRIu64 " was acknowledged at %s, but did not happen",
                                effects[at].key, ob_oracle_actor(world, effects[at].told_by));
}

static bool has_matter(const struct ob_world *world)
{
    return ob_records_read(world)->effects.count > 0;
}

const struct ob_checker ob_checker_effects = {
    .name = "effects", .end = check, .has_matter = has_matter};
