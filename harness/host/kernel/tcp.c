#include "host/kernel/tcp.h"

#define RETRY_NS UINT64_C(1000000000)

enum { RETRIES_MAX = 6 /* net.ipv4.tcp_syn_retries: tcp(7) */ };

static struct ob_packet packet_of(const struct ob_socket *socket, enum ob_packet_kind kind)
{
    return (struct ob_packet){
        .kind = kind, .from = socket->local, .to = socket->peer, .connection = socket->connection};
}

static void send_signal(struct ob_kernel *kernel, const struct ob_socket *socket,
                        enum ob_packet_kind kind, uint32_t window)
{
    struct ob_packet packet = packet_of(socket, kind);

    packet.window = window;
    ob_transmit(kernel, &packet, NULL);
}

void ob_tcp_send_reset(struct ob_kernel *kernel, const struct ob_socket *socket)
{
    send_signal(kernel, socket, OB_PACKET_RST, 0);
}

/* Answers a packet for which there is no connection. */
static void refuse(struct ob_kernel *kernel, const struct ob_packet *packet)
{
    struct ob_packet reply = {.kind = OB_PACKET_RST,
                              .from = packet->to,
                              .to = packet->from,
                              .connection = packet->connection};

    ob_transmit(kernel, &reply, NULL);
}

static void leave_listener(struct ob_kernel *kernel, struct ob_socket *socket)
{
    struct ob_socket *listener = ob_at(kernel, socket->listener);

    if (listener == NULL)
        return;
    ob_list_remove(kernel,
                   socket->state == OB_SOCKET_EMBRYO ? &listener->embryos : &listener->accepting,
                   &socket->queue);
    socket->listener = 0;
}

void ob_tcp_abort(struct ob_kernel *kernel, struct ob_socket *socket, int error)
{
    if (socket->state == OB_SOCKET_EMBRYO) {
        leave_listener(kernel, socket);
        ob_socket_free(kernel, socket);
        return;
    }
    socket->state = OB_SOCKET_CLOSED;
    socket->has_port = socket->is_bound;
    socket->shutdown = OB_NO_BOTH;
    socket->error = error;
    socket->ends = false;
    ob_bytes_drop(kernel, &socket->out, socket->out.size);
    if (socket->file == 0 && socket->listener == 0)
        ob_socket_free(kernel, socket);
    else
        ob_socket_wake(kernel, socket, OB_ALL_EVENTS);
}

/* Both directions have ended. */
static void finish(struct ob_kernel *kernel, struct ob_socket *socket)
{
    if (socket->ended_first)
        ob_time_wait_add(kernel, socket);
    ob_tcp_abort(kernel, socket, socket->error);
}

/* -- sending -- */

uint32_t ob_tcp_room(const struct ob_socket *socket)
{
    uint32_t unsent = socket->out.size;
    uint32_t own = socket->send_room > unsent ? socket->send_room - unsent : 0;

    return unsent == 0 ? own + socket->credit : own;
}

/* Sends at most `size` bytes as one segment, within the credit. -ENOBUFS when the region is full.
 */
static ssize_t send_segment(struct ob_kernel *kernel, struct ob_socket *socket,
                            struct ob_cursor *from, size_t size)
{
    struct ob_packet packet = packet_of(socket, OB_PACKET_DATA);
    const struct ob_file *file = ob_socket_file(kernel, socket);

    size = size < socket->credit ? size : socket->credit;
    size = size < OB_SEGMENT_MAX ? size : OB_SEGMENT_MAX;
    packet.length = ob_kernel_choose(kernel, OB_CHOOSE_SEGMENT, file ? file->id : 0, 1,
                                     (uint32_t)size, (uint32_t)size);
    if (!ob_transmit(kernel, &packet, from))
        return -ENOBUFS;
    socket->credit -= packet.length;
    return packet.length;
}

ssize_t ob_tcp_send(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *from,
                    size_t size)
{
    size_t done = 0;

    while (socket->out.size == 0 && socket->credit > 0 && done < size) {
        ssize_t sent = send_segment(kernel, socket, from, size - done);

        if (sent < 0)
            return done > 0 ? (ssize_t)done : sent;
        done += (size_t)sent;
    }

    uint32_t room = socket->send_room > socket->out.size ? socket->send_room - socket->out.size : 0;
    size_t kept = size - done < room ? size - done : room;

    if (kept > 0 && ob_bytes_append(kernel, &socket->out, from, kept))
        done += kept;
    if (done < size)
        socket->wants_room = true;
    return (ssize_t)done;
}

