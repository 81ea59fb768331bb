/* POSIX threads, as tasks of the host: they switch where they wait; and their own values. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "host/program.h"
#include "host/sync.h"

#define DESTRUCTOR_ROUNDS 4u /* as POSIX wants at least */

int ob_c_raise(int signal);

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
    ob_thread_run_handlers();
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
    ob_current_leave(ob_world(running.process->actor));
    ob_task_exit(running.process->actor);
}

/* C11's return an int. */
static void *run_body(const struct ob_thread *thread)
{
    int (*body)(void *argument);
    if (!thread->returns_int)
        return thread->body(thread->argument);
    memcpy(&body, &thread->body, sizeof body);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): never used as an address */
    return (void *)(intptr_t)body(thread->argument);
}

/* A new thread has its turn after the one that has started it, when that waits. */
static void run_thread(struct ob_actor *self, void *context)
{
    struct ob_current running = ob_current;
    (void)context;
    ob_current_leave(ob_world(self));
    ob_yield(self);
    ob_current_take(running.process, running.thread);
    errno = 0;
    end_thread(run_body(running.thread));
}

int ob_c_pthread_create(pthread_t *number, const pthread_attr_t *attributes,
                        void *(*body)(void *argument), void *argument)
{
    int detach = PTHREAD_CREATE_JOINABLE;
    (void)ob_sync_begin("pthread_create");
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
    (void)ob_sync_begin("pthread_join");
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

/* To the thread that calls. Others are not interrupted in what they wait for. */
int ob_c_pthread_kill(pthread_t thread, int signal)
{
    if (pthread_equal(thread, ob_c_pthread_self()))
        return signal == 0 ? 0 : ob_c_raise(signal) == 0 ? 0 : errno;
    if (signal != 0)
        ob_host_trap(ob_current.process->program->name, "pthread_kill of another thread",
                     __builtin_return_address(0));
    return 0;
}

int ob_c_sched_yield(void)
{
    (void)ob_sync_begin("sched_yield");
    ob_thread_yield();
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
