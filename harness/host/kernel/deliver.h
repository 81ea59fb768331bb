/* Packets that arrive: those of the loopback, at the end of each call. */
#ifndef OFFBEAT_HOST_KERNEL_DELIVER_H
#define OFFBEAT_HOST_KERNEL_DELIVER_H

#include "host/kernel/socket.h"

/* Lets all packets on the loopback arrive. */
void ob_loopback_drain(struct ob_kernel *kernel);

#endif
