/* Threads of hosts: how they wait, what calls cost. */
#include <string.h>

#include "host/call.h"
#include "host/fault.h"
#include "world/inline.h"
#include "world/leave.h"
#include "world/task_queue.h"
#include "world/task_switch.h"
#include "world/trace.h"

#define CALL_NS 300u            /* what a call costs */
#define AHEAD_NS 50000u         /* others go on when one has run so far ahead */
#define CALLS_IN_A_ROW 1000000u /* that never wait for anything */
#define FEW_CALLS 512u          /* in a row, which say nothing */
#define LATE_PART 32u           /* others go on at most so late: a part of the time of idle calls */

static void come_back(struct ob_process *process, struct ob_thread *thread)
{
    ob_current_take(process, thread);
    errno = thread->error;
    thread->call = NULL;
    thread->waits_in = NULL;
}

/* The running thread has waited, and goes on. */
static void go_on(struct ob_process *process, struct ob_thread *thread)
{
    come_back(process, thread);
    process->ahead_ns = 0;
}

/* Before it waits in a call. What reports say of that: see describe.c. */
OB_INLINE void leave(struct ob_thread *thread, const char *call, uint32_t left_us)
{
    thread->error = errno;
    thread->call = call;
    thread->frame = __builtin_frame_address(0);
    thread->timeout_us = left_us;
    ob_library_refuse(ob_current.process, call ? call : "sleep");
    ob_current_leave(ob_current.process->actor->world);
}

void ob_thread_sleep(uint64_t duration_ns)
{
    struct ob_current running = ob_current;
    uint64_t left_ns = duration_ns + running.process->ahead_ns;
    while (left_ns > 0) {
        uint32_t part_us = ob_whole_us(left_ns);
        leave(running.thread, "sleep", part_us);
        ob_sleep(running.process->actor, part_us);
        go_on(running.process, running.thread);
        left_ns = left_ns > part_us * UINT64_C(1000) ? left_ns - part_us * UINT64_C(1000) : 0;
    }
}

/* Others have their turn while this one runs on. */
static void catch_up(struct ob_process *process)
{
    struct ob_thread *thread = ob_current.thread;
    uint32_t ahead_us = ob_whole_us(process->ahead_ns);
    if (process->is_library) { /* a handler takes no time */
        process->ahead_ns = 0;
        return;
    }
    leave(thread, NULL, ahead_us);
    ob_sleep(process->actor, ahead_us);
    go_on(process, thread);
}

/* Whether a call of that name may come to nothing. Locks are taken and given back by whatever works
 * without ever waiting. */
static bool may_be_idle(const char *name)
{
    bool is_of_locks = strncmp(name, "pthread_", 8) == 0 || strncmp(name, "sem_", 4) == 0;
    return !is_of_locks || strstr(name, "try");
}

/* Whether a call has moved bytes, or changed what files and connections there are. */
static bool has_done_something(const char *name, long result)
{
    static const char *const moves[] = {
        "read", "readv",   "pread",    "recv", "recvmsg", "readdir", "write",  "writev", "pwrite",
        "send", "sendmsg", "sendfile", "open", "openat",  "creat",   "socket", "accept"};
    static const char *const changes[] = {"close", "unlink",  "rename",  "mkdir", "rmdir",
                                          "link",  "symlink", "connect", "bind",  "listen"};
    const char *const *names = result > 0 ? moves : changes;
    size_t count = result > 0 ? sizeof moves / sizeof *moves : sizeof changes / sizeof *changes;
    if (result < 0)
        return false;
    for (size_t at = 0; at < count; at++)
        if (strcmp(names[at], name) == 0)
            return true;
    return false;
}

/*
 * Many calls in a row. A loop that asks again and again until a time has passed or something has
 * come is no mistake if it ends: what comes to nothing costs the more the longer it goes on, so
 * that a million calls are five minutes. Only then does a loop spin. One that does something all
 * the while may end: what would come after is not judged.
 */
