/* Semaphores and barriers of POSIX threads, and what happens once. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "host/fault.h"
#include "host/sync.h"

/* -- semaphores -- */

int ob_c_sem_init(sem_t *semaphore, int shared, unsigned value)
{
    (void)shared;
    struct ob_sync *sync = ob_sync_init(semaphore);
    sync->count = value;
    sync->waiters.name = "a semaphore";
    return 0;
}

int ob_c_sem_destroy(sem_t *semaphore)
{
    ob_sync_free(semaphore);
    return 0;
}

static int take_semaphore(sem_t *semaphore, uint64_t timeout_ns, int error)
{
    struct ob_sync *sync = ob_sync_of(semaphore);
    while (sync->count == 0) {
        enum ob_interruption interruption =
            timeout_ns > 0 ? ob_host_interruption(ob_current.process, true) : OB_NOT_INTERRUPTED;
        if (interruption == OB_TRIES_AGAIN)
            continue;
        if (interruption == OB_INTERRUPTED) {
            errno = EINTR;
            return -1;
        }
        if (timeout_ns == 0 || !ob_thread_wait(&sync->waiters, timeout_ns, "sem_wait")) {
            errno = error;
            return -1;
        }
    }
    sync->count--;
    return 0;
}

int ob_c_sem_wait(sem_t *semaphore)
{
    (void)ob_sync_begin("sem_wait");
    return take_semaphore(semaphore, OB_FOREVER_NS, EINTR);
}

int ob_c_sem_trywait(sem_t *semaphore)
{
    (void)ob_sync_begin("sem_trywait");
    return take_semaphore(semaphore, 0, EAGAIN);
}

int ob_c_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    (void)ob_sync_begin("sem_timedwait");
    return take_semaphore(semaphore, ob_sync_left_ns(until, CLOCK_REALTIME), ETIMEDOUT);
}

int ob_c_sem_post(sem_t *semaphore)
{
    struct ob_sync *sync = ob_sync_of(semaphore);
    (void)ob_sync_begin("sem_post");
    sync->count++;
    ob_sync_wake(sync, "sem_post");
    return 0;
}

int ob_c_sem_getvalue(sem_t *semaphore, int *value)
{
    *value = (int)ob_sync_of(semaphore)->count;
    return 0;
}

/* -- barriers, and what happens once -- */

int ob_c_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
                              unsigned count)
{
    (void)attributes;
    if (count == 0)
        return EINVAL;
    struct ob_sync *sync = ob_sync_init(barrier);
    sync->limit = count;
    sync->waiters.name = "a barrier";
    return 0;
}

int ob_c_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    ob_sync_free(barrier);
    return 0;
}

int ob_c_pthread_barrier_wait(pthread_barrier_t *barrier)
{
    struct ob_sync *sync = ob_sync_of(barrier);
    struct ob_actor *actor = ob_sync_begin("pthread_barrier_wait");
    if (++sync->count < sync->limit) {
        (void)ob_thread_wait(&sync->waiters, OB_FOREVER_NS, "pthread_barrier_wait");
        return 0;
    }
    sync->count = 0;
    (void)ob_wake_all_by(actor, &sync->waiters, "pthread_barrier_wait");
    return PTHREAD_BARRIER_SERIAL_THREAD;
}

int ob_c_pthread_once(pthread_once_t *once, void (*function)(void))
{
    if (*once == 2)
        return 0;
    while (*once == 1) /* another thread is at it, and waits in there */
        ob_thread_sleep(1000);
    if (*once == 0) {
        *once = 1;
        function();
        *once = 2;
    }
    return 0;
}
