/* Signals that a process raises for itself, or the kernel for it. */
#include "host/call.h"

/* What a signal does that has no handler. */
static bool is_ignored(int signal)
{
    return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

static void deliver(struct ob_process *process, int signal)
{
    const struct sigaction action = process->actions[signal];
    if (action.sa_handler == SIG_IGN || (action.sa_handler == SIG_DFL && is_ignored(signal)))
        return;
    if (action.sa_handler == SIG_DFL)
        ob_process_end(process, 128 + signal);
    uint64_t blocked = process->signals_blocked;
    if (!(action.sa_flags & SA_NODEFER))
        process->signals_blocked |= UINT64_C(1) << (signal - 1);
    if (action.sa_flags & (int)SA_RESETHAND)
        process->actions[signal].sa_handler = SIG_DFL;
    if (action.sa_flags & SA_SIGINFO) {
        siginfo_t information = {.si_signo = signal, .si_code = SI_USER};
        action.sa_sigaction(signal, &information, NULL);
    } else {
        action.sa_handler(signal);
    }
    process->signals_blocked = blocked;
}

void ob_signals_deliver(struct ob_process *process)
{
    int error = errno;
    for (uint64_t due; (due = process->signals_due & ~process->signals_blocked) != 0;) {
        int signal = __builtin_ctzll(due) + 1;
        process->signals_due &= ~(UINT64_C(1) << (signal - 1));
        deliver(process, signal);
    }
    errno = error;
}

static int act(int signal, const struct sigaction *action, struct sigaction *old)
{
    struct ob_process *process = ob_current.process;
    if (signal < 1 || signal >= OB_SIGNALS || signal == SIGKILL || signal == SIGSTOP) {
        errno = EINVAL;
        return -1;
    }
    if (old)
        *old = process->actions[signal];
    if (action)
        process->actions[signal] = *action;
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

/* Those that are blocked wait in the kernel, where signalfds read them. */
static void change_mask(struct ob_process *process, uint64_t mask)
{
    struct ob_kernel *kernel = ob_kernel_of(process);
    process->signals_blocked = mask;
    uint64_t pending = ob_kernel_pending_signals(kernel) & ~mask;
    for (int signal = 1; signal < OB_SIGNALS; signal++) {
        if (!(pending >> (signal - 1) & 1))
            continue;
        ob_kernel_take_signal(kernel, signal);
        process->signals_due |= UINT64_C(1) << (signal - 1);
    }
    ob_signals_deliver(process);
}

int ob_c_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    struct ob_process *process = ob_current.process;
    uint64_t mask = process->signals_blocked;
    if (old)
        set_of(mask, old);
    if (!set)
        return 0;
    if (how == SIG_BLOCK)
        mask |= bits_of(set);
    else if (how == SIG_UNBLOCK)
        mask &= ~bits_of(set);
    else
        mask = bits_of(set);
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
    if (process->signals_blocked >> (signal - 1) & 1)
        ob_kernel_pend_signal(ob_kernel_of(process), signal);
    else
        process->signals_due |= UINT64_C(1) << (signal - 1);
    ob_signals_deliver(process);
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
