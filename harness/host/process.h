/*
 * What the files of this folder share: the process of a host, its threads, and how a call of the
 * program becomes one of the simulated kernel.
 *
 * A host is an actor; its process lies in the actor's state, so that a restart begins with nothing.
 * Each of its threads is a task. A call that has to wait suspends its task until the kernel says
 * that a file has changed, or its time is over. Everything in between happens at one moment of
 * virtual time, but for what calls cost.
 */
#ifndef OFFBEAT_HOST_PROCESS_H
#define OFFBEAT_HOST_PROCESS_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/memory.h"
#include "offbeat/host.h"
#include "offbeat/task.h"
#include "world/annex.h"
#include "world/world.h"

#define OB_THREADS_MAX 32u       /* of one process */
#define OB_KEYS_MAX 32u          /* of threads' own values */
#define OB_EXIT_HANDLERS_MAX 32u /* those of all its threads likewise */
#define OB_SIGNALS 65
#define OB_FOREVER_NS UINT64_MAX

/* 10.0.0.N is the actor N. */
#define OB_HOST_NETWORK 0x0a000000u

/* Who programs run as: a user, and a group of the same number. */
#define OB_HOST_USER 1000u

/* What hosts send each other, in the order of enum ob_packet_kind; then the kernel's own timer. */
enum { OB_HOST_ALARM = OB_PACKET_UNREACHABLE + 1, OB_HOST_KINDS };

/* A thread. What it is for others lies in the program's own memory, see call_thread.c. */
struct ob_thread {
    uint32_t task; /* handle, or 0 for a place that is free */
    uint32_t wait_count;
    const struct ob_kernel_wait *waits; /* what it waits for, on its stack */
    struct ob_waiters queue;            /* it alone, while it waits */
    const char *call;                   /* of which */
    const struct ob_waiters *waits_in;  /* another queue than its own, or NULL */
    const void *const *frame;           /* of the function of ours in which it waits */
    uint32_t timeout_us;                /* OB_FOREVER: none */
    struct ob_waiters joiners;
    void *(*body)(void *argument);
    void *argument;
    void *result;
    void *values[OB_KEYS_MAX];
    uint8_t *variables; /* thread-local, while another thread's are in place; NULL: as they begin */
    uint8_t *room;      /* for these, or NULL: not needed yet */
    uint64_t signals_blocked; /* bit n - 1: signal n */
    int error;                /* its errno while it waits */
    bool is_ready;            /* what it waits for has come, and it goes on within this event */
    bool is_over;
    bool is_detached;
    bool returns_int; /* as C11's do */
};

/* What may go wrong, see struct ob_host_faults. */
enum ob_host_fault {
    OB_FAULT_SHORT_READ,
    OB_FAULT_SHORT_WRITE,
    OB_FAULT_CUT_SEGMENT,
    OB_FAULT_RESET,
    OB_FAULT_READY_ORDER,
    OB_FAULT_FULL_BACKLOG,
    OB_FAULT_LOST_DATAGRAM,
    OB_FAULT_NO_MEMORY,
    OB_FAULT_SPURIOUS_WAKE,
    OB_FAULT_OTHER_WAITER,
    OB_FAULT_SIGNAL,
    OB_HOST_FAULTS
};

/* How often something has gone wrong at one moment of the world. */
struct ob_strikes_now {
    uint64_t time_us;
    uint32_t count;
};

/* Allocations that may fail: those that were choices of their own, and the block that others are
 * in. */
struct ob_allocations {
    uint32_t count;
    uint32_t blocks;
    uint32_t left_in_block;
    uint32_t fails_after; /* so many, the one that fails included; 0: none fails */
};

struct ob_exit_handler {
    void (*function)(void *argument);
    void *argument;
};

/* What ends a thread's own objects in C++. */
struct ob_thread_handler {
    struct ob_exit_handler handler;
    const struct ob_thread *thread;
};

/* The hosts of a world. */
struct ob_hosts {
    struct ob_memories memories;
    struct ob_process *library; /* whose code handlers in C run, or NULL */
    unsigned library_id;        /* of its actor */
    unsigned first_kind;
    uint8_t of_actor[OB_ACTORS_MAX + 1];  /* one more than the place of its plan, or 0 */
    uint8_t fault_points[OB_HOST_FAULTS]; /* the world's numbers; 0: no host declares it */
};

/* The state of the actor. */
struct ob_process {
    struct ob_actor *actor;
    const struct ob_program *program;
    struct ob_memory *memory;
    struct ob_thread threads[OB_THREADS_MAX];
    struct ob_thread *in_place; /* whose thread-local variables are; NULL: as they begin */
    uint64_t ahead_ns;          /* what calls have cost since a thread has last waited */
    uint32_t calls;             /* since a thread has last waited for something */
    uint32_t idle_calls;        /* the last of these that came to nothing, once they are many */
    uint64_t idle_ns;           /* what those have cost */
    uint32_t alarm;             /* the timer that runs for the kernel, or 0 */
    uint64_t alarm_ns;          /* when that is due */
    uint64_t random;
    uint64_t signals_due; /* bit n - 1: signal n */
    struct sigaction actions[OB_SIGNALS];
    struct ob_exit_handler exit_handlers[OB_EXIT_HANDLERS_MAX];
    unsigned exit_handler_count;
    struct ob_thread_handler thread_handlers[OB_EXIT_HANDLERS_MAX];
    unsigned thread_handler_count;
    void (*key_destructors[OB_KEYS_MAX])(void *value);
    uint32_t keys_used;      /* a bit each */
    uint32_t faults_allowed; /* a bit each of enum ob_host_fault */
    const int *signals;      /* that may come from outside, up to the first 0 */
    struct ob_strikes_now strikes[OB_HOST_FAULTS];
    struct ob_allocations allocations;
    bool is_library; /* of handlers in C: without a main() */
    bool may_leak;
    bool may_abort;
    bool may_hang;
    int exit_code;
    bool has_exited;
    bool is_receiving; /* its kernel is at work, and none of its threads */
    bool getopt_has_begun;
};

