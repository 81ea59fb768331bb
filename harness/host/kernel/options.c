#include "host/kernel/options.h"

#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_US UINT64_C(1000)

enum { ROOM_MIN = 2304, ROOM_MAX = 212992 };

enum kept_as { AS_FLAG, AS_NUMBER, AS_BYTES };

/* Options that are kept and given back: their defaults as of Linux. */
static const struct kept {
    int level, option;
    enum kept_as as;
    int plain;
} kept_options[] = {
    {SOL_SOCKET, SO_KEEPALIVE, AS_FLAG, 0},
    {SOL_SOCKET, SO_OOBINLINE, AS_FLAG, 0},
    {SOL_SOCKET, SO_DONTROUTE, AS_FLAG, 0},
    {SOL_SOCKET, SO_TIMESTAMP, AS_FLAG, 0},
    {SOL_SOCKET, SO_PASSCRED, AS_FLAG, 0},
    {SOL_SOCKET, SO_PRIORITY, AS_NUMBER, 0},
    {SOL_SOCKET, SO_MARK, AS_NUMBER, 0},
    {SOL_SOCKET, SO_BINDTODEVICE, AS_BYTES, 0},
    {IPPROTO_TCP, TCP_NODELAY, AS_FLAG, 0},
    {IPPROTO_TCP, TCP_CORK, AS_FLAG, 0},
    {IPPROTO_TCP, TCP_QUICKACK, AS_FLAG, 1},
    {IPPROTO_TCP, TCP_KEEPIDLE, AS_NUMBER, 7200},
    {IPPROTO_TCP, TCP_KEEPINTVL, AS_NUMBER, 75},
    {IPPROTO_TCP, TCP_KEEPCNT, AS_NUMBER, 9},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, AS_NUMBER, 0},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, AS_NUMBER, 0},
    {IPPROTO_TCP, TCP_SYNCNT, AS_NUMBER, 6},
    {IPPROTO_TCP, TCP_MAXSEG, AS_NUMBER, 536},
    {IPPROTO_TCP, TCP_FASTOPEN, AS_NUMBER, 0},
    {IPPROTO_TCP, TCP_CONGESTION, AS_BYTES, 0},
    {IPPROTO_IP, IP_TOS, AS_NUMBER, 0},
    {IPPROTO_IP, IP_TTL, AS_NUMBER, 64},
    {IPPROTO_IP, IP_MTU_DISCOVER, AS_NUMBER, 1},
    {IPPROTO_IP, IP_RECVERR, AS_FLAG, 0},
    {IPPROTO_IP, IP_PKTINFO, AS_FLAG, 0},
    {IPPROTO_IP, IP_RECVTOS, AS_FLAG, 0},
    {IPPROTO_IP, IP_RECVTTL, AS_FLAG, 0},
    {IPPROTO_IP, IP_FREEBIND, AS_FLAG, 0},
    {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, AS_FLAG, 0},
    {IPPROTO_IP, IP_MULTICAST_TTL, AS_NUMBER, 1},
    {IPPROTO_IP, IP_MULTICAST_LOOP, AS_FLAG, 1},
    {IPPROTO_IP, IP_MULTICAST_IF, AS_BYTES, 0},
    {IPPROTO_IP, IP_ADD_MEMBERSHIP, AS_BYTES, 0},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, AS_BYTES, 0},
};

/* The entry for an option that this socket has, or NULL. */
static const struct kept *find_kept(const struct ob_socket *socket, int level, int option)
{
    if ((level == IPPROTO_TCP && socket->kind != OB_FILE_TCP) ||
        (level == IPPROTO_IP && socket->domain != AF_INET))
        return NULL;
    for (size_t i = 0; i < sizeof kept_options / sizeof kept_options[0]; i++)
        if (kept_options[i].level == level && kept_options[i].option == option)
            return &kept_options[i];
    return NULL;
}

/* What is said of an option that nobody knows: ENOPROTOOPT, or that the level has no options at
 * all. */
static int unknown(const struct ob_socket *socket, int level)
{
    return socket->domain == AF_UNIX && level != SOL_SOCKET ? -EOPNOTSUPP : -ENOPROTOOPT;
}

static struct ob_option *find_set(struct ob_kernel *kernel, struct ob_socket *socket, int level,
                                  int option)
{
    OB_EACH(kernel, struct ob_option, item, &socket->options, set)
    {
        if (set->level == level && set->option == option)
            return set;
    }
    return NULL;
}

static int give(const void *from, size_t size, void *value, socklen_t *length)
{
    if (*length > size)
        *length = (socklen_t)size;
    memcpy(value, from, *length);
    return 0;
}

static int give_time(uint64_t ns, void *value, socklen_t *length)
{
    struct timeval time = {.tv_sec = (time_t)(ns / NS_PER_S),
                           .tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};

    return give(&time, sizeof time, value, length);
}

