/* Threads of C11, threads.h: those of POSIX under other names, with results of their own. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <threads.h>
#include <time.h>

#include "host/call.h"

int ob_c_clock_gettime(clockid_t clock, struct timespec *time);
int ob_c_nanosleep(const struct timespec *duration, struct timespec *left);
int ob_c_pthread_cond_broadcast(pthread_cond_t *condition);
int ob_c_pthread_cond_destroy(pthread_cond_t *condition);
int ob_c_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int ob_c_pthread_cond_signal(pthread_cond_t *condition);
int ob_c_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                const struct timespec *until);
int ob_c_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int ob_c_pthread_create(pthread_t *number, const pthread_attr_t *attributes,
                        void *(*body)(void *argument), void *argument);
int ob_c_pthread_detach(pthread_t number);
void ob_c_pthread_exit(void *result);
int ob_c_pthread_join(pthread_t number, void **result);
int ob_c_pthread_key_create(pthread_key_t *key, void (*destructor)(void *value));
int ob_c_pthread_mutex_destroy(pthread_mutex_t *mutex);
int ob_c_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int ob_c_pthread_mutex_lock(pthread_mutex_t *mutex);
int ob_c_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until);
int ob_c_pthread_mutex_trylock(pthread_mutex_t *mutex);
int ob_c_pthread_mutex_unlock(pthread_mutex_t *mutex);
int ob_c_pthread_mutexattr_init(pthread_mutexattr_t *attributes);
int ob_c_pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type);
int ob_c_pthread_setspecific(pthread_key_t key, const void *value);
int ob_c_sched_yield(void);

static int result_of(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
    case EAGAIN:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

/* The C library declares both with what is behind them, as bytes. */
static pthread_mutex_t *mutex_of(mtx_t *mutex)
{
    _Static_assert(sizeof(mtx_t) >= 8 && sizeof(cnd_t) >= 8, "they hold a number of ours");
    return (pthread_mutex_t *)(void *)mutex;
}

static pthread_cond_t *condition_of(cnd_t *condition)
{
    return (pthread_cond_t *)(void *)condition;
}

/* -- threads -- */

int ob_c_thrd_create(thrd_t *thread, thrd_start_t start, void *argument)
{
    void *(*body)(void *argument);
    memcpy(&body, &start, sizeof body);
    int error = ob_c_pthread_create(thread, NULL, body, argument);
    if (error == 0) /* it has not begun, see there */
        ob_current.process->threads[*thread - 1].returns_int = true;
    return result_of(error);
}

int ob_c_thrd_join(thrd_t thread, int *result)
{
    void *value;
    int error = ob_c_pthread_join(thread, &value);
    if (error == 0 && result)
        *result = (int)(intptr_t)value;
    return result_of(error);
}

int ob_c_thrd_detach(thrd_t thread)
{
    return result_of(ob_c_pthread_detach(thread));
}

OB_NORETURN void ob_c_thrd_exit(int result)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): never used as an address */
    ob_c_pthread_exit((void *)(intptr_t)result);
    __builtin_unreachable();
}

int ob_c_thrd_sleep(const struct timespec *duration, struct timespec *left)
{
    int result = ob_c_nanosleep(duration, left);
    return result == 0 ? 0 : errno == EINTR ? -1 : -2;
}

void ob_c_thrd_yield(void)
{
    (void)ob_c_sched_yield();
}

/* -- mutexes and conditions -- */

int ob_c_mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    (void)ob_c_pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive)
        (void)ob_c_pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    return result_of(ob_c_pthread_mutex_init(mutex_of(mutex), &attributes));
}

void ob_c_mtx_destroy(mtx_t *mutex)
{
    (void)ob_c_pthread_mutex_destroy(mutex_of(mutex));
}

int ob_c_mtx_lock(mtx_t *mutex)
{
    return result_of(ob_c_pthread_mutex_lock(mutex_of(mutex)));
}

int ob_c_mtx_timedlock(mtx_t *mutex, const struct timespec *until)
{
    return result_of(ob_c_pthread_mutex_timedlock(mutex_of(mutex), until));
}

int ob_c_mtx_trylock(mtx_t *mutex)
{
    return result_of(ob_c_pthread_mutex_trylock(mutex_of(mutex)));
}

int ob_c_mtx_unlock(mtx_t *mutex)
{
    return result_of(ob_c_pthread_mutex_unlock(mutex_of(mutex)));
}

int ob_c_cnd_init(cnd_t *condition)
{
    return result_of(ob_c_pthread_cond_init(condition_of(condition), NULL));
}

void ob_c_cnd_destroy(cnd_t *condition)
{
    (void)ob_c_pthread_cond_destroy(condition_of(condition));
}

int ob_c_cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return result_of(ob_c_pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}

int ob_c_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    return result_of(ob_c_pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until));
}

int ob_c_cnd_signal(cnd_t *condition)
{
    return result_of(ob_c_pthread_cond_signal(condition_of(condition)));
}

int ob_c_cnd_broadcast(cnd_t *condition)
{
    return result_of(ob_c_pthread_cond_broadcast(condition_of(condition)));
}

/* -- a thread's own values, and the clock -- */

int ob_c_tss_create(tss_t *key, tss_dtor_t destructor)
{
    return result_of(ob_c_pthread_key_create(key, destructor));
}

int ob_c_tss_set(tss_t key, void *value)
{
    return result_of(ob_c_pthread_setspecific(key, value));
}

int ob_c_timespec_get(struct timespec *time, int base)
{
    if (base != TIME_UTC)
        return 0;
    (void)ob_c_clock_gettime(CLOCK_REALTIME, time);
    return base;
}
