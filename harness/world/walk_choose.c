#include "world/walk_choose.h"

#include "world/walk_set.h"

#define TRIES_MAX 8u
#define SCANNED_MAX 16u    /* of a large set, at each end */
#define CONSIDERED_MAX 16u /* possible ones that are compared */
/* A step is not put off for longer than anybody waits for: the outside may take an hour. */
#define LATE_US_MAX (UINT64_C(60) * 1000000)

static bool is_possible(struct ob_world *world, uint32_t event, uint64_t limit)
{
    return ob_walk_key(world, event) != OB_NEVER &&
           ob_walk_key_at(world, event, ob_walk_earliest_us(world, event)) <= limit;
}

struct best {
    uint64_t limit;
    unsigned left; /* so many possible ones may yet be considered */
    uint64_t rank;
    uint32_t event;
};

static void consider(struct ob_world *world, uint32_t event, struct best *best)
{
    if (!is_possible(world, event, best->limit))
        return;
    uint64_t rank = ob_walk_set_rank(world, event);
    best->left--;
    if (best->event != OB_NONE && rank <= best->rank)
        return;
    best->event = event;
    best->rank = rank;
}

static void consider_place(struct ob_world *world, uint32_t event, struct best *best)
{
    if (world->walker->places[event] < OB_WALK_LATER)
        consider(world, event, best);
}

/* In a large set few are possible only where the limit is this microsecond or the next one: those
 * that were sent late enough not to have been passed over yet, or early enough to come before it.
 */
static void scan_ends(struct ob_world *world, struct best *best)
{
    uint32_t base = ob_event_base(world);
    uint32_t end = base + world->walk.known;
    uint32_t most = ob_key_event(best->limit);
    uint32_t last = ob_key_event(world->walk.last_key);
    unsigned inputs = world->run.scenario->message_count;
    if (most < end)
        end = most + 1;
    for (uint32_t at = 0; at < SCANNED_MAX && end > at + base && best->left > CONSIDERED_MAX / 2;
         at++)
        consider_place(world, end - 1 - at, best);
    for (uint32_t at = last + 1; at < end && at <= last + SCANNED_MAX && best->left > 0; at++)
        consider_place(world, at, best);
    for (unsigned at = world->run.outside_next; at < inputs && best->left > 0; at++)
        consider_place(world, ob_walk_outside_event(world, at), best);
}

/* What is not possible by its number alone, without a look at it: in the microsecond of the limit
 * what is behind that, and in this one what was passed over. */
static void find_bars(const struct ob_world *world, uint64_t limit, struct ob_walk_bar bars[2])
{
    const struct ob_run *run = &world->run;
    uint32_t last = ob_key_event(world->walk.last_key);
    uint32_t most = ob_key_event(limit);
    uint32_t end = ob_walk_outside_event(world, 0); /* what is not sent yet has no number */
    uint64_t limit_us = ob_key_time_us(limit);
    bars[0] = bars[1] = (struct ob_walk_bar){0};
    if (limit_us > run->now_us + 1 || ob_key_time_us(world->walk.last_key) != run->now_us)
        return;
    if (limit_us > run->now_us) {
        if (last > most)
            bars[0] = (struct ob_walk_bar){most + 1, last - most};
        return;
    }
    bars[0] = (struct ob_walk_bar){0, last + 1};
    if (most + 1 < end)
        bars[1] = (struct ob_walk_bar){most + 1, end - most - 1};
}

/* Where the one of the strategy is not possible: the best of the others, or OB_NONE. */
static uint32_t choose_slowly(struct ob_world *world, uint64_t limit,
                              const struct ob_walk_bar bars[2])
{
    struct best best = {.limit = limit, .left = CONSIDERED_MAX, .event = OB_NONE};
    uint32_t events[OB_WALK_LISTED_MAX];
    bool all = false;
    unsigned count = ob_walk_set_list(world, bars, events, &all);
    for (unsigned at = 0; at < count && best.left > 0; at++)
        consider(world, events[at], &best);
    if (!all && best.event == OB_NONE)
        scan_ends(world, &best);
    return best.event;
}

static uint32_t choose(struct ob_world *world, uint64_t limit)
{
    struct ob_walk_bar bars[2];
    unsigned tries = world->walk.strategy == OB_WALK_RANDOM ? TRIES_MAX : 1;
    find_bars(world, limit, bars);
    while (tries > 0) {
        uint32_t event = ob_walk_set_draw(world);
        if (event == OB_NONE)
            return OB_NONE;
        if (ob_walk_is_barred(bars, event)) {
            tries--;
            continue;
        }
        if (ob_walk_key(world, event) == OB_NEVER) { /* it was cancelled */
            ob_walk_set_remove(world, event, false);
            continue;
        }
        if (ob_walk_key_at(world, event, ob_walk_earliest_us(world, event)) <= limit)
            return event;
        tries--;
    }
    return choose_slowly(world, limit, bars);
}

/* The outside is put off for as long as its link says, counted from when it was due; where
 * something else leaves it no place there, for a little longer. */
static uint64_t patience_of(const struct ob_world *world)
{
    unsigned next = world->run.outside_next;
    if (next == world->run.scenario->message_count)
        return OB_NEVER;
    return ob_key(world->walker->fixed.due_us[next] + UINT32_MAX, 0);
}

uint32_t ob_walk_choose(struct ob_world *world, uint64_t limit)
{
    uint64_t patience = patience_of(world);
    uint32_t event = OB_NONE;
    do {
        event = choose(world, patience < limit ? patience : limit);
        if (event == OB_NONE && patience < limit)
            event = choose(world, limit);
    } while (world->walk.strategy == OB_WALK_PCT && event != OB_NONE &&
             ob_walk_set_lower(world, event));
    return event;
}

uint64_t ob_walk_draw_time_us(struct ob_world *world, uint32_t event, uint64_t limit)
{
    static const uint8_t one_in[OB_LATE_RATES] = {
        [OB_LATE_HALF] = 2, [OB_LATE_QUARTER] = 4, [OB_LATE_EIGHTH] = 8};
    struct ob_walk_run *walk = &world->walk;
    uint64_t time_us = ob_walk_earliest_us(world, event);
    if (walk->late == OB_LATE_NEVER || ob_rng_below(&walk->rng, one_in[walk->late]) > 0)
        return time_us;
    uint64_t latest_us = ob_key_time_us(limit);
    if (latest_us > time_us && ob_walk_key_at(world, event, latest_us) > limit)
        latest_us--;
    return latest_us > time_us && latest_us - time_us <= LATE_US_MAX ? latest_us : time_us;
}
