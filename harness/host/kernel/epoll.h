/* epoll(7), as a kind of file. */
#ifndef OFFBEAT_HOST_KERNEL_EPOLL_H
#define OFFBEAT_HOST_KERNEL_EPOLL_H

#include "host/kernel/file.h"

uint32_t ob_epoll_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_epoll_release(struct ob_kernel *kernel, struct ob_file *file);

#endif
