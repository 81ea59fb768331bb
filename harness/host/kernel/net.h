/*
 * Sockets of the simulated kernel, and the packets that travel between kernels: TCP and UDP over
 * IPv4, and Unix sockets (stream, datagram and seqpacket; pathname and abstract) within the host.
 *
 * TCP is what a program sees of it. A link is reliable and keeps the order of one connection's
 * packets (so it must be declared FIFO for streams; a partition holds them); there are no
 * acknowledgements but WINDOW, which gives back room that the reader has freed, and nothing but a
 * SYN is ever sent again. RFC 9293 and tcp(7), udp(7), unix(7), socket(7), ip(7) otherwise.
 */
#ifndef OFFBEAT_HOST_KERNEL_NET_H
#define OFFBEAT_HOST_KERNEL_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

struct ob_kernel;

enum ob_packet_kind {
    OB_PACKET_SYN,        /* asks for a connection; `window` is the room of the one who asks */
    OB_PACKET_ACCEPT,     /* SYN-ACK; `window` is the room of the one who answers */
    OB_PACKET_ACK,        /* the connection stands: it may be accepted from now on */
    OB_PACKET_DATA,       /* `length` bytes of a stream */
    OB_PACKET_FIN,        /* no more bytes in this direction */
    OB_PACKET_RST,        /* there is no such connection (any more) */
    OB_PACKET_WINDOW,     /* `window` more bytes may be sent */
    OB_PACKET_DATAGRAM,   /* UDP, `length` bytes, which may be 0 */
    OB_PACKET_UNREACHABLE /* ICMP: nobody at the port that a datagram went to */
};

struct ob_endpoint {
    uint32_t ip; /* host byte order */
    uint16_t port;
};

enum { OB_DATAGRAM_MAX = 65507, OB_SEGMENT_MAX = 16384 };

struct ob_packet {
    enum ob_packet_kind kind;
    struct ob_endpoint from;
    struct ob_endpoint to;
    uint32_t
        connection; /* of streams: chosen by the one who asked; tells old packets from new ones */
    uint32_t window;
    uint32_t length;
};

/*
 * A packet from another host arrives; `bytes` has packet->length bytes. Packets may come late,
 * twice or for nobody: then they are answered by RST, or ignored. A packet that is not addressed to
 * this host is ignored as well.
 */
void ob_kernel_receive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes);

/* AF_INET (stream, datagram) and AF_UNIX (stream, datagram, seqpacket). -EAFNOSUPPORT for others.
 */
int ob_sys_socket(struct ob_kernel *kernel, int domain, int type, int protocol);
int ob_sys_socketpair(struct ob_kernel *kernel, int domain, int type, int protocol, int fds[2]);
int ob_sys_bind(struct ob_kernel *kernel, int fd, const struct sockaddr *address, socklen_t length);
int ob_sys_listen(struct ob_kernel *kernel, int fd, int backlog);
int ob_sys_accept4(struct ob_kernel *kernel, int fd, struct sockaddr *address, socklen_t *length,
                   int flags);

/*
 * -EINPROGRESS without blocking. OB_WAIT otherwise, and then the caller, when the file has changed,
 * calls ob_sys_connect_go_on() instead of this: 0, an error, or OB_WAIT again.
 */
int ob_sys_connect(struct ob_kernel *kernel, int fd, const struct sockaddr *address,
                   socklen_t length);
int ob_sys_connect_go_on(struct ob_kernel *kernel, int fd);

/*
 * A stream takes what fits: a caller who may sleep goes on with the rest. MSG_WAITALL gives OB_WAIT
 * until everything is there, and the call's bytes are only then taken; MSG_MORE is accepted.
 */
/* send() and recv() are sendto() and recvfrom() without an address. */
ssize_t ob_sys_sendto(struct ob_kernel *kernel, int fd, const void *bytes, size_t size, int flags,
                      const struct sockaddr *address, socklen_t length);
ssize_t ob_sys_sendmsg(struct ob_kernel *kernel, int fd, const struct msghdr *message, int flags);
ssize_t ob_sys_recvfrom(struct ob_kernel *kernel, int fd, void *bytes, size_t size, int flags,
                        struct sockaddr *address, socklen_t *length);
ssize_t ob_sys_recvmsg(struct ob_kernel *kernel, int fd, struct msghdr *message, int flags);

int ob_sys_shutdown(struct ob_kernel *kernel, int fd, int how);
int ob_sys_getsockname(struct ob_kernel *kernel, int fd, struct sockaddr *address,
                       socklen_t *length);
int ob_sys_getpeername(struct ob_kernel *kernel, int fd, struct sockaddr *address,
                       socklen_t *length);
int ob_sys_getsockopt(struct ob_kernel *kernel, int fd, int level, int option, void *value,
                      socklen_t *length);

/* Options that change what is simulated do so; those of performance and keep-alive are kept and
 * given back. */
int ob_sys_setsockopt(struct ob_kernel *kernel, int fd, int level, int option, const void *value,
                      socklen_t length);

#endif
