#include <offbeat/lock.h>

/* What a task that waits for a read-write lock wants. */
enum { READ, WRITE };

bool ob_mutex_lock(struct ob_actor *self, struct ob_mutex *mutex, uint32_t timeout_us)
{
    if (mutex->owner == 0) {
        mutex->owner = ob_task_self(self);
        ob_own(&mutex->waiters, mutex->owner);
        return true;
    }
    return timeout_us != 0 && ob_wait_in(self, &mutex->waiters, 0, timeout_us, "lock");
}

bool ob_mutex_unlock(struct ob_actor *self, struct ob_mutex *mutex)
{
    if (mutex->owner == 0 || mutex->owner != ob_task_self(self))
        return false;
    ob_disown(&mutex->waiters, mutex->owner);
    mutex->owner = ob_wake_by(self, &mutex->waiters, "unlock");
    ob_own(&mutex->waiters, mutex->owner);
    return true;
}

/* Lets in who can have it, in the order in which they came. */
static void admit(struct ob_actor *self, struct ob_rwlock *lock)
{
    uint32_t wants;
    while (lock->writer == 0 && ob_first_waits_for(self, &lock->waiters, &wants)) {
        if (wants == WRITE && lock->readers > 0)
            return;
        uint32_t task = ob_wake_by(self, &lock->waiters, "unlock");
        ob_own(&lock->waiters, task);
        if (wants == WRITE)
            lock->writer = task;
        else
            lock->readers++;
    }
}

static bool wait_turn(struct ob_actor *self, struct ob_rwlock *lock, uint32_t wants,
                      uint32_t timeout_us)
{
    if (timeout_us == 0)
        return false;
    if (ob_wait_in(self, &lock->waiters, wants, timeout_us,
                   wants == WRITE ? "write lock" : "read lock"))
        return true;
    /* A writer that has given up no longer keeps back the readers behind it. */
    admit(self, lock);
    return false;
}

bool ob_rwlock_read_lock(struct ob_actor *self, struct ob_rwlock *lock, uint32_t timeout_us)
{
    if (lock->writer != 0 || ob_first_waits_for(self, &lock->waiters, NULL))
        return wait_turn(self, lock, READ, timeout_us);
    lock->readers++;
    ob_own(&lock->waiters, ob_task_self(self));
    return true;
}

bool ob_rwlock_write_lock(struct ob_actor *self, struct ob_rwlock *lock, uint32_t timeout_us)
{
    if (lock->writer != 0 || lock->readers > 0)
        return wait_turn(self, lock, WRITE, timeout_us);
    lock->writer = ob_task_self(self);
    ob_own(&lock->waiters, lock->writer);
    return true;
}

static bool is_known_owner(const struct ob_waiters *waiters, uint32_t task)
{
    for (unsigned at = 0; at < waiters->owner_count; at++)
        if (waiters->owners[at] == task)
            return true;
    return false;
}

bool ob_rwlock_unlock(struct ob_actor *self, struct ob_rwlock *lock)
{
    uint32_t task = ob_task_self(self);
    bool reads = lock->readers > 0 && (is_known_owner(&lock->waiters, task) ||
                                       lock->readers > lock->waiters.owner_count);
    if (lock->writer != 0 && lock->writer == task)
        lock->writer = 0;
    else if (reads)
        lock->readers--;
    else
        return false;
    ob_disown(&lock->waiters, task);
    admit(self, lock);
    return true;
}

/* Gives permits to those that wait, as far as they go. */
static void grant(struct ob_actor *self, struct ob_semaphore *semaphore)
{
    uint32_t permits;
    while (ob_first_waits_for(self, &semaphore->waiters, &permits) && permits <= semaphore->free) {
        semaphore->free -= permits;
        ob_own(&semaphore->waiters, ob_wake_by(self, &semaphore->waiters, "release"));
    }
}

bool ob_semaphore_acquire(struct ob_actor *self, struct ob_semaphore *semaphore, uint32_t permits,
                          uint32_t timeout_us)
{
    if (permits <= semaphore->free && !ob_first_waits_for(self, &semaphore->waiters, NULL)) {
        semaphore->free -= permits;
        ob_own(&semaphore->waiters, ob_task_self(self));
        return true;
    }
    if (timeout_us == 0)
        return false;
    if (ob_wait_in(self, &semaphore->waiters, permits, timeout_us, "acquire"))
        return true;
    /* One that has asked for many has given up: there may be enough for those behind it. */
    grant(self, semaphore);
    return false;
}

void ob_semaphore_release(struct ob_actor *self, struct ob_semaphore *semaphore, uint32_t permits)
{
    semaphore->free += permits;
    ob_disown(&semaphore->waiters, ob_task_self(self));
    grant(self, semaphore);
}
