/* Mutexes, spin locks, conditions, and locks for readers and writers of POSIX threads. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "host/fault.h"
#include "host/sync.h"
#include "world/inline.h"

/* -- mutexes -- */

int ob_c_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    struct ob_sync *sync = ob_sync_init(mutex);
    int type = PTHREAD_MUTEX_DEFAULT;
    if (attributes)
        memcpy(&type, attributes, sizeof type);
    sync->type = (uint8_t)type;
    sync->waiters.name = "a mutex";
    return 0;
}

int ob_c_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    ob_sync_free(mutex);
    return 0;
}

int ob_c_pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int ob_c_pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int ob_c_pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
    memcpy(attributes, &type, sizeof type);
    return 0;
}

static void own(struct ob_sync *sync)
{
    sync->owner = ob_sync_self();
    sync->count = 1;
    ob_own(&sync->waiters, sync->owner);
}

static int lock(pthread_mutex_t *mutex, uint64_t timeout_ns)
{
    struct ob_sync *sync = ob_sync_of(mutex);
    if (sync->owner == ob_sync_self()) {
        if (sync->type == PTHREAD_MUTEX_RECURSIVE) {
            sync->count++;
            return 0;
        }
        if (sync->type == PTHREAD_MUTEX_ERRORCHECK)
            return EDEADLK;
    }
    if (!sync->waiters.name)
        sync->waiters.name = "a mutex";
    while (sync->owner)
        if (timeout_ns == 0 || !ob_thread_wait(&sync->waiters, timeout_ns, "pthread_mutex_lock"))
            return ETIMEDOUT;
    own(sync);
    return 0;
}

int ob_c_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    (void)ob_sync_begin("pthread_mutex_lock");
    return lock(mutex, OB_FOREVER_NS);
}

int ob_c_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    (void)ob_sync_begin("pthread_mutex_timedlock");
    return lock(mutex, ob_sync_left_ns(until, CLOCK_REALTIME));
}

int ob_c_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct ob_sync *sync = ob_sync_of(mutex);
    (void)ob_sync_begin("pthread_mutex_trylock");
    if (sync->owner == ob_sync_self() && sync->type == PTHREAD_MUTEX_RECURSIVE) {
        sync->count++;
        return 0;
    }
    if (sync->owner)
        return EBUSY;
    own(sync);
    return 0;
}

static int unlock(pthread_mutex_t *mutex)
{
    struct ob_sync *sync = ob_sync_of(mutex);
    if (sync->owner != ob_sync_self())
        return EPERM;
    if (--sync->count > 0)
        return 0;
    ob_disown(&sync->waiters, sync->owner);
    sync->owner = 0;
    ob_sync_wake(sync, "pthread_mutex_unlock");
    return 0;
}

int ob_c_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    (void)ob_sync_begin("pthread_mutex_unlock");
    return unlock(mutex);
}

/* -- spin locks: who would spin waits, as the one who holds it has to go on first -- */

int ob_c_pthread_spin_init(pthread_spinlock_t *spin, int shared)
{
    (void)shared;
    ob_sync_init_small(spin)->waiters.name = "a spin lock";
    return 0;
}

int ob_c_pthread_spin_destroy(pthread_spinlock_t *spin)
{
    ob_sync_free_small(spin);
    return 0;
}

int ob_c_pthread_spin_lock(pthread_spinlock_t *spin)
{
    struct ob_sync *sync = ob_sync_of_small(spin);
    (void)ob_sync_begin("pthread_spin_lock");
    while (sync->owner)
        (void)ob_thread_wait(&sync->waiters, OB_FOREVER_NS, "pthread_spin_lock");
    own(sync);
    return 0;
}

int ob_c_pthread_spin_trylock(pthread_spinlock_t *spin)
{
    struct ob_sync *sync = ob_sync_of_small(spin);
    (void)ob_sync_begin("pthread_spin_trylock");
    if (sync->owner)
        return EBUSY;
    own(sync);
    return 0;
}

int ob_c_pthread_spin_unlock(pthread_spinlock_t *spin)
{
    struct ob_sync *sync = ob_sync_of_small(spin);
    (void)ob_sync_begin("pthread_spin_unlock");
    if (!sync->owner)
        return 0;
    ob_disown(&sync->waiters, sync->owner);
    sync->owner = 0;
    ob_sync_wake(sync, "pthread_spin_unlock");
    return 0;
}

/* -- conditions -- */

int ob_c_pthread_condattr_init(pthread_condattr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int ob_c_pthread_condattr_destroy(pthread_condattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int ob_c_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
    memcpy(attributes, &clock, sizeof clock);
    return 0;
}

int ob_c_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    struct ob_sync *sync = ob_sync_init(condition);
    clockid_t clock = CLOCK_REALTIME;
    if (attributes)
        memcpy(&clock, attributes, sizeof clock);
    sync->clock = (uint8_t)clock;
    sync->waiters.name = "a condition";
    return 0;
}

