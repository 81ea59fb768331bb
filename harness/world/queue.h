/*
 * The one queue of everything that can happen next: keys in a sorted array, each with the virtual
 * time above and an event's number below, so that one comparison orders by time and then by number.
 * What is due long after the first ones, where that is much, waits in a heap until it is near. The
 * queue knows no more of events than that.
 */
#ifndef OFFBEAT_WORLD_QUEUE_H
#define OFFBEAT_WORLD_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define OB_EVENT_BITS 20 /* which leaves 44 bits of µs, 203 days */
#define OB_EVENT_MASK ((1u << OB_EVENT_BITS) - 1)
#define OB_TIME_US_MAX ((UINT64_C(1) << (64 - OB_EVENT_BITS)) - 1)
#define OB_NEVER UINT64_MAX

/* The key of an event at a time of at most OB_TIME_US_MAX. */
static inline uint64_t ob_key(uint64_t time_us, uint32_t event)
{
    return time_us << OB_EVENT_BITS | event;
}

static inline uint64_t ob_key_time_us(uint64_t key)
{
    return key >> OB_EVENT_BITS;
}

static inline uint32_t ob_key_event(uint64_t key)
{
    return (uint32_t)key & OB_EVENT_MASK;
}

struct ob_queue {
    uint64_t *keys;    /* the caller's, room for `capacity`; sorted from `head` to `tail` */
    uint32_t capacity; /* fixed; of both */
    uint32_t head;
    uint32_t tail;      /* head == tail: the queue is empty */
    uint64_t *far;      /* the caller's, with as much room: a heap of keys that come after those in
                           `keys`; NULL: there is none, and many keys cost more */
    uint32_t far_count; /* how many these are */
};

/* Empties it. */
static inline void ob_queue_clear(struct ob_queue *queue)
{
    queue->head = queue->tail = queue->far_count = 0;
}

/* How many keys there are. */
static inline uint32_t ob_queue_count(const struct ob_queue *queue)
{
    return queue->tail - queue->head + queue->far_count;
}

/* Any one of them, by its place below that count. The first ones are sorted, all of them after
 * ob_queue_gather(). */
static inline uint64_t ob_queue_at(const struct ob_queue *queue, uint32_t place)
{
    uint32_t near = queue->tail - queue->head;
    return place < near ? queue->keys[queue->head + place] : queue->far[place - near];
}

/* Brings all keys into the array, for who looks at them in their order. */
void ob_queue_gather(struct ob_queue *queue);

/* Puts a key anywhere. Returns false, with nothing changed, when the queue is full. */
bool ob_queue_insert(struct ob_queue *queue, uint64_t key);

/* The same, quick where the key comes last, as most do. */
static inline bool ob_queue_add(struct ob_queue *queue, uint64_t key)
{
    uint32_t tail = queue->tail;
    if (tail == queue->capacity || queue->far_count > 0 ||
        (tail > queue->head && queue->keys[tail - 1] > key))
        return ob_queue_insert(queue, key);
    queue->keys[tail] = key;
    queue->tail = tail + 1;
    return true;
}

/* Puts a key behind all others whatever it is; ob_queue_sort() must follow. There must be room. */
void ob_queue_append(struct ob_queue *queue, uint64_t key);

/* Sorts keys that were appended, in place: a run allocates nothing. */
void ob_queue_sort(struct ob_queue *queue);

/* The first key, or OB_NEVER. */
static inline uint64_t ob_queue_first(const struct ob_queue *queue)
{
    return queue->head < queue->tail ? queue->keys[queue->head] : OB_NEVER;
}

/* Brings some keys of the heap into the array, which is empty. */
void ob_queue_refill(struct ob_queue *queue);

/* Takes out the first key; there must be one. */
static inline void ob_queue_pop(struct ob_queue *queue)
{
    if (++queue->head == queue->tail && queue->far_count > 0)
        ob_queue_refill(queue);
}

/* Takes out a key that is in the queue, which is gathered. Quick near the beginning. */
void ob_queue_take(struct ob_queue *queue, uint64_t key);

#endif
