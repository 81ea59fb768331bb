/*
 * What may go wrong in a host though its program does nothing wrong: short counts, resets, signals
 * and so on, where the target allows it (struct ob_host_faults) and the scenario chooses it. Each
 * is a fault point of the world's (fault_point.h), so that it is a deviation like the others.
 */
#ifndef OFFBEAT_HOST_FAULT_H
#define OFFBEAT_HOST_FAULT_H

#include "host/process.h"

/* Has the world know the points of what a host declares. To be called in set-up. */
void ob_host_faults_declare(struct ob_world *world, struct ob_hosts *hosts,
                            const struct ob_host_faults *faults);

/* What a host declares, a bit each of enum ob_host_fault. */
uint32_t ob_host_fault_bits(const struct ob_host_faults *faults);

/*
 * Whether something goes wrong now, and how: 0, or one of the alternatives up to count - 1. What a
 * program may try again at once strikes only so often in a microsecond of the world, so that no
 * loop around it goes on for ever.
 */
unsigned ob_host_fault(struct ob_process *process, enum ob_host_fault fault, unsigned count);

/* The same for a signal, of `count` of them: 2n - 1 and 2n stand for signals[n - 1]. */
unsigned ob_host_signal_fault(struct ob_process *process, const int *signals, unsigned count);

/* The hook `choose` of the kernel, and what is open there: a bit each of enum ob_kernel_choice. */
uint32_t ob_host_kernel_choices(const struct ob_process *process);
uint32_t ob_host_choose(void *process, enum ob_kernel_choice what, uint32_t file, uint32_t plain,
                        uint32_t most);

/* Whether the allocation that the running program asks for fails. */
bool ob_host_allocation_fails(struct ob_process *process);

/* What becomes of a call that is about to wait. */
enum ob_interruption {
    OB_NOT_INTERRUPTED,
    OB_TRIES_AGAIN, /* a signal has come and was handled: the call begins anew */
    OB_INTERRUPTED, /* the same, and the call ends with EINTR */
};

/* A call of the running thread is about to wait: a signal may come from outside. `restarts`: the
 * call is one that SA_RESTART has begin anew, see signal(7). */
enum ob_interruption ob_host_interruption(struct ob_process *process, bool restarts);

#endif
