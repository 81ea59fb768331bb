/*
 * POSIX threads, as tasks of the host: they switch where they wait.
 *
 * What a program declares as pthread_mutex_t and so on holds a number that leads to the object of
 * ours behind it, so that static initialisers do (all zeros).
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "host/call.h"
#include "host/process_data.h"
#include "world/leave.h"

/* -- objects behind what programs declare -- */

/* A mutex, a condition, a semaphore, a lock for readers and a barrier have the same needs. */
struct object {
    struct ob_waiters waiters;
    uint32_t owner; /* handle of the task that holds it alone, or 0 */
    uint32_t count; /* how often; of a semaphore its value; of a barrier who has come */
    uint32_t readers;
    uint32_t limit; /* of a barrier */
    uint8_t type;   /* of a mutex: PTHREAD_MUTEX_... */
    uint8_t clock;  /* of a condition */
    bool is_used;
};

#define OBJECTS_MAX 256u
#define DESTRUCTOR_ROUNDS 4u /* as POSIX wants at least */

OB_PROCESS_DATA static struct object *objects = NULL;
OB_PROCESS_DATA static uint32_t object_count = 0;

/* Objects lie in memory that is no part of the program's heap: an actor's, until the run is over.
 */
static struct object *object_new(void)
{
    struct ob_world *world = ob_current.process->actor->world;
    if (!objects)
        objects = ob_alloc(world, OBJECTS_MAX * sizeof *objects);
    for (uint32_t tries = 0; tries < OBJECTS_MAX; tries++) {
        struct object *object = &objects[object_count++ % OBJECTS_MAX];
        if (object->is_used)
            continue;
        *object = (struct object){.is_used = true};
        return object;
    }
    ob_defect(world, "%s has more than %u mutexes, conditions and the like",
              ob_name(ob_current.process->actor), OBJECTS_MAX);
}

#define IS_OURS 0x0b5e0b5eu

/* The first 8 bytes of what the program declares. */
struct declared {
    uint32_t number; /* one more than its place */
    uint32_t mark;
};

static struct object *object_of(void *memory)
{
    struct declared *declared = memory;
    if (declared->mark == IS_OURS && declared->number - 1 < OBJECTS_MAX)
        return &objects[declared->number - 1];
    struct object *object = object_new();
    *declared = (struct declared){(uint32_t)(object - objects) + 1, IS_OURS};
    return object;
}

static struct object *object_init(void *memory)
{
    memset(memory, 0, sizeof(struct declared));
    return object_of(memory);
}

static void object_free(void *memory)
{
    struct declared *declared = memory;
    if (declared->mark == IS_OURS && declared->number - 1 < OBJECTS_MAX)
        objects[declared->number - 1].is_used = false;
    *declared = (struct declared){0};
}

static uint32_t self_task(void)
{
    return ob_current.thread->task;
}

/* What is left until a moment of a clock. */
static uint64_t left_ns(const struct timespec *until, clockid_t clock)
{
    uint64_t now_ns = ob_clock_ns(ob_current.process);
    uint64_t until_ns = (uint64_t)until->tv_sec * 1000000000 + (uint64_t)until->tv_nsec;
    if (clock == CLOCK_REALTIME)
        now_ns += OB_REALTIME_OFFSET_NS;
    return until_ns > now_ns ? until_ns - now_ns : 0;
}

static struct ob_actor *begin(const char *name)
{
    struct ob_call call = ob_call_begin(name, OB_FOREVER_NS);
    return call.process->actor;
}

/* -- mutexes -- */

int ob_c_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    struct object *object = object_init(mutex);
    int type = PTHREAD_MUTEX_DEFAULT;
    if (attributes)
        memcpy(&type, attributes, sizeof type);
    object->type = (uint8_t)type;
    object->waiters.name = "a mutex";
    return 0;
}

int ob_c_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    object_free(mutex);
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

static void own(struct object *object)
{
    object->owner = self_task();
    object->count = 1;
    ob_own(&object->waiters, object->owner);
}

static int lock(pthread_mutex_t *mutex, uint64_t timeout_ns)
{
    struct object *object = object_of(mutex);
    if (object->owner == self_task()) {
        if (object->type == PTHREAD_MUTEX_RECURSIVE) {
            object->count++;
            return 0;
        }
        if (object->type == PTHREAD_MUTEX_ERRORCHECK)
            return EDEADLK;
    }
    if (!object->waiters.name)
        object->waiters.name = "a mutex";
    while (object->owner)
        if (timeout_ns == 0 || !ob_thread_wait(&object->waiters, timeout_ns, "pthread_mutex_lock"))
            return ETIMEDOUT;
    own(object);
    return 0;
}

