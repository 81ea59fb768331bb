#include "host/kernel/udp.h"

#include <string.h>

#include "host/kernel/family.h"

void ob_udp_receive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes)
{
    struct ob_socket *socket = ob_port_owner(kernel, OB_FILE_UDP, packet);

    if (packet->kind == OB_PACKET_UNREACHABLE) {
        if (socket != NULL && socket->peer.port != 0) {
            socket->error = ECONNREFUSED;
            ob_socket_wake(kernel, socket, POLLERR);
        }
        return;
    }
    if (socket == NULL) {
        struct ob_packet reply = {
            .kind = OB_PACKET_UNREACHABLE, .from = packet->to, .to = packet->from};

        ob_transmit(kernel, &reply, NULL);
        return;
    }

    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = packet->length};
    struct ob_cursor cursor = {.parts = &part, .count = 1, .left = packet->length};
    uint32_t id = ob_socket_file(kernel, socket)->id;

    if (socket->datagram_bytes + packet->length > socket->receive_room ||
        ob_kernel_choose(kernel, OB_CHOOSE_DATAGRAM, id, 0, 0, 1) != 0)
        return;
    if (ob_datagram_append(kernel, socket, packet->from, 0, &cursor))
        ob_socket_wake(kernel, socket, POLLIN | POLLRDNORM | POLLRDBAND);
}

static int udp_connect(struct ob_kernel *kernel, struct ob_socket *socket,
                       const struct sockaddr *address, socklen_t length, bool never_waits)
{
    struct ob_endpoint peer;

    (void)never_waits;
    if (length < sizeof address->sa_family)
        return -EINVAL;
    if (address->sa_family == AF_UNSPEC) {
        socket->peer = (struct ob_endpoint){0};
        socket->state = OB_SOCKET_CLOSED;
        if (!socket->is_bound)
            socket->local = (struct ob_endpoint){0};
        socket->has_port = socket->is_bound;
        return 0;
    }

    if (!ob_inet_autobind(kernel, socket))
        return -EAGAIN;

    int error = ob_endpoint_take(address, length, &peer);

    if (error != 0)
        return error;
    if (peer.ip == INADDR_BROADCAST && !socket->is_broadcasting)
        return -EACCES;
    ob_inet_route(kernel, &socket->local.ip, &peer.ip);
    socket->peer = peer;
    socket->state = OB_SOCKET_CONNECTED;
    return 0;
}

static int udp_shutdown(struct ob_kernel *kernel, struct ob_socket *socket, int bits)
{
    socket->shutdown |= (uint8_t)bits;
    ob_socket_wake(kernel, socket, OB_ALL_EVENTS);
    return socket->state == OB_SOCKET_CONNECTED ? 0 : -ENOTCONN;
}

static ssize_t udp_send(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *from,
                        const struct sockaddr *address, socklen_t length, int flags)
{
    struct ob_packet packet = {.kind = OB_PACKET_DATAGRAM, .to = socket->peer};
    size_t size = from->left;
    int error;

    if (!ob_inet_autobind(kernel, socket))
        return -EAGAIN;
    if (size > UINT16_MAX)
        return -EMSGSIZE;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (address != NULL && length > 0) {
        error = ob_endpoint_take(address, length, &packet.to);
        if (error != 0)
            return error;
        if (packet.to.port == 0)
            return -EINVAL;
    } else if (socket->state != OB_SOCKET_CONNECTED) {
        return -EDESTADDRREQ;
    }
    error = ob_socket_take_error(socket);
    if (error != 0)
        return error;
    if ((socket->shutdown & OB_NO_SENDING) != 0)
        return -EPIPE; /* without a signal */
    if (size > OB_DATAGRAM_MAX)
        return -EMSGSIZE;
    if (packet.to.ip == INADDR_BROADCAST && !socket->is_broadcasting)
        return -EACCES;
    packet.from = socket->local;
    ob_inet_route(kernel, &packet.from.ip, &packet.to.ip);
    packet.length = (uint32_t)size;
    return ob_transmit(kernel, &packet, from) ? (ssize_t)size : -ENOBUFS;
}

static ssize_t udp_receive(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *to,
                           struct msghdr *message, int flags)
{
    if (socket->error != 0)
        return ob_socket_take_error(socket);
    if (socket->datagrams.count > 0)
        return ob_datagram_receive(kernel, socket, to, message, flags);
    if (message != NULL)
        message->msg_namelen = 0;
    return ob_datagram_none(kernel, socket, flags);
}

/* datagram_poll() of Linux. */
uint32_t ob_udp_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct ob_socket *socket = ob_at(kernel, file->object);
    uint32_t events = POLLOUT | POLLWRNORM | POLLWRBAND;

    events |= socket->error != 0 ? POLLERR : 0;
    events |= (socket->shutdown & OB_NO_RECEIVING) ? POLLRDHUP | POLLIN | POLLRDNORM : 0;
    events |= socket->shutdown == OB_NO_BOTH ? POLLHUP : 0;
    events |= socket->datagrams.count > 0 ? POLLIN | POLLRDNORM : 0;
    return events;
}

void ob_udp_release(struct ob_kernel *kernel, struct ob_file *file)
{
    ob_socket_free(kernel, ob_at(kernel, file->object));
}

const struct ob_socket_operations ob_udp_operations = {
    .bind = ob_inet_bind,
    .connect = udp_connect,
    .shutdown = udp_shutdown,
    .send = udp_send,
    .receive = udp_receive,
};
