/*
 * Every order of a scenario's messages by brute force: each choice that is possible is made, at
 * every place, without any reduction. What searches find is compared with this.
 *
 * Two ways of keeping the time. One clock, as walks have it: nothing comes before what was chosen
 * before it. A clock an actor, as exhaustive exploration has it: everything comes as early as its
 * order permits.
 */
#ifndef OFFBEAT_TESTS_EVERY_ORDER_H
#define OFFBEAT_TESTS_EVERY_ORDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the first four */

#include "base/rng.h"
#include "base/tally.h"
#include "world/world.h"

#define EVERY_ORDER_CHOICES_MAX 64

enum every_order_time {
    CLOCK_AN_ACTOR,
    ONE_CLOCK,
    ONE_CLOCK_PROMPT, /* the same without what is late without having to be */
};

struct every_order {
    struct ob_world *world;
    enum every_order_time time;
    struct ob_tally places; /* that were looked at: what went before, up to equivalence */
    struct ob_tally hashes; /* causal, of complete executions */
};

static inline bool tally_has(const struct ob_tally *tally, uint64_t number)
{
    for (size_t at = 0; at < tally->capacity; at++)
        if (tally->entries[at].count && tally->entries[at].number == number)
            return true;
    return false;
}

static inline bool tally_has_all(const struct ob_tally *tally, const struct ob_tally *of)
{
    for (size_t at = 0; at < of->capacity; at++)
        if (of->entries[at].count && !tally_has(tally, of->entries[at].number))
            return false;
    return true;
}

/* Executions that got here with equal hashes have the same future: the same deliveries at the same
 * times, up to the order of independent ones. */
static inline uint64_t every_order_place(const struct every_order *orders, uint64_t now_us)
{
    const struct ob_world *world = orders->world;
    uint64_t hash = ob_world_causal_hash(world);
    if (orders->time != CLOCK_AN_ACTOR)
        hash += ob_mix64(now_us + 1);
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent != OB_NONE)
            hash += ob_mix64(ob_world_message_identity(world, delivery->sent) ^
                             ob_mix64(delivery->time_us));
    }
    return hash;
}

static inline uint64_t later_of(uint64_t one_us, uint64_t other_us)
{
    return one_us > other_us ? one_us : other_us;
}

/* When a choice would happen, or UINT64_MAX when it cannot be next. */
static inline uint64_t every_order_when(const struct every_order *orders,
                                        const struct ob_choice *choice, uint64_t now_us,
                                        uint64_t deadline_us)
{
    uint64_t own_us = later_of(choice->earliest_us, ob_world_last_us(orders->world, choice->actor));
    uint64_t time_us =
        orders->time == CLOCK_AN_ACTOR ? own_us : later_of(choice->earliest_us, now_us);
    if (time_us > deadline_us && (orders->time == CLOCK_AN_ACTOR || time_us > now_us))
        return UINT64_MAX;
    if (orders->time == ONE_CLOCK_PROMPT && time_us > own_us)
        return UINT64_MAX;
    return time_us;
}

/* As deep as the execution is long, which is a few dozen in tests. */
static inline void every_order_from(struct every_order *orders, uint64_t now_us)
{
    struct ob_choice choices[EVERY_ORDER_CHOICES_MAX];
    if (ob_tally_add(&orders->places, every_order_place(orders, now_us), 1) != 0)
        return;
    size_t count = ob_world_choices(orders->world, choices, EVERY_ORDER_CHOICES_MAX);
    assert_true(count < EVERY_ORDER_CHOICES_MAX);
    if (count == 0) {
        (void)ob_world_close(orders->world);
        assert_true(ob_tally_add(&orders->hashes, ob_world_causal_hash(orders->world), 1) >= 0);
        return;
    }
    uint64_t deadline_us = UINT64_MAX;
    for (size_t at = 0; at < count; at++)
        if (choices[at].latest_us < deadline_us)
            deadline_us = choices[at].latest_us;
    struct ob_snapshot *snapshot = ob_snapshot_take(orders->world);
    assert_non_null(snapshot);
    for (size_t at = 0; at < count; at++) {
        uint64_t time_us = every_order_when(orders, &choices[at], now_us, deadline_us);
        if (time_us == UINT64_MAX)
            continue;
        (void)ob_world_choose(orders->world, &choices[at], time_us);
        every_order_from(orders, later_of(time_us, now_us));
        ob_snapshot_restore(orders->world, snapshot);
    }
    ob_snapshot_free(snapshot);
}

/* Release the result with every_order_release(). */
static inline struct every_order every_order_of(struct ob_world *world,
                                                const struct ob_scenario *scenario,
                                                enum every_order_time time)
{
    struct every_order orders = {.world = world, .time = time};
    ob_world_keep_going(world, true);
    ob_world_open(world, scenario);
    every_order_from(&orders, 0);
    ob_world_keep_going(world, false);
    return orders;
}

static inline void every_order_release(struct every_order *orders)
{
    ob_tally_release(&orders->places);
    ob_tally_release(&orders->hashes);
}

/*
 * Whether something in the world's last run came later than its order made it: later than its least
 * latency, and than what its receiver had handled before. Only walks do that. Timers are never
 * late, as none of the targets in question allows it.
 */
static inline bool run_has_late_delivery(const struct ob_world *world,
                                         const struct ob_scenario *scenario)
{
    uint64_t outside_us[OB_MESSAGES_MAX];
    uint64_t time_us = 0;
    for (unsigned index = 0; index < scenario->message_count; index++)
        outside_us[index] = time_us += scenario->messages[index].delay_us;
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        const struct ob_sent *sent = ob_world_sent(world, delivery->sent);
        if (ob_world_is_timer(world, delivery->sent) || (delivery->flags & OB_DELIVERY_RETRIED))
            continue;
        uint64_t due_us =
            sent->message.from == OB_OUTSIDE
                ? outside_us[ob_world_outside_index(world, delivery->sent)]
                : sent->time_us + ob_world_link(world, sent->message.from, sent->to)->latency_us;
        if (delivery->previous != OB_NONE)
            due_us = later_of(due_us, ob_world_delivery(world, delivery->previous)->time_us);
        if (delivery->time_us > due_us)
            return true;
    }
    return false;
}

#endif
