/* Calls on TCP sockets: after inet_stream_connect(), tcp_sendmsg(), tcp_recvmsg() and so on of
 * Linux. */
#include "host/kernel/deliver.h"
#include "host/kernel/family.h"
#include "host/kernel/tcp.h"

enum { SOMAXCONN_NOW = 4096 };

/* Back to a socket that was never connected, as tcp_disconnect(). */
static void disconnect(struct ob_kernel *kernel, struct ob_socket *socket)
{
    if (socket->state == OB_SOCKET_LISTENING)
        ob_tcp_stop_listening(kernel, socket);
    else if (socket->state == OB_SOCKET_CONNECTED)
        ob_tcp_send_reset(kernel, socket);
    if (socket->state == OB_SOCKET_CONNECTED || socket->state == OB_SOCKET_CONNECTING)
        socket->error = ECONNRESET;
    socket->state = OB_SOCKET_CLOSED;
    socket->progress = OB_SOCKET_NOT_ASKED;
    socket->shutdown = 0;
    socket->has_ended = socket->ends = socket->end_is_sent = socket->ended_first = false;
    socket->peer = (struct ob_endpoint){0};
    socket->freed = socket->credit = socket->known = 0;
    ob_bytes_drop(kernel, &socket->in, socket->in.size);
    ob_bytes_drop(kernel, &socket->out, socket->out.size);
    if (!socket->has_ip)
        socket->local.ip = INADDR_ANY;
    socket->has_port = socket->is_bound;
}

static int go_on(struct ob_kernel *kernel, struct ob_socket *socket)
{
    int error;

    switch (socket->state) {
    case OB_SOCKET_CONNECTING:
        return ob_socket_would_wait(kernel, socket, POLLOUT, 0);
    case OB_SOCKET_CLOSED:
        error = ob_socket_take_error(socket);
        disconnect(kernel, socket);
        return error != 0 ? error : -ECONNABORTED;
    default:
        socket->progress = OB_SOCKET_MADE;
        return 0;
    }
}

static int start(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_endpoint peer)
{
    if (socket->state != OB_SOCKET_CLOSED)
        return -EISCONN;
    ob_inet_route(kernel, &socket->local.ip, &peer.ip);
    if (!ob_inet_autobind(kernel, socket))
        return -EADDRNOTAVAIL;
    socket->peer = peer;
    socket->progress = OB_SOCKET_ASKED;
    ob_tcp_begin(kernel, socket);
    return 0;
}

static int tcp_connect(struct ob_kernel *kernel, struct ob_socket *socket,
                       const struct sockaddr *address, socklen_t length, bool never_waits)
{
    struct ob_endpoint peer;
    int error = length < sizeof address->sa_family ? -EINVAL : 0;

    if (error == 0 && address->sa_family == AF_UNSPEC) {
        disconnect(kernel, socket);
        return 0;
    }
    if (error != 0)
        return error;
    switch (socket->progress) {
    case OB_SOCKET_MADE:
        return -EISCONN;
    case OB_SOCKET_LEFT:
        return -EINVAL;
    case OB_SOCKET_ASKED:
        error = -EALREADY;
        break;
    default:
        if (socket->state != OB_SOCKET_CLOSED)
            return -EISCONN;
        error = ob_endpoint_take(address, length, &peer);
        if (error == 0)
            error = start(kernel, socket, peer);
        if (error != 0)
            return error;
        error = -EINPROGRESS;
        break;
    }
    if (socket->state == OB_SOCKET_CONNECTING && never_waits)
        return error;
    ob_loopback_drain(kernel);
    return go_on(kernel, socket);
}

static int tcp_listen(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t backlog)
{
    if (socket->progress != OB_SOCKET_NOT_ASKED ||
        (socket->state != OB_SOCKET_CLOSED && socket->state != OB_SOCKET_LISTENING))
        return -EINVAL;
    socket->backlog = backlog < SOMAXCONN_NOW ? backlog : SOMAXCONN_NOW;
    if (socket->state == OB_SOCKET_LISTENING)
        return 0;
    if (!ob_inet_autobind(kernel, socket))
        return -EADDRINUSE;

    int error = ob_port_conflict(kernel, socket, socket->local);

    if (error == 0) {
        socket->state = OB_SOCKET_LISTENING;
        socket->error = 0;
    }
    return error;
}

static int tcp_shutdown(struct ob_kernel *kernel, struct ob_socket *socket, int bits)
{
    int result = 0;

    if (socket->progress == OB_SOCKET_ASKED)
        socket->progress = socket->state == OB_SOCKET_CONNECTED ? OB_SOCKET_MADE : OB_SOCKET_LEFT;
    switch (socket->state) {
    case OB_SOCKET_CLOSED:
        result = -ENOTCONN;
        socket->shutdown |= (uint8_t)bits;
        break;
    case OB_SOCKET_LISTENING:
        if ((bits & OB_NO_RECEIVING) != 0)
            disconnect(kernel, socket);
        break;
    case OB_SOCKET_CONNECTING:
        disconnect(kernel, socket);
        break;
    default:
        socket->shutdown |= (uint8_t)bits;
        if ((bits & OB_NO_SENDING) != 0)
            ob_tcp_end(kernel, socket);
        break;
    }
    ob_socket_wake(kernel, socket, OB_ALL_EVENTS);
    return result;
}

