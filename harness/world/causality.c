#include "world/causality.h"

typedef int16_t lanes __attribute__((vector_size(OB_CLOCK_LANES * sizeof(int16_t)), may_alias));

static int16_t *row_at(const struct ob_world *world, uint32_t delivery)
{
    return world->clocks + (size_t)delivery * world->clock_width;
}

/* Whether it is an event of its actor: something handled, or its death. */
static bool counts(const struct ob_delivery *delivery)
{
    return !(delivery->flags & OB_DELIVERY_LOST) || (delivery->flags & OB_DELIVERY_CRASHED);
}

static void fill(const struct ob_world *world, uint32_t index)
{
    const struct ob_delivery *delivery = &world->deliveries[index];
    int16_t *row = row_at(world, index);
    uint32_t count = world->clock_width / OB_CLOCK_LANES;
    uint32_t previous = delivery->previous;
    uint32_t cause = delivery->sent == OB_NONE ? OB_NONE : world->sent[delivery->sent].cause;
    if (previous == OB_NONE)
        previous = cause;
    if (cause == OB_NONE)
        cause = previous;
    if (!counts(delivery) || previous == OB_NONE) {
        memset(row, 0, world->clock_width * sizeof *row);
    } else {
        const lanes *left = (const lanes *)row_at(world, previous);
        const lanes *right = (const lanes *)row_at(world, cause);
        for (uint32_t at = 0; at < count; at++) {
            lanes greater = left[at] > right[at];
            ((lanes *)row)[at] = (left[at] & greater) | (right[at] & ~greater);
        }
    }
    if (counts(delivery))
        row[delivery->actor - 1]++;
}

const int16_t *ob_clock_row(const struct ob_world *world, uint32_t delivery)
{
    /* Filling in what was already determined is no change that a reader of the world can see. */
    struct ob_world *writable = (struct ob_world *)world;
    while (world->run.clock_count <= delivery)
        fill(world, writable->run.clock_count++);
    return row_at(world, delivery);
}

static bool handled(const struct ob_delivery *delivery)
{
    return !(delivery->flags & OB_DELIVERY_LOST);
}

bool ob_world_happens_before(const struct ob_world *world, uint32_t earlier, uint32_t later)
{
    assert(earlier < world->run.delivery_count && later < world->run.delivery_count);
    if (earlier >= later || !counts(&world->deliveries[earlier]) ||
        !counts(&world->deliveries[later]))
        return false;
    return ob_depends(world, later, earlier);
}

bool ob_world_races(const struct ob_world *world, uint32_t earlier, uint32_t later)
{
    assert(earlier < world->run.delivery_count && later < world->run.delivery_count);
    const struct ob_delivery *first = &world->deliveries[earlier];
    const struct ob_delivery *second = &world->deliveries[later];
    if (earlier >= later || first->actor != second->actor || !handled(first) || !handled(second))
        return false;
    if (first->sent == OB_NONE || second->sent == OB_NONE || first->sent == second->sent)
        return false;
    const struct ob_sent *one = &world->sent[first->sent];
    const struct ob_sent *two = &world->sent[second->sent];
    if ((one->flags & two->flags & OB_SENT_FIFO) && one->message.from == two->message.from)
        return false;
    return !ob_depends(world, two->cause, earlier);
}
