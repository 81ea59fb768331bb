/* Packets that arrive. */
#include "host/kernel/deliver.h"

#include "host/kernel/tcp.h"
#include "host/kernel/udp.h"

enum { SETTLING_MAX = 100000 };

static void arrive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes)
{
    if (packet->kind == OB_PACKET_DATAGRAM || packet->kind == OB_PACKET_UNREACHABLE)
        ob_udp_receive(kernel, packet, bytes);
    else
        ob_tcp_receive(kernel, packet, bytes);
}

/* Each packet causes at most one other, or gives room for a bounded number: this ends. */
void ob_loopback_drain(struct ob_kernel *kernel)
{
    for (int steps = 0; kernel->loopback.count > 0 && steps < SETTLING_MAX; steps++) {
        struct ob_loop_packet *loop =
            OB_OF(kernel, struct ob_loop_packet, item, kernel->loopback.first);

        ob_list_remove(kernel, &kernel->loopback, &loop->item);
        arrive(kernel, &loop->packet, loop->bytes);
        ob_region_give(kernel, loop, sizeof *loop + loop->packet.length);
    }
}

void ob_kernel_receive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes)
{
    if (!ob_is_local(kernel, packet->to.ip) || ob_is_local(kernel, packet->from.ip))
        return;
    arrive(kernel, packet, bytes);
    ob_loopback_drain(kernel);
}
