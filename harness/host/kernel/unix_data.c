/* What Unix sockets carry: streams, and datagrams of datagram and seqpacket sockets. */
#include <string.h>

#include "host/kernel/family.h"

enum { WRITE_EVENTS = POLLOUT | POLLWRNORM | POLLWRBAND };
enum { READ_EVENTS = POLLIN | POLLRDNORM | POLLRDBAND };

static ssize_t stream_send(struct ob_kernel *kernel, struct ob_socket *socket,
                           struct ob_cursor *from, const struct sockaddr *address, socklen_t length,
                           int flags)
{
    struct ob_socket *pair = ob_at(kernel, socket->pair);

    (void)length;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (address != NULL)
        return socket->state == OB_SOCKET_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    if (pair == NULL && !socket->pair_is_gone)
        return -ENOTCONN;
    if ((socket->shutdown & OB_NO_SENDING) != 0)
        return ob_socket_broken(kernel, flags);
    if (from->left == 0)
        return 0;
    if (pair == NULL || (pair->shutdown & OB_NO_RECEIVING) != 0)
        return ob_socket_broken(kernel, flags);

    size_t room = socket->send_room > pair->in.size ? socket->send_room - pair->in.size : 0;
    size_t size = from->left < room ? from->left : room;

    if (size == 0)
        return ob_socket_would_wait(kernel, socket, POLLOUT, flags);

    size_t taken = ob_stream_size_of_write(kernel, socket, size, flags);

    if (!ob_bytes_append(kernel, &pair->in, from, taken))
        return -ENOBUFS;
    ob_socket_wake(kernel, pair, READ_EVENTS);
    if (taken < size)
        ob_stream_has_room(kernel, socket);
    return (ssize_t)taken;
}

static void wake_writer(struct ob_kernel *kernel, struct ob_socket *socket)
{
    struct ob_socket *pair = ob_at(kernel, socket->pair);

    if (pair != NULL && ob_unix_is_writable(kernel, pair))
        ob_socket_wake(kernel, pair, WRITE_EVENTS);
}

static ssize_t stream_receive(struct ob_kernel *kernel, struct ob_socket *socket,
                              struct ob_cursor *to, struct msghdr *message, int flags)
{
    const struct ob_unix_name *name = ob_at(kernel, socket->peer_name);
    bool has_data = socket->in.size > 0;
    size_t dropped;

    if (socket->state != OB_SOCKET_CONNECTED)
        return -EINVAL;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;

    bool is_final = (socket->shutdown & OB_NO_RECEIVING) != 0 || socket->error != 0;
    ssize_t done = ob_stream_take(kernel, socket, to, flags, is_final, &dropped);

    if (has_data && message != NULL && message->msg_name != NULL)
        ob_address_give(&name->address, name->length, message->msg_name, &message->msg_namelen);
    else if (message != NULL)
        message->msg_namelen = 0;
    if (dropped > 0)
        wake_writer(kernel, socket);
    if (done > 0 && (flags & MSG_WAITALL) != 0 && to->left > 0)
        ob_socket_take_error(socket); /* lost, as Linux has it */
    if (done != 0 || (to->left == 0 && socket->in.size > 0))
        return done;
    if (socket->error != 0)
        return ob_socket_take_error(socket);
    if ((socket->shutdown & OB_NO_RECEIVING) != 0)
        return 0;
    return ob_socket_would_wait(kernel, socket, POLLIN, flags);
}

/* Who is connected gets datagrams of its peer alone, also when that is gone. */
static bool may_send(const struct ob_kernel *kernel, const struct ob_socket *socket,
                     const struct ob_socket *receiver)
{
    return receiver->pair == ob_ref(kernel, socket) ||
           (receiver->pair == 0 && !receiver->pair_is_gone);
}

/*
 * A datagram socket leaves its peer: what it was sent is lost, and who thinks to be connected to it
 * is told so. unix_dgram_disconnected() of Linux.
 */
static void disconnect(struct ob_kernel *kernel, struct ob_socket *socket)
{
    struct ob_socket *pair = ob_at(kernel, socket->pair);

    if (socket->datagrams.count > 0) {
        ob_datagrams_drop(kernel, socket);
        if (pair != NULL && pair->pair == ob_ref(kernel, socket)) {
            pair->error = ECONNRESET;
            ob_socket_wake(kernel, pair, POLLERR);
        }
    }
    socket->pair = 0;
    socket->pair_is_gone = false;
    ob_unix_name_drop(kernel, socket->peer_name);
    socket->peer_name = 0;
}

/* Whom a datagram goes to. */
static int find_receiver(struct ob_kernel *kernel, struct ob_socket *socket,
                         const struct sockaddr *address, socklen_t length,
                         struct ob_socket **receiver)
{
    if (address != NULL && length > 0 && socket->type == SOCK_DGRAM)
        return ob_unix_find(kernel, address, length, socket->type, receiver);
    *receiver = ob_at(kernel, socket->pair);
    if (*receiver != NULL)
        return 0;
    if (!socket->pair_is_gone)
        return -ENOTCONN;
    if (socket->type == SOCK_SEQPACKET)
        return -EPIPE;
    socket->state = OB_SOCKET_CLOSED;
    disconnect(kernel, socket);
    return -ECONNREFUSED;
}