/* Sends what waits, as far as there is credit, and the FIN behind it. May end the socket. */
static void flush(struct ob_kernel *kernel, struct ob_socket *socket)
{
    char bytes[4096];

    while (socket->out.size > 0 && socket->credit > 0) {
        struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
        struct ob_cursor to = {.parts = &part, .count = 1, .left = sizeof bytes};

        part.iov_len = ob_bytes_peek(kernel, &socket->out, &to, sizeof bytes);

        struct ob_cursor from = {.parts = &part, .count = 1, .left = part.iov_len};
        ssize_t sent = send_segment(kernel, socket, &from, part.iov_len);

        if (sent < 0)
            return;
        ob_bytes_drop(kernel, &socket->out, (size_t)sent);
    }
    if (socket->wants_room && ob_tcp_room(socket) >= socket->send_room / 3) {
        socket->wants_room = false;
        ob_socket_wake(kernel, socket, POLLOUT | POLLWRNORM | POLLWRBAND);
    }
    if (!socket->ends || socket->end_is_sent || socket->out.size > 0)
        return;
    send_signal(kernel, socket, OB_PACKET_FIN, 0);
    socket->end_is_sent = true;
    socket->ended_first = !socket->has_ended;
    if (socket->has_ended)
        finish(kernel, socket);
}

void ob_tcp_end(struct ob_kernel *kernel, struct ob_socket *socket)
{
    socket->ends = true;
    flush(kernel, socket);
}

/* Room is given back in halves, so that small reads cost no packets. */
void ob_tcp_free_room(struct ob_kernel *kernel, struct ob_socket *socket, size_t size)
{
    socket->freed += (uint32_t)size;
    if (socket->freed < kernel->receive_room / 2 || socket->state != OB_SOCKET_CONNECTED ||
        socket->has_ended)
        return;
    send_signal(kernel, socket, OB_PACKET_WINDOW, socket->freed);
    socket->freed = 0;
}

/* -- connecting -- */

void ob_tcp_begin(struct ob_kernel *kernel, struct ob_socket *socket)
{
    socket->connection = kernel->incarnation + ++kernel->connections_made;
    ob_time_wait_end(kernel, socket);
    socket->state = OB_SOCKET_CONNECTING;
    socket->retries = 0;
    socket->retry_ns = ob_now_ns(kernel) + RETRY_NS;
    send_signal(kernel, socket, OB_PACKET_SYN, kernel->receive_room);
}

uint64_t ob_tcp_next_ns(const struct ob_kernel *kernel)
{
    uint64_t next = UINT64_MAX;

    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, socket)
    {
        if (socket->state == OB_SOCKET_CONNECTING && socket->retry_ns < next)
            next = socket->retry_ns;
    }
    return next;
}

void ob_tcp_expire(struct ob_kernel *kernel)
{
    uint64_t now = ob_now_ns(kernel);

    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, socket)
    {
        if (socket->state != OB_SOCKET_CONNECTING || socket->retry_ns > now)
            continue;
        if (socket->retries == RETRIES_MAX) {
            ob_tcp_abort(kernel, socket, ETIMEDOUT);
            continue;
        }
        socket->retries++;
        socket->retry_ns = now + (RETRY_NS << socket->retries);
        send_signal(kernel, socket, OB_PACKET_SYN, kernel->receive_room);
    }
}

/* A SYN for a listener: dropped where the backlog is full, so that it comes again. */
static void be_asked(struct ob_kernel *kernel, struct ob_socket *listener,
                     const struct ob_packet *packet)
{
    uint32_t waiting = listener->accepting.count + listener->embryos.count;
    const struct ob_file *file = ob_socket_file(kernel, listener);

    if (waiting > listener->backlog ||
        ob_kernel_choose(kernel, OB_CHOOSE_BACKLOG, file->id, 0, 0, 1) != 0)
        return;

    struct ob_socket *made =
        ob_socket_make(kernel, OB_FILE_TCP, listener->domain, listener->type, listener->protocol);

    if (made == NULL)
        return;
    made->state = OB_SOCKET_EMBRYO;
    made->progress = OB_SOCKET_MADE;
    made->local = packet->to;
    made->has_port = true;
    made->peer = packet->from;
    made->connection = packet->connection;
    made->credit = packet->window;
    made->shutdown = listener->shutdown; /* of one that was shut down before it listened */
    made->is_reusing = listener->is_reusing;
    made->is_sharing = listener->is_sharing;
    made->linger = listener->linger;
    made->least = listener->least;
    made->send_room = listener->send_room;
    made->receive_timeout_ns = listener->receive_timeout_ns;
    made->send_timeout_ns = listener->send_timeout_ns;
    made->listener = ob_ref(kernel, listener);
    ob_list_append(kernel, &listener->embryos, &made->queue);
    send_signal(kernel, made, OB_PACKET_ACCEPT, kernel->receive_room);
}

void ob_tcp_stop_listening(struct ob_kernel *kernel, struct ob_socket *socket)
{
    /* Linux would answer what they send later; here an acknowledgement may never come again. */
    while (socket->embryos.count > 0) {
        struct ob_socket *first = OB_OF(kernel, struct ob_socket, queue, socket->embryos.first);

        ob_tcp_send_reset(kernel, first);
        ob_tcp_abort(kernel, first, 0);
    }
    while (socket->accepting.count > 0) {
        struct ob_socket *first = OB_OF(kernel, struct ob_socket, queue, socket->accepting.first);

        leave_listener(kernel, first);
        if (first->state == OB_SOCKET_CONNECTED)
            ob_tcp_send_reset(kernel, first);
        ob_tcp_abort(kernel, first, 0);
    }
}

