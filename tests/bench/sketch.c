#include "sketch.h"

#include <stddef.h>
#include <string.h>

#define EVENTS_MAX 512u
#define INDEX_BITS 20
#define LATENCY_US 10
#define CLIENTS 4u

enum { INCREMENT, READ, VALUE, WRITE };

struct message {
    uint32_t kind;
    uint32_t from;
    uint32_t to;
    uint32_t value;
};

struct sketch {
    uint64_t heap[EVENTS_MAX + 1]; /* from 1: time above, index of the message below */
    uint32_t heap_count;
    uint32_t message_count;
    uint64_t now_us;
    struct message messages[EVENTS_MAX];
    uint32_t counter;
};

typedef void handler(struct sketch *sketch, const struct message *message);

static void push(struct sketch *sketch, uint64_t key)
{
    uint32_t at = ++sketch->heap_count;

    while (at > 1 && sketch->heap[at / 2] > key) {
        sketch->heap[at] = sketch->heap[at / 2];
        at /= 2;
    }
    sketch->heap[at] = key;
}

static uint64_t pop(struct sketch *sketch)
{
    uint64_t first = sketch->heap[1];
    uint64_t last = sketch->heap[sketch->heap_count--];
    uint32_t at = 1;

    while (at * 2 <= sketch->heap_count) {
        uint32_t child = at * 2;

        if (child < sketch->heap_count && sketch->heap[child + 1] < sketch->heap[child])
            child++;
        if (sketch->heap[child] >= last)
            break;
        sketch->heap[at] = sketch->heap[child];
        at = child;
    }
    sketch->heap[at] = last;
    return first;
}

static void send_at(struct sketch *sketch, uint64_t time_us, struct message message)
{
    uint32_t index = sketch->message_count++;

    sketch->messages[index] = message;
    push(sketch, time_us << INDEX_BITS | index);
}

static void client_receive(struct sketch *sketch, const struct message *message)
{
    uint64_t arrival_us = sketch->now_us + LATENCY_US;

    if (message->kind == INCREMENT)
        send_at(sketch, arrival_us, (struct message){READ, message->to, CLIENTS, 0});
    else if (message->kind == VALUE)
        send_at(sketch, arrival_us,
                (struct message){WRITE, message->to, CLIENTS, message->value + 1});
}

static void server_receive(struct sketch *sketch, const struct message *message)
{
    if (message->kind == READ)
        send_at(sketch, sketch->now_us + LATENCY_US,
                (struct message){VALUE, CLIENTS, message->from, sketch->counter});
    else if (message->kind == WRITE)
        sketch->counter = message->value;
}

uint32_t sketch_run(unsigned message_count, uint32_t interval_us)
{
    static struct sketch sketch;
    static handler *volatile const handlers[CLIENTS + 1] = {
        client_receive, client_receive, client_receive, client_receive, server_receive};
    uint32_t deliveries = 0;

    memset(&sketch, 0, offsetof(struct sketch, messages));
    sketch.counter = 0;
    for (unsigned i = 0; i < message_count; i++)
        send_at(&sketch, (uint64_t)(i + 1) * interval_us,
                (struct message){INCREMENT, CLIENTS + 1, i % CLIENTS, 0});
    while (sketch.heap_count > 0) {
        uint64_t key = pop(&sketch);
        const struct message *message = &sketch.messages[key & ((1u << INDEX_BITS) - 1)];

        sketch.now_us = key >> INDEX_BITS;
        handlers[message->to](&sketch, message);
        deliveries++;
    }
    return deliveries;
}