int ob_c_pthread_cond_destroy(pthread_cond_t *condition)
{
    ob_sync_free(condition);
    return 0;
}

/* It may wake though nobody signals: when the others have had their turn. */
static bool wait_or_wake(struct ob_sync *sync, uint64_t timeout_ns)
{
    if (OB_LIKELY(!ob_host_fault(ob_current.process, OB_FAULT_SPURIOUS_WAKE, 2)))
        return ob_thread_wait(&sync->waiters, timeout_ns, "pthread_cond_wait");
    ob_thread_yield();
    return true;
}

static int wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t timeout_ns)
{
    struct ob_sync *sync = ob_sync_of(condition);
    if (!sync->waiters.name)
        sync->waiters.name = "a condition";
    int result = unlock(mutex);
    if (result)
        return result;
    bool woken = timeout_ns > 0 && wait_or_wake(sync, timeout_ns);
    (void)lock(mutex, OB_FOREVER_NS);
    return woken ? 0 : ETIMEDOUT;
}

int ob_c_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    (void)ob_sync_begin("pthread_cond_wait");
    return wait_for(condition, mutex, OB_FOREVER_NS);
}

int ob_c_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                const struct timespec *until)
{
    (void)ob_sync_begin("pthread_cond_timedwait");
    return wait_for(condition, mutex, ob_sync_left_ns(until, ob_sync_of(condition)->clock));
}

int ob_c_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                const struct timespec *until)
{
    (void)ob_sync_begin("pthread_cond_clockwait");
    return wait_for(condition, mutex, ob_sync_left_ns(until, clock));
}

int ob_c_pthread_cond_signal(pthread_cond_t *condition)
{
    (void)ob_sync_begin("pthread_cond_signal");
    ob_sync_wake(ob_sync_of(condition), "pthread_cond_signal");
    return 0;
}

int ob_c_pthread_cond_broadcast(pthread_cond_t *condition)
{
    (void)ob_wake_all_by(ob_sync_begin("pthread_cond_broadcast"), &ob_sync_of(condition)->waiters,
                         "pthread_cond_broadcast");
    return 0;
}

/* -- locks for readers and writers: first come, first served, so that nobody starves -- */

int ob_c_pthread_rwlock_init(pthread_rwlock_t *rwlock, const pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    ob_sync_init(rwlock)->waiters.name = "a lock for readers and writers";
    return 0;
}

int ob_c_pthread_rwlock_destroy(pthread_rwlock_t *rwlock)
{
    ob_sync_free(rwlock);
    return 0;
}

static bool take_rwlock(struct ob_sync *sync, bool is_writer)
{
    if (sync->owner || (is_writer && sync->readers))
        return false;
    if (is_writer)
        own(sync);
    else
        sync->readers++;
    return true;
}

static int lock_rwlock(pthread_rwlock_t *rwlock, bool is_writer)
{
    struct ob_sync *sync = ob_sync_of(rwlock);
    if (sync->owner == ob_sync_self())
        return EDEADLK;
    while (!take_rwlock(sync, is_writer))
        (void)ob_thread_wait(&sync->waiters, OB_FOREVER_NS, "pthread_rwlock_lock");
    return 0;
}

int ob_c_pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
    (void)ob_sync_begin("pthread_rwlock_rdlock");
    return lock_rwlock(rwlock, false);
}

int ob_c_pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
    (void)ob_sync_begin("pthread_rwlock_wrlock");
    return lock_rwlock(rwlock, true);
}

int ob_c_pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock)
{
    (void)ob_sync_begin("pthread_rwlock_tryrdlock");
    return take_rwlock(ob_sync_of(rwlock), false) ? 0 : EBUSY;
}

int ob_c_pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock)
{
    (void)ob_sync_begin("pthread_rwlock_trywrlock");
    return take_rwlock(ob_sync_of(rwlock), true) ? 0 : EBUSY;
}

int ob_c_pthread_rwlock_unlock(pthread_rwlock_t *rwlock)
{
    struct ob_sync *sync = ob_sync_of(rwlock);
    struct ob_actor *actor = ob_sync_begin("pthread_rwlock_unlock");
    if (sync->owner) {
        ob_disown(&sync->waiters, sync->owner);
        sync->owner = 0;
    } else if (sync->readers) {
        sync->readers--;
    }
    if (!sync->readers)
        (void)ob_wake_all_by(actor, &sync->waiters, "pthread_rwlock_unlock");
    return 0;
}
