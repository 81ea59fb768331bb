/*
 * Locks among tasks: mutex, read-write lock, semaphore.
 *
 *     struct service { struct ob_mutex mutex; ... };          // zeroed it is free
 *
 *     ob_mutex_lock(self, &service->mutex, OB_FOREVER);
 *     const struct ob_message *row = ob_call(self, "store", 5000, READ, id);
 *     ...
 *     ob_mutex_unlock(self, &service->mutex);
 *
 * All are fair: the task that has waited longest is next, and gets the lock at the moment it
 * becomes free, so that none overtakes. This is what async-mutex gives to async functions of
 * JavaScript, and what Erlang's global:set_lock/3 does not (its waiters try again after a random
 * time).
 *
 * A lock lies in the state of an actor whose tasks share it, zeroed by a restart, or in memory of
 * ob_alloc(), which tasks of several actors share and which survives crashes. It is free when
 * zeroed. A task that ends, or dies with its actor, keeps what it holds: nothing unlocks it.
 *
 * Locks are not recursive: a task that locks what it holds waits for itself. Reports of
 * deadlocks know who holds what; `waiters.name`, which a target may set, is how they call the lock.
 *
 * Timeouts are µs on the actor's own clock; 0 means not to wait, OB_FOREVER to wait for as long as
 * it takes.
 */
#ifndef OFFBEAT_LOCK_H
#define OFFBEAT_LOCK_H

#include <offbeat/task.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* -- one at a time -- */

struct ob_mutex {
    struct ob_waiters waiters;
    uint32_t owner; /* the handle of the task that holds it, 0 when it is free */
};

/* Returns whether the running task holds it now; false when the timeout has passed. */
bool ob_mutex_lock(struct ob_actor *self, struct ob_mutex *mutex, uint32_t timeout_us);

/* Gives it to the task that has waited longest. Returns false, and does nothing, when the running
 * task does not hold it. */
bool ob_mutex_unlock(struct ob_actor *self, struct ob_mutex *mutex);

/* -- one that writes, or any number that read -- */

/* In the order in which they came: a reader that comes after a writer which waits, waits behind it,
 * so that writers do not starve. Readers that wait side by side get it together. */
struct ob_rwlock {
    struct ob_waiters waiters;
    uint32_t writer;  /* the handle of the task that writes, or 0 */
    uint32_t readers; /* how many read */
};

bool ob_rwlock_read_lock(struct ob_actor *self, struct ob_rwlock *lock, uint32_t timeout_us);
bool ob_rwlock_write_lock(struct ob_actor *self, struct ob_rwlock *lock, uint32_t timeout_us);

/* What the running task has locked. Returns false, and does nothing, when it holds neither; as only
 * the first OB_OWNERS_MAX readers are known by name, any task counts as one while more read. */
bool ob_rwlock_unlock(struct ob_actor *self, struct ob_rwlock *lock);

/* -- so many at a time -- */

struct ob_semaphore {
    struct ob_waiters waiters;
    uint32_t free; /* permits that nobody has; a target sets it before the first use */
};

/*
 * Takes `permits`, when all of them are free and no task waits, or else waits for its turn: a
 * request for many is not overtaken by a request for one. Returns whether it has them now. Any task
 * may release permits, and more than were there at first.
 */
bool ob_semaphore_acquire(struct ob_actor *self, struct ob_semaphore *semaphore, uint32_t permits,
                          uint32_t timeout_us);
void ob_semaphore_release(struct ob_actor *self, struct ob_semaphore *semaphore, uint32_t permits);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
