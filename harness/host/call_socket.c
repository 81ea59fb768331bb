/* System calls on sockets. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host/call.h"

static uint64_t timeout_of(int fd, bool sending)
{
    uint64_t timeout_ns = ob_kernel_timeout_ns(ob_kernel_of(ob_current.process), fd, sending);
    return timeout_ns ? timeout_ns : OB_FOREVER_NS;
}

int ob_c_socket(int domain, int type, int protocol)
{
    return (int)OB_CALL("socket", ob_sys_socket(kernel, domain, type, protocol));
}

int ob_c_socketpair(int domain, int type, int protocol, int fds[2])
{
    return (int)OB_CALL("socketpair", ob_sys_socketpair(kernel, domain, type, protocol, fds));
}

int ob_c_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)OB_CALL("bind", ob_sys_bind(kernel, fd, address, length));
}

int ob_c_listen(int fd, int backlog)
{
    return (int)OB_CALL("listen", ob_sys_listen(kernel, fd, backlog));
}

int ob_c_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    return (int)OB_CALL_THAT_WAITS("accept", timeout_of(fd, false),
                                   ob_sys_accept4(kernel, fd, address, length, flags));
}

int ob_c_accept(int fd, struct sockaddr *address, socklen_t *length)
{
    return ob_c_accept4(fd, address, length, 0);
}

int ob_c_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    struct ob_call call = ob_call_begin("connect", timeout_of(fd, true));
    int result = ob_sys_connect(call.kernel, fd, address, length);
    while (result == OB_WAIT && ob_call_wait(&call))
        result = ob_sys_connect_go_on(call.kernel, fd);
    return (int)ob_call_end(&call, result == OB_WAIT ? -EINPROGRESS : result);
}

/* What may sleep goes on until all is sent. */
ssize_t ob_c_sendto(int fd, const void *bytes, size_t size, int flags,
                    const struct sockaddr *address, socklen_t length)
{
    size_t done = 0;
    ob_check_bytes(bytes, size, false);
    for (;;) {
        ssize_t count = OB_CALL_THAT_WAITS("send", timeout_of(fd, true),
                                           ob_sys_sendto(kernel, fd, ob_bytes_skip(bytes, done),
                                                         size - done, flags, address, length));
        if (count < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)count;
        if (done >= size || count == 0 || (flags & MSG_DONTWAIT) ||
            !ob_kernel_blocks(ob_kernel_of(ob_current.process), fd))
            return (ssize_t)done;
    }
}

ssize_t ob_c_send(int fd, const void *bytes, size_t size, int flags)
{
    return ob_c_sendto(fd, bytes, size, flags, NULL, 0);
}

/* The same for scattered memory. */
ssize_t ob_c_sendmsg(int fd, const struct msghdr *message, int flags)
{
    int count = message->msg_iovlen <= IOV_MAX ? (int)message->msg_iovlen : 0;
    struct iovec rest[count + 1];
    struct msghdr part = *message;
    size_t done = 0;
    if (count > 0) {
        memcpy(rest, message->msg_iov, (size_t)count * sizeof *rest);
        part.msg_iov = rest;
    }
    for (int first = 0;;) {
        ssize_t sent = OB_CALL_THAT_WAITS("sendmsg", timeout_of(fd, true),
                                          ob_sys_sendmsg(kernel, fd, &part, flags));
        if (sent < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)sent;
        first = ob_parts_skip(rest, first, count, (size_t)sent);
        part.msg_iov = rest + first;
        part.msg_iovlen = (size_t)(count - first);
        if (sent == 0 || first == count || (flags & MSG_DONTWAIT) ||
            !ob_kernel_blocks(ob_kernel_of(ob_current.process), fd))
            return (ssize_t)done;
    }
}

ssize_t ob_c_recvfrom(int fd, void *bytes, size_t size, int flags, struct sockaddr *address,
                      socklen_t *length)
{
    ssize_t count =
        OB_CALL_THAT_WAITS("recv", timeout_of(fd, false),
                           ob_sys_recvfrom(kernel, fd, bytes, size, flags, address, length));
    if (count > 0)
        ob_check_bytes(bytes, (size_t)count < size ? (size_t)count : size, true);
    return count;
}

ssize_t ob_c_recv(int fd, void *bytes, size_t size, int flags)
{
    return ob_c_recvfrom(fd, bytes, size, flags, NULL, NULL);
}

ssize_t ob_c___recv_chk(int fd, void *bytes, size_t size, size_t room, int flags)
{
    if (size > room)
        abort();
    return ob_c_recv(fd, bytes, size, flags);
}

ssize_t ob_c___recvfrom_chk(int fd, void *bytes, size_t size, size_t room, int flags,
                            struct sockaddr *address, socklen_t *length)
{
    if (size > room)
        abort();
    return ob_c_recvfrom(fd, bytes, size, flags, address, length);
}

ssize_t ob_c_recvmsg(int fd, struct msghdr *message, int flags)
{
    return OB_CALL_THAT_WAITS("recvmsg", timeout_of(fd, false),
                              ob_sys_recvmsg(kernel, fd, message, flags));
}

int ob_c_shutdown(int fd, int how)
{
    return (int)OB_CALL("shutdown", ob_sys_shutdown(kernel, fd, how));
}

int ob_c_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    return (int)OB_CALL("getsockname", ob_sys_getsockname(kernel, fd, address, length));
}

int ob_c_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    return (int)OB_CALL("getpeername", ob_sys_getpeername(kernel, fd, address, length));
}

int ob_c_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    return (int)OB_CALL("getsockopt", ob_sys_getsockopt(kernel, fd, level, option, value, length));
}

int ob_c_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    return (int)OB_CALL("setsockopt", ob_sys_setsockopt(kernel, fd, level, option, value, length));
}
