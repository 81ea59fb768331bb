#include "world/walk_set.h"

#include "world/walk_event.h"

#define GOLDEN 0x9e3779b97f4a7c15u
#define BAG_MIN 8u
#define LISTED_OF_MANY 16u

static enum ob_walk_strategy strategy(const struct ob_world *world)
{
    return (enum ob_walk_strategy)world->walk.strategy;
}

/* -- bags -- */

/* The pool holds four times as many events as there can be: bags double, and what they leave behind
 * is less than what they take. */
static void bag_grow(struct ob_world *world, struct ob_walk_bag *bag)
{
    struct ob_walk_run *walk = &world->walk;
    uint32_t *pool = world->walker->pool;
    uint32_t capacity = bag->capacity ? 2 * bag->capacity : BAG_MIN;
    assert(walk->pool_used + capacity <= sizeof world->walker->pool / sizeof *pool);
    memcpy(pool + walk->pool_used, pool + bag->first, bag->count * sizeof *pool);
    bag->first = walk->pool_used;
    bag->capacity = capacity;
    walk->pool_used += capacity;
}

static void bag_add(struct ob_world *world, struct ob_walk_bag *bag, uint32_t event)
{
    if (bag->count == bag->capacity)
        bag_grow(world, bag);
    world->walker->pool[bag->first + bag->count] = event;
    world->walker->places[event] = bag->count++;
}

static void bag_remove(struct ob_world *world, struct ob_walk_bag *bag, uint32_t event)
{
    uint32_t *events = world->walker->pool + bag->first;
    uint32_t place = world->walker->places[event];
    assert(place < bag->count && events[place] == event);
    uint32_t last = events[--bag->count];
    events[place] = last;
    world->walker->places[last] = place;
    world->walker->places[event] = OB_WALK_ABSENT;
}

static uint32_t bag_draw(struct ob_world *world, const struct ob_walk_bag *bag)
{
    uint32_t place = ob_rng_below(&world->walk.rng, bag->count);
    return world->walker->pool[bag->first + place];
}

/* -- pct -- */

/* What has a priority of its own: a link that keeps the order, or a message on one that does not,
 * or a task, or an actor that wakes. */
static uint64_t link_of(const struct ob_world *world, uint32_t event)
{
    uint32_t base = ob_event_base(world);
    if (event < base)
        return ob_walk_actor_of(world, event);
    if (ob_walk_is_outside(world, event))
        return UINT64_C(1) << 62 | (event - base - OB_SENT_MAX);
    const struct ob_sent *sent = &world->run.log.sent[event - base];
    uint64_t link = ob_walk_way_of(world, sent);
    if (sent->flags & OB_SENT_RESUME) /* each task is a thread of its own */
        return link | UINT64_C(1) << 63 | (uint64_t)sent->message.args[0] << 32;
    return sent->flags & OB_SENT_FIFO ? link : link | (uint64_t)(event - base + 1) << 32;
}

static uint64_t priority_of(const struct ob_world *world, uint32_t event)
{
    const struct ob_walk_run *walk = &world->walk;
    uint64_t link = link_of(world, event);
    for (unsigned at = 0; at < walk->lowered_count; at++)
        if (walk->lowered_link[at] == link)
            return walk->depth - at;
    return ob_mix64(walk->seed ^ link * GOLDEN) | UINT64_C(1) << 32;
}

static void heap_set(struct ob_walker *walker, uint32_t place, struct ob_walk_entry entry)
{
    walker->heap[place] = entry;
    walker->places[entry.event] = place;
}

