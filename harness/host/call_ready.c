/* poll, select, epoll and their like: calls that wait for many descriptors. */
#include <stdlib.h>
#include <string.h>

#include "host/call.h"

#define POLLED_MAX OB_KERNEL_DESCRIPTORS_MAX

static uint64_t of_ms(int timeout_ms)
{
    return timeout_ms < 0 ? OB_FOREVER_NS : (uint64_t)timeout_ms * 1000000;
}

static uint64_t of_timespec(const struct timespec *time)
{
    return time ? (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec : OB_FOREVER_NS;
}

static int poll_for(struct pollfd *entries, nfds_t count, uint64_t timeout_ns, const sigset_t *mask)
{
    struct ob_call call = ob_call_begin("poll", timeout_ns);
    ob_call_mask(&call, mask);
    if (count > POLLED_MAX)
        return (int)ob_call_end(&call, -EINVAL);
    struct ob_kernel_wait waits[count + 1];
    for (;;) {
        int result = ob_sys_poll(call.kernel, entries, count);
        unsigned waiting = 0;
        for (nfds_t at = 0; at < count; at++)
            if (entries[at].fd >= 0)
                waits[waiting++] = (struct ob_kernel_wait){
                    ob_kernel_file(call.kernel, entries[at].fd),
                    (uint32_t)entries[at].events | POLLERR | POLLHUP | POLLNVAL};
        if (result != 0)
            return (int)ob_call_end(&call, result);
        if (!ob_call_wait_for(&call, waits, waiting))
            return (int)ob_call_end(
                &call, call.is_interrupted ? 0 : ob_sys_poll(call.kernel, entries, count));
    }
}

int ob_c_poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
    return poll_for(entries, count, of_ms(timeout_ms), NULL);
}

int ob_c___poll_chk(struct pollfd *entries, nfds_t count, int timeout_ms, size_t room)
{
    if (room / sizeof *entries < count)
        abort();
    return poll_for(entries, count, of_ms(timeout_ms), NULL);
}

int ob_c_ppoll(struct pollfd *entries, nfds_t count, const struct timespec *timeout,
               const sigset_t *mask)
{
    return poll_for(entries, count, of_timespec(timeout), mask);
}

static uint32_t events_of(int fd, const fd_set *reading, const fd_set *writing,
                          const fd_set *excepting)
{
    uint32_t events = 0;
    events |= reading && FD_ISSET(fd, reading) ? (uint32_t)(POLLIN | POLLRDHUP | POLLHUP) : 0;
    events |= writing && FD_ISSET(fd, writing) ? (uint32_t)POLLOUT : 0;
    events |= excepting && FD_ISSET(fd, excepting) ? (uint32_t)POLLPRI : 0;
    return events ? events | POLLERR | POLLHUP : 0;
}

static int select_for(int count, fd_set *reading, fd_set *writing, fd_set *excepting,
                      uint64_t timeout_ns, const sigset_t *mask)
{
    struct ob_call call = ob_call_begin("select", timeout_ns);
    ob_call_mask(&call, mask);
    struct ob_kernel_wait waits[FD_SETSIZE];
    unsigned waiting = 0;
    for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
        uint32_t events = events_of(fd, reading, writing, excepting);
        if (events)
            waits[waiting++] = (struct ob_kernel_wait){ob_kernel_file(call.kernel, fd), events};
    }
    for (;;) {
        int result = ob_sys_select(call.kernel, count, reading, writing, excepting, false);
        if (result != 0)
            return (int)ob_call_end(&call, result);
        if (ob_call_wait_for(&call, waits, waiting))
            continue;
        result = call.is_interrupted
                     ? 0
                     : ob_sys_select(call.kernel, count, reading, writing, excepting, true);
        return (int)ob_call_end(&call, result);
    }
}

int ob_c_select(int count, fd_set *reading, fd_set *writing, fd_set *excepting,
                struct timeval *timeout)
{
    uint64_t timeout_ns = OB_FOREVER_NS;
    if (timeout)
        timeout_ns = (uint64_t)timeout->tv_sec * 1000000000 + (uint64_t)timeout->tv_usec * 1000;
    return select_for(count, reading, writing, excepting, timeout_ns, NULL);
}

int ob_c_pselect(int count, fd_set *reading, fd_set *writing, fd_set *excepting,
                 const struct timespec *timeout, const sigset_t *mask)
{
    return select_for(count, reading, writing, excepting, of_timespec(timeout), mask);
}

/* What FD_SET() asks of descriptors that were compiled with _FORTIFY_SOURCE. */
long ob_c___fdelt_chk(long fd)
{
    if (fd < 0 || fd >= FD_SETSIZE)
        abort();
    return fd / (8 * (long)sizeof(fd_mask));
}

int ob_c_epoll_create1(int flags)
{
    return (int)OB_CALL("epoll_create", ob_sys_epoll_create(kernel, flags));
}

int ob_c_epoll_create(int size)
{
    return (int)OB_CALL("epoll_create", size > 0 ? ob_sys_epoll_create(kernel, 0) : -EINVAL);
}

int ob_c_epoll_ctl(int fd, int operation, int member, struct epoll_event *event)
{
    return (int)OB_CALL("epoll_ctl", ob_sys_epoll_ctl(kernel, fd, operation, member, event));
}

static int epoll_for(int fd, struct epoll_event *events, int most, uint64_t timeout_ns,
                     const sigset_t *mask)
{
    struct ob_call call = ob_call_begin("epoll_wait", timeout_ns);
    ob_call_mask(&call, mask);
    const struct ob_kernel_wait wait = {ob_kernel_file(call.kernel, fd), POLLIN};
    int result;
    while ((result = ob_sys_epoll_wait(call.kernel, fd, events, most)) == 0 &&
           ob_call_wait_for(&call, &wait, 1))
        continue;
    return (int)ob_call_end(&call, result);
}

int ob_c_epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms)
{
    return epoll_for(fd, events, most, of_ms(timeout_ms), NULL);
}

int ob_c_epoll_pwait(int fd, struct epoll_event *events, int most, int timeout_ms,
                     const sigset_t *mask)
{
    return epoll_for(fd, events, most, of_ms(timeout_ms), mask);
}

int ob_c_epoll_pwait2(int fd, struct epoll_event *events, int most, const struct timespec *timeout,
                      const sigset_t *mask)
{
    return epoll_for(fd, events, most, of_timespec(timeout), mask);
}
