/* Packets on their way, and ports. */
#include <string.h>

#include "host/kernel/socket.h"

enum { FIRST_PORT = 32768, LAST_PORT = 60999 };

#define TIME_WAIT_NS (UINT64_C(60) * 1000000000)

bool ob_is_local(const struct ob_kernel *kernel, uint32_t ip)
{
    return ip >> 24 == 127 || ip == kernel->ip;
}

bool ob_transmit(struct ob_kernel *kernel, const struct ob_packet *packet, struct ob_cursor *bytes)
{
    bool stays = ob_is_local(kernel, packet->to.ip);

    if (!stays && packet->length == 0) {
        kernel->hooks->transmit(kernel->user, packet, NULL);
        return true;
    }

    struct ob_loop_packet *loop = ob_region_take_raw(kernel, sizeof *loop + packet->length);

    if (loop == NULL)
        return false;
    loop->item = (struct ob_item){0};
    loop->packet = *packet;
    if (packet->length > 0)
        ob_cursor_get(bytes, loop->bytes, packet->length);
    if (stays) {
        ob_list_append(kernel, &kernel->loopback, &loop->item);
    } else {
        kernel->hooks->transmit(kernel->user, packet, loop->bytes);
        ob_region_give(kernel, loop, sizeof *loop + packet->length);
    }
    return true;
}

static bool overlap(uint32_t a, uint32_t b)
{
    return a == INADDR_ANY || b == INADDR_ANY || a == b;
}

/* inet_csk_get_port() and udp_lib_get_port() of Linux. */
int ob_port_conflict(const struct ob_kernel *kernel, const struct ob_socket *socket,
                     struct ob_endpoint local)
{
    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, other)
    {
        if (other == socket || other->kind != socket->kind || !other->has_port ||
            other->local.port != local.port || !overlap(other->local.ip, local.ip))
            continue;
        if (socket->is_sharing && other->is_sharing)
            continue;
        if (!socket->is_reusing || !other->is_reusing || other->state == OB_SOCKET_LISTENING)
            return -EADDRINUSE;
    }
    if (socket->kind != OB_FILE_TCP)
        return 0;
    OB_EACH(kernel, struct ob_time_wait, item, &kernel->time_wait, waiting)
    {
        if (waiting->local.port == local.port && overlap(waiting->local.ip, local.ip) &&
            waiting->until_ns > ob_now_ns(kernel) && !(socket->is_reusing && waiting->is_reusing))
            return -EADDRINUSE;
    }
    return 0;
}

static bool is_taken(const struct ob_kernel *kernel, const struct ob_socket *socket, uint16_t port)
{
    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, other)
    {
        if (other->kind == socket->kind && other->has_port && other->local.port == port)
            return true;
    }
    OB_EACH(kernel, struct ob_time_wait, item, &kernel->time_wait, waiting)
    {
        if (waiting->local.port == port && waiting->until_ns > ob_now_ns(kernel))
            return true;
    }
    return false;
}

uint16_t ob_port_choose(struct ob_kernel *kernel, const struct ob_socket *socket)
{
    for (int tries = FIRST_PORT; tries <= LAST_PORT; tries++) {
        uint16_t port = kernel->next_port;

        kernel->next_port = port == LAST_PORT ? FIRST_PORT : (uint16_t)(port + 1);
        if (!is_taken(kernel, socket, port))
            return port;
    }
    return 0;
}

struct ob_socket *ob_port_owner(const struct ob_kernel *kernel, enum ob_file_kind kind,
                                const struct ob_packet *packet)
{
    struct ob_socket *best = NULL;
    int best_score = -1;

    OB_EACH(kernel, struct ob_socket, item, &kernel->sockets, socket)
    {
        if (socket->kind != kind || !socket->has_port || socket->local.port != packet->to.port ||
            !overlap(socket->local.ip, packet->to.ip) ||
            (kind == OB_FILE_TCP && socket->state != OB_SOCKET_LISTENING))
            continue;

        int score = socket->local.ip != INADDR_ANY ? 1 : 0;

        if (kind == OB_FILE_UDP && socket->peer.port != 0) {
            if (socket->peer.port != packet->from.port || socket->peer.ip != packet->from.ip)
                continue;
            score += 2;
        }
        if (score > best_score) {
            best = socket;
            best_score = score;
        }
    }
    return best;
}

void ob_time_wait_add(struct ob_kernel *kernel, const struct ob_socket *socket)
{
    struct ob_time_wait *first;

    while ((first = OB_OF(kernel, struct ob_time_wait, item, kernel->time_wait.first)) != NULL &&
           first->until_ns <= ob_now_ns(kernel)) {
        ob_list_remove(kernel, &kernel->time_wait, &first->item);
        ob_region_give(kernel, first, sizeof *first);
    }

    struct ob_time_wait *added = ob_region_take(kernel, sizeof *added);

    if (added == NULL)
        return;
    added->local = socket->local;
    added->peer = socket->peer;
    added->is_reusing = socket->is_reusing;
    added->until_ns = ob_now_ns(kernel) + TIME_WAIT_NS;
    ob_list_append(kernel, &kernel->time_wait, &added->item);
}

void ob_time_wait_end(struct ob_kernel *kernel, const struct ob_socket *socket)
{
    OB_EACH(kernel, struct ob_time_wait, item, &kernel->time_wait, waiting)
    {
        if (waiting->local.port == socket->local.port && waiting->local.ip == socket->local.ip &&
            waiting->peer.port == socket->peer.port && waiting->peer.ip == socket->peer.ip)
            waiting->until_ns = 0;
    }
}