int ob_c_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    (void)begin("pthread_mutex_lock");
    return lock(mutex, OB_FOREVER_NS);
}

int ob_c_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    (void)begin("pthread_mutex_timedlock");
    return lock(mutex, left_ns(until, CLOCK_REALTIME));
}

int ob_c_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct object *object = object_of(mutex);
    (void)begin("pthread_mutex_trylock");
    if (object->owner == self_task() && object->type == PTHREAD_MUTEX_RECURSIVE) {
        object->count++;
        return 0;
    }
    if (object->owner)
        return EBUSY;
    own(object);
    return 0;
}

static int unlock(pthread_mutex_t *mutex)
{
    struct object *object = object_of(mutex);
    if (object->owner != self_task())
        return EPERM;
    if (--object->count > 0)
        return 0;
    ob_disown(&object->waiters, object->owner);
    object->owner = 0;
    (void)ob_wake_by(ob_current.process->actor, &object->waiters, "pthread_mutex_unlock");
    return 0;
}

int ob_c_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    (void)begin("pthread_mutex_unlock");
    return unlock(mutex);
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
    struct object *object = object_init(condition);
    clockid_t clock = CLOCK_REALTIME;
    if (attributes)
        memcpy(&clock, attributes, sizeof clock);
    object->clock = (uint8_t)clock;
    object->waiters.name = "a condition";
    return 0;
}

int ob_c_pthread_cond_destroy(pthread_cond_t *condition)
{
    object_free(condition);
    return 0;
}

static int wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t timeout_ns)
{
    struct object *object = object_of(condition);
    if (!object->waiters.name)
        object->waiters.name = "a condition";
    int result = unlock(mutex);
    if (result)
        return result;
    bool woken =
        timeout_ns > 0 && ob_thread_wait(&object->waiters, timeout_ns, "pthread_cond_wait");
    (void)lock(mutex, OB_FOREVER_NS);
    return woken ? 0 : ETIMEDOUT;
}

int ob_c_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    (void)begin("pthread_cond_wait");
    return wait_for(condition, mutex, OB_FOREVER_NS);
}

int ob_c_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                const struct timespec *until)
{
    (void)begin("pthread_cond_timedwait");
    return wait_for(condition, mutex, left_ns(until, object_of(condition)->clock));
}

int ob_c_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                const struct timespec *until)
{
    (void)begin("pthread_cond_clockwait");
    return wait_for(condition, mutex, left_ns(until, clock));
}

int ob_c_pthread_cond_signal(pthread_cond_t *condition)
{
    (void)ob_wake_by(begin("pthread_cond_signal"), &object_of(condition)->waiters,
                     "pthread_cond_signal");
    return 0;
}

int ob_c_pthread_cond_broadcast(pthread_cond_t *condition)
{
    (void)ob_wake_all_by(begin("pthread_cond_broadcast"), &object_of(condition)->waiters,
                         "pthread_cond_broadcast");
    return 0;
}

/* -- locks for readers and writers: whoever comes first, so that nobody starves -- */

int ob_c_pthread_rwlock_init(pthread_rwlock_t *rwlock, const pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    object_init(rwlock)->waiters.name = "a lock for readers and writers";
    return 0;
}

int ob_c_pthread_rwlock_destroy(pthread_rwlock_t *rwlock)
{
    object_free(rwlock);
    return 0;
}

static bool take_rwlock(struct object *object, bool is_writer)
{
    if (object->owner || (is_writer && object->readers))
        return false;
    if (is_writer)
        own(object);
    else
        object->readers++;
    return true;
}

static int lock_rwlock(pthread_rwlock_t *rwlock, bool is_writer)
{
    struct object *object = object_of(rwlock);
    if (object->owner == self_task())
        return EDEADLK;
    while (!take_rwlock(object, is_writer))
        (void)ob_thread_wait(&object->waiters, OB_FOREVER_NS, "pthread_rwlock_lock");
    return 0;
}

int ob_c_pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
    (void)begin("pthread_rwlock_rdlock");
    return lock_rwlock(rwlock, false);
}

int ob_c_pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
    (void)begin("pthread_rwlock_wrlock");
    return lock_rwlock(rwlock, true);
}

int ob_c_pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock)
{
    (void)begin("pthread_rwlock_tryrdlock");
    return take_rwlock(object_of(rwlock), false) ? 0 : EBUSY;
}

