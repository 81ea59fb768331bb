/*
 * Most events are due later than those that wait already, so an insertion moves little, and the
 * next event is always the first. With the dozens of events that wait at a time in practice this is
 * faster than a heap, whose comparisons cannot be predicted. With thousands an insertion would move
 * half of them: then only some hundred stay in the array.
 */
#include "world/queue.h"

#include <assert.h>
#include <string.h>

/* Beyond this many steps the place is found by bisection and the rest moved as a block. */
#define SCAN_MAX 16u
/* An insertion that would move more keys than this leaves so many behind itself in the array. */
#define MOVED_MAX 256u
#define MOVED_LEFT 128u

static void check_around(const struct ob_queue *queue, uint32_t at)
{
    assert(at >= queue->head && at < queue->tail && queue->tail <= queue->capacity);
    assert(at == queue->head || queue->keys[at - 1] <= queue->keys[at]);
    assert(at + 1 == queue->tail || queue->keys[at] <= queue->keys[at + 1]);
    assert(queue->far_count == 0 || queue->keys[queue->tail - 1] <= queue->far[0]);
    (void)queue;
    (void)at;
}

/* Makes room at the end; there is some at the beginning. */
static void compact(struct ob_queue *queue)
{
    uint32_t count = queue->tail - queue->head;
    memmove(queue->keys, queue->keys + queue->head, count * sizeof *queue->keys);
    queue->head = 0;
    queue->tail = count;
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

/* -- the heap: the least key first -- */

/* Puts a key where nothing is, or higher. */
static void far_put(uint64_t *far, uint32_t place, uint64_t key)
{
    for (; place > 0 && far[(place - 1) / 2] > key; place = (place - 1) / 2)
        far[place] = far[(place - 1) / 2];
    far[place] = key;
}

static void far_push(struct ob_queue *queue, uint64_t key)
{
    far_put(queue->far, queue->far_count++, key);
}

/* What was last is small only by chance: the gap goes down to the end without a look at it, and it
 * up from there. */
static uint64_t far_pop(struct ob_queue *queue)
{
    uint64_t *far = queue->far;
    uint64_t first = far[0];
    uint32_t count = --queue->far_count;
    uint32_t place = 0;
    for (uint32_t child = 1; child < count; child = 2 * place + 1) {
        child += far[child + 1] < far[child];
        far[place] = far[child];
        place = child;
    }
    far_put(far, place, far[count]);
    return first;
}

void ob_queue_refill(struct ob_queue *queue)
{
    assert(queue->head == queue->tail && queue->far_count > 0);
    queue->head = queue->tail = 0;
    while (queue->far_count > 0 && queue->tail < MOVED_LEFT)
        queue->keys[queue->tail++] = far_pop(queue);
}

/* Leaves the array only what is before a place. */
static void move_far(struct ob_queue *queue, uint32_t from)
{
    uint32_t count = queue->tail - from;
    assert(from > queue->head && ob_queue_count(queue) <= queue->capacity);
    queue->tail = from;
    if (queue->far_count > 0) {
        for (uint32_t at = 0; at < count; at++)
            far_push(queue, queue->keys[from + at]);
        return;
    }
    memcpy(queue->far, queue->keys + from, count * sizeof *queue->far); /* sorted is a heap, too */
    queue->far_count = count;
}

/* Before a key is put where it would move many, most of these go into the heap. */
static void shorten(struct ob_queue *queue, uint64_t key)
{
    if (!queue->far || queue->tail - queue->head <= MOVED_MAX ||
        queue->keys[queue->tail - MOVED_MAX - 1] <= key)
        return;
    uint32_t place = place_of(queue->keys, queue->head, queue->tail - MOVED_MAX, key);
    move_far(queue, place + MOVED_LEFT);
}

/* -- the queue -- */

bool ob_queue_insert(struct ob_queue *queue, uint64_t key)
{
    uint64_t *keys = queue->keys;
    if (ob_queue_count(queue) == queue->capacity)
        return false;
    if (queue->far_count > 0 && key > queue->far[0]) {
        far_push(queue, key);
        return true;
    }
    if (queue->tail == queue->capacity)
        compact(queue);
    shorten(queue, key);
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
static void sort(uint64_t *keys, uint32_t count)
{
    for (uint32_t place = count / 2; place > 0; place--)
        sift_down(keys, count, place - 1);
    for (uint32_t left = count; left > 1; left--) {
        uint64_t greatest = keys[0];
        keys[0] = keys[left - 1];
        keys[left - 1] = greatest;
        sift_down(keys, left - 1, 0);
    }
}

void ob_queue_sort(struct ob_queue *queue)
{
    assert(queue->far_count == 0);
    sort(queue->keys + queue->head, queue->tail - queue->head);
}

void ob_queue_gather(struct ob_queue *queue)
{
    uint32_t count = queue->far_count;
    if (count == 0)
        return;
    if (count > queue->capacity - queue->tail)
        compact(queue);
    uint64_t *to = queue->keys + queue->tail;
    memcpy(to, queue->far, count * sizeof *to);
    sort(to, count);
    queue->tail += count;
    queue->far_count = 0;
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
