/* Calls that are drawn: what programs do, and now and then what they should not. */
#ifndef OFFBEAT_TESTS_FIDELITY_DRAW_H
#define OFFBEAT_TESTS_FIDELITY_DRAW_H

#include "support/fidelity_calls.h"

enum family { PIPES, UNIX_STREAMS, UNIX_PACKETS, TCP, UDP, FILES, MIXED, FAMILIES };

static const char *const family_names[FAMILIES] = {"pipes", "unix streams", "unix packets", "tcp",
                                                   "udp",   "files",        "mixed"};

/* How often a call is drawn, of each family. */
static const uint8_t weights[CALLS][FAMILIES] = {
    /*                  pipes us up tcp udp files mixed */
    [DO_PIPE] = {6, 0, 0, 0, 0, 0, 2},         [DO_EVENTFD] = {3, 0, 0, 0, 0, 0, 2},
    [DO_EPOLL_CREATE] = {2, 1, 1, 1, 1, 0, 2}, [DO_SOCKETPAIR] = {0, 5, 5, 0, 0, 0, 2},
    [DO_SOCKET] = {0, 5, 5, 8, 8, 0, 3},       [DO_OPEN] = {0, 0, 0, 0, 0, 12, 2},
    [DO_CLOSE] = {4, 4, 4, 5, 4, 4, 4},        [DO_DUP] = {2, 1, 1, 1, 1, 1, 1},
    [DO_DUP2] = {2, 1, 1, 1, 1, 1, 1},         [DO_FCNTL] = {2, 1, 1, 1, 1, 1, 1},
    [DO_FIONREAD] = {2, 2, 2, 2, 2, 1, 1},     [DO_FIONBIO] = {1, 1, 1, 1, 1, 1, 1},
    [DO_READ] = {12, 6, 4, 6, 4, 8, 6},        [DO_WRITE] = {14, 6, 4, 6, 4, 8, 6},
    [DO_READV] = {3, 1, 1, 1, 1, 2, 1},        [DO_WRITEV] = {3, 1, 1, 1, 1, 2, 1},
    [DO_SEND] = {0, 5, 5, 6, 4, 0, 3},         [DO_RECV] = {0, 5, 5, 6, 6, 0, 3},
    [DO_SENDTO] = {0, 1, 5, 1, 8, 0, 1},       [DO_RECVFROM] = {0, 2, 4, 1, 6, 0, 1},
    [DO_SENDMSG] = {0, 1, 2, 1, 3, 0, 1},      [DO_RECVMSG] = {0, 1, 2, 1, 3, 0, 1},
    [DO_BIND] = {0, 5, 5, 8, 8, 0, 2},         [DO_LISTEN] = {0, 5, 2, 8, 1, 0, 2},
    [DO_ACCEPT] = {0, 5, 2, 8, 1, 0, 2},       [DO_CONNECT] = {0, 7, 7, 10, 6, 0, 3},
    [DO_SHUTDOWN] = {0, 3, 3, 4, 2, 0, 1},     [DO_GETSOCKNAME] = {0, 1, 1, 2, 2, 0, 1},
    [DO_GETPEERNAME] = {0, 1, 1, 2, 2, 0, 1},  [DO_GETSOCKOPT] = {0, 2, 2, 3, 2, 0, 1},
    [DO_SETSOCKOPT] = {0, 1, 1, 3, 2, 0, 1},   [DO_POLL] = {3, 2, 2, 3, 2, 1, 2},
    [DO_SELECT] = {2, 1, 1, 1, 1, 1, 1},       [DO_EPOLL_CTL] = {8, 4, 4, 4, 3, 0, 5},
    [DO_EPOLL_WAIT] = {8, 4, 4, 4, 3, 0, 5},   [DO_LSEEK] = {1, 0, 0, 0, 0, 6, 1},
    [DO_PREAD] = {1, 0, 0, 0, 0, 4, 1},        [DO_PWRITE] = {1, 0, 0, 0, 0, 4, 1},
    [DO_FTRUNCATE] = {1, 0, 0, 0, 0, 3, 1},    [DO_TRUNCATE] = {0, 0, 0, 0, 0, 1, 0},
    [DO_FSYNC] = {1, 0, 0, 0, 0, 1, 0},        [DO_STAT] = {0, 1, 1, 0, 0, 4, 1},
    [DO_LSTAT] = {0, 0, 0, 0, 0, 3, 0},        [DO_FSTAT] = {0, 0, 0, 0, 0, 3, 1},
    [DO_ACCESS] = {0, 0, 0, 0, 0, 1, 0},       [DO_MKDIR] = {0, 0, 0, 0, 0, 6, 1},
    [DO_RMDIR] = {0, 0, 0, 0, 0, 4, 0},        [DO_UNLINK] = {0, 2, 2, 0, 0, 5, 1},
    [DO_RENAME] = {0, 1, 1, 0, 0, 7, 1},       [DO_LINK] = {0, 0, 0, 0, 0, 3, 0},
    [DO_SYMLINK] = {0, 0, 0, 0, 0, 3, 0},      [DO_READLINK] = {0, 0, 0, 0, 0, 2, 0},
    [DO_READDIR] = {0, 0, 0, 0, 0, 3, 0},      [DO_REALPATH] = {0, 0, 0, 0, 0, 3, 0},
    [DO_UTIMENS] = {0, 0, 0, 0, 0, 4, 0},      [DO_FUTIMENS] = {0, 0, 0, 0, 0, 3, 1},
    [DO_CHOWN] = {0, 0, 0, 0, 0, 2, 0},        [DO_FCHOWN] = {0, 0, 0, 0, 0, 1, 0},
    [DO_UNLINKAT] = {0, 0, 0, 0, 0, 3, 0},     [DO_MKDIRAT] = {0, 0, 0, 0, 0, 3, 0},
};

