/* What is behind descriptors, for reports. */
#ifndef OFFBEAT_HOST_KERNEL_VIEW_H
#define OFFBEAT_HOST_KERNEL_VIEW_H

#include "host/kernel/net.h"

/* An open descriptor as people see it. */
struct ob_kernel_view {
    uint32_t file;    /* as ob_kernel_waits_for() names it */
    const char *what; /* "listens at", "connected to", "a pipe" and so on; NULL for an epoll set */
    struct ob_endpoint local; /* of sockets of IPv4; port 0: none */
    struct ob_endpoint peer;
    bool is_listening;
    bool has_ended;          /* the peer sends nothing more */
    uint32_t unread, unsent; /* bytes of a stream; of UDP all datagrams' bytes are unread */
};

/* Looks at a descriptor. Returns false when it is not open. */
bool ob_kernel_view(const struct ob_kernel *kernel, int fd, struct ob_kernel_view *view);

#endif
