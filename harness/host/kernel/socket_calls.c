/* The calls on sockets of all families. */
#include <string.h>

#include "host/kernel/deliver.h"
#include "host/kernel/family.h"
#include "host/kernel/options.h"
#include "host/kernel/tcp.h"

enum { TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC, PARTS_MAX = 1024, DATAGRAMS_MAX = 10 };

static const struct ob_socket_operations *operations_of(const struct ob_socket *socket)
{
    switch (socket->kind) {
    case OB_FILE_TCP:
        return &ob_tcp_operations;
    case OB_FILE_UDP:
        return &ob_udp_operations;
    case OB_FILE_UNIX_STREAM:
        return &ob_unix_stream_operations;
    default:
        return &ob_unix_packet_operations;
    }
}

/* The kind of socket that is asked for, or an error. */
static int kind_of(int domain, int type, int protocol)
{
    if (domain != AF_INET && domain != AF_UNIX)
        return -EAFNOSUPPORT;
    if (domain == AF_UNIX) {
        if (protocol != 0 && protocol != PF_UNIX)
            return -EPROTONOSUPPORT;
        if (type == SOCK_STREAM)
            return OB_FILE_UNIX_STREAM;
        return type == SOCK_DGRAM || type == SOCK_SEQPACKET ? OB_FILE_UNIX_PACKETS
                                                            : -ESOCKTNOSUPPORT;
    }
    if (type != SOCK_STREAM && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != 0 && protocol != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
        return -EPROTONOSUPPORT;
    return type == SOCK_STREAM ? OB_FILE_TCP : OB_FILE_UDP;
}

static int make(struct ob_kernel *kernel, int domain, int type, int protocol)
{
    int flags = type & TYPE_FLAGS, plain = type & ~TYPE_FLAGS;
    int kind = kind_of(domain, plain, protocol);

    if (kind < 0)
        return kind;
    if (domain == AF_INET)
        protocol = plain == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

    struct ob_socket *socket =
        ob_socket_make(kernel, (enum ob_file_kind)kind, domain, plain, protocol);

    if (socket == NULL)
        return -ENOBUFS;
    socket->backlog = DATAGRAMS_MAX; /* net.unix.max_dgram_qlen */

    int fd = ob_socket_open(kernel, socket, flags);

    if (fd < 0)
        ob_socket_free(kernel, socket);
    return fd;
}

int ob_sys_socket(struct ob_kernel *kernel, int domain, int type, int protocol)
{
    return make(kernel, domain, type, protocol);
}

int ob_sys_socketpair(struct ob_kernel *kernel, int domain, int type, int protocol, int fds[2])
{
    int error, one, other;

    error = kind_of(domain, type & ~TYPE_FLAGS, protocol);
    if (error < 0 || domain == AF_INET)
        return error < 0 ? error : -EOPNOTSUPP;
    one = make(kernel, domain, type, protocol);
    if (one < 0)
        return one;
    other = make(kernel, domain, type, protocol);
    if (other < 0) {
        ob_descriptor_drop(kernel, one);
        return other;
    }
    ob_unix_join(kernel, ob_socket_of(kernel, one, &error), ob_socket_of(kernel, other, &error));
    fds[0] = one;
    fds[1] = other;
    return 0;
}

int ob_sys_bind(struct ob_kernel *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    return socket ? operations_of(socket)->bind(kernel, socket, address, length) : error;
}

int ob_sys_listen(struct ob_kernel *kernel, int fd, int backlog)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return error;
    if (operations_of(socket)->listen == NULL)
        return -EOPNOTSUPP;
    return operations_of(socket)->listen(kernel, socket, (uint32_t)backlog);
}

static void give_peer(const struct ob_kernel *kernel, const struct ob_socket *socket,
                      struct sockaddr *address, socklen_t *length)
{
    static const sa_family_t unnamed = AF_UNIX;
    const struct ob_unix_name *name = ob_at(kernel, socket->peer_name);

