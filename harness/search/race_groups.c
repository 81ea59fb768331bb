#include "search/race_groups.h"
#include "world/trace.h"

#include <assert.h>

static bool same(struct ob_selector one, struct ob_selector other)
{
    return one.from == other.from && one.to == other.to && one.kind == other.kind &&
           one.nth == other.nth;
}

static struct ob_selector selector_of(const struct ob_world *world, uint32_t sent,
                                      enum ob_granularity granularity)
{
    const struct ob_sent *message = ob_world_sent(world, sent);
    struct ob_selector which = {.to = (uint8_t)message->to,
                                .kind = (uint8_t)(message->message.kind + 1)};
    if (granularity != OB_BY_KIND)
        which.from = (uint8_t)(message->message.from + 1);
    if (granularity == OB_BY_MESSAGE) {
        uint32_t ordinal = ob_world_ordinal(world, sent);
        which.nth = (uint8_t)(ordinal < UINT8_MAX ? ordinal + 1 : 0);
    }
    return which;
}

static struct ob_group *find(struct ob_groups *groups, struct ob_selector which)
{
    for (unsigned index = 0; index < groups->count; index++)
        if (same(groups->list[index].which, which))
            return &groups->list[index];
    return NULL;
}

/* A place for a new group: the next one, or, when all are taken, sometimes that of another, so that
 * each of the groups that there are has a chance. */
static struct ob_group *place(struct ob_groups *groups, uint32_t *seen, struct ob_rng *rng)
{
    (*seen)++;
    if (groups->count < OB_GROUPS_MAX)
        return &groups->list[groups->count++];
    uint32_t at = ob_rng_below(rng, *seen);
    return at < OB_GROUPS_MAX ? &groups->list[at] : NULL;
}

/* How many like it the actor has handled before: what a reorder that waits for this one counts. */
static uint8_t handled_before(const struct ob_world *world, uint32_t delivery,
                              const struct ob_selector *awaited)
{
    uint32_t count = 0;
    for (uint32_t at = ob_world_delivery(world, delivery)->previous; at != OB_NONE;) {
        const struct ob_delivery *other = ob_world_delivery(world, at);
        at = other->previous;
        if (other->sent == OB_NONE || (other->flags & OB_DELIVERY_POSTPONED))
            continue;
        const struct ob_message *message = &ob_world_sent(world, other->sent)->message;
        count += message->kind + 1 == awaited->kind &&
                 (!awaited->from || message->from + 1 == awaited->from);
    }
    return (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX);
}

static bool is_fixed(const struct ob_world *world, uint32_t sent)
{
    return ob_world_is_timer(world, sent) && ob_world_lateness(world, sent) == 0;
}

static void add_delivery(struct ob_groups *groups, const struct ob_world *world, uint32_t delivery,
                         enum ob_granularity granularity, uint32_t *seen, struct ob_rng *rng)
{
    uint32_t sent = ob_world_delivery(world, delivery)->sent;
    struct ob_selector which = selector_of(world, sent, granularity);
    struct ob_group *group = find(groups, which);
    if (group) {
        group->count++;
        return;
    }
    group = place(groups, seen, rng);
    if (!group)
        return;
    *group = (struct ob_group){.which = which, .first = delivery, .count = 1};
    group->awaited = (struct ob_selector){.from = which.from, .kind = which.kind};
    group->is_fixed = is_fixed(world, sent);
    if (granularity == OB_BY_MESSAGE)
        group->awaited.nth = handled_before(world, delivery, &group->awaited);
}

static void add_silent_timers(struct ob_groups *groups, const struct ob_world *world)
{
    for (uint32_t sent = 0; sent < ob_world_sent_count(world) && groups->count < OB_GROUPS_MAX;
         sent++) {
        const struct ob_sent *timer = ob_world_sent(world, sent);
        if (timer->to != groups->actor || !ob_world_is_timer(world, sent))
            continue;
        /* What fired is a group already, whatever it is grouped by. */
        struct ob_selector which = {.to = (uint8_t)timer->to,
                                    .kind = (uint8_t)(timer->message.kind + 1)};
        bool known = false;
        for (unsigned index = 0; index < groups->count && !known; index++)
            known = groups->list[index].which.kind == which.kind;
        if (known)
            continue;
        groups->list[groups->count++] = (struct ob_group){.which = which,
                                                          .awaited = {.kind = which.kind},
                                                          .first = OB_NONE,
                                                          .is_fixed = is_fixed(world, sent)};
    }
}

static void sort_by_delivery(struct ob_groups *groups)
{
    for (unsigned index = 1; index < groups->count; index++) {
        struct ob_group group = groups->list[index];
        unsigned at = index;
        for (; at > 0 && groups->list[at - 1].first > group.first; at--)
            groups->list[at] = groups->list[at - 1];
        groups->list[at] = group;
    }
}

static void find_dependences(struct ob_groups *groups, const struct ob_world *world)
{
    for (unsigned later = 1; later < groups->count; later++) {
        struct ob_group *group = &groups->list[later];
        for (unsigned earlier = 0; earlier < later && group->first != OB_NONE; earlier++)
            if (!ob_world_races(world, groups->list[earlier].first, group->first))
                group->depends_on |= UINT64_C(1) << earlier;
        assert(group->depends_on >> later == 0);
    }
}

/* Whether a delivery is one that a reorder could have put elsewhere. */
static bool counts(const struct ob_delivery *delivery, unsigned actor)
{
    unsigned other = OB_DELIVERY_LOST | OB_DELIVERY_RETRIED | OB_DELIVERY_COPY;
    return delivery->actor == actor && delivery->sent != OB_NONE && !(delivery->flags & other);
}

bool ob_groups_read(struct ob_groups *groups, const struct ob_world *world, unsigned actor,
                    enum ob_granularity granularity, struct ob_rng *rng)
{
    uint32_t seen = 0;
    uint32_t total = 0;
    uint32_t met = 0;
    assert(actor >= 1 && actor <= ob_world_vocabulary(world)->actor_count);
    groups->actor = actor;
    groups->count = 0;
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++)
        total += counts(ob_world_delivery(world, index), actor);
    /* Of single messages a stretch is taken: what lies side by side is what races most likely, and
     * to name each of many messages takes long. */
    uint32_t most = granularity == OB_BY_MESSAGE ? OB_GROUPS_MAX : total;
    uint32_t skip = total > most ? ob_rng_below(rng, total - most + 1) : 0;
    for (uint32_t index = 0; index < ob_world_delivery_count(world) && met < skip + most; index++)
        if (counts(ob_world_delivery(world, index), actor) && met++ >= skip)
            add_delivery(groups, world, index, granularity, &seen, rng);
    add_silent_timers(groups, world);
    sort_by_delivery(groups);
    assert(groups->count <= OB_GROUPS_MAX);
    find_dependences(groups, world);
    return seen <= OB_GROUPS_MAX && total <= most;
}

bool ob_groups_race(const struct ob_groups *groups, unsigned one, unsigned other)
{
    assert(one < groups->count && other < groups->count && one != other);
    unsigned earlier = one < other ? one : other;
    unsigned later = one < other ? other : one;
    return !(groups->list[later].depends_on >> earlier & 1);
}
