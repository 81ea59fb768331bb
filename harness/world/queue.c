/*
 * The one queue of everything that can happen next: keys in a sorted array. Most events are due
 * later than those that wait already, so that an insertion moves little, and the next event is
 * always the first. With the dozens of events that wait at a time in practice, this is faster than
 * a heap, whose comparisons cannot be predicted.
 */
#include "world/internal.h"

/* Beyond this many steps the place is found by bisection and the rest moved as a block. */
#define SCAN_MAX 16u

void ob_queue_compact(struct ob_world *world, uint64_t *keys, uint32_t *head, uint32_t *tail)
{
    if (*head == 0)
        ob_cut(world, OB_BOUND_QUEUE, "too many events wait at one time");
    uint32_t count = *tail - *head;
    memmove(keys, keys + *head, count * sizeof *keys);
    *head = 0;
    *tail = count;
}

void ob_queue_place(uint64_t *keys, uint32_t head, uint32_t tail, uint64_t key)
{
    uint32_t at = tail;
    uint32_t stop = at - head > SCAN_MAX ? at - SCAN_MAX : head;
    while (at > stop && keys[at - 1] > key) {
        keys[at] = keys[at - 1];
        at--;
    }
    if (at == stop && at > head && keys[at - 1] > key) {
        uint32_t low = head;
        uint32_t high = at;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (keys[middle] > key)
                high = middle;
            else
                low = middle + 1;
        }
        memmove(keys + low + 1, keys + low, (at - low) * sizeof *keys);
        at = low;
    }
    keys[at] = key;
}

void ob_queue_insert(struct ob_world *world, uint64_t key)
{
    struct ob_run *run = &world->run;
    if (run->queue_tail == OB_QUEUE_MAX)
        ob_queue_compact(world, world->queue, &run->queue_head, &run->queue_tail);
    ob_queue_place(world->queue, run->queue_head, run->queue_tail++, key);
}