    if (socket->domain == AF_INET)
        ob_endpoint_give(socket->peer, address, length);
    else if (name != NULL && name->length > 0)
        ob_address_give(&name->address, name->length, address, length);
    else
        ob_address_give(&unnamed, sizeof unnamed, address, length);
}

int ob_sys_accept4(struct ob_kernel *kernel, int fd, struct sockaddr *address, socklen_t *length,
                   int flags)
{
    int error;
    struct ob_socket *listener = ob_socket_of(kernel, fd, &error);

    if ((flags & ~TYPE_FLAGS) != 0)
        return -EINVAL;
    if (listener == NULL)
        return error;
    if (operations_of(listener)->listen == NULL || listener->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (listener->state != OB_SOCKET_LISTENING)
        return -EINVAL;
    if (address != NULL && length != NULL && (int)*length < 0)
        return -EINVAL;
    if (listener->accepting.count == 0) {
        error = ob_socket_would_wait(kernel, listener, POLLIN, 0);
        return error == OB_WAIT && listener->domain == AF_UNIX &&
                       (listener->shutdown & OB_NO_RECEIVING) != 0
                   ? -EINVAL
                   : error;
    }

    struct ob_socket *socket = OB_OF(kernel, struct ob_socket, queue, listener->accepting.first);
    int made = ob_socket_open(kernel, socket, flags);

    if (made < 0)
        return made;
    ob_list_remove(kernel, &listener->accepting, &socket->queue);
    socket->listener = 0;
    give_peer(kernel, socket, address, length);
    ob_file_tell(kernel, ob_socket_file(kernel, listener), POLLOUT);
    return made;
}

int ob_sys_connect(struct ob_kernel *kernel, int fd, const struct sockaddr *address,
                   socklen_t length)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return error;

    bool never_waits = (ob_socket_file(kernel, socket)->flags & O_NONBLOCK) != 0;

    error = operations_of(socket)->connect(kernel, socket, address, length, never_waits);
    ob_loopback_drain(kernel);
    return error;
}

int ob_sys_connect_go_on(struct ob_kernel *kernel, int fd)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return error;
    return operations_of(socket)->go_on ? operations_of(socket)->go_on(kernel, socket) : -EINVAL;
}

int ob_sys_shutdown(struct ob_kernel *kernel, int fd, int how)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return error;
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
        return -EINVAL;
    error = operations_of(socket)->shutdown(kernel, socket, how + 1);
    ob_loopback_drain(kernel);
    return error;
}

/* -- data -- */

/* What sending and receiving have in common: the socket, and the parts in the caller's memory. */
static int begin_parts(struct ob_kernel *kernel, int fd, const struct msghdr *message,
                       struct ob_socket **socket, struct ob_cursor *cursor)
{
    int error;

    *socket = ob_socket_of(kernel, fd, &error);
    if (*socket == NULL)
        return error;
    if (message->msg_iovlen > PARTS_MAX)
        return -EMSGSIZE;
    return ob_cursor_begin(cursor, message->msg_iov, message->msg_iovlen);
}

static ssize_t send_parts(struct ob_kernel *kernel, int fd, const struct msghdr *message, int flags)
{
    struct ob_socket *socket;
    struct ob_cursor cursor;
    int error = begin_parts(kernel, fd, message, &socket, &cursor);

    if (error != 0)
        return error;

    ssize_t done = operations_of(socket)->send(kernel, socket, &cursor, message->msg_name,
                                               message->msg_namelen, flags);

    ob_loopback_drain(kernel);
    return done;
}

static ssize_t receive_parts(struct ob_kernel *kernel, int fd, struct msghdr *message, int flags)
{
    struct ob_socket *socket;
    struct ob_cursor cursor;
    int error = begin_parts(kernel, fd, message, &socket, &cursor);

    if (error != 0)
        return error;
    message->msg_flags = 0;
    if ((flags & MSG_ERRQUEUE) != 0)
        return -EAGAIN;

    ssize_t done = operations_of(socket)->receive(kernel, socket, &cursor, message, flags);

    ob_loopback_drain(kernel);
    return done;
}