static const char *const paths[] = {"a",     "b",    "c",   "a/b",  "a/c",  "b/a",    "b/c",
                                    "a/b/c", "a/",   "b/",  "c/a/", "a/.",  "a/../b", ".",
                                    "./a",   "a//b", "b/.", "c/b",  "b/..", "c",      "a"};
static const char *const link_texts[] = {"a", "b", "c", "a/b", "b/a", "c/", "./b"};

static uint32_t below(struct fidelity *run, uint32_t bound)
{
    return ob_rng_below(&run->rng, bound);
}

#define ONE_OF(run, array) ((array)[below(run, sizeof(array) / sizeof((array)[0]))])

static int free_slot(const struct fidelity *run, int other_than)
{
    for (int slot = 0; slot < SLOTS; slot++)
        if (run->fds[SIMULATED][slot] < 0 && slot != other_than)
            return slot;
    return -1;
}

static bool is_socket(const struct fidelity *run, int slot)
{
    return run->made_by[slot] == DO_SOCKET || run->made_by[slot] == DO_SOCKETPAIR ||
           run->made_by[slot] == DO_ACCEPT;
}

static bool is_told_of_buffers(const struct fidelity *run, int slot)
{
    int protocol = IPPROTO_TCP;
    socklen_t length = sizeof protocol;

    ob_sys_getsockopt(run->kernel, run->fds[SIMULATED][slot], SOL_SOCKET, SO_PROTOCOL, &protocol,
                      &length);
    return protocol != IPPROTO_TCP;
}

static bool is_folder(const struct fidelity *run, int slot)
{
    struct stat status;

    return ob_sys_fstat(run->kernel, run->fds[SIMULATED][slot], &status) == 0 &&
           S_ISDIR(status.st_mode);
}

/* A slot that is open, mostly, and of the kind that the call is for, mostly. */
static int open_slot(struct fidelity *run, enum call_name name)
{
    bool wants_socket = name >= DO_SEND && name <= DO_SETSOCKOPT && below(run, 20) != 0;
    bool wants_set = (name == DO_EPOLL_CTL || name == DO_EPOLL_WAIT) && below(run, 30) != 0;
    int slot = 0;

    for (int tries = 0; tries < 30; tries++) {
        slot = (int)below(run, SLOTS);
        if (run->fds[SIMULATED][slot] < 0)
            continue;
        if ((!wants_socket || is_socket(run, slot)) &&
            (!wants_set || run->made_by[slot] == DO_EPOLL_CREATE))
            return slot;
    }
    return slot;
}

static size_t draw_size(struct fidelity *run, enum family family)
{
    static const size_t corners[] = {0, 1, 4095, 4096, 4097, 8192, 65535, 65536, 65537};

    if (family == PIPES)
        return below(run, 4) == 0 ? ONE_OF(run, corners)
                                  : ob_random_log(&run->rng, below(run, 2) ? 8 : 15);
    if (family == FILES)
        return ob_random_log(&run->rng, 13);
    return ob_random_log(&run->rng, 8);
}