static void heap_up(struct ob_walker *walker, uint32_t place, struct ob_walk_entry entry)
{
    while (place > 0 && walker->heap[(place - 1) / 2].priority < entry.priority) {
        heap_set(walker, place, walker->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    heap_set(walker, place, entry);
}

static void heap_down(struct ob_walker *walker, uint32_t count, uint32_t place,
                      struct ob_walk_entry entry)
{
    for (uint32_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
        child +=
            child + 1 < count && walker->heap[child + 1].priority > walker->heap[child].priority;
        if (walker->heap[child].priority <= entry.priority)
            break;
        heap_set(walker, place, walker->heap[child]);
        place = child;
    }
    heap_set(walker, place, entry);
}

static void heap_remove(struct ob_world *world, uint32_t event)
{
    struct ob_walker *walker = world->walker;
    uint32_t place = walker->places[event];
    uint32_t count = world->walk.set_count;
    struct ob_walk_entry last = walker->heap[count];
    assert(place <= count && walker->heap[place].event == event);
    walker->places[event] = OB_WALK_ABSENT;
    if (place == count)
        return;
    if (place > 0 && walker->heap[(place - 1) / 2].priority < last.priority)
        heap_up(walker, place, last);
    else
        heap_down(walker, count, place, last);
}

bool ob_walk_set_lower(struct ob_world *world, uint32_t event)
{
    struct ob_walk_run *walk = &world->walk;
    bool is_due = false;
    for (unsigned at = walk->lowered_count; at + 1u < walk->depth && !is_due; at++)
        is_due = walk->change_at[at] == walk->steps;
    if (!is_due)
        return false;
    walk->change_at[walk->lowered_count] = OB_NONE;
    walk->lowered_link[walk->lowered_count++] = link_of(world, event);
    ob_walk_set_remove(world, event, false);
    ob_walk_set_add(world, event);
    return true;
}

/* -- pos -- */

/* An exponential clock: -log2 of a random number, in units of 2^-40. By integers alone, as floating
 * point would not be the same everywhere. */
static uint64_t draw_clock(struct ob_rng *rng)
{
    uint32_t number = (uint32_t)(ob_rng_next(rng) >> 32) | 1;
    unsigned zeros = (unsigned)__builtin_clz(number);
    uint32_t fraction = (uint32_t)(((uint64_t)number << (zeros + 1)) & UINT32_MAX) >> 16;
    /* log2(1 + f) is f + 0.344 f (1 - f), nearly. */
    uint32_t bulge = (uint32_t)((uint64_t)fraction * (65536 - fraction) >> 16) * 22544u >> 16;
    uint64_t clock = ((uint64_t)(zeros + 1) << 16) - fraction - bulge;
    return clock << 24;
}

static void play(struct ob_walk_fixed *fixed, unsigned actor)
{
    for (unsigned node = (fixed->tree_size + actor) / 2; node > 0; node /= 2) {
        unsigned left = 2 * node;
        bool leaves = left >= fixed->tree_size;
        unsigned one = leaves ? left - fixed->tree_size : fixed->winners[left];
        unsigned two = leaves ? left + 1 - fixed->tree_size : fixed->winners[left + 1];
        fixed->winners[node] = (uint8_t)(fixed->clocks[two] < fixed->clocks[one] ? two : one);
    }
}

/* Another clock counts as the actor's first, no matter which actor it belongs to. */
static void draw_first(struct ob_world *world, unsigned actor, uint64_t since)
{
    struct ob_walk_fixed *fixed = &world->walker->fixed;
    const struct ob_walk_bag *bag = &fixed->bags[actor];
    fixed->clocks[actor] = OB_NEVER;
    if (bag->count > 0) {
        fixed->clocks[actor] = since + draw_clock(&world->walk.rng) / bag->count;
        fixed->best[actor] = bag_draw(world, bag);
    }
    play(fixed, actor);
}

static void pos_add(struct ob_world *world, uint32_t event)
{
    struct ob_walk_fixed *fixed = &world->walker->fixed;
    unsigned actor = ob_walk_actor_of(world, event);
    uint64_t clock = draw_clock(&world->walk.rng);
    bag_add(world, &fixed->bags[actor], event);
    if (clock >= fixed->clocks[actor])
        return;
    fixed->clocks[actor] = clock;
    fixed->best[actor] = event;
    play(fixed, actor);
}

/* -- all of them -- */

void ob_walk_set_begin(struct ob_world *world)
{
    struct ob_walk_fixed *fixed = &world->walker->fixed;
    unsigned bags = strategy(world) == OB_WALK_POS ? world->actor_count + 1 : 1;
    memset(fixed->bags, 0, bags * sizeof *fixed->bags);
    world->walk.pool_used = 0;
    world->walk.set_count = 0;
    if (strategy(world) != OB_WALK_POS)
        return;
    fixed->tree_size = 2;
    while (fixed->tree_size < bags)
        fixed->tree_size *= 2;
    for (unsigned actor = 0; actor < OB_WALK_LEAVES; actor++)
        fixed->clocks[actor] = OB_NEVER;
    for (unsigned actor = 0; actor < fixed->tree_size; actor += 2)
        play(fixed, actor);
}

void ob_walk_set_add(struct ob_world *world, uint32_t event)
{
    uint32_t place = world->walk.set_count++;
    switch (strategy(world)) {
    case OB_WALK_PCT: {
        struct ob_walk_entry entry = {.priority = priority_of(world, event), .event = event};
        heap_up(world->walker, place, entry);
        break;
    }
    case OB_WALK_POS:
        pos_add(world, event);
        break;
    default:
        bag_add(world, &world->walker->fixed.bags[0], event);
        break;
    }
}

void ob_walk_set_remove(struct ob_world *world, uint32_t event, bool taken)
{
    struct ob_walk_fixed *fixed = &world->walker->fixed;
    unsigned actor = 0;
    assert(world->walk.set_count > 0);
    world->walk.set_count--;
    switch (strategy(world)) {
    case OB_WALK_PCT:
        heap_remove(world, event);
        break;
    case OB_WALK_POS:
        actor = ob_walk_actor_of(world, event);
        bag_remove(world, &fixed->bags[actor], event);
        if (taken || fixed->best[actor] == event)
            draw_first(world, actor, taken ? 0 : fixed->clocks[actor]);
        break;
    default:
        bag_remove(world, &fixed->bags[0], event);
        break;
    }
}

uint32_t ob_walk_set_draw(struct ob_world *world)
{
    const struct ob_walk_fixed *fixed = &world->walker->fixed;
    unsigned winner = 0;
    switch (strategy(world)) {
    case OB_WALK_PCT:
        return world->walk.set_count ? world->walker->heap[0].event : OB_NONE;
    case OB_WALK_POS:
        winner = fixed->winners[1];
        return fixed->clocks[winner] != OB_NEVER ? fixed->best[winner] : OB_NONE;
    default:
        return fixed->bags[0].count ? bag_draw(world, &fixed->bags[0]) : OB_NONE;
    }
}

static unsigned list_heap(const struct ob_world *world, const struct ob_walk_bar bars[2],
                          uint32_t *events, unsigned most)
{
    const struct ob_walk_entry *heap = world->walker->heap;
    unsigned count = 0;
    for (unsigned at = 0; at < most; at++) {
        events[count] = heap[at].event;
        count += !ob_walk_is_barred(bars, heap[at].event);
    }
    return count;
}

static unsigned list_bag(const struct ob_world *world, const struct ob_walk_bag *bag,
                         const struct ob_walk_bar bars[2], uint32_t *events, unsigned most)
{
    const uint32_t *pool = world->walker->pool + bag->first;
    unsigned count = 0;
    for (unsigned at = 0; at < most; at++) {
        events[count] = pool[at];
        count += !ob_walk_is_barred(bars, pool[at]);
    }
    return count;
}

unsigned ob_walk_set_list(const struct ob_world *world, const struct ob_walk_bar bars[2],
                          uint32_t *events, bool *all)
{
    const struct ob_walk_bag *bags = world->walker->fixed.bags;
    uint32_t left = world->walk.set_count;
    unsigned count = 0;
    *all = left <= OB_WALK_LISTED_MAX;
    if (!*all)
        left = LISTED_OF_MANY;
    if (strategy(world) == OB_WALK_PCT)
        return list_heap(world, bars, events, left);
    for (uint32_t bag = 0; left > 0; bag++) {
        unsigned most = bags[bag].count < left ? bags[bag].count : left;
        count += list_bag(world, &bags[bag], bars, events + count, most);
        left -= most;
    }
    return count;
}

uint64_t ob_walk_set_rank(struct ob_world *world, uint32_t event)
{
    unsigned actor = 0;
    switch (strategy(world)) {
    case OB_WALK_PCT:
        return world->walker->places[event] < OB_WALK_LATER
                   ? world->walker->heap[world->walker->places[event]].priority
                   : priority_of(world, event);
    case OB_WALK_POS:
        actor = ob_walk_actor_of(world, event);
        if (world->walker->fixed.best[actor] == event)
            return ~world->walker->fixed.clocks[actor];
        return ~draw_clock(&world->walk.rng);
    default:
        return ob_rng_next(&world->walk.rng);
    }
}
