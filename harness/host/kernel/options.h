/* getsockopt(2) and setsockopt(2) of all families. */
#ifndef OFFBEAT_HOST_KERNEL_OPTIONS_H
#define OFFBEAT_HOST_KERNEL_OPTIONS_H

#include "host/kernel/socket.h"

int ob_option_get(struct ob_kernel *kernel, struct ob_socket *socket, int level, int option,
                  void *value, socklen_t *length);
int ob_option_set(struct ob_kernel *kernel, struct ob_socket *socket, int level, int option,
                  const void *value, socklen_t length);

#endif
