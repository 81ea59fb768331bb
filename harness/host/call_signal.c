/* Signals that a process raises for itself, or the kernel for it. */

#include "host/call.h"
#include "host/fault.h"
#include "host/program.h"
#include "world/inline.h"

/* What a signal does that has no handler. */
static bool is_ignored(int signal)
{
    return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

/* Returns whether a handler has run. */
static bool deliver(struct ob_process *process, int signal)
{
    const struct sigaction action = process->actions[signal];
    if (action.sa_handler == SIG_IGN || (action.sa_handler == SIG_DFL && is_ignored(signal)))
        return false;
    if (action.sa_handler == SIG_DFL)
        ob_process_end(process, 128 + signal);
    uint64_t blocked = ob_current.thread->signals_blocked;
    if (!(action.sa_flags & SA_NODEFER))
        ob_current.thread->signals_blocked |= UINT64_C(1) << (signal - 1);
    if (action.sa_flags & (int)SA_RESETHAND)
        process->actions[signal].sa_handler = SIG_DFL;
    if (action.sa_flags & SA_SIGINFO) {
        siginfo_t information = {.si_signo = signal, .si_code = SI_USER};
        action.sa_sigaction(signal, &information, NULL);
    } else {
        action.sa_handler(signal);
    }
    ob_current.thread->signals_blocked = blocked;
    return true;
}

bool ob_signals_deliver(struct ob_process *process)
{
    int error = errno;
    bool has_run = false;
    for (uint64_t due; (due = process->signals_due & ~ob_current.thread->signals_blocked) != 0;) {
        int signal = __builtin_ctzll(due) + 1;
        process->signals_due &= ~(UINT64_C(1) << (signal - 1));
        has_run |= deliver(process, signal);
    }
    errno = error;
    return has_run;
}

static int act(int signal, const struct sigaction *action, struct sigaction *old)
{
    struct ob_process *process = ob_current.process;
    if (signal < 1 || signal >= OB_SIGNALS || signal == SIGKILL || signal == SIGSTOP) {
        errno = EINVAL;
        return -1;
    }
    const struct sigaction before = process->actions[signal]; /* `old` may be `action` */
    if (action)
        process->actions[signal] = *action;
    if (old)
        *old = before;
    return 0;
}

int ob_c_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    return act(signal, action, old);
}

typedef void signal_handler(int signal);

signal_handler *ob_c_signal(int signal, signal_handler *handler)
{
    const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction old;
    return act(signal, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

static uint64_t bits_of(const sigset_t *set)
{
    uint64_t bits = 0;
    for (int signal = 1; signal < OB_SIGNALS; signal++)
        bits |= sigismember(set, signal) == 1 ? UINT64_C(1) << (signal - 1) : 0;
    return bits;
}

static void set_of(uint64_t bits, sigset_t *set)
{
    (void)sigemptyset(set);
    for (int signal = 1; signal < OB_SIGNALS; signal++)
        if (bits >> (signal - 1) & 1)
            (void)sigaddset(set, signal);
}

bool ob_signals_take_pending(struct ob_process *process)
{
    struct ob_kernel *kernel = ob_kernel_of(process);
    uint64_t pending = ob_kernel_pending_signals(kernel) & ~ob_current.thread->signals_blocked;
    for (int signal = 1; signal < OB_SIGNALS; signal++) {
        if (!(pending >> (signal - 1) & 1))
            continue;
        ob_kernel_take_signal(kernel, signal);
        process->signals_due |= UINT64_C(1) << (signal - 1);
    }
    return ob_signals_deliver(process);
}

void ob_call_mask(struct ob_call *call, const sigset_t *mask)
{
    if (!mask)
        return;
    call->has_mask = true;
    call->mask = ob_current.thread->signals_blocked;
    ob_current.thread->signals_blocked = bits_of(mask);
}

/* Those that are blocked wait in the kernel, where signalfds read them. */
static void change_mask(struct ob_process *process, uint64_t mask)
{
    ob_current.thread->signals_blocked = mask;
    (void)ob_signals_take_pending(process);
}

int ob_c_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    struct ob_process *process = ob_current.process;
    uint64_t mask = ob_current.thread->signals_blocked;
    uint64_t given = set ? bits_of(set) : 0; /* `old` may be `set` */
    bool changes = set != NULL;
    if (old)
        set_of(mask, old);
    if (!changes)
        return 0;
    if (how == SIG_BLOCK)
        mask |= given;
    else if (how == SIG_UNBLOCK)
        mask &= ~given;
    else
        mask = given;
    change_mask(process, mask);
    return 0;
}

int ob_c_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return ob_c_sigprocmask(how, set, old);
}