/* -- who runs -- */

/* The process and the thread whose code runs on this stack. */
struct ob_current {
    struct ob_process *process;
    struct ob_thread *thread;
};
extern _Thread_local struct ob_current ob_current;

/* A thread goes on: it is the current one, and memory is that of its process. */
void ob_current_take(struct ob_process *process, struct ob_thread *thread);

/* None of a host's threads runs any more: it is the turn of handlers in C. */
void ob_current_leave(const struct ob_world *world);

static inline struct ob_kernel *ob_kernel_of(const struct ob_process *process)
{
    return process->memory->state.kernel;
}

static inline struct ob_heap *ob_heap_of(const struct ob_process *process)
{
    return process->memory->state.heap;
}

static inline struct ob_hosts *ob_hosts_of(const struct ob_world *world)
{
    return ob_world_annex(world);
}

/* What it calls itself. */
static inline int ob_process_number(const struct ob_process *process)
{
    return 1000 + (int)ob_id(process->actor);
}

/* The process of an actor that is a host; NULL of another. */
struct ob_process *ob_process_of(const struct ob_actor *actor);

/* -- time -- */

/* In whole microseconds of the world, not before the time is over. */
static inline uint32_t ob_whole_us(uint64_t duration_ns)
{
    uint64_t us = duration_ns / 1000 + (duration_ns % 1000 != 0);
    return us < OB_FOREVER ? (uint32_t)us : OB_FOREVER - 1;
}

/* CLOCK_MONOTONIC of the host, and what CLOCK_REALTIME is ahead of it. */
uint64_t ob_clock_ns(struct ob_process *process);

/* The same for the kernel, by which it sets timers: the program has not seen it. */
uint64_t ob_clock_of_kernel_ns(struct ob_process *process);
#define OB_REALTIME_OFFSET_NS (UINT64_C(1767225600) * 1000000000) /* 2026-01-01 */

/* Has the kernel's timers fire when they are due. To be called when they may have changed. */
void ob_clock_arm(struct ob_process *process);

/* -- threads -- */

/* Waits in a queue that others wake it from; `name` is what reports call that. Returns false when
 * the time was over before. */
bool ob_thread_wait(struct ob_waiters *queue, uint64_t timeout_ns, const char *name);

/* A thread has waited for something: calls in a row begin anew. */
static inline void ob_process_has_waited(struct ob_process *process)
{
    process->calls = process->idle_calls = 0;
    process->idle_ns = 0;
}

/* The running thread waits for a time. */
void ob_thread_sleep(uint64_t duration_ns);

/* Something has come that a thread waits for: within this event where threads are never late, else
 * as an event of its own. */
void ob_thread_wake(struct ob_process *process, struct ob_thread *thread);

/* Lets the threads go on that were woken while the kernel was at work. */
void ob_threads_go_on(struct ob_process *process);

/* Starts a thread, which runs until its first wait, or returns NULL when there are too many. */
struct ob_thread *ob_thread_start(struct ob_process *process, ob_task_body *body,
                                  void *(*of_program)(void *argument), void *argument);

/* -- life -- */

/* Ends the process of the running thread. */
OB_NORETURN void ob_process_exit(int code);

/* Runs what ends the running thread's own objects, the last that began first. */
void ob_thread_run_handlers(void);

/* Ends it without what exit() does. `code`: the exit code, or 128 and a signal. */
OB_NORETURN void ob_process_end(struct ob_process *process, int code);

/* Says for people what its threads wait for, and what it is connected to. */
void ob_process_describe(const struct ob_actor *self, struct ob_text *text);

/* At the end of a run: violates what threads that wait for each other for ever violate. */
void ob_process_judge(struct ob_process *process);

/* Stops this process where the code of a library would wait, end the process and so on: handlers
 * cannot. */
void ob_library_refuse(const struct ob_process *process, const char *call);

/* Delivers the signals that are due and that the running thread does not block. Returns whether a
 * handler has run. */
bool ob_signals_deliver(struct ob_process *process);

/* The same, with those that have waited in the kernel until the thread blocks them no more. */
bool ob_signals_take_pending(struct ob_process *process);

/* Numbers from the process's own generator. */
uint64_t ob_process_random(struct ob_process *process);

/* Like sched_yield(): the others have their turn. */
void ob_thread_yield(void);

/* -- names of code -- */

/* Where the code of a program at an address stands: "main (client.c:12)"; NULL: it is not its. */
const char *ob_site_of(const struct ob_program *program, const void *address);

/* The code of a program from which a function of ours was called, by the frames from there on; NULL
 * where it is not known. */
const void *ob_site_above(const struct ob_program *program, const void *const *frame);

/* Where the code of the running process at an address stands: "main (client.c:12)". */
const char *ob_site(const void *address);

/* Moves on by `size` bytes in memory, which may be NULL where there are none. */
const void *ob_bytes_skip(const void *bytes, size_t size);

/* Moves on by `size` bytes in scattered memory: the first part of which something is left, of
 * `count`, which is `count` when nothing is. */
int ob_parts_skip(struct iovec *parts, int first, int count, size_t size);

/* Checks that bytes may be read, or written, as AddressSanitizer does for the C library's calls. */
void ob_check_bytes(const void *bytes, size_t size, bool is_written);

#endif
