/* eventfd(2). */
#include <string.h>
#include <sys/eventfd.h>

#include "host/kernel/events.h"

struct event {
    uint64_t count;
    bool is_semaphore;
};

int ob_sys_eventfd(struct ob_kernel *kernel, unsigned initial, int flags)
{
    if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0)
        return -EINVAL;

    struct event *event = ob_region_take(kernel, sizeof *event);

    if (event == NULL)
        return -ENFILE;
    event->count = initial;
    event->is_semaphore = (flags & EFD_SEMAPHORE) != 0;

    int fd = ob_file_open(kernel, OB_FILE_EVENT, O_RDWR | (flags & ~EFD_SEMAPHORE),
                          ob_ref(kernel, event));

    if (fd < 0)
        ob_region_give(kernel, event, sizeof *event);
    return fd;
}

ssize_t ob_event_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    struct event *event = ob_at(kernel, file->object);

    if (to->left < sizeof event->count)
        return -EINVAL;
    if (event->count == 0)
        return ob_file_would_wait(kernel, file, POLLIN, false);

    uint64_t taken = event->is_semaphore ? 1 : event->count;

    event->count -= taken;
    ob_cursor_put(to, &taken, sizeof taken);
    ob_file_wake(kernel, file, POLLOUT);
    return sizeof taken;
}

ssize_t ob_event_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from)
{
    struct event *event = ob_at(kernel, file->object);
    uint64_t added = 0;

    if (from->left != sizeof added)
        return -EINVAL;

    struct ob_cursor ahead = *from;

    ob_cursor_get(&ahead, &added, sizeof added);
    if (added == UINT64_MAX)
        return -EINVAL;
    if (added >= UINT64_MAX - event->count)
        return ob_file_would_wait(kernel, file, POLLOUT, false);
    *from = ahead;
    event->count += added;
    ob_file_wake(kernel, file, POLLIN);
    return sizeof added;
}

uint32_t ob_event_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct event *event = ob_at(kernel, file->object);

    return (event->count > 0 ? POLLIN : 0U) | (event->count < UINT64_MAX - 1 ? POLLOUT : 0U);
}

void ob_event_release(struct ob_kernel *kernel, struct ob_file *file)
{
    ob_region_give(kernel, ob_at(kernel, file->object), sizeof(struct event));
}