int ob_c_pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock)
{
    (void)begin("pthread_rwlock_trywrlock");
    return take_rwlock(object_of(rwlock), true) ? 0 : EBUSY;
}

int ob_c_pthread_rwlock_unlock(pthread_rwlock_t *rwlock)
{
    struct object *object = object_of(rwlock);
    struct ob_actor *actor = begin("pthread_rwlock_unlock");
    if (object->owner) {
        ob_disown(&object->waiters, object->owner);
        object->owner = 0;
    } else if (object->readers) {
        object->readers--;
    }
    if (!object->readers)
        (void)ob_wake_all_by(actor, &object->waiters, "pthread_rwlock_unlock");
    return 0;
}

/* -- semaphores -- */

int ob_c_sem_init(sem_t *semaphore, int shared, unsigned value)
{
    (void)shared;
    struct object *object = object_init(semaphore);
    object->count = value;
    object->waiters.name = "a semaphore";
    return 0;
}

int ob_c_sem_destroy(sem_t *semaphore)
{
    object_free(semaphore);
    return 0;
}

static int take_semaphore(sem_t *semaphore, uint64_t timeout_ns, int error)
{
    struct object *object = object_of(semaphore);
    while (object->count == 0) {
        if (timeout_ns == 0 || !ob_thread_wait(&object->waiters, timeout_ns, "sem_wait")) {
            errno = error;
            return -1;
        }
    }
    object->count--;
    return 0;
}

int ob_c_sem_wait(sem_t *semaphore)
{
    (void)begin("sem_wait");
    return take_semaphore(semaphore, OB_FOREVER_NS, EINTR);
}

int ob_c_sem_trywait(sem_t *semaphore)
{
    (void)begin("sem_trywait");
    return take_semaphore(semaphore, 0, EAGAIN);
}

int ob_c_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    (void)begin("sem_timedwait");
    return take_semaphore(semaphore, left_ns(until, CLOCK_REALTIME), ETIMEDOUT);
}

int ob_c_sem_post(sem_t *semaphore)
{
    struct object *object = object_of(semaphore);
    struct ob_actor *actor = begin("sem_post");
    object->count++;
    (void)ob_wake_by(actor, &object->waiters, "sem_post");
    return 0;
}

int ob_c_sem_getvalue(sem_t *semaphore, int *value)
{
    *value = (int)object_of(semaphore)->count;
    return 0;
}

/* -- barriers, and what happens once -- */

int ob_c_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
                              unsigned count)
{
    (void)attributes;
    if (count == 0)
        return EINVAL;
    struct object *object = object_init(barrier);
    object->limit = count;
    object->waiters.name = "a barrier";
    return 0;
}

int ob_c_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    object_free(barrier);
    return 0;
}

