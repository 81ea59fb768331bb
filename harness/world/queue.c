/*
 * Most events are due later than those that wait already, so an insertion moves little, and the
 * next event is always the first. With the dozens of events that wait at a time in practice this is
 * faster than a heap, whose comparisons cannot be predicted.
 */
#include "world/queue.h"

#include <assert.h>
#include <string.h>

/* Beyond this many steps the place is found by bisection and the rest moved as a block. */
#define SCAN_MAX 16u

static void check_around(const struct ob_queue *queue, uint32_t at)
{
    assert(at >= queue->head && at < queue->tail && queue->tail <= queue->capacity);
    assert(at == queue->head || queue->keys[at - 1] <= queue->keys[at]);
    assert(at + 1 == queue->tail || queue->keys[at] <= queue->keys[at + 1]);
    (void)queue;
    (void)at;
}

/* Makes room at the end. Returns false when there is none. */
static bool compact(struct ob_queue *queue)
{
    if (queue->head == 0)
        return false;
    uint32_t count = queue->tail - queue->head;
    memmove(queue->keys, queue->keys + queue->head, count * sizeof *queue->keys);
    queue->head = 0;
    queue->tail = count;
    return true;
}

/* The first place from `low` to `high` with a greater key, or `high`. */
static uint32_t place_of(const uint64_t *keys, uint32_t low, uint32_t high, uint64_t key)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (keys[middle] > key)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool ob_queue_insert(struct ob_queue *queue, uint64_t key)
{
    uint64_t *keys = queue->keys;
    if (queue->tail == queue->capacity && !compact(queue))
        return false;
    uint32_t at = queue->tail;
    uint32_t stop = at - queue->head > SCAN_MAX ? at - SCAN_MAX : queue->head;
    for (; at > stop && keys[at - 1] > key; at--)
        keys[at] = keys[at - 1];
    if (at == stop && at > queue->head && keys[at - 1] > key) {
        uint32_t place = place_of(keys, queue->head, at, key);
        memmove(keys + place + 1, keys + place, (at - place) * sizeof *keys);
        at = place;
    }
    keys[at] = key;
    queue->tail++;
    check_around(queue, at);
    return true;
}

void ob_queue_append(struct ob_queue *queue, uint64_t key)
{
    assert(queue->tail < queue->capacity);
    queue->keys[queue->tail++] = key;
}

static void sift_down(uint64_t *keys, uint32_t count, uint32_t place)
{
    uint64_t key = keys[place];
    for (uint32_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
        child += child + 1 < count && keys[child + 1] > keys[child];
        if (keys[child] <= key)
            break;
        keys[place] = keys[child];
        place = child;
    }
    keys[place] = key;
}

/* By heap, which needs no memory, as qsort() may. */
void ob_queue_sort(struct ob_queue *queue)
{
    uint64_t *keys = queue->keys + queue->head;
    uint32_t count = queue->tail - queue->head;
    for (uint32_t place = count / 2; place > 0; place--)
        sift_down(keys, count, place - 1);
    for (uint32_t left = count; left > 1; left--) {
        uint64_t greatest = keys[0];
        keys[0] = keys[left - 1];
        keys[left - 1] = greatest;
        sift_down(keys, left - 1, 0);
    }
}

void ob_queue_take(struct ob_queue *queue, uint64_t key)
{
    uint32_t at = queue->head;
    while (at < queue->tail && queue->keys[at] != key)
        at++;
    assert(at < queue->tail);
    /* What is before it moves, not what is behind. */
    memmove(&queue->keys[queue->head + 1], &queue->keys[queue->head],
            (at - queue->head) * sizeof *queue->keys);
    queue->head++;
}
