/* The clock of a host, and the timers of its kernel. */
#include "host/process.h"
#include "world/actor.h"
#include "world/inline.h"
#include "world/leave.h"
#include "world/trace.h"

static uint64_t never_back(struct ob_process *process, uint64_t clock_us)
{
    uint64_t *clock_ns = &process->memory->state.clock_ns;
    uint64_t now_ns = clock_us * 1000 + process->ahead_ns;
    if (now_ns > *clock_ns)
        *clock_ns = now_ns;
    return *clock_ns;
}

uint64_t ob_clock_ns(struct ob_process *process)
{
    return never_back(process, ob_now(process->actor));
}

uint64_t ob_clock_of_kernel_ns(struct ob_process *process)
{
    return never_back(process, ob_world_clock_us(process->actor));
}

void ob_clock_arm(struct ob_process *process)
{
    const struct ob_kernel *kernel = ob_kernel_of(process);
    uint64_t next_ns = ob_kernel_next_ns(kernel);
    if (OB_UNLIKELY(ob_kernel_was_full(kernel)))
        ob_cut(process->actor->world, OB_BOUND_ARENA,
               "what hosts have under way and in files does not fit their kernels' memory");
    if (OB_LIKELY(next_ns == UINT64_MAX && process->alarm == 0))
        return;
    if (process->alarm && process->alarm_ns == next_ns)
        return;
    (void)ob_timer_cancel(process->actor, process->alarm);
    process->alarm = 0;
    if (next_ns == UINT64_MAX)
        return;
    ob_library_refuse(process, "timerfd_settime");
    uint64_t now_ns = ob_clock_of_kernel_ns(process);
    uint32_t delay_us = ob_whole_us(next_ns > now_ns ? next_ns - now_ns : 0);
    process->alarm_ns = next_ns;
    process->alarm =
        ob_timer_start(process->actor, delay_us,
                       ob_hosts_of(process->actor->world)->first_kind + OB_HOST_ALARM, 0);
}
