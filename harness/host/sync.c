#include "host/sync.h"

#include <string.h>

#include "host/fault.h"
#include "host/process_data.h"
#include "world/leave.h"
#include "world/task_queue.h"

#define SYNCS_MAX 256u

OB_PROCESS_DATA static struct ob_sync *syncs = NULL;
OB_PROCESS_DATA static uint32_t sync_count = 0;

static struct ob_sync *add(void)
{
    struct ob_world *world = ob_current.process->actor->world;
    if (!syncs)
        syncs = ob_alloc(world, SYNCS_MAX * sizeof *syncs);
    for (uint32_t tries = 0; tries < SYNCS_MAX; tries++) {
        struct ob_sync *sync = &syncs[sync_count++ % SYNCS_MAX];
        if (sync->is_used)
            continue;
        *sync = (struct ob_sync){.is_used = true};
        return sync;
    }
    ob_defect(world, "%s has more than %u mutexes, conditions and the like",
              ob_name(ob_current.process->actor), SYNCS_MAX);
}

#define IS_OURS 0x0b5e0b5eu

/* The first 8 bytes of what the program declares. */
struct declared {
    uint32_t number; /* one more than its place */
    uint32_t mark;
};

struct ob_sync *ob_sync_of(void *memory)
{
    struct declared *declared = memory;
    if (declared->mark == IS_OURS && declared->number - 1 < SYNCS_MAX)
        return &syncs[declared->number - 1];
    struct ob_sync *sync = add();
    sync->declared = memory;
    *declared = (struct declared){(uint32_t)(sync - syncs) + 1, IS_OURS};
    return sync;
}

const struct ob_sync *ob_sync_with(const struct ob_waiters *queue)
{
    const struct ob_sync *sync = (const struct ob_sync *)(const void *)queue; /* first in it */
    return syncs && sync >= syncs && sync < syncs + SYNCS_MAX ? sync : NULL;
}

struct ob_sync *ob_sync_init(void *memory)
{
    memset(memory, 0, sizeof(struct declared));
    return ob_sync_of(memory);
}

void ob_sync_free(void *memory)
{
    struct declared *declared = memory;
    if (declared->mark == IS_OURS && declared->number - 1 < SYNCS_MAX)
        syncs[declared->number - 1].is_used = false;
    *declared = (struct declared){0};
}

void ob_sync_wake(struct ob_sync *sync, const char *call)
{
    struct ob_process *process = ob_current.process;
    unsigned nth = ob_host_fault(process, OB_FAULT_OTHER_WAITER, sync->waiters.count);
    (void)ob_wake_nth(process->actor, &sync->waiters, nth, call);
}

/* A spin lock has 4 bytes: no room for a mark beside the number, so it stands in the number. */
#define SMALL_MARK 0x0b5e0000u

struct ob_sync *ob_sync_init_small(volatile int *memory)
{
    struct ob_sync *sync = add();
    sync->declared = (const void *)(uintptr_t)memory;
    *memory = (int)(SMALL_MARK + (uint32_t)(sync - syncs));
    return sync;
}

struct ob_sync *ob_sync_of_small(volatile int *memory)
{
    uint32_t place = (uint32_t)*memory - SMALL_MARK;
    if (syncs && place < SYNCS_MAX)
        return &syncs[place];
    ob_defect(ob_current.process->actor->world,
              "%s uses a spin lock that pthread_spin_init() has not made",
              ob_name(ob_current.process->actor));
}

void ob_sync_free_small(volatile int *memory)
{
    ob_sync_of_small(memory)->is_used = false;
    *memory = 0;
}

uint32_t ob_sync_self(void)
{
    return ob_current.thread->task;
}

/* What is left until a moment of a clock. */
uint64_t ob_sync_left_ns(const struct timespec *until, clockid_t clock)
{
    uint64_t now_ns = ob_clock_ns(ob_current.process);
    uint64_t until_ns = (uint64_t)until->tv_sec * 1000000000 + (uint64_t)until->tv_nsec;
    if (clock == CLOCK_REALTIME)
        now_ns += OB_REALTIME_OFFSET_NS;
    return until_ns > now_ns ? until_ns - now_ns : 0;
}

struct ob_actor *ob_sync_begin(const char *name)
{
    struct ob_call call = ob_call_begin(name, OB_FOREVER_NS);
    return call.process->actor;
}
