#include <offbeat/abort.h>

/* A function that runs, in the world's memory: it may outlive who has called it. */
struct activity {
    struct ob_abort *signal;
    ob_async_function *function;
    void *context;
    struct ob_async_item item;
    bool is_over;
    int error;
    uint32_t result;
};

struct timeout {
    struct ob_abort *signal;
    uint32_t delay_us;
};

void ob_abort(struct ob_actor *self, struct ob_abort *signal)
{
    if (signal->is_aborted)
        return;
    signal->is_aborted = true;
    (void)ob_wake_all_by(self, &signal->waiters, "abort");
}

static void abort_later(struct ob_actor *self, void *context)
{
    const struct timeout *timeout = context;
    ob_sleep(self, timeout->delay_us);
    ob_abort(self, timeout->signal);
}

void ob_abort_after(struct ob_actor *self, struct ob_abort *signal, uint32_t delay_us)
{
    struct timeout *timeout = ob_alloc(ob_world(self), sizeof *timeout);
    *timeout = (struct timeout){.signal = signal, .delay_us = delay_us};
    (void)ob_task_start(self, abort_later, timeout);
}

/* All that wait at the signal look whether it is theirs that is over. */
static void run(struct ob_actor *self, void *context)
{
    struct activity *activity = context;
    activity->error =
        activity->function(self, activity->context, activity->item, &activity->result);
    activity->is_over = !activity->signal->is_aborted;
    (void)ob_wake_all_by(self, &activity->signal->waiters, "end");
}

int ob_abortable(struct ob_actor *self, struct ob_abort *signal, ob_async_function *function,
                 void *context, struct ob_async_item item, uint32_t *result)
{
    *result = 0;
    if (signal->is_aborted)
        return OB_ABORTED;
    struct activity *activity = ob_alloc(ob_world(self), sizeof *activity);
    *activity =
        (struct activity){.signal = signal, .function = function, .context = context, .item = item};
    (void)ob_task_start(self, run, activity);
    while (!activity->is_over && !signal->is_aborted)
        (void)ob_wait(self, &signal->waiters, OB_FOREVER);
    if (!activity->is_over)
        return OB_ABORTED;
    *result = activity->result;
    return activity->error;
}
