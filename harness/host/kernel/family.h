/*
 * What each family of sockets does at a call: the first argument of all is checked, the address is
 * as the program gave it. All give -errno, or OB_WAIT.
 */
#ifndef OFFBEAT_HOST_KERNEL_FAMILY_H
#define OFFBEAT_HOST_KERNEL_FAMILY_H

#include "host/kernel/socket.h"

struct ob_socket_operations {
    int (*bind)(struct ob_kernel *kernel, struct ob_socket *socket, const struct sockaddr *address,
                socklen_t length);
    int (*connect)(struct ob_kernel *kernel, struct ob_socket *socket,
                   const struct sockaddr *address, socklen_t length, bool never_waits);
    int (*go_on)(struct ob_kernel *kernel, struct ob_socket *socket);
    int (*listen)(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t backlog);
    int (*shutdown)(struct ob_kernel *kernel, struct ob_socket *socket, int bits);
    ssize_t (*send)(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *from,
                    const struct sockaddr *address, socklen_t length, int flags);
    ssize_t (*receive)(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *to,
                       struct msghdr *message, int flags);
};

extern const struct ob_socket_operations ob_tcp_operations, ob_udp_operations,
    ob_unix_stream_operations, ob_unix_packet_operations;

/* Reading and writing of all families, by their operations; the rest is their own. */
ssize_t ob_socket_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
ssize_t ob_socket_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);
uint32_t ob_tcp_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_tcp_release(struct ob_kernel *kernel, struct ob_file *file);
uint32_t ob_udp_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_udp_release(struct ob_kernel *kernel, struct ob_file *file);
uint32_t ob_unix_poll(struct ob_kernel *kernel, struct ob_file *file);
void ob_unix_release(struct ob_kernel *kernel, struct ob_file *file);

/* An IPv4 address of a call. -EINVAL for one that is too short, -EAFNOSUPPORT. */
int ob_endpoint_take(const struct sockaddr *address, socklen_t length,
                     struct ob_endpoint *endpoint);

/* bind() of TCP and UDP. */
int ob_inet_bind(struct ob_kernel *kernel, struct ob_socket *socket, const struct sockaddr *address,
                 socklen_t length);

/* Gives a port to a socket that has none: false when there is none. */
bool ob_inet_autobind(struct ob_kernel *kernel, struct ob_socket *socket);

/* The addresses of packets, where one or both are 0.0.0.0: as __ip_route_output_key() of Linux. */
void ob_inet_route(const struct ob_kernel *kernel, uint32_t *from, uint32_t *to);

/* -EAGAIN, or OB_WAIT where both descriptor and flags let the caller sleep. */
int ob_socket_would_wait(struct ob_kernel *kernel, const struct ob_socket *socket, uint32_t events,
                         int flags);

/* No datagram is there: 0 for who would sleep and never be woken again, as nothing is received. */
int ob_datagram_none(struct ob_kernel *kernel, const struct ob_socket *socket, int flags);

/* How much a stream takes of `size` bytes, which fit: of a write that never waits it may be less,
 * and then who calls says that there is room again, as edges of EPOLLOUT would be waited for. */
size_t ob_stream_size_of_write(struct ob_kernel *kernel, const struct ob_socket *socket,
                               size_t size, int flags);
void ob_stream_has_room(struct ob_kernel *kernel, struct ob_socket *socket);

/* -EPIPE, with SIGPIPE unless MSG_NOSIGNAL. */
int ob_socket_broken(struct ob_kernel *kernel, int flags);

/*
 * Reads from a stream's bytes what there is, as flags say (MSG_PEEK, MSG_TRUNC, MSG_WAITALL): 0
 * where nothing is given, as there is too little. `dropped`: how many were taken out.
 */
ssize_t ob_stream_take(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *to,
                       int flags, bool is_final, size_t *dropped);

/*
 * Finds the socket that an address of a Unix socket names. -ECONNREFUSED where none is, -EPROTOTYPE
 * for one of another type, or what the path gives.
 */
int ob_unix_find(struct ob_kernel *kernel, const struct sockaddr *address, socklen_t length,
                 int type, struct ob_socket **found);
int ob_unix_check(const struct sockaddr *address, socklen_t length); /* is it an address? */
int ob_unix_bind(struct ob_kernel *kernel, struct ob_socket *socket, const struct sockaddr *address,
                 socklen_t length);
int ob_unix_shutdown(struct ob_kernel *kernel, struct ob_socket *socket, int bits);

/* connect() of stream and seqpacket sockets, and both ends of a pair. */
int ob_unix_connect(struct ob_kernel *kernel, struct ob_socket *socket,
                    const struct sockaddr *address, socklen_t length, bool never_waits);
int ob_unix_listen(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t backlog);
void ob_unix_join(struct ob_kernel *kernel, struct ob_socket *one, struct ob_socket *other);

/* May a writer be told to go on? */
bool ob_unix_is_writable(const struct ob_kernel *kernel, const struct ob_socket *socket);

#endif
