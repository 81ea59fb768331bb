/* signalfd(2), and the signals that are pending. */
#include <string.h>
#include <sys/signalfd.h>

#include "host/kernel/events.h"

enum { SIGNALS = 64 };

struct ob_signalfd {
    struct ob_item item;
    uint32_t file; /* struct ob_file */
    uint64_t mask;
};

static uint64_t bits_of(const sigset_t *mask)
{
    uint64_t bits = 0;

    for (int signal = 1; signal <= SIGNALS; signal++)
        if (sigismember(mask, signal) == 1 && signal != SIGKILL && signal != SIGSTOP)
            bits |= UINT64_C(1) << (signal - 1);
    return bits;
}

int ob_sys_signalfd(struct ob_kernel *kernel, int fd, const sigset_t *mask, int flags)
{
    if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) != 0)
        return -EINVAL;
    if (fd != -1) {
        struct ob_file *file = ob_file_of(kernel, fd);

        if (file == NULL)
            return -EBADF;
        if (file->kind != OB_FILE_SIGNALS)
            return -EINVAL;
        ((struct ob_signalfd *)ob_at(kernel, file->object))->mask = bits_of(mask);
        ob_file_wake(kernel, file, OB_ALL_EVENTS);
        return fd;
    }

    struct ob_signalfd *signals = ob_region_take(kernel, sizeof *signals);

    if (signals == NULL)
        return -ENFILE;
    signals->mask = bits_of(mask);
    fd = ob_file_open(kernel, OB_FILE_SIGNALS, O_RDWR | flags, ob_ref(kernel, signals));
    if (fd < 0) {
        ob_region_give(kernel, signals, sizeof *signals);
        return fd;
    }
    signals->file = ob_ref(kernel, ob_file_of(kernel, fd));
    ob_list_append(kernel, &kernel->signalfds, &signals->item);
    return fd;
}

void ob_kernel_pend_signal(struct ob_kernel *kernel, int signal)
{
    assert(signal >= 1 && signal <= SIGNALS);

    uint64_t bit = UINT64_C(1) << (signal - 1);

    kernel->pending_signals |= bit;
    OB_EACH(kernel, struct ob_signalfd, item, &kernel->signalfds, signals)
    {
        if ((signals->mask & bit) != 0)
            ob_file_wake(kernel, ob_at(kernel, signals->file), POLLIN);
    }
}

uint64_t ob_kernel_pending_signals(const struct ob_kernel *kernel)
{
    return kernel->pending_signals;
}

void ob_kernel_take_signal(struct ob_kernel *kernel, int signal)
{
    assert(signal >= 1 && signal <= SIGNALS);
    kernel->pending_signals &= ~(UINT64_C(1) << (signal - 1));
}

ssize_t ob_signals_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    const struct ob_signalfd *signals = ob_at(kernel, file->object);
    ssize_t done = 0;

    if (to->left < sizeof(struct signalfd_siginfo))
        return -EINVAL;
    for (int signal = 1; signal <= SIGNALS; signal++) {
        struct signalfd_siginfo info;

        if ((kernel->pending_signals & signals->mask & (UINT64_C(1) << (signal - 1))) == 0 ||
            to->left < sizeof info)
            continue;
        memset(&info, 0, sizeof info);
        info.ssi_signo = (uint32_t)signal;
        ob_cursor_put(to, &info, sizeof info);
        ob_kernel_take_signal(kernel, signal);
        done += (ssize_t)sizeof info;
    }
    return done > 0 ? done : ob_file_would_wait(kernel, file, POLLIN, false);
}

uint32_t ob_signals_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct ob_signalfd *signals = ob_at(kernel, file->object);

    return (kernel->pending_signals & signals->mask) != 0 ? POLLIN : 0;
}

void ob_signals_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct ob_signalfd *signals = ob_at(kernel, file->object);

    ob_list_remove(kernel, &kernel->signalfds, &signals->item);
    ob_region_give(kernel, signals, sizeof *signals);
}
