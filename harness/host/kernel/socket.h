/* What sockets of all families share, and packets that stay within the host. */
#ifndef OFFBEAT_HOST_KERNEL_SOCKET_H
#define OFFBEAT_HOST_KERNEL_SOCKET_H

#include <netinet/in.h>
#include <sys/un.h>

#include "host/kernel/file.h"
#include "host/kernel/net.h"

enum ob_socket_state {
    OB_SOCKET_CLOSED,
    OB_SOCKET_LISTENING,
    OB_SOCKET_CONNECTING, /* a SYN was sent */
    OB_SOCKET_EMBRYO,     /* a SYN was answered; nobody has it yet */
    OB_SOCKET_CONNECTED,  /* until both directions have ended */
};

/* What connect() goes by, which is not the state: a lost connection stays CONNECTED for it. */
enum ob_socket_progress {
    OB_SOCKET_NOT_ASKED,
    OB_SOCKET_ASKED,
    OB_SOCKET_MADE,
    OB_SOCKET_LEFT, /* shutdown() came after it had failed: SS_DISCONNECTING of Linux */
};

/* Bits of `shutdown`: RCV_SHUTDOWN and SEND_SHUTDOWN of Linux. */
enum { OB_NO_RECEIVING = 1, OB_NO_SENDING = 2, OB_NO_BOTH = 3 };

/*
 * A Unix socket's address: `length` as bind() was given it, 0 for none. Each socket has one from
 * the start, which its peers and what it has sent hold as well: they see it when it is bound later.
 */
struct ob_unix_name {
    uint32_t holders;
    uint32_t length;
    struct sockaddr_un address;
};

/* A datagram in a queue. */
struct ob_datagram {
    struct ob_item item;
    struct ob_endpoint from;
    uint32_t name; /* struct ob_unix_name: of Unix sockets */
    uint32_t length;
    char bytes[];
};

/* An option that is kept without meaning anything here. */
struct ob_option {
    struct ob_item item;
    int level, option;
    uint32_t size;
    char value[64];
};

struct ob_socket {
    struct ob_item item;  /* of kernel->sockets */
    struct ob_item queue; /* of the listener's queue or embryos */
    uint32_t file;        /* struct ob_file; 0 before accept() and after close() */
    uint8_t kind;         /* enum ob_file_kind */
    uint8_t state, progress, shutdown;
    int domain, type, protocol;
    int error; /* SO_ERROR, as errno */

    struct ob_endpoint local, peer; /* port 0: not bound, not connected */
    bool has_port;                  /* local.port is taken; an address may outlive that */
    bool has_ip;                    /* local.ip was given to bind() */
    bool is_bound;                  /* by bind() */
    bool is_reusing, is_sharing;    /* SO_REUSEADDR, SO_REUSEPORT */
    bool is_broadcasting;           /* SO_BROADCAST */
    struct linger linger;
    uint64_t receive_timeout_ns, send_timeout_ns;
    uint32_t receive_room, send_room, least; /* SO_RCVLOWAT */
    struct ob_list options;                  /* struct ob_option */

    /* Listeners: sockets that are ready to be accepted, and those that are not yet. */
    struct ob_list accepting, embryos;
    uint32_t backlog;
    uint32_t listener; /* of who is in one of those */

    /* Streams. */
    struct ob_bytes in, out;
    uint32_t connection;
    uint32_t credit; /* bytes that the peer has room for */
    uint32_t freed;  /* bytes that were read and not yet given back as room */
    bool has_ended;  /* the peer's FIN is there */
    bool ends;       /* FIN goes out behind what is left in `out` */
    bool end_is_sent, ended_first;
    bool wants_room; /* a writer found none */
    uint32_t known;  /* bytes of `in` that the program has seen or counted, and not yet taken */
    uint64_t retry_ns;
    uint32_t retries;

    /* Datagrams. */
    struct ob_list datagrams;
    uint32_t datagram_bytes;

    /* Unix sockets. */
    uint32_t pair; /* struct ob_socket: who is connected to, 0 once it is closed */
    bool pair_is_gone;
    uint32_t node;            /* struct ob_node that it is bound to */
    uint32_t name, peer_name; /* struct ob_unix_name */
};