static void count_many(struct ob_process *process, const char *name)
{
    if (process->is_library)
        return;
    if (may_be_idle(name)) {
        uint64_t more_ns = CALL_NS * (uint64_t)(++process->idle_calls / FEW_CALLS);
        process->ahead_ns += more_ns;
        process->idle_ns += CALL_NS + more_ns;
    }
    if (OB_LIKELY(process->calls <= CALLS_IN_A_ROW))
        return;
    if (process->idle_calls < CALLS_IN_A_ROW / 2)
        ob_cut(process->actor->world, OB_BOUND_CALLS,
               "a program has made a million calls without waiting for anything");
    OB_BOUND(process->actor->world, host_spins,
             "%s has made %u calls without waiting for anything, the last of %s(), and for %u s "
             "they came to nothing",
             ob_name(process->actor), CALLS_IN_A_ROW, name,
             (unsigned)(process->idle_ns / 1000000000));
}

/* How far a process may be ahead of the others. */
static uint64_t ahead_max_ns(const struct ob_process *process)
{
    uint64_t part_ns = process->idle_ns / LATE_PART;
    return part_ns > AHEAD_NS ? part_ns : AHEAD_NS;
}

struct ob_call ob_call_begin(const char *name, uint64_t timeout_ns)
{
    struct ob_process *process = ob_current.process;
    assert(process);
    process->ahead_ns += CALL_NS;
    if (OB_UNLIKELY(++process->calls > FEW_CALLS))
        count_many(process, name);
    if (OB_UNLIKELY(process->ahead_ns >= AHEAD_NS) && process->ahead_ns >= ahead_max_ns(process))
        catch_up(process);
    return (struct ob_call){.process = process,
                            .kernel = ob_kernel_of(process),
                            .name = name,
                            .timeout_ns = timeout_ns,
                            .deadline_us = UINT64_MAX};
}

/* What is left of the time that a call may wait, in microseconds. */
static uint32_t time_left_us(struct ob_call *call)
{
    uint64_t now_us = ob_world_time_us(call->process->actor->world);
    if (call->timeout_ns == OB_FOREVER_NS)
        return OB_FOREVER;
    if (call->deadline_us == UINT64_MAX)
        call->deadline_us = now_us + ob_whole_us(call->timeout_ns + call->process->ahead_ns);
    return call->deadline_us > now_us ? (uint32_t)(call->deadline_us - now_us) : 0;
}

/* Whether a signal comes before a call waits, or has waited for that; then the call begins anew, or
 * is over. */
static bool is_interrupted(struct ob_call *call, bool restarts)
{
    if (OB_UNLIKELY(call->has_mask) && ob_signals_take_pending(call->process)) {
        call->is_interrupted = true;
        return true;
    }
    enum ob_interruption interruption = ob_host_interruption(call->process, restarts);
    call->is_interrupted = interruption == OB_INTERRUPTED;
    return interruption != OB_NOT_INTERRUPTED;
}

static bool wait_for(struct ob_call *call, const struct ob_kernel_wait *waits, unsigned count,
                     bool restarts)
{
    struct ob_process *process = call->process;
    struct ob_thread *thread = ob_current.thread;
    uint32_t left_us = call->timeout_ns == 0 ? 0 : time_left_us(call);
    if (left_us == 0)
        return false;
    if (OB_UNLIKELY(is_interrupted(call, restarts)))
        return !call->is_interrupted;
    ob_clock_arm(process);
    thread->waits = waits;
    thread->wait_count = count;
    leave(thread, call->name, left_us);
    bool woken = ob_wait_in(process->actor, &thread->queue, 0, left_us, call->name);
    go_on(process, thread);
    thread->wait_count = 0;
    ob_process_has_waited(process);
    return woken;
}

bool ob_call_wait_for(struct ob_call *call, const struct ob_kernel_wait *waits, unsigned count)
{
    return wait_for(call, waits, count, false);
}