/* A connection that is chosen to be reset here, as by its peer. */
static void maybe_reset(struct ob_kernel *kernel, struct ob_socket *socket)
{
    const struct ob_file *file = ob_socket_file(kernel, socket);

    if (socket->state != OB_SOCKET_CONNECTED || socket->ends ||
        ob_kernel_choose(kernel, OB_CHOOSE_RESET, file->id, 0, 0, 1) == 0)
        return;
    ob_tcp_send_reset(kernel, socket);
    ob_tcp_abort(kernel, socket, ECONNRESET);
}

static ssize_t tcp_send(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *from,
                        const struct sockaddr *address, socklen_t length, int flags)
{
    int error;

    (void)address; /* ignored, as Linux does */
    (void)length;
    maybe_reset(kernel, socket);
    if (socket->state == OB_SOCKET_CONNECTING)
        return ob_socket_would_wait(kernel, socket, POLLOUT, flags);
    if (socket->state != OB_SOCKET_CONNECTED || socket->error != 0 ||
        (socket->shutdown & OB_NO_SENDING) != 0) {
        error = ob_socket_take_error(socket);
        return error != 0 && error != -EPIPE ? error : ob_socket_broken(kernel, flags);
    }
    if (from->left == 0)
        return 0;

    size_t room = ob_tcp_room(socket);
    size_t size = from->left < room ? from->left : room;

    if (size == 0) {
        socket->wants_room = true;
        return ob_socket_would_wait(kernel, socket, POLLOUT, flags);
    }
    size_t taken = ob_stream_size_of_write(kernel, socket, size, flags);
    ssize_t done = ob_tcp_send(kernel, socket, from, taken);

    if (from->left > 0)
        socket->wants_room = true;
    if (taken < size)
        ob_stream_has_room(kernel, socket);
    return done != 0 ? done : -ENOBUFS;
}

static ssize_t tcp_receive(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *to,
                           struct msghdr *message, int flags)
{
    size_t dropped;

    if (message != NULL)
        message->msg_namelen = 0;
    if (socket->state == OB_SOCKET_LISTENING)
        return -ENOTCONN;
    if ((flags & MSG_OOB) != 0)
        return -EINVAL;
    maybe_reset(kernel, socket);

    bool is_final = socket->shutdown & OB_NO_RECEIVING || socket->error != 0 ||
                    socket->state == OB_SOCKET_CLOSED;
    ssize_t done = ob_stream_take(kernel, socket, to, flags, is_final, &dropped);

    ob_tcp_free_room(kernel, socket, dropped);
    if (done != 0 || (to->left == 0 && socket->in.size > 0))
        return done;
    if (socket->has_ended)
        return 0;
    if (socket->error != 0)
        return ob_socket_take_error(socket);
    if ((socket->shutdown & OB_NO_RECEIVING) != 0)
        return 0;
    if (socket->state == OB_SOCKET_CLOSED)
        return -ENOTCONN;
    return ob_socket_would_wait(kernel, socket, POLLIN, flags);
}

/* tcp_poll() of Linux. */
uint32_t ob_tcp_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    struct ob_socket *socket = ob_at(kernel, file->object);
    uint32_t events = 0;

    if (socket->state == OB_SOCKET_LISTENING)
        return socket->accepting.count > 0 ? POLLIN | POLLRDNORM : 0;
    if (socket->shutdown == OB_NO_BOTH || socket->state == OB_SOCKET_CLOSED)
        events |= POLLHUP;
    if ((socket->shutdown & OB_NO_RECEIVING) != 0)
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (socket->state != OB_SOCKET_CONNECTING) {
        if (socket->in.size >= socket->least)
            events |= POLLIN | POLLRDNORM;
        if ((socket->shutdown & OB_NO_SENDING) != 0 || socket->state == OB_SOCKET_CLOSED ||
            ob_tcp_room(socket) >= (socket->send_room + 2) / 3)
            events |= POLLOUT | POLLWRNORM;
        else
            socket->wants_room = true;
    }
    return events | (socket->error != 0 ? POLLERR : 0U);
}

/* tcp_close() of Linux. */
void ob_tcp_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct ob_socket *socket = ob_at(kernel, file->object);

    socket->file = 0;
    socket->shutdown = OB_NO_BOTH;
    if (socket->state == OB_SOCKET_LISTENING)
        ob_tcp_stop_listening(kernel, socket);
    if (socket->state != OB_SOCKET_CONNECTED) {
        ob_socket_free(kernel, socket);
        return;
    }
    if (socket->in.size > 0 || (socket->linger.l_onoff != 0 && socket->linger.l_linger == 0)) {
        ob_tcp_send_reset(kernel, socket);
        ob_socket_free(kernel, socket);
        return;
    }
    ob_tcp_end(kernel, socket);
}

const struct ob_socket_operations ob_tcp_operations = {
    .bind = ob_inet_bind,
    .connect = tcp_connect,
    .go_on = go_on,
    .listen = tcp_listen,
    .shutdown = tcp_shutdown,
    .send = tcp_send,
    .receive = tcp_receive,
};