/* -- what arrives -- */

static struct ob_socket *find(const struct ob_kernel *kernel, const struct ob_packet *packet)
{
    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, socket)
    {
        if (socket->kind == OB_FILE_TCP && socket->state >= OB_SOCKET_CONNECTING &&
            socket->connection == packet->connection && socket->local.port == packet->to.port &&
            socket->local.ip == packet->to.ip && socket->peer.port == packet->from.port &&
            socket->peer.ip == packet->from.ip)
            return socket;
    }
    return NULL;
}

static void take_data(struct ob_kernel *kernel, struct ob_socket *socket,
                      const struct ob_packet *packet, const void *bytes)
{
    bool is_unwanted = (socket->shutdown & OB_NO_RECEIVING) != 0 && socket->ends;

    if (socket->state != OB_SOCKET_CONNECTED || socket->has_ended)
        return;
    if (is_unwanted || packet->length > 2 * kernel->receive_room - socket->in.size ||
        !ob_bytes_append_plain(kernel, &socket->in, bytes, packet->length)) {
        ob_tcp_send_reset(kernel, socket);
        ob_tcp_abort(kernel, socket, ECONNRESET);
        return;
    }
    if (socket->in.size >= socket->least)
        ob_socket_wake(kernel, socket, POLLIN | POLLRDNORM | POLLRDBAND);
}

static void take_end(struct ob_kernel *kernel, struct ob_socket *socket)
{
    if (socket->state != OB_SOCKET_CONNECTED || socket->has_ended)
        return;
    socket->has_ended = true;
    socket->shutdown |= OB_NO_RECEIVING;
    if (socket->end_is_sent)
        finish(kernel, socket);
    else
        ob_socket_wake(kernel, socket, OB_ALL_EVENTS);
}

static void be_accepted(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t window)
{
    if (socket->state != OB_SOCKET_CONNECTING)
        return;
    socket->state = OB_SOCKET_CONNECTED;
    socket->credit = window;
    send_signal(kernel, socket, OB_PACKET_ACK, 0);
    ob_socket_wake(kernel, socket, OB_ALL_EVENTS);
    if (socket->ends)
        flush(kernel, socket);
}

static void meet_itself(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t window)
{
    if (socket->state != OB_SOCKET_CONNECTING)
        return;
    be_accepted(kernel, socket, window);
    if ((socket->shutdown & OB_NO_SENDING) != 0)
        ob_tcp_end(kernel, socket);
}

static void leave_embryo(struct ob_kernel *kernel, struct ob_socket *socket)
{
    struct ob_socket *listener = ob_at(kernel, socket->listener);

    if (socket->state != OB_SOCKET_EMBRYO)
        return;
    ob_list_remove(kernel, &listener->embryos, &socket->queue);
    socket->state = OB_SOCKET_CONNECTED;
    ob_list_append(kernel, &listener->accepting, &socket->queue);
    ob_socket_wake(kernel, listener, POLLIN | POLLRDNORM | POLLRDBAND);
    if ((socket->shutdown & OB_NO_SENDING) != 0)
        ob_tcp_end(kernel, socket);
}

static int reset_error(const struct ob_socket *socket)
{
    if (socket->state == OB_SOCKET_CONNECTING)
        return ECONNREFUSED;
    return socket->has_ended ? EPIPE : ECONNRESET;
}

static void receive_unknown(struct ob_kernel *kernel, const struct ob_packet *packet)
{
    struct ob_socket *listener = NULL;

    if (packet->kind == OB_PACKET_RST || packet->kind == OB_PACKET_WINDOW)
        return;
    if (packet->kind == OB_PACKET_SYN)
        listener = ob_port_owner(kernel, OB_FILE_TCP, packet);
    if (listener != NULL)
        be_asked(kernel, listener, packet);
    else
        refuse(kernel, packet);
}

void ob_tcp_receive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes)
{
    struct ob_socket *socket = find(kernel, packet);

    if (socket == NULL) {
        receive_unknown(kernel, packet);
        return;
    }
    switch (packet->kind) {
    case OB_PACKET_SYN:
        if (socket->state == OB_SOCKET_EMBRYO)
            send_signal(kernel, socket, OB_PACKET_ACCEPT, kernel->receive_room);
        else /* a socket that connects to itself: RFC 9293, 3.5, simultaneous initiation */
            meet_itself(kernel, socket, packet->window);
        break;
    case OB_PACKET_ACCEPT:
        be_accepted(kernel, socket, packet->window);
        break;
    case OB_PACKET_ACK:
        leave_embryo(kernel, socket);
        break;
    case OB_PACKET_DATA:
        take_data(kernel, socket, packet, bytes);
        break;
    case OB_PACKET_FIN:
        take_end(kernel, socket);
        break;
    case OB_PACKET_RST:
        ob_tcp_abort(kernel, socket, reset_error(socket));
        break;
    case OB_PACKET_WINDOW:
        socket->credit += packet->window;
        flush(kernel, socket);
        break;
    default:
        break;
    }
}