/* One with SO_RCVTIMEO or SO_SNDTIMEO never begins anew: signal(7). */
bool ob_call_wait(struct ob_call *call)
{
    const struct ob_kernel_wait wait = ob_kernel_waits_for(call->kernel);
    return wait_for(call, &wait, 1, call->timeout_ns == OB_FOREVER_NS);
}

bool ob_thread_wait(struct ob_waiters *queue, uint64_t timeout_ns, const char *name)
{
    struct ob_current running = ob_current;
    uint32_t left_us = timeout_ns == OB_FOREVER_NS
                           ? OB_FOREVER
                           : ob_whole_us(timeout_ns + running.process->ahead_ns);
    running.thread->waits_in = queue;
    leave(running.thread, name, left_us);
    bool woken = ob_wait_in(running.process->actor, queue, 0, left_us, name);
    go_on(running.process, running.thread);
    ob_process_has_waited(running.process);
    return woken;
}

void ob_thread_yield(void)
{
    struct ob_current running = ob_current;
    leave(running.thread, "sched_yield", 0);
    ob_yield(running.process->actor);
    come_back(running.process, running.thread);
}

long ob_call_end(struct ob_call *call, long result)
{
    struct ob_process *process = call->process;
    ob_clock_arm(process);
    if (OB_UNLIKELY(call->has_mask))
        ob_current.thread->signals_blocked = call->mask;
    if (OB_UNLIKELY(process->signals_due & ~ob_current.thread->signals_blocked))
        (void)ob_signals_deliver(process);
    if (OB_UNLIKELY(call->is_interrupted))
        result = -EINTR;
    if (OB_UNLIKELY(process->idle_calls > 0) && has_done_something(call->name, result)) {
        process->idle_calls = 0;
        process->idle_ns = 0;
    }
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* -- waking -- */

void ob_thread_wake(struct ob_process *process, struct ob_thread *thread)
{
    if (process->is_receiving &&
        ob_world_faults(process->actor->world, ob_id(process->actor))->task_late_us_max == 0)
        thread->is_ready = true;
    else
        (void)ob_wake_by(process->actor, &thread->queue, thread->call);
}

void ob_threads_go_on(struct ob_process *process)
{
    struct ob_world *world = process->actor->world;
    for (unsigned at = 0; at < OB_THREADS_MAX; at++) {
        struct ob_thread *thread = &process->threads[at];
        if (!thread->is_ready)
            continue;
        thread->is_ready = false;
        struct ob_task *task = ob_task_find(world, thread->task);
        if (!task || !task->queue)
            continue;
        ob_task_unlink(world, task);
        task->woken = true;
        ob_task_go_on(world, task);
    }
}

/* -- life -- */

struct ob_thread *ob_thread_start(struct ob_process *process, ob_task_body *body,
                                  void *(*of_program)(void *argument), void *argument)
{
    struct ob_current running = ob_current;
    struct ob_thread *thread = process->threads;
    ob_library_refuse(process, "pthread_create");
    while (thread < process->threads + OB_THREADS_MAX && (thread->task || thread->is_over))
        thread++;
    if (thread == process->threads + OB_THREADS_MAX)
        return NULL;
    if (process->in_place == thread) /* of one that is over */
        process->in_place = NULL;
    *thread = (struct ob_thread){.body = of_program,
                                 .argument = argument,
                                 .room = thread->room,
                                 .signals_blocked =
                                     running.process ? running.thread->signals_blocked : 0};
    thread->queue.name = "wait";
    thread->joiners.name = "pthread_join";
    int error = errno;
    thread->task = 1; /* until the handle is known: it runs at once */
    ob_current = (struct ob_current){process, thread};
    uint32_t task = ob_task_start(process->actor, body, process);
    if (thread->task == 1)
        thread->task = task;
    if (running.process) {
        ob_current_take(running.process, running.thread);
        errno = error;
    } else {
        ob_current_leave(process->actor->world);
    }
    return thread;
}
