/*
 * What POSIX threads wait at: a mutex, a condition, a lock for readers and writers, a semaphore and
 * a barrier have the same needs.
 *
 * What a program declares as pthread_mutex_t and so on holds a number that leads to the object of
 * ours behind it, so that static initialisers do (all zeros).
 */
#ifndef OFFBEAT_HOST_SYNC_H
#define OFFBEAT_HOST_SYNC_H

#include <time.h>

#include "host/call.h"

/* One of them. Lies in the arena of the world until the run is over; no part of the program's heap.
 */
struct ob_sync {
    struct ob_waiters waiters;
    const void *declared; /* by the program, there */
    uint32_t owner;       /* handle of the task that holds it alone, or 0 */
    uint32_t count;       /* how often; of a semaphore its value; of a barrier who has come */
    uint32_t readers;
    uint32_t limit; /* of a barrier */
    uint8_t type;   /* of a mutex: PTHREAD_MUTEX_... */
    uint8_t clock;  /* of a condition */
    bool is_used;
};

/* The object behind what the running program declares at `memory`, of 8 bytes at least. Stops the
 * process where there are too many. */
struct ob_sync *ob_sync_of(void *memory);

/* The object whose queue that is, of the process whose memory is in place; NULL: of none. */
const struct ob_sync *ob_sync_with(const struct ob_waiters *queue);

/* The same, new: whatever lies at `memory`. */
struct ob_sync *ob_sync_init(void *memory);

/* The object is given up; its place may be used again. */
void ob_sync_free(void *memory);

/* Wakes one of those that wait: the one that has waited longest, or another where that is open. */
void ob_sync_wake(struct ob_sync *sync, const char *call);

/* The same for a spin lock, which has 4 bytes and no static initialiser. Stops the process where it
 * was not made. */
struct ob_sync *ob_sync_init_small(volatile int *memory);
struct ob_sync *ob_sync_of_small(volatile int *memory);
void ob_sync_free_small(volatile int *memory);

/* The handle of the task of the running thread. */
uint32_t ob_sync_self(void);

/* What is left until a moment of a clock of the running process, in ns; 0 when it has passed. */
uint64_t ob_sync_left_ns(const struct timespec *until, clockid_t clock);

/* A call of that name begins, which costs time. Returns the actor of the running process. */
struct ob_actor *ob_sync_begin(const char *name);

#endif