static ssize_t packet_send(struct ob_kernel *kernel, struct ob_socket *socket,
                           struct ob_cursor *from, const struct sockaddr *address, socklen_t length,
                           int flags)
{
    struct ob_socket *receiver;
    size_t size = from->left;
    int error = 0;

    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (socket->type == SOCK_DGRAM && address != NULL && length > 0)
        error = ob_unix_check(address, length);
    if (socket->type == SOCK_SEQPACKET) {
        error = ob_socket_take_error(socket);
        if (error == 0 && socket->state != OB_SOCKET_CONNECTED)
            error = -ENOTCONN;
    }
    if (error == 0 && size > socket->send_room)
        error = -EMSGSIZE;
    if (error == 0)
        error = ob_socket_take_error(socket);
    if (error == 0 && (socket->shutdown & OB_NO_SENDING) != 0)
        error = -EPIPE;
    if (error == 0)
        error = find_receiver(kernel, socket, address, length, &receiver);
    if (error != 0)
        return error;
    if (!may_send(kernel, socket, receiver))
        return -EPERM;
    if ((receiver->shutdown & OB_NO_RECEIVING) != 0)
        return -EPIPE;

    const struct ob_file *own = ob_socket_file(kernel, socket);
    struct ob_file *file = ob_socket_file(kernel, receiver);
    bool is_pair = receiver->pair == ob_ref(kernel, socket);
    bool is_full = is_pair ? receiver->datagram_bytes + size > socket->send_room
                           : receiver != socket && receiver->datagrams.count > receiver->backlog;

    if (is_full)
        return (own->flags & O_NONBLOCK) != 0 || (flags & MSG_DONTWAIT) != 0
                   ? -EAGAIN
                   : ob_file_wait(kernel, file, POLLOUT);
    if (!ob_datagram_append(kernel, receiver, (struct ob_endpoint){0}, socket->name, from))
        return -ENOBUFS;
    if (file != NULL)
        ob_file_wake(kernel, file, READ_EVENTS);
    return (ssize_t)size;
}

static ssize_t packet_receive(struct ob_kernel *kernel, struct ob_socket *socket,
                              struct ob_cursor *to, struct msghdr *message, int flags)
{
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (socket->type == SOCK_SEQPACKET && socket->state != OB_SOCKET_CONNECTED)
        return -ENOTCONN;
    if (socket->error != 0)
        return ob_socket_take_error(socket);
    if (socket->datagrams.count > 0) {
        ssize_t done = ob_datagram_receive(kernel, socket, to, message, flags);

        ob_file_tell(kernel, ob_socket_file(kernel, socket), POLLOUT);
        OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, other)
        {
            if (other->pair == ob_ref(kernel, socket) && other != socket &&
                ob_unix_is_writable(kernel, other))
                ob_socket_wake(kernel, other, WRITE_EVENTS);
        }
        return done;
    }
    if (message != NULL)
        message->msg_namelen = 0;
    if (socket->type == SOCK_SEQPACKET && (socket->shutdown & OB_NO_RECEIVING) != 0)
        return 0;
    return ob_datagram_none(kernel, socket, flags);
}

static int packet_connect(struct ob_kernel *kernel, struct ob_socket *socket,
                          const struct sockaddr *address, socklen_t length, bool never_waits)
{
    struct ob_socket *other;

    if (socket->type == SOCK_SEQPACKET)
        return ob_unix_connect(kernel, socket, address, length, never_waits);
    if (length < sizeof address->sa_family)
        return -EINVAL;
    if (address->sa_family == AF_UNSPEC) {
        socket->state = OB_SOCKET_CLOSED;
        disconnect(kernel, socket);
        return 0;
    }

    int error = ob_unix_find(kernel, address, length, socket->type, &other);

    if (error != 0)
        return error;
    if (!may_send(kernel, socket, other))
        return -EPERM;
    if ((socket->pair != 0 || socket->pair_is_gone) && socket->pair != ob_ref(kernel, other))
        disconnect(kernel, socket);
    ob_unix_name_drop(kernel, socket->peer_name);
    socket->pair = ob_ref(kernel, other);
    socket->state = OB_SOCKET_CONNECTED;
    socket->peer_name = ob_unix_name_hold(kernel, other->name);
    return 0;
}

static int packet_listen(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t backlog)
{
    return socket->type == SOCK_SEQPACKET ? ob_unix_listen(kernel, socket, backlog) : -EOPNOTSUPP;
}

const struct ob_socket_operations ob_unix_stream_operations = {
    .bind = ob_unix_bind,
    .connect = ob_unix_connect,
    .listen = ob_unix_listen,
    .shutdown = ob_unix_shutdown,
    .send = stream_send,
    .receive = stream_receive,
};

const struct ob_socket_operations ob_unix_packet_operations = {
    .bind = ob_unix_bind,
    .connect = packet_connect,
    .listen = packet_listen,
    .shutdown = ob_unix_shutdown,
    .send = packet_send,
    .receive = packet_receive,
};
