#include "search/walk.h"

#include <assert.h>

#include "base/rng.h"

/*
 * In one walk of so many, one step of so many happens as late as it may, unless that is longer than
 * anybody waits for: the outside may take an hour. Not in every walk: a late step uses up the time
 * in which another message could still be held back across a chain of others.
 */
#define LATE_WALK_ONE_IN 4
#define LATE_ONE_IN 4
#define LATE_US_MAX (UINT64_C(60) * 1000000)

static uint64_t first_deadline(const struct ob_choice *choices, size_t count)
{
    uint64_t deadline_us = UINT64_MAX;
    for (size_t at = 0; at < count; at++)
        if (choices[at].latest_us < deadline_us)
            deadline_us = choices[at].latest_us;
    return deadline_us;
}

/* Moves what may happen before the deadline, which is the first of all, to the front. Returns how
 * many there are. */
static size_t keep_possible(struct ob_choice *choices, size_t count, uint64_t deadline_us,
                            uint64_t now_us)
{
    size_t possible = 0;
    for (size_t at = 0; at < count; at++) {
        uint64_t time_us = choices[at].earliest_us > now_us ? choices[at].earliest_us : now_us;
        if (time_us > deadline_us && time_us > now_us)
            continue;
        struct ob_choice choice = choices[at];
        choices[at] = choices[possible];
        choices[possible++] = choice;
    }
    return possible;
}

struct walk {
    const struct ob_walk_options *options;
    struct ob_rng rng;
    uint64_t seed;
    uint32_t steps;
    uint32_t change_at[OB_PCT_DEPTH_MAX];    /* of PCT: the steps at which a priority falls */
    uint64_t lowered_link[OB_PCT_DEPTH_MAX]; /* of PCT: whose has fallen, the first the lowest but
                                                last to be chosen */
    unsigned lowered_count;
};

/* What has a priority of its own: a link that keeps the order, or a message on one that does not,
 * or a task. */
static uint64_t link_of(const struct ob_world *world, const struct ob_choice *choice)
{
    if (choice->sent == OB_NONE)
        return choice->actor;
    const struct ob_message *message = &ob_world_sent(world, choice->sent)->message;
    unsigned from = message->from;
    uint64_t link = (uint64_t)from << 16 | choice->actor;
    if (ob_world_is_resume(world, choice->sent)) /* each task is a thread of its own */
        return link | UINT64_C(1) << 63 | (uint64_t)message->args[0] << 32;
    return ob_world_link(world, from, choice->actor)->unordered
               ? link | (uint64_t)(choice->sent + 1) << 32
               : link;
}

static uint64_t link_priority(const struct walk *walk, uint64_t link)
{
    for (unsigned at = 0; at < walk->lowered_count; at++)
        if (walk->lowered_link[at] == link)
            return walk->options->depth - at;
    return ob_mix64(walk->seed ^ link * 0x9e3779b97f4a7c15u) | UINT64_C(1) << 32;
}

static size_t choose_pct(struct walk *walk, const struct ob_world *world,
                         const struct ob_choice *choices, size_t count)
{
    for (;;) {
        size_t best = 0;
        for (size_t at = 1; at < count; at++)
            if (link_priority(walk, link_of(world, &choices[at])) >
                link_priority(walk, link_of(world, &choices[best])))
                best = at;
        bool changes = false;
        for (unsigned at = walk->lowered_count; at + 1 < walk->options->depth && !changes; at++)
            changes = walk->change_at[at] == walk->steps;
        if (!changes || walk->lowered_count + 1 >= walk->options->depth)
            return best;
        walk->change_at[walk->lowered_count] = UINT32_MAX;
        walk->lowered_link[walk->lowered_count++] = link_of(world, &choices[best]);
    }
}

/* The deliveries that an actor has had are what was handled since the message was sent: each draws
 * anew. */
static uint64_t message_priority(const struct walk *walk, const struct ob_world *world,
                                 const struct ob_choice *choice)
{
    uint64_t handled = ob_world_handled_count(world, choice->actor);
    return ob_mix64(walk->seed ^ (choice->key & 0xfffff) * 0x9e3779b97f4a7c15u ^ handled << 40);
}

static size_t choose_pos(const struct walk *walk, const struct ob_world *world,
                         const struct ob_choice *choices, size_t count)
{
    size_t best = 0;
    for (size_t at = 1; at < count; at++)
        if (message_priority(walk, world, &choices[at]) >
            message_priority(walk, world, &choices[best]))
            best = at;
    return best;
}

static size_t choose(struct walk *walk, const struct ob_world *world,
                     const struct ob_choice *choices, size_t count)
{
    switch (walk->options->strategy) {
    case OB_WALK_PCT:
        return choose_pct(walk, world, choices, count);
    case OB_WALK_POS:
        return choose_pos(walk, world, choices, count);
    default:
        return ob_rng_below(&walk->rng, (uint32_t)count);
    }
}

const struct ob_verdict *ob_walk(struct ob_world *world, const struct ob_scenario *scenario,
                                 const struct ob_walk_options *options, uint64_t seed)
{
    struct ob_choice choices[OB_CHOICES_MAX];
    struct walk walk = {
        .options = options, .rng = {.state = ob_mix64(seed + 1)}, .seed = ob_mix64(~seed)};
    assert(options->depth <= OB_PCT_DEPTH_MAX);
    for (unsigned at = 0; at + 1 < options->depth; at++)
        walk.change_at[at] = ob_rng_below(&walk.rng, options->steps_hint ? options->steps_hint : 1);
    bool may_be_late = ob_rng_below(&walk.rng, LATE_WALK_ONE_IN) == 0;
    uint64_t now_us = 0;
    ob_world_open(world, scenario);
    for (;; walk.steps++) {
        size_t count = ob_world_choices(world, choices, OB_CHOICES_MAX);
        if (count == 0)
            return ob_world_close(world);
        uint64_t deadline_us = first_deadline(choices, count);
        count = keep_possible(choices, count, deadline_us, now_us);
        const struct ob_choice *choice = &choices[choose(&walk, world, choices, count)];
        if (choice->earliest_us > now_us)
            now_us = choice->earliest_us;
        /* Messages that are all early would never meet a timeout. */
        if (may_be_late && deadline_us > now_us && deadline_us - now_us <= LATE_US_MAX &&
            ob_rng_below(&walk.rng, LATE_ONE_IN) == 0)
            now_us = deadline_us;
        if (!ob_world_choose(world, choice, now_us))
            return ob_world_verdict(world);
    }
}
