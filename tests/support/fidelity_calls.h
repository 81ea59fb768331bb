/*
 * System calls that are made twice: of the simulated kernel of a host, and of the real one. A call
 * names descriptors by slots, of which each side has its own numbers.
 */
#ifndef OFFBEAT_TESTS_FIDELITY_CALLS_H
#define OFFBEAT_TESTS_FIDELITY_CALLS_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/rng.h"
#include "host/kernel/kernel.h"

enum side { SIMULATED, REAL, SIDES };
enum { SLOTS = 10, BYTES = 70000, REGION = 32 << 20 };

enum call_name {
    DO_PIPE,
    DO_EVENTFD,
    DO_EPOLL_CREATE,
    DO_SOCKETPAIR,
    DO_SOCKET,
    DO_OPEN,
    DO_CLOSE,
    DO_DUP,
    DO_DUP2,
    DO_FCNTL,
    DO_FIONREAD,
    DO_FIONBIO,
    DO_READ,
    DO_WRITE,
    DO_READV,
    DO_WRITEV,
    DO_SEND,
    DO_RECV,
    DO_SENDTO,
    DO_RECVFROM,
    DO_SENDMSG,
    DO_RECVMSG,
    DO_BIND,
    DO_LISTEN,
    DO_ACCEPT,
    DO_CONNECT,
    DO_SHUTDOWN,
    DO_GETSOCKNAME,
    DO_GETPEERNAME,
    DO_GETSOCKOPT,
    DO_SETSOCKOPT,
    DO_POLL,
    DO_SELECT,
    DO_EPOLL_CTL,
    DO_EPOLL_WAIT,
    DO_LSEEK,
    DO_PREAD,
    DO_PWRITE,
    DO_FTRUNCATE,
    DO_TRUNCATE,
    DO_FSYNC,
    DO_STAT,
    DO_LSTAT,
    DO_FSTAT,
    DO_ACCESS,
    DO_MKDIR,
    DO_RMDIR,
    DO_UNLINK,
    DO_RENAME,
    DO_LINK,
    DO_SYMLINK,
    DO_READLINK,
    DO_READDIR,
    DO_REALPATH,
    DO_UTIMENS,
    DO_FUTIMENS,
    DO_CHOWN,
    DO_FCHOWN,
    DO_UNLINKAT,
    DO_MKDIRAT,
    CALLS
};

static const char *const call_names[CALLS] = {
    "pipe2",      "eventfd",  "epoll_create", "socketpair",  "socket",      "open",
    "close",      "dup",      "dup2",         "fcntl",       "FIONREAD",    "FIONBIO",
    "read",       "write",    "readv",        "writev",      "send",        "recv",
    "sendto",     "recvfrom", "sendmsg",      "recvmsg",     "bind",        "listen",
    "accept4",    "connect",  "shutdown",     "getsockname", "getpeername", "getsockopt",
    "setsockopt", "poll",     "select",       "epoll_ctl",   "epoll_wait",  "lseek",
    "pread",      "pwrite",   "ftruncate",    "truncate",    "fsync",       "stat",
    "lstat",      "fstat",    "access",       "mkdir",       "rmdir",       "unlink",
    "rename",     "link",     "symlink",      "readlink",    "readdir",     "realpath",
    "utimensat",  "futimens", "chown",        "fchown",      "unlinkat",    "mkdirat",
};

/* What the times of utimensat() are. */
enum times {
    TIMES_GIVEN,
    TIMES_NULL,
    TIMES_NOW,
    TIMES_OMITTED,
    TIMES_ONE_OMITTED,
    TIMES_BAD,
    TIMES
};

struct call {
    enum call_name name;
    int slot, other; /* `other` is the second new descriptor, the member, or what is dup'ed onto */
    int domain, type, flags, value, option;
    size_t size;
    uint16_t port;             /* of addresses of TCP and UDP */
    bool is_any;               /* of 0.0.0.0, and of a Unix socket's abstract name */
    const char *path, *second; /* of files and Unix sockets */
    struct pollfd polled[3];
    uint32_t events;
};

struct answer {
    long result; /* -errno; descriptors are 0 */
    int broken;  /* SIGPIPEs */
    size_t size;
    char bytes[BYTES];
};

struct fidelity {
    struct ob_rng rng;
    struct ob_kernel *kernel;
    void *region;
    int fds[SIDES][SLOTS]; /* -1: not open */
    enum call_name made_by[SLOTS];
    uint32_t ip; /* of this sequence alone: what is left of others does not matter */
    unsigned sequence;
    char data[BYTES];
    struct answer answers[SIDES];
};

static int broken_pipes[SIDES];

static void count_broken(int signal)
{
    (void)signal;
    broken_pipes[REAL]++;
}

static uint64_t fidelity_now(void *user)
{
    (void)user;
    return 1000000000;
}

static uint64_t fidelity_offset(void *user)
{
    (void)user;
    return 0;
}

static void fidelity_random(void *user, void *bytes, size_t size)
{
    (void)user;
    memset(bytes, 7, size);
}

