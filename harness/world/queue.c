/*
 * The one queue of everything that can happen next: keys in a sorted array. Most events are due
 * later than those that wait already, so that an insertion moves little, and the next event is
 * always the first. With the dozens of events that wait at a time in practice, this is faster than
 * a heap, whose comparisons cannot be predicted.
 */
#include "world/internal.h"

/* Beyond this many steps the place is found by bisection and the rest moved as a block. */
#define SCAN_MAX 16u

static void make_room(struct ob_world *world)
{
    struct ob_run *run = &world->run;
    if (run->queue_head == 0)
        ob_cut(world, "queue_full", "too many events wait at one time");
    uint32_t count = run->queue_tail - run->queue_head;
    memmove(world->queue, world->queue + run->queue_head, count * sizeof *world->queue);
    run->queue_head = 0;
    run->queue_tail = count;
}

void ob_queue_insert(struct ob_world *world, uint64_t key)
{
    struct ob_run *run = &world->run;
    if (run->queue_tail == OB_QUEUE_MAX)
        make_room(world);
    uint64_t *queue = world->queue;
    uint32_t at = run->queue_tail++;
    uint32_t stop = at - run->queue_head > SCAN_MAX ? at - SCAN_MAX : run->queue_head;
    while (at > stop && queue[at - 1] > key) {
        queue[at] = queue[at - 1];
        at--;
    }
    if (at == stop && at > run->queue_head && queue[at - 1] > key) {
        uint32_t low = run->queue_head;
        uint32_t high = at;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (queue[middle] > key)
                high = middle;
            else
                low = middle + 1;
        }
        memmove(queue + low + 1, queue + low, (at - low) * sizeof *queue);
        at = low;
    }
    queue[at] = key;
}
