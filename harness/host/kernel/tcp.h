/*
 * TCP between kernels: what a segment changes, and what goes out. After RFC 9293 and what Linux
 * does where that leaves it open; without sequence numbers, as links keep the order and lose
 * nothing.
 */
#ifndef OFFBEAT_HOST_KERNEL_TCP_H
#define OFFBEAT_HOST_KERNEL_TCP_H

#include "host/kernel/socket.h"

/* A packet of a stream arrives. */
void ob_tcp_receive(struct ob_kernel *kernel, const struct ob_packet *packet, const void *bytes);

/* Sends a SYN to socket->peer, from socket->local, and again until it is answered. */
void ob_tcp_begin(struct ob_kernel *kernel, struct ob_socket *socket);

/* When a SYN is sent again next, UINT64_MAX for never; and sends those whose time has come. */
uint64_t ob_tcp_next_ns(const struct ob_kernel *kernel);
void ob_tcp_expire(struct ob_kernel *kernel);

/*
 * Sends up to `size` bytes of the cursor, or keeps them in the socket's own queue, while there is
 * room. Returns how many, 0 for no room, or -ENOBUFS.
 */
ssize_t ob_tcp_send(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_cursor *from,
                    size_t size);

/* Bytes that ob_tcp_send() would take. */
uint32_t ob_tcp_room(const struct ob_socket *socket);

/* `size` bytes were read: the peer may send as many more. */
void ob_tcp_free_room(struct ob_kernel *kernel, struct ob_socket *socket, size_t size);

/* FIN goes out behind what is still to be sent. */
void ob_tcp_end(struct ob_kernel *kernel, struct ob_socket *socket);

/* The connection is over: for its owner with `error`, if there is one. */
void ob_tcp_abort(struct ob_kernel *kernel, struct ob_socket *socket, int error);

/* Tells the peer that there is no such connection. */
void ob_tcp_send_reset(struct ob_kernel *kernel, const struct ob_socket *socket);

/* Resets all that wait to be accepted; the socket listens no more. */
void ob_tcp_stop_listening(struct ob_kernel *kernel, struct ob_socket *socket);

#endif