static void fidelity_transmit(void *user, const struct ob_packet *packet, const void *bytes)
{
    (void)user;
    (void)bytes;
    fprintf(stderr, "a packet of kind %d left the host\n", (int)packet->kind);
    abort();
}

static void fidelity_raise(void *user, int signal)
{
    (void)user;
    broken_pipes[SIMULATED] += signal == SIGPIPE;
}

static const struct ob_kernel_hooks fidelity_hooks = {
    .now_ns = fidelity_now,
    .realtime_offset_ns = fidelity_offset,
    .random = fidelity_random,
    .transmit = fidelity_transmit,
    .raise = fidelity_raise,
};

static inline long plain_result(long result)
{
    return result < 0 ? -errno : result;
}

/* The call of one side; its arguments may name `side`. */
#define DO(name, ...)                                                                              \
    (side == REAL ? plain_result(name(__VA_ARGS__)) : (long)ob_sys_##name(run->kernel, __VA_ARGS__))

static void put(struct answer *answer, const void *bytes, size_t size)
{
    if (answer->size + size > sizeof answer->bytes)
        abort();
    memcpy(answer->bytes + answer->size, bytes, size);
    answer->size += size;
}

static socklen_t make_address(const struct fidelity *run, const struct call *call,
                              struct sockaddr_storage *address)
{
    memset(address, 0, sizeof *address);
    if (call->domain == AF_INET) {
        struct sockaddr_in in = {.sin_family = AF_INET,
                                 .sin_port = htons(call->port),
                                 .sin_addr.s_addr = htonl(call->is_any ? INADDR_ANY : run->ip)};

        memcpy(address, &in, sizeof in);
        return sizeof in;
    }

    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int length;

    if (call->is_any) {
        length = 1 + snprintf(un.sun_path + 1, sizeof un.sun_path - 1, "offbeat-%ld-%u-%u",
                              (long)getpid(), run->sequence, call->port);
    } else {
        length = 1 + snprintf(un.sun_path, sizeof un.sun_path, "%s", call->path);
    }
    memcpy(address, &un, sizeof un);
    return (socklen_t)offsetof(struct sockaddr_un, sun_path) + (socklen_t)length;
}

/* An address as it can be compared: ports that were chosen by the kernel are all the same. */
static void put_address(struct answer *answer, const struct sockaddr_storage *address,
                        socklen_t length)
{
    struct sockaddr_in in;

    put(answer, &length, sizeof length);
    memcpy(&in, address, sizeof in);
    if (length >= sizeof in && in.sin_family == AF_INET) {
        if (ntohs(in.sin_port) >= 32768)
            in.sin_port = 1;
        put(answer, &in, sizeof in);
    } else {
        put(answer, address, length < sizeof *address ? length : sizeof *address);
    }
}

/* Times that were set begin in 1970, those of events are of today, or of a simulated one. */
enum { TIMES_FROM = 100000, TIMES_TO = 200000 };

static void put_status(struct answer *answer, const struct stat *status)
{
    bool is_set = status->st_mtime >= TIMES_FROM && status->st_mtime < TIMES_TO;
    long known[] = {(long)(status->st_mode & S_IFMT),
                    S_ISREG(status->st_mode) ? (long)status->st_nlink : 0,
                    S_ISREG(status->st_mode) || S_ISLNK(status->st_mode) ? (long)status->st_size
                                                                         : 0,
                    (long)status->st_uid,
                    is_set ? (long)status->st_mtime : 0,
                    is_set ? (long)status->st_mtim.tv_nsec : 0};

    put(answer, known, sizeof known);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* All names of a folder, in order. */
static long list_folder(struct fidelity *run, enum side side, int fd, struct answer *answer)
{
    static char names[256][OB_NAME_MAX + 1];
    size_t count = 0;
    long error = 0;

    if (side == SIMULATED) {
        struct ob_entry entry;
        struct stat status;

        error = ob_sys_fstat(run->kernel, fd, &status);
        if (error != 0 || !S_ISDIR(status.st_mode))
            return error != 0 ? error : -ENOTDIR;
        ob_sys_lseek(run->kernel, fd, 0, SEEK_SET);
        while ((error = ob_sys_readdir(run->kernel, fd, &entry)) == 1)
            memcpy(names[count++], entry.name, sizeof entry.name);
        ob_sys_lseek(run->kernel, fd, 0, SEEK_SET);
    } else {
        int copy = dup(fd);
        DIR *folder = fdopendir(copy);
        const struct dirent *entry;

        if (folder == NULL) {
            error = -errno;
            close(copy);
            return error;
        }
        rewinddir(folder);
        errno = 0;
        while ((entry = readdir(folder)) != NULL)
            snprintf(names[count++], sizeof names[0], "%s", entry->d_name);
        error = -errno;
        closedir(folder);
        lseek(fd, 0, SEEK_SET);
    }
    qsort(names, count, sizeof names[0], compare_names);
    for (size_t i = 0; i < count; i++)
        put(answer, names[i], strlen(names[i]) + 1);
    return error;
}

#endif
