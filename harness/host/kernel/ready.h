/*
 * Which descriptors are ready: poll, select and epoll. None of them waits. A result of 0 means that
 * nothing is ready: who has time left lets the world go on until the hook `changed` names one of
 * the files (of epoll: the epoll file itself, with POLLIN) and asks again.
 */
#ifndef OFFBEAT_HOST_KERNEL_READY_H
#define OFFBEAT_HOST_KERNEL_READY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>

struct ob_kernel;

/* `revents` of all entries are written. -EINVAL for more entries than descriptors. */
int ob_sys_poll(struct ob_kernel *kernel, struct pollfd *entries, nfds_t count);

/*
 * The sets are written only when something is ready, or when it is an error, or with `last`, which
 * a caller says whose time is over. Sets may be NULL. -EBADF for a bit that is no descriptor.
 */
int ob_sys_select(struct ob_kernel *kernel, int count, fd_set *reading, fd_set *writing,
                  fd_set *excepting, bool last);

int ob_sys_epoll_create(struct ob_kernel *kernel, int flags);

/* EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLPRI, EPOLLET, EPOLLONESHOT; EPOLLEXCLUSIVE and EPOLLWAKEUP
 * are accepted. An epoll file may be in another one. */
int ob_sys_epoll_ctl(struct ob_kernel *kernel, int fd, int operation, int member,
                     struct epoll_event *event);

/* In the order in which they became ready, as Linux does, but for OB_CHOOSE_FIRST. */
int ob_sys_epoll_wait(struct ob_kernel *kernel, int fd, struct epoll_event *events, int most);

#endif