/* A socket in the list of all; NULL when the region is full. */
struct ob_socket *ob_socket_make(struct ob_kernel *kernel, enum ob_file_kind kind, int domain,
                                 int type, int protocol);

/* Frees a socket with all it holds. */
void ob_socket_free(struct ob_kernel *kernel, struct ob_socket *socket);

/* A file for a socket: its descriptor or an error. `flags`: SOCK_NONBLOCK, SOCK_CLOEXEC. */
int ob_socket_open(struct ob_kernel *kernel, struct ob_socket *socket, int flags);

/* The socket of a descriptor, or NULL with -EBADF or -ENOTSOCK. */
struct ob_socket *ob_socket_of(const struct ob_kernel *kernel, int fd, int *error);
struct ob_file *ob_socket_file(const struct ob_kernel *kernel, const struct ob_socket *socket);

/* A Unix name, held once more, or 0 as it is; and given back. */
uint32_t ob_unix_name_hold(struct ob_kernel *kernel, uint32_t name);
void ob_unix_name_drop(struct ob_kernel *kernel, uint32_t name);

/* Takes the pending error: -errno, or 0. */
int ob_socket_take_error(struct ob_socket *socket);

/* Tells who has a file for it. */
void ob_socket_wake(struct ob_kernel *kernel, struct ob_socket *socket, uint32_t events);

/* FIONREAD and SIOCOUTQ. */
int ob_socket_unread(const struct ob_kernel *kernel, const struct ob_file *file, int *count);
int ob_socket_unsent(const struct ob_kernel *kernel, const struct ob_file *file, int *count);

/* Appends a datagram of what is left in the cursor. False when the region is full. */
bool ob_datagram_append(struct ob_kernel *kernel, struct ob_socket *socket, struct ob_endpoint from,
                        uint32_t name, struct ob_cursor *bytes);

/*
 * Takes the first datagram, or peeks at it, into `to` and the address of `message`. Gives its
 * bytes, all that it had with MSG_TRUNC.
 */
ssize_t ob_datagram_receive(struct ob_kernel *kernel, struct ob_socket *socket,
                            struct ob_cursor *to, struct msghdr *message, int flags);

/* Loses all datagrams that wait. */
void ob_datagrams_drop(struct ob_kernel *kernel, struct ob_socket *socket);

/* Copies an address out, as accept(), getsockname() and so on do: cut where there is less room. */
void ob_address_give(const void *from, socklen_t size, struct sockaddr *address, socklen_t *length);
void ob_endpoint_give(struct ob_endpoint endpoint, struct sockaddr *address, socklen_t *length);

/* -- packets -- */

/* Is it an address of this host? */
bool ob_is_local(const struct ob_kernel *kernel, uint32_t ip);

/*
 * Sends a packet with the next packet->length bytes of the cursor: to another host by the hook, to
 * this one by the loopback. False, with nothing done, when the region is full.
 */
bool ob_transmit(struct ob_kernel *kernel, const struct ob_packet *packet, struct ob_cursor *bytes);

struct ob_loop_packet {
    struct ob_item item; /* of kernel->loopback */
    struct ob_packet packet;
    char bytes[];
};

/* Why an address and port cannot be bound (-EADDRINUSE), or 0. */
int ob_port_conflict(const struct ob_kernel *kernel, const struct ob_socket *socket,
                     struct ob_endpoint local);

/* A free port for the socket, 0 where there is none. */
uint16_t ob_port_choose(struct ob_kernel *kernel, const struct ob_socket *socket);

/* Where a datagram or a SYN would arrive. NULL: nowhere. */
struct ob_socket *ob_port_owner(const struct ob_kernel *kernel, enum ob_file_kind kind,
                                const struct ob_packet *packet);

/* A pair of addresses that may not be used again until `until_ns`. */
struct ob_time_wait {
    struct ob_item item;
    struct ob_endpoint local, peer;
    uint64_t until_ns;
    bool is_reusing;
};
void ob_time_wait_add(struct ob_kernel *kernel, const struct ob_socket *socket);

/* Who connects from and to the same addresses again need not wait: tcp_twsk_unique() of Linux. */
void ob_time_wait_end(struct ob_kernel *kernel, const struct ob_socket *socket);

#endif