/* Descriptors that are passed on would need another process. */
ssize_t ob_sys_sendmsg(struct ob_kernel *kernel, int fd, const struct msghdr *message, int flags)
{
    if (message->msg_control != NULL && message->msg_controllen >= sizeof(struct cmsghdr)) {
        const struct cmsghdr *control = message->msg_control;

        if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
            return -EOPNOTSUPP;
    }
    return send_parts(kernel, fd, message, flags);
}

ssize_t ob_sys_sendto(struct ob_kernel *kernel, int fd, const void *bytes, size_t size, int flags,
                      const struct sockaddr *address, socklen_t length)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)address,
                             .msg_namelen = address ? length : 0,
                             .msg_iov = &part,
                             .msg_iovlen = 1};

    return send_parts(kernel, fd, &message, flags);
}

ssize_t ob_sys_recvmsg(struct ob_kernel *kernel, int fd, struct msghdr *message, int flags)
{
    ssize_t done = receive_parts(kernel, fd, message, flags);

    if (done >= 0)
        message->msg_controllen = 0;
    return done;
}

ssize_t ob_sys_recvfrom(struct ob_kernel *kernel, int fd, void *bytes, size_t size, int flags,
                        struct sockaddr *address, socklen_t *length)
{
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_name = address,
                             .msg_namelen = address && length ? *length : 0,
                             .msg_iov = &part,
                             .msg_iovlen = 1};
    ssize_t done = receive_parts(kernel, fd, &message, flags);

    if (done >= 0 && address != NULL && length != NULL)
        *length = message.msg_namelen;
    return done;
}

ssize_t ob_socket_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    struct ob_socket *socket = ob_at(kernel, file->object);

    return to->left == 0 ? 0 : operations_of(socket)->receive(kernel, socket, to, NULL, 0);
}

ssize_t ob_socket_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from)
{
    struct ob_socket *socket = ob_at(kernel, file->object);

    return operations_of(socket)->send(kernel, socket, from, NULL, 0, 0);
}

/* -- names and options -- */

int ob_sys_getsockname(struct ob_kernel *kernel, int fd, struct sockaddr *address,
                       socklen_t *length)
{
    static const sa_family_t unnamed = AF_UNIX;
    int error;
    const struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return error;

    const struct ob_unix_name *name = ob_at(kernel, socket->name);

    if ((int)*length < 0)
        return -EINVAL;
    if (socket->domain == AF_INET)
        ob_endpoint_give(socket->local, address, length);
    else if (name->length > 0)
        ob_address_give(&name->address, name->length, address, length);
    else
        ob_address_give(&unnamed, sizeof unnamed, address, length);
    return 0;
}

int ob_sys_getpeername(struct ob_kernel *kernel, int fd, struct sockaddr *address,
                       socklen_t *length)
{
    int error;
    const struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    if (socket == NULL)
        return error;
    if (socket->state != OB_SOCKET_CONNECTED)
        return -ENOTCONN;
    if ((int)*length < 0)
        return -EINVAL;
    give_peer(kernel, socket, address, length);
    return 0;
}

int ob_sys_getsockopt(struct ob_kernel *kernel, int fd, int level, int option, void *value,
                      socklen_t *length)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    return socket ? ob_option_get(kernel, socket, level, option, value, length) : error;
}

int ob_sys_setsockopt(struct ob_kernel *kernel, int fd, int level, int option, const void *value,
                      socklen_t length)
{
    int error;
    struct ob_socket *socket = ob_socket_of(kernel, fd, &error);

    return socket ? ob_option_set(kernel, socket, level, option, value, length) : error;
}
