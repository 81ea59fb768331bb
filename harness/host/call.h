/* Calls: what a program asks of the system. */
#ifndef OFFBEAT_HOST_CALL_H
#define OFFBEAT_HOST_CALL_H

#include "host/process.h"

/* A call that may have to wait. */
struct ob_call {
    struct ob_process *process;
    struct ob_kernel *kernel;
    const char *name;
    uint64_t timeout_ns;
    uint64_t deadline_us; /* of the world's time; UINT64_MAX: not known yet, or never */
    bool has_mask;        /* blocks other signals while it waits, see ob_call_mask() */
    bool is_interrupted;  /* by a signal: it ends with EINTR, whatever its result */
    uint64_t mask;        /* what the thread blocks otherwise */
};

/*
 * A call begins: it costs time, and lets others go on when the process has run far ahead of the
 * world. `timeout_ns` is how long it may wait, OB_FOREVER_NS for no limit.
 */
struct ob_call ob_call_begin(const char *name, uint64_t timeout_ns);

/* While the call waits its thread blocks these signals instead of others; NULL: the same. */
void ob_call_mask(struct ob_call *call, const sigset_t *mask);

/*
 * The call waits for what the kernel's last operation has said, or for any of `count` files.
 * Returns false when its time is over, or when a signal has interrupted it, after which only
 * ob_call_end() may follow. The second never begins anew after a signal: signal(7).
 */
bool ob_call_wait(struct ob_call *call);
bool ob_call_wait_for(struct ob_call *call, const struct ob_kernel_wait *waits, unsigned count);

/* The call ends: signals are delivered, and a result below 0 becomes -1 and errno. */
long ob_call_end(struct ob_call *call, long result);

/* The same for one that never waits, begun and ended at once around `operation`. */
#define OB_CALL(name, operation)                                                                   \
    ({                                                                                             \
        struct ob_call call_ = ob_call_begin(name, OB_FOREVER_NS);                                 \
        struct ob_kernel *kernel = call_.kernel;                                                   \
        ob_call_end(&call_, (operation));                                                          \
    })

/* The same for one that waits as long as the operation says. */
#define OB_CALL_THAT_WAITS(name, timeout_ns, operation)                                            \
    ({                                                                                             \
        struct ob_call call_ = ob_call_begin(name, timeout_ns);                                    \
        struct ob_kernel *kernel = call_.kernel;                                                   \
        long result_;                                                                              \
        while ((result_ = (operation)) == OB_WAIT && ob_call_wait(&call_))                         \
            continue;                                                                              \
        ob_call_end(&call_, result_ == OB_WAIT ? -EAGAIN : result_);                               \
    })

#endif
