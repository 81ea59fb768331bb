/* UDP: RFC 768, udp(7). */
#ifndef OFFBEAT_HOST_KERNEL_UDP_H
#define OFFBEAT_HOST_KERNEL_UDP_H

#include "host/kernel/socket.h"

/* A datagram, or word that one reached nobody. */
void ob_udp_receive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes);

#endif