int ob_c_pthread_barrier_wait(pthread_barrier_t *barrier)
{
    struct object *object = object_of(barrier);
    struct ob_actor *actor = begin("pthread_barrier_wait");
    if (++object->count < object->limit) {
        (void)ob_thread_wait(&object->waiters, OB_FOREVER_NS, "pthread_barrier_wait");
        return 0;
    }
    object->count = 0;
    (void)ob_wake_all_by(actor, &object->waiters, "pthread_barrier_wait");
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

/* -- threads -- */

static struct ob_thread *thread_of(pthread_t number)
{
    return number >= 1 && number <= OB_THREADS_MAX ? &ob_current.process->threads[number - 1]
                                                   : NULL;
}

static pthread_t number_of(const struct ob_thread *thread)
{
    return (pthread_t)(thread - ob_current.process->threads) + 1;
}

static void run_key_destructors(struct ob_process *process, struct ob_thread *thread)
{
    for (unsigned round = 0; round < DESTRUCTOR_ROUNDS; round++) {
        bool called = false;
        for (unsigned key = 0; key < OB_KEYS_MAX; key++) {
            void *value = thread->values[key];
            if (!value || !(process->keys_used >> key & 1) || !process->key_destructors[key])
                continue;
            thread->values[key] = NULL;
            process->key_destructors[key](value);
            called = true;
        }
        if (!called)
            break;
    }
}

static OB_NORETURN void end_thread(void *result)
{
    struct ob_current running = ob_current;
    struct ob_thread *thread = running.thread;
    run_key_destructors(running.process, thread);
    bool others = false;
    for (unsigned at = 0; at < OB_THREADS_MAX; at++)
        others |= &running.process->threads[at] != thread && running.process->threads[at].task;
    if (!others)
        ob_process_exit(0);
    thread->result = result;
    thread->is_over = !thread->is_detached;
    thread->task = 0;
    (void)ob_wake_all_by(running.process->actor, &thread->joiners, "the end of a thread");
    ob_current = (struct ob_current){0};
    ob_task_exit(running.process->actor);
}

/* A new thread has its turn after the one that has started it, when that waits. */
static void run_thread(struct ob_actor *self, void *context)
{
    struct ob_current running = ob_current;
    (void)context;
    ob_current = (struct ob_current){0};
    ob_yield(self);
    ob_current = running;
    ob_memory_take(running.process->memory);
    errno = 0;
    end_thread(running.thread->body(running.thread->argument));
}

int ob_c_pthread_create(pthread_t *number, const pthread_attr_t *attributes,
                        void *(*body)(void *argument), void *argument)
{
    int detach = PTHREAD_CREATE_JOINABLE;
    (void)begin("pthread_create");
    if (attributes)
        memcpy(&detach, attributes, sizeof detach);
    struct ob_thread *thread = ob_thread_start(ob_current.process, run_thread, body, argument);
    if (!thread)
        return EAGAIN;
    thread->is_detached = detach == PTHREAD_CREATE_DETACHED;
    *number = number_of(thread);
    return 0;
}

int ob_c_pthread_join(pthread_t number, void **result)
{
    struct ob_thread *thread = thread_of(number);
    (void)begin("pthread_join");
    if (!thread || (!thread->task && !thread->is_over))
        return ESRCH;
    if (thread == ob_current.thread)
        return EDEADLK;
    while (!thread->is_over)
        (void)ob_thread_wait(&thread->joiners, OB_FOREVER_NS, "pthread_join");
    if (result)
        *result = thread->result;
    thread->is_over = false;
    return 0;
}

int ob_c_pthread_detach(pthread_t number)
{
    struct ob_thread *thread = thread_of(number);
    if (!thread)
        return ESRCH;
    thread->is_detached = true;
    thread->is_over = false;
    return 0;
}

void ob_c_pthread_exit(void *result)
{
    end_thread(result);
}

pthread_t ob_c_pthread_self(void)
{
    return number_of(ob_current.thread);
}

int ob_c_pthread_equal(pthread_t one, pthread_t other)
{
    return one == other;
}

int ob_c_sched_yield(void)
{
    struct ob_current running = ob_current;
    struct ob_actor *actor = begin("sched_yield");
    running.thread->error = errno;
    ob_current = (struct ob_current){0};
    ob_yield(actor);
    ob_current = running;
    ob_memory_take(running.process->memory);
    errno = running.thread->error;
    return 0;
}

/* Attributes: whether it is detached is kept, all others make no difference. */
int ob_c_pthread_attr_init(pthread_attr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int ob_c_pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int ob_c_pthread_attr_setdetachstate(pthread_attr_t *attributes, int detach)
{
    memcpy(attributes, &detach, sizeof detach);
    return 0;
}

int ob_c_pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    (void)attributes;
    (void)size;
    return 0;
}

int ob_c_pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
    (void)attributes;
    (void)scope;
    return 0;
}

int ob_c_pthread_setname_np(pthread_t thread, const char *name)
{
    (void)thread;
    (void)name;
    return 0;
}

int ob_c_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    (void)prepare;
    (void)parent;
    (void)child;
    return 0;
}

/* -- a thread's own values -- */

int ob_c_pthread_key_create(pthread_key_t *key, void (*destructor)(void *value))
{
    struct ob_process *process = ob_current.process;
    for (unsigned at = 0; at < OB_KEYS_MAX; at++) {
        if (process->keys_used >> at & 1)
            continue;
        process->keys_used |= UINT32_C(1) << at;
        process->key_destructors[at] = destructor;
        for (unsigned thread = 0; thread < OB_THREADS_MAX; thread++)
            process->threads[thread].values[at] = NULL;
        *key = at;
        return 0;
    }
    return EAGAIN;
}

int ob_c_pthread_key_delete(pthread_key_t key)
{
    if (key >= OB_KEYS_MAX)
        return EINVAL;
    ob_current.process->keys_used &= ~(UINT32_C(1) << key);
    return 0;
}

void *ob_c_pthread_getspecific(pthread_key_t key)
{
    return key < OB_KEYS_MAX ? ob_current.thread->values[key] : NULL;
}

int ob_c_pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= OB_KEYS_MAX)
        return EINVAL;
    ob_current.thread->values[key] = (void *)(uintptr_t)value;
    return 0;
}
