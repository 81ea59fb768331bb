/* timerfd_create(2). */
#include <string.h>
#include <sys/timerfd.h>

#include "host/kernel/events.h"

#define NS_PER_S UINT64_C(1000000000)

struct ob_timer {
    struct ob_item item; /* of kernel->timers, while armed */
    uint32_t file;       /* struct ob_file */
    bool is_armed;
    bool is_told; /* the expiry at next_ns has woken those who wait */
    int clock;
    uint64_t next_ns; /* CLOCK_MONOTONIC */
    uint64_t interval_ns;
    uint64_t expirations; /* that were not read, before next_ns */
};

static uint64_t to_ns(struct timespec time)
{
    uint64_t seconds = (uint64_t)time.tv_sec;

    if (seconds > UINT64_MAX / NS_PER_S / 2)
        return UINT64_MAX / 2;
    return seconds * NS_PER_S + (uint64_t)time.tv_nsec;
}

static struct timespec to_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

static bool is_time(struct timespec time)
{
    return time.tv_sec >= 0 && time.tv_nsec >= 0 && (uint64_t)time.tv_nsec < NS_PER_S;
}

static struct ob_timer *timer_of(const struct ob_kernel *kernel, int fd, int *error)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    *error = file == NULL ? -EBADF : -EINVAL;
    return file != NULL && file->kind == OB_FILE_TIMER ? ob_at(kernel, file->object) : NULL;
}

static void disarm(struct ob_kernel *kernel, struct ob_timer *timer)
{
    if (timer->is_armed)
        ob_list_remove(kernel, &kernel->timers, &timer->item);
    timer->is_armed = false;
}

/* Counts the expirations until now. */
static void advance(struct ob_kernel *kernel, struct ob_timer *timer)
{
    uint64_t now = ob_now_ns(kernel);

    if (!timer->is_armed || timer->next_ns > now)
        return;
    timer->is_told = false;
    if (timer->interval_ns == 0) {
        timer->expirations++;
        disarm(kernel, timer);
        return;
    }

    uint64_t passed = (now - timer->next_ns) / timer->interval_ns + 1;

    timer->expirations += passed;
    timer->next_ns += passed * timer->interval_ns;
}

int ob_sys_timerfd_create(struct ob_kernel *kernel, int clock, int flags)
{
    if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0 ||
        (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME))
        return -EINVAL;

    struct ob_timer *timer = ob_region_take(kernel, sizeof *timer);

    if (timer == NULL)
        return -ENFILE;
    timer->clock = clock;

    int fd = ob_file_open(kernel, OB_FILE_TIMER, O_RDWR | flags, ob_ref(kernel, timer));

    if (fd < 0)
        ob_region_give(kernel, timer, sizeof *timer);
    else
        timer->file = ob_ref(kernel, ob_file_of(kernel, fd));
    return fd;
}

static struct itimerspec value_of(struct ob_kernel *kernel, struct ob_timer *timer)
{
    uint64_t now = ob_now_ns(kernel);
    uint64_t left = timer->is_armed && timer->next_ns > now ? timer->next_ns - now : 0;

    return (struct itimerspec){.it_interval = to_timespec(timer->interval_ns),
                               .it_value = to_timespec(left)};
}

int ob_sys_timerfd_settime(struct ob_kernel *kernel, int fd, int flags,
                           const struct itimerspec *value, struct itimerspec *old)
{
    int error;
    struct ob_timer *timer = timer_of(kernel, fd, &error);
    const struct itimerspec given = *value; /* `old` may be the same memory */

    if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0 || !is_time(given.it_value) ||
        !is_time(given.it_interval))
        return -EINVAL;
    if (timer == NULL)
        return error;
    advance(kernel, timer);
    if (old != NULL)
        *old = value_of(kernel, timer);
    disarm(kernel, timer);
    timer->expirations = 0;
    timer->is_told = false;
    timer->interval_ns = to_ns(given.it_interval);
    if (given.it_value.tv_sec == 0 && given.it_value.tv_nsec == 0)
        return 0;

    uint64_t now = ob_now_ns(kernel), at = to_ns(given.it_value);

    if ((flags & TFD_TIMER_ABSTIME) == 0)
        at += now;
    else if (timer->clock == CLOCK_REALTIME) {
        uint64_t ahead = kernel->hooks->realtime_offset_ns(kernel->user);

        at = at > ahead ? at - ahead : 0;
    }
    timer->next_ns = at;
    timer->is_armed = true;
    ob_list_append(kernel, &kernel->timers, &timer->item);
    if (at <= now)
        ob_timers_expire(kernel);
    return 0;
}

int ob_sys_timerfd_gettime(struct ob_kernel *kernel, int fd, struct itimerspec *value)
{
    int error;
    struct ob_timer *timer = timer_of(kernel, fd, &error);

    if (timer == NULL)
        return error;
    advance(kernel, timer);
    *value = value_of(kernel, timer);
    return 0;
}

ssize_t ob_timer_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    struct ob_timer *timer = ob_at(kernel, file->object);

    if (to->left < sizeof timer->expirations)
        return -EINVAL;
    advance(kernel, timer);
    if (timer->expirations == 0)
        return ob_file_would_wait(kernel, file, POLLIN, false);
    ob_cursor_put(to, &timer->expirations, sizeof timer->expirations);
    timer->expirations = 0;
    return sizeof timer->expirations;
}

uint32_t ob_timer_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct ob_timer *timer = ob_at(kernel, file->object);
    bool expired =
        timer->expirations > 0 || (timer->is_armed && timer->next_ns <= ob_now_ns(kernel));

    return expired ? POLLIN : 0;
}

void ob_timer_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct ob_timer *timer = ob_at(kernel, file->object);

    disarm(kernel, timer);
    ob_region_give(kernel, timer, sizeof *timer);
}

/*
 * As in Linux an expiry wakes once: an interval's next one comes when the last was read. So a
 * program that leaves a timer unread is not woken again and again.
 */
uint64_t ob_timers_next_ns(const struct ob_kernel *kernel)
{
    uint64_t next = UINT64_MAX;

    OB_EACH(kernel, struct ob_timer, item, &kernel->timers, timer)
    {
        if (!timer->is_told && timer->next_ns < next)
            next = timer->next_ns;
    }
    return next;
}

void ob_timers_expire(struct ob_kernel *kernel)
{
    uint64_t now = ob_now_ns(kernel);

    OB_EACH(kernel, struct ob_timer, item, &kernel->timers, timer)
    {
        if (!timer->is_told && timer->next_ns <= now) {
            timer->is_told = true;
            ob_file_wake(kernel, ob_at(kernel, timer->file), POLLIN);
        }
    }
}