static int draw_socket_type(struct fidelity *run, enum family family, int *domain)
{
    static const int any[] = {SOCK_STREAM, SOCK_DGRAM};

    *domain =
        family == TCP || family == UDP || (family == MIXED && below(run, 2)) ? AF_INET : AF_UNIX;
    switch (family) {
    case UNIX_STREAMS:
    case TCP:
        return SOCK_STREAM;
    case UDP:
        return SOCK_DGRAM;
    case UNIX_PACKETS:
        return below(run, 2) ? SOCK_DGRAM : SOCK_SEQPACKET;
    default:
        return ONE_OF(run, any);
    }
}

static uint32_t draw_events(struct fidelity *run)
{
    static const uint32_t some[] = {EPOLLIN,
                                    EPOLLOUT,
                                    EPOLLIN | EPOLLOUT,
                                    EPOLLIN | EPOLLRDHUP,
                                    EPOLLIN | EPOLLET,
                                    EPOLLIN | EPOLLOUT | EPOLLET,
                                    EPOLLIN | EPOLLONESHOT,
                                    EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                    EPOLLOUT | EPOLLONESHOT,
                                    0};

    return ONE_OF(run, some);
}

static void draw_flags(struct fidelity *run, struct call *call)
{
    static const int opens[] = {O_RDONLY,
                                O_RDWR,
                                O_WRONLY,
                                O_RDWR | O_CREAT,
                                O_RDWR | O_CREAT | O_TRUNC,
                                O_WRONLY | O_CREAT | O_APPEND,
                                O_RDWR | O_CREAT | O_EXCL,
                                O_RDONLY | O_DIRECTORY,
                                O_RDONLY | O_NOFOLLOW,
                                O_RDONLY | O_CREAT};
    static const int receives[] = {
        0, 0, MSG_PEEK, MSG_DONTWAIT, MSG_TRUNC, MSG_WAITALL, MSG_PEEK | MSG_TRUNC};
    static const int sends[] = {0, 0, MSG_NOSIGNAL, MSG_DONTWAIT, MSG_NOSIGNAL | MSG_DONTWAIT};
    bool blocks = below(run, 4) == 0;

    switch (call->name) {
    case DO_PIPE:
        call->flags = blocks ? 0 : O_NONBLOCK;
        break;
    case DO_EVENTFD:
        call->flags = (blocks ? 0 : EFD_NONBLOCK) | (below(run, 4) ? 0 : EFD_SEMAPHORE);
        break;
    case DO_SOCKET:
    case DO_SOCKETPAIR:
        call->type |= blocks ? 0 : SOCK_NONBLOCK;
        break;
    case DO_ACCEPT:
        call->flags = blocks ? 0 : SOCK_NONBLOCK;
        break;
    case DO_OPEN:
        call->flags = ONE_OF(run, opens);
        break;
    case DO_SEND:
    case DO_SENDTO:
    case DO_SENDMSG:
        call->flags = ONE_OF(run, sends);
        break;
    default:
        call->flags = ONE_OF(run, receives);
        break;
    }
}

static void draw_value(struct fidelity *run, struct call *call)
{
    static const int gets[] = {SO_ERROR,     SO_ERROR,     SO_TYPE,   SO_ACCEPTCONN,
                               SO_REUSEADDR, SO_KEEPALIVE, SO_DOMAIN, SO_PROTOCOL};
    static const int sets[] = {SO_REUSEADDR, SO_REUSEADDR, SO_KEEPALIVE,
                               SO_BROADCAST, SO_LINGER,    SO_RCVLOWAT};
    static const int commands[] = {F_GETFL, F_GETFD, F_SETFD, F_SETFL, F_SETFL};
    static const int operations[] = {EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD,
                                     EPOLL_CTL_MOD, EPOLL_CTL_DEL, 9};

    switch (call->name) {
    case DO_FCNTL:
        call->option = ONE_OF(run, commands);
        call->value =
            call->option == F_SETFL ? (below(run, 3) ? O_NONBLOCK : 0) : (int)below(run, 2);
        break;
    case DO_LSEEK:
        call->option = below(run, 10) ? (int)below(run, 3) : 9;
        call->value = (int)ob_random_log(&run->rng, 13) - (below(run, 4) == 0 ? 3000 : 0);
        break;
    case DO_PREAD:
    case DO_PWRITE:
    case DO_FTRUNCATE:
    case DO_TRUNCATE:
        call->value = (int)ob_random_log(&run->rng, 13) - (below(run, 12) == 0 ? 3000 : 0);
        break;
    case DO_LISTEN:
        call->value = (int)ob_random_log(&run->rng, 2) - (below(run, 20) == 0);
        break;
    case DO_SHUTDOWN:
        call->value = (int)below(run, below(run, 10) ? 3 : 5);
        break;
    case DO_GETSOCKOPT:
        call->option = ONE_OF(run, gets);
        break;
    case DO_SETSOCKOPT:
        call->option = ONE_OF(run, sets);
        call->value = (int)below(run, 3);
        break;
    case DO_EPOLL_CTL:
        call->option = ONE_OF(run, operations);
        break;
    case DO_EPOLL_WAIT:
        call->value = (int)below(run, SLOTS) + (below(run, 20) != 0);
        break;
    case DO_EVENTFD:
        call->value = (int)below(run, 3);
        break;
    case DO_UTIMENS:
    case DO_FUTIMENS:
        call->value = (int)below(run, 100);
        call->option = (int)below(run, TIMES);
        break;
    default:
        call->value = (int)below(run, 4);
        break;
    }
}