int ob_c_sigpending(sigset_t *set)
{
    set_of(ob_kernel_pending_signals(ob_kernel_of(ob_current.process)), set);
    return 0;
}

int ob_c_raise(int signal)
{
    struct ob_process *process = ob_current.process;
    if (signal < 1 || signal >= OB_SIGNALS) {
        errno = EINVAL;
        return -1;
    }
    if (ob_current.thread->signals_blocked >> (signal - 1) & 1)
        ob_kernel_pend_signal(ob_kernel_of(process), signal);
    else
        process->signals_due |= UINT64_C(1) << (signal - 1);
    (void)ob_signals_deliver(process);
    return 0;
}

int ob_c_kill(int process, int signal)
{
    if (process != ob_process_number(ob_current.process) && process != 0) {
        errno = ESRCH;
        return -1;
    }
    return signal == 0 ? 0 : ob_c_raise(signal);
}

/* Alarms are not simulated, but that none is set can be said. */
unsigned ob_c_alarm(unsigned seconds)
{
    if (seconds != 0)
        ob_host_trap(ob_current.process->program->name, "alarm", __builtin_return_address(0));
    return 0;
}

/* -- signals from outside -- */

/* Whether the running thread takes a signal that comes to the process, or all threads block it. */
static bool comes_here(const struct ob_process *process, int signal)
{
    uint64_t bit = UINT64_C(1) << (signal - 1);
    if (!(ob_current.thread->signals_blocked & bit))
        return true;
    for (unsigned at = 0; at < OB_THREADS_MAX; at++)
        if (process->threads[at].task && !(process->threads[at].signals_blocked & bit))
            return false;
    return true;
}

/* Two alternatives for each signal: it comes just before the call, or while that waits. Returns the
 * signal, or 0. */
static int choose_signal(struct ob_process *process, bool *interrupts)
{
    int candidates[OB_HOST_SIGNALS_MAX];
    unsigned count = 0;
    for (unsigned at = 0; at < OB_HOST_SIGNALS_MAX && process->signals[at]; at++)
        if (comes_here(process, process->signals[at]))
            candidates[count++] = process->signals[at];
    unsigned value = ob_host_signal_fault(process, candidates, count);
    *interrupts = value > 0 && value % 2 == 0;
    return value > 0 ? candidates[(value - 1) / 2] : 0;
}

enum ob_interruption ob_host_interruption(struct ob_process *process, bool restarts)
{
    bool interrupts;
    if (OB_LIKELY(!(process->faults_allowed >> OB_FAULT_SIGNAL & 1)))
        return OB_NOT_INTERRUPTED;
    int signal = choose_signal(process, &interrupts);
    if (signal == 0)
        return OB_NOT_INTERRUPTED;
    uint64_t bit = UINT64_C(1) << (signal - 1);
    if (ob_current.thread->signals_blocked & bit) {
        ob_kernel_pend_signal(ob_kernel_of(process), signal);
        return OB_TRIES_AGAIN;
    }
    bool begins_anew = !interrupts || (restarts && process->actions[signal].sa_flags & SA_RESTART);
    process->signals_due |= bit;
    if (!ob_signals_deliver(process))
        return OB_NOT_INTERRUPTED;
    return begins_anew ? OB_TRIES_AGAIN : OB_INTERRUPTED;
}