static int take_time(const void *value, socklen_t length, uint64_t *ns)
{
    struct timeval time;

    if (length < sizeof time)
        return -EINVAL;
    memcpy(&time, value, sizeof time);
    if (time.tv_usec < 0 || time.tv_usec >= 1000000)
        return -EDOM;
    *ns =
        time.tv_sec < 0 ? 1 : (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * NS_PER_US;
    return 0;
}

/* What can be asked of SOL_SOCKET as a number; false for others. */
static bool number_of(struct ob_socket *socket, int option, int *number)
{
    switch (option) {
    case SO_ERROR:
        *number = -ob_socket_take_error(socket);
        return true;
    case SO_TYPE:
        *number = socket->type;
        return true;
    case SO_DOMAIN:
        *number = socket->domain;
        return true;
    case SO_PROTOCOL:
        *number = socket->protocol;
        return true;
    case SO_ACCEPTCONN:
        *number = socket->state == OB_SOCKET_LISTENING;
        return true;
    case SO_REUSEADDR:
        *number = socket->is_reusing;
        return true;
    case SO_REUSEPORT:
        *number = socket->is_sharing;
        return true;
    case SO_BROADCAST:
        *number = socket->is_broadcasting;
        return true;
    case SO_RCVLOWAT:
        *number = (int)socket->least;
        return true;
    case SO_RCVBUF:
        *number = (int)socket->receive_room;
        return true;
    case SO_SNDBUF:
        *number = (int)socket->send_room;
        return true;
    default:
        return false;
    }
}

int ob_option_get(struct ob_kernel *kernel, struct ob_socket *socket, int level, int option,
                  void *value, socklen_t *length)
{
    int number;

    if ((int)*length < 0)
        return -EINVAL;
    if (level == SOL_SOCKET && number_of(socket, option, &number))
        return give(&number, sizeof number, value, length);
    if (level == SOL_SOCKET && option == SO_LINGER)
        return give(&socket->linger, sizeof socket->linger, value, length);
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO))
        return give_time(option == SO_RCVTIMEO ? socket->receive_timeout_ns
                                               : socket->send_timeout_ns,
                         value, length);

    const struct kept *kept = find_kept(socket, level, option);
    const struct ob_option *set = find_set(kernel, socket, level, option);

    if (kept == NULL)
        return unknown(socket, level);
    if (set != NULL)
        return give(set->value, set->size, value, length);
    if (kept->as == AS_BYTES)
        return give("", 0, value, length);
    return give(&kept->plain, sizeof kept->plain, value, length);
}

static uint32_t room_for(int asked)
{
    uint32_t room = asked < 0 || asked > ROOM_MAX ? ROOM_MAX : (uint32_t)asked;

    return 2 * room < ROOM_MIN ? ROOM_MIN : 2 * room; /* socket(7) doubles it */
}

/* SOL_SOCKET's numbers that mean something here; false for others. */
static bool set_number(struct ob_socket *socket, int option, int number, int *error)
{
    switch (option) {
    case SO_REUSEADDR:
        socket->is_reusing = number != 0;
        return true;
    case SO_REUSEPORT:
        socket->is_sharing = number != 0;
        return true;
    case SO_BROADCAST:
        socket->is_broadcasting = number != 0;
        return true;
    case SO_RCVLOWAT:
        socket->least = number < 0 ? INT32_MAX : number == 0 ? 1 : (uint32_t)number;
        return true;
    case SO_RCVBUF:
        socket->receive_room = room_for(number);
        return true;
    case SO_SNDBUF:
        socket->send_room = room_for(number);
        return true;
    case SO_ERROR:
    case SO_TYPE:
    case SO_DOMAIN:
    case SO_PROTOCOL:
    case SO_ACCEPTCONN:
        *error = -ENOPROTOOPT;
        return true;
    default:
        return false;
    }
}

static int keep(struct ob_kernel *kernel, struct ob_socket *socket, const struct kept *kept,
                const void *value, size_t size)
{
    struct ob_option *set = find_set(kernel, socket, kept->level, kept->option);
    int number;

    if (size > sizeof set->value)
        return -EINVAL;
    if (set == NULL) {
        set = ob_region_take(kernel, sizeof *set);
        if (set == NULL)
            return -ENOBUFS;
        set->level = kept->level;
        set->option = kept->option;
        ob_list_append(kernel, &socket->options, &set->item);
    }
    set->size = (uint32_t)size;
    memcpy(set->value, value, size);
    if (kept->as == AS_FLAG) {
        memcpy(&number, value, sizeof number);
        number = number != 0;
        set->size = sizeof number;
        memcpy(set->value, &number, sizeof number);
    }
    return 0;
}

int ob_option_set(struct ob_kernel *kernel, struct ob_socket *socket, int level, int option,
                  const void *value, socklen_t length)
{
    const struct kept *kept = find_kept(socket, level, option);
    int number = 0, error = 0;

    if (kept != NULL && kept->as == AS_BYTES)
        return keep(kernel, socket, kept, value, length);
    if (kept == NULL && level != SOL_SOCKET)
        return unknown(socket, level);
    if (length < sizeof number && !(level == IPPROTO_IP && length >= 1))
        return -EINVAL;
    memcpy(&number, value, length < sizeof number ? 1 : sizeof number);
    if (level == SOL_SOCKET && set_number(socket, option, number, &error))
        return error;
    if (level == SOL_SOCKET && option == SO_LINGER) {
        if (length < sizeof socket->linger)
            return -EINVAL;
        memcpy(&socket->linger, value, sizeof socket->linger);
        socket->linger.l_onoff = socket->linger.l_onoff != 0;
        return 0;
    }
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO))
        return take_time(value, length,
                         option == SO_RCVTIMEO ? &socket->receive_timeout_ns
                                               : &socket->send_timeout_ns);
    return kept ? keep(kernel, socket, kept, &number, sizeof number) : unknown(socket, level);
}