/* A call that can be made: false where there is no slot for it. */
static bool draw_call(struct fidelity *run, enum family family, struct call *call)
{
    uint32_t total = 0, drawn;
    int name = 0;

    for (int i = 0; i < CALLS; i++)
        total += weights[i][family];
    for (drawn = below(run, total); drawn >= weights[name][family]; name++)
        drawn -= weights[name][family];
    *call = (struct call){.name = (enum call_name)name, .size = draw_size(run, family)};
    call->type = draw_socket_type(run, family, &call->domain);
    call->port = (uint16_t)(1025 + run->sequence % 10000 * 3 + below(run, 3));
    call->is_any = below(run, 4) == 0;
    call->path = family == FILES ? ONE_OF(run, paths) : call->port & 1 ? "a" : "b";
    call->second = name == DO_SYMLINK ? ONE_OF(run, link_texts) : ONE_OF(run, paths);
    call->events = draw_events(run);
    draw_value(run, call);
    draw_flags(run, call);
    for (int i = 0; i < 3; i++)
        call->polled[i] =
            (struct pollfd){.fd = (int)below(run, SLOTS), .events = (short)below(run, 0x800)};
    if (name == DO_SOCKETPAIR)
        call->domain = below(run, 30) == 0 ? AF_INET : AF_UNIX;

    bool makes = name < DO_CLOSE;

    call->slot = makes ? free_slot(run, -1) : open_slot(run, call->name);
    call->other = (int)below(run, SLOTS);
    if (name == DO_PIPE || name == DO_SOCKETPAIR || name == DO_DUP || name == DO_ACCEPT)
        call->other = free_slot(run, call->slot);
    if (name == DO_DUP2 && run->fds[SIMULATED][call->other] < 0)
        return false;
    /* Linux tells the sender of each buffer that is gone: edges that say nothing. */
    if (name == DO_EPOLL_CTL && is_told_of_buffers(run, call->other) &&
        (call->events & EPOLLET) != 0)
        call->events &= ~(uint32_t)EPOLLOUT;
    if (name == DO_WRITEV && run->made_by[call->slot] == DO_EVENTFD)
        return false; /* Linux writes each part by itself */
    if (name == DO_FUTIMENS && run->made_by[call->slot] != DO_OPEN)
        return false; /* kernels of today refuse it for what is no file, others do not */
    if (name == DO_LSEEK && call->option == SEEK_END && is_folder(run, call->slot))
        return false; /* each file system has its own idea of it */
    if (!makes && name >= DO_BIND && name <= DO_CONNECT && below(run, 10) != 0) {
        socklen_t length = sizeof call->domain;

        ob_sys_getsockopt(run->kernel, run->fds[SIMULATED][call->slot], SOL_SOCKET, SO_DOMAIN,
                          &call->domain, &length);
    }
    if (!makes && name != DO_SELECT && name != DO_TRUNCATE &&
        (name <= DO_FSYNC || name == DO_FSTAT || name == DO_FUTIMENS || name == DO_FCHOWN ||
         name == DO_UNLINKAT || name == DO_MKDIRAT) &&
        run->fds[SIMULATED][call->slot] < 0 && below(run, 30) != 0)
        return false;
    return call->slot >= 0 && call->other >= 0;
}

#endif
