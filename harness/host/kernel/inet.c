/* What TCP and UDP share, and streams of both families. */
#include <string.h>

#include "host/kernel/family.h"

int ob_endpoint_take(const struct sockaddr *address, socklen_t length, struct ob_endpoint *endpoint)
{
    struct sockaddr_in in;

    if (length < sizeof in)
        return -EINVAL;
    memcpy(&in, address, sizeof in);
    if (in.sin_family != AF_INET)
        return -EAFNOSUPPORT;
    endpoint->ip = __builtin_bswap32(in.sin_addr.s_addr);
    endpoint->port = __builtin_bswap16(in.sin_port);
    return 0;
}

int ob_inet_bind(struct ob_kernel *kernel, struct ob_socket *socket, const struct sockaddr *address,
                 socklen_t length)
{
    struct ob_endpoint local;
    int error = ob_endpoint_take(address, length, &local);

    if (error == -EAFNOSUPPORT && address->sa_family == AF_UNSPEC) {
        struct sockaddr_in in;

        memcpy(&in, address, sizeof in);
        local = (struct ob_endpoint){.port = __builtin_bswap16(in.sin_port)};
        error = in.sin_addr.s_addr == INADDR_ANY ? 0 : -EAFNOSUPPORT;
    }
    if (error != 0)
        return error;
    if (local.ip != INADDR_ANY && !ob_is_local(kernel, local.ip))
        return -EADDRNOTAVAIL;
    if (socket->state != OB_SOCKET_CLOSED || socket->has_port)
        return -EINVAL;
    if (local.port == 0) {
        local.port = ob_port_choose(kernel, socket);
        if (local.port == 0)
            return -EADDRINUSE;
    } else {
        error = ob_port_conflict(kernel, socket, local);
        if (error != 0) {
            socket->local.ip = INADDR_ANY; /* an address of before is lost, as in Linux */
            return error;
        }
        socket->is_bound = true;
    }
    socket->local = local;
    socket->has_port = true;
    socket->has_ip = local.ip != INADDR_ANY;
    return 0;
}

bool ob_inet_autobind(struct ob_kernel *kernel, struct ob_socket *socket)
{
    if (!socket->has_port)
        socket->local.port = ob_port_choose(kernel, socket);
    socket->has_port = socket->local.port != 0;
    return socket->has_port;
}

void ob_inet_route(const struct ob_kernel *kernel, uint32_t *from, uint32_t *to)
{
    if (*to == INADDR_ANY)
        *to = *from != INADDR_ANY ? *from : INADDR_LOOPBACK;
    if (*from == INADDR_ANY)
        *from = *to >> 24 == 127 ? INADDR_LOOPBACK : kernel->ip;
}

int ob_socket_would_wait(struct ob_kernel *kernel, const struct ob_socket *socket, uint32_t events,
                         int flags)
{
    return ob_file_would_wait(kernel, ob_socket_file(kernel, socket), events,
                              (flags & MSG_DONTWAIT) != 0);
}

size_t ob_stream_size_of_write(struct ob_kernel *kernel, const struct ob_socket *socket,
                               size_t size, int flags)
{
    const struct ob_file *file = ob_socket_file(kernel, socket);

    if ((file->flags & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0)
        return size;
    return ob_kernel_choose(kernel, OB_CHOOSE_WRITE, file->id, 1, (uint32_t)size, (uint32_t)size);
}

void ob_stream_has_room(struct ob_kernel *kernel, struct ob_socket *socket)
{
    ob_socket_wake(kernel, socket, POLLOUT | POLLWRNORM | POLLWRBAND);
}

int ob_datagram_none(struct ob_kernel *kernel, const struct ob_socket *socket, int flags)
{
    int result = ob_socket_would_wait(kernel, socket, POLLIN, flags);

    return result == OB_WAIT && (socket->shutdown & OB_NO_RECEIVING) != 0 ? 0 : result;
}

int ob_socket_broken(struct ob_kernel *kernel, int flags)
{
    if ((flags & MSG_NOSIGNAL) == 0)
        kernel->hooks->raise(kernel->user, SIGPIPE);
    return -EPIPE;
}

/* A read of a TCP connection may be given less than there is, as if the rest had come a moment
 * later; but not less than the program knows to be there. */
static size_t shorten(struct ob_kernel *kernel, const struct ob_socket *socket, size_t size)
{
    uint32_t least = socket->known > socket->least ? socket->known : socket->least;
    const struct ob_file *file = ob_socket_file(kernel, socket);

    if (least >= size)
        return size;
    return ob_kernel_choose(kernel, OB_CHOOSE_READ, file->id, least, (uint32_t)size,
                            (uint32_t)size);
}

ssize_t ob_stream_take(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *to,
                       int flags, bool is_final, size_t *dropped)
{
    size_t there = socket->in.size, wanted = to->left;
    size_t size = wanted < there ? wanted : there;
    size_t least = (flags & MSG_WAITALL) != 0 ? wanted : socket->least;
    const struct ob_file *file = ob_socket_file(kernel, socket);
    bool may_wait =
        !is_final && (flags & (MSG_PEEK | MSG_DONTWAIT)) == 0 && (file->flags & O_NONBLOCK) == 0;

    *dropped = 0;
    /* Who waits for more than the buffer ever holds is given what it holds. */
    if (size == 0 || (may_wait && size < least && there < kernel->receive_room))
        return 0;
    if (socket->kind == OB_FILE_TCP && (flags & (MSG_PEEK | MSG_WAITALL)) == 0)
        size = shorten(kernel, socket, size);
    if ((flags & MSG_TRUNC) == 0 || socket->kind != OB_FILE_TCP)
        ob_bytes_peek(kernel, &socket->in, to, size);
    if ((flags & MSG_PEEK) != 0) {
        socket->known = size > socket->known ? (uint32_t)size : socket->known;
    } else {
        ob_bytes_drop(kernel, &socket->in, size);
        socket->known -= socket->known < size ? socket->known : (uint32_t)size;
        *dropped = size;
    }
    /* The rest of a read that was cut short comes right after it, as a segment would. */
    if (size < (wanted < there ? wanted : there))
        ob_socket_wake(kernel, socket, POLLIN | POLLRDNORM | POLLRDBAND);
    return (ssize_t)size;
}
