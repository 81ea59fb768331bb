/* One call, made of one side. */
#ifndef OFFBEAT_TESTS_FIDELITY_MAKE_H
#define OFFBEAT_TESTS_FIDELITY_MAKE_H

#include "support/fidelity_calls.h"

static long keep_slot(struct fidelity *run, enum side side, int slot, enum call_name made_by,
                      long fd)
{
    if (fd < 0)
        return fd;
    run->fds[side][slot] = (int)fd;
    run->made_by[slot] = made_by;
    return 0;
}

static long keep_two(struct fidelity *run, enum side side, const struct call *call, long error,
                     const int fds[2])
{
    if (error != 0)
        return error;
    run->fds[side][call->slot] = fds[0];
    run->fds[side][call->other] = fds[1];
    run->made_by[call->slot] = run->made_by[call->other] = call->name;
    return 0;
}

/* Calls that make and free descriptors. */
static long make_descriptors(struct fidelity *run, enum side side, const struct call *call)
{
    int fds[2], fd = run->fds[side][call->slot];
    long result;

    switch (call->name) {
    case DO_PIPE:
        result = DO(pipe2, fds, call->flags);
        return keep_two(run, side, call, result, fds);
    case DO_SOCKETPAIR:
        result = DO(socketpair, call->domain, call->type, 0, fds);
        return keep_two(run, side, call, result, fds);
    case DO_EVENTFD:
        return keep_slot(run, side, call->slot, call->name,
                         DO(eventfd, (unsigned)call->value, call->flags));
    case DO_EPOLL_CREATE:
        return keep_slot(run, side, call->slot, call->name,
                         side == REAL ? plain_result(epoll_create1(call->flags))
                                      : ob_sys_epoll_create(run->kernel, call->flags));
    case DO_SOCKET:
        result =
            keep_slot(run, side, call->slot, call->name, DO(socket, call->domain, call->type, 0));
        /* Nagle's algorithm is not simulated: what is sent arrives at once. */
        if (side == REAL && result == 0)
            setsockopt(run->fds[REAL][call->slot], IPPROTO_TCP, TCP_NODELAY, &(int){1},
                       sizeof(int));
        return result;
    case DO_OPEN:
        return keep_slot(run, side, call->slot, call->name,
                         DO(open, call->path, call->flags, 0644));
    case DO_CLOSE:
        run->fds[side][call->slot] = -1;
        return DO(close, fd);
    case DO_DUP:
        return keep_slot(run, side, call->other, run->made_by[call->slot], DO(dup, fd));
    case DO_DUP2:
        result = DO(dup2, fd, run->fds[side][call->other]);
        if (result >= 0)
            run->made_by[call->other] = run->made_by[call->slot];
        return result < 0 ? result : 0;
    default:
        abort();
    }
}

static long control(struct fidelity *run, enum side side, const struct call *call,
                    struct answer *answer)
{
    int fd = run->fds[side][call->slot], number = call->value;
    long result;

    switch (call->name) {
    case DO_FCNTL:
        result = DO(fcntl, fd, call->option, (intptr_t)call->value);
        /* O_LARGEFILE, which the C library does not know. */
        return call->option == F_GETFL && result > 0 ? result & ~0100000L : result;
    case DO_FIONREAD:
        result = DO(ioctl, fd, FIONREAD, &number);
        if (result == 0)
            put(answer, &number, sizeof number);
        return result;
    case DO_FIONBIO:
        return DO(ioctl, fd, FIONBIO, &number);
    default:
        abort();
    }
}

static long move_bytes(struct fidelity *run, enum side side, const struct call *call,
                       struct answer *answer)
{
    int fd = run->fds[side][call->slot];
    static char room[BYTES];
    bool reads = call->name == DO_READ || call->name == DO_READV || call->name == DO_PREAD;
    char *bytes = reads ? room : run->data;
    size_t third = call->size / 3;
    struct iovec parts[3] = {
        {bytes, third}, {bytes + third, 0}, {bytes + third, call->size - third}};
    long result = 0;

    switch (call->name) {
    case DO_READ:
        result = DO(read, fd, bytes, call->size);
        break;
    case DO_WRITE:
        result = DO(write, fd, bytes, call->size);
        break;
    case DO_READV:
        result = DO(readv, fd, parts, call->value);
        break;
    case DO_WRITEV:
        result = DO(writev, fd, parts, call->value);
        break;
    case DO_PREAD:
        result = DO(pread, fd, bytes, call->size, call->value);
        break;
    case DO_PWRITE:
        result = DO(pwrite, fd, bytes, call->size, call->value);
        break;
    default:
        abort();
    }
    if (reads && result > 0)
        put(answer, bytes, (size_t)result);
    return result;
}

static long send_bytes(struct fidelity *run, enum side side, const struct call *call)
{
    struct sockaddr_storage address;
    socklen_t length = make_address(run, call, &address);
    int fd = run->fds[side][call->slot];
    size_t third = call->size / 3;
    struct iovec parts[2] = {{run->data, third}, {run->data + third, call->size - third}};
    struct msghdr message = {.msg_name = call->value ? &address : NULL,
                             .msg_namelen = call->value ? length : 0,
                             .msg_iov = parts,
                             .msg_iovlen = 2};

    if (call->name == DO_SEND)
        return DO(sendto, fd, run->data, call->size, call->flags, NULL, 0);
    if (call->name == DO_SENDTO)
        return DO(sendto, fd, run->data, call->size, call->flags, (struct sockaddr *)&address,
                  length);
    return DO(sendmsg, fd, &message, call->flags);
}

static long receive_bytes(struct fidelity *run, enum side side, const struct call *call,
                          struct answer *answer)
{
    static char room[BYTES];
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int fd = run->fds[side][call->slot];
    size_t third = call->size / 3;
    struct iovec parts[2] = {{room, third}, {room + third, call->size - third}};
    struct msghdr message = {
        .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = parts, .msg_iovlen = 2};
    long result;

    memset(&address, 0, sizeof address);
    memset(room, 0, call->size);
    if (call->name == DO_RECV)
        result = DO(recvfrom, fd, room, call->size, call->flags, NULL, NULL);
    else if (call->name == DO_RECVFROM)
        result =
            DO(recvfrom, fd, room, call->size, call->flags, (struct sockaddr *)&address, &length);
    else
        result = DO(recvmsg, fd, &message, call->flags);
    if (result < 0)
        return result;
    put(answer, room, (size_t)result < call->size ? (size_t)result : call->size);
    if (call->name == DO_RECVFROM)
        put_address(answer, &address, length);
    if (call->name == DO_RECVMSG) {
        int flags = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);

        put_address(answer, &address, message.msg_namelen);
        put(answer, &flags, sizeof flags);
    }
    return result;
}

static long use_socket(struct fidelity *run, enum side side, const struct call *call,
                       struct answer *answer)
{
    struct sockaddr_storage address;
    socklen_t length = make_address(run, call, &address);
    struct sockaddr *name = (struct sockaddr *)&address;
    int fd = run->fds[side][call->slot], number = call->value;
    long result;

    switch (call->name) {
    case DO_BIND:
        return DO(bind, fd, name, length);
    case DO_LISTEN:
        return DO(listen, fd, call->value);
    case DO_CONNECT:
        return DO(connect, fd, name, length);
    case DO_SHUTDOWN:
        return DO(shutdown, fd, call->value);
    case DO_SETSOCKOPT:
        return DO(setsockopt, fd, SOL_SOCKET, call->option, &number, sizeof number);
    case DO_GETSOCKOPT:
        length = sizeof number;
        result = DO(getsockopt, fd, SOL_SOCKET, call->option, &number, &length);
        if (result == 0)
            put(answer, &number, length);
        return result;
    default:
        break;
    }
    length = sizeof address;
    memset(&address, 0, sizeof address);
    if (call->name == DO_ACCEPT)
        result = keep_slot(run, side, call->other, DO_ACCEPT,
                           DO(accept4, fd, name, &length, call->flags));
    else if (call->name == DO_GETSOCKNAME)
        result = DO(getsockname, fd, name, &length);
    else
        result = DO(getpeername, fd, name, &length);
    if (result == 0)
        put_address(answer, &address, length);
    return result;
}

static long look(struct fidelity *run, enum side side, const struct call *call,
                 struct answer *answer)
{
    int fd = run->fds[side][call->slot];
    struct pollfd polled[3];
    struct epoll_event events[SLOTS];
    struct epoll_event event = {.events = call->events, .data.u64 = (uint64_t)call->other};
    long result;

    if (call->name == DO_EPOLL_CTL)
        return DO(epoll_ctl, fd, call->option, run->fds[side][call->other], &event);
    if (call->name == DO_EPOLL_WAIT) {
        result = side == REAL ? plain_result(epoll_wait(fd, events, call->value, 0))
                              : ob_sys_epoll_wait(run->kernel, fd, events, call->value);
        for (long i = 0; i < result; i++)
            put(answer, &events[i], sizeof events[i]);
        return result;
    }
    for (int i = 0; i < 3; i++) {
        polled[i] = call->polled[i];
        polled[i].fd = run->fds[side][call->polled[i].fd];
    }
    result = side == REAL ? plain_result(poll(polled, 3, 0)) : ob_sys_poll(run->kernel, polled, 3);
    for (int i = 0; i < 3; i++)
        put(answer, &polled[i].revents, sizeof polled[i].revents);
    return result;
}

/* select() of all slots that are open, in each of the sets that `value` has. */
static long select_all(struct fidelity *run, enum side side, const struct call *call,
                       struct answer *answer)
{
    fd_set sets[3];
    struct timeval zero = {0};
    int count = 0;
    long result;

    for (int i = 0; i < 3; i++)
        FD_ZERO(&sets[i]);
    for (int slot = 0; slot < SLOTS; slot++) {
        int fd = run->fds[side][slot];

        if (fd < 0)
            continue;
        count = fd >= count ? fd + 1 : count;
        for (int i = 0; i < 3; i++)
            if ((call->value >> i & 1) != 0)
                FD_SET(fd, &sets[i]);
    }
    result = side == REAL ? plain_result(select(count, &sets[0], &sets[1], &sets[2], &zero))
                          : ob_sys_select(run->kernel, count, &sets[0], &sets[1], &sets[2], true);
    for (int slot = 0; slot < SLOTS; slot++) {
        int fd = run->fds[side][slot];

        for (int i = 0; i < 3 && fd >= 0; i++) {
            char is_set = FD_ISSET(fd, &sets[i]) != 0;

            put(answer, &is_set, 1);
        }
    }
    return result;
}

/* -- attributes, and paths from a folder -- */

/* The times of a call; NULL for now. */
static const struct timespec *make_times(const struct call *call, struct timespec times[2])
{
    long nanoseconds = call->option == TIMES_NOW       ? UTIME_NOW
                       : call->option == TIMES_OMITTED ? UTIME_OMIT
                       : call->option == TIMES_BAD     ? -1
                                                       : call->value;

    times[0] = times[1] =
        (struct timespec){.tv_sec = TIMES_FROM + call->value, .tv_nsec = nanoseconds};
    if (call->option == TIMES_ONE_OMITTED)
        times[1].tv_nsec = UTIME_OMIT;
    return call->option == TIMES_NULL ? NULL : times;
}

/* The path behind the folder that the sequence has been made in. */
static long real_path(struct fidelity *run, enum side side, const char *path, struct answer *answer)
{
    char real[PATH_MAX], front[PATH_MAX];
    size_t begin;

    if (side == REAL) {
        if (realpath(path, real) == NULL)
            return -errno;
        if (realpath(".", front) == NULL)
            abort();
    } else {
        ssize_t length = ob_sys_realpath(run->kernel, path, real, sizeof real);

        if (length < 0)
            return length;
        if (ob_sys_getcwd(run->kernel, front, sizeof front) < 0)
            abort();
    }
    begin = strlen(front);
    if (strncmp(real, front, begin) != 0)
        abort(); /* no path leads out of it */
    put(answer, real + begin, strlen(real + begin));
    return 0;
}

static long change_attributes(struct fidelity *run, enum side side, const struct call *call)
{
    struct timespec times[2];
    const struct timespec *given = make_times(call, times);
    int fd = run->fds[side][call->slot];
    bool follows = (call->flags & MSG_PEEK) == 0;
    bool is_root = getuid() == 0; /* in a namespace of its own others have no number to give */
    uid_t user = is_root && (call->value & 1) ? getuid() : (uid_t)-1;
    gid_t group = is_root && (call->value & 2) ? getgid() : (gid_t)-1;

    switch (call->name) {
    case DO_UTIMENS:
        return side == REAL ? plain_result(utimensat(AT_FDCWD, call->path, given,
                                                     follows ? 0 : AT_SYMLINK_NOFOLLOW))
                            : ob_sys_utimens(run->kernel, call->path, given, follows);
    case DO_FUTIMENS:
        return DO(futimens, fd, given);
    case DO_CHOWN:
        return side == REAL ? plain_result(follows ? chown(call->path, user, group)
                                                   : lchown(call->path, user, group))
                            : ob_sys_chown(run->kernel, call->path, user, group, follows);
    default:
        return DO(fchown, fd, user, group);
    }
}

static long use_from_folder(struct fidelity *run, enum side side, const struct call *call)
{
    int fd = run->fds[side][call->slot];
    bool removes_folder = (call->value & 1) != 0;
    uint32_t before;
    long result;

    if (side == REAL && call->name == DO_MKDIRAT)
        return plain_result(mkdirat(fd, call->path, 0755));
    if (side == REAL)
        return plain_result(unlinkat(fd, call->path, removes_folder ? AT_REMOVEDIR : 0));
    result = ob_kernel_look_from(run->kernel, fd, call->path, &before);
    if (result == 0 && call->name == DO_MKDIRAT)
        result = ob_sys_mkdir(run->kernel, call->path, 0755);
    else if (result == 0)
        result = removes_folder ? ob_sys_rmdir(run->kernel, call->path)
                                : ob_sys_unlink(run->kernel, call->path);
    ob_kernel_look_back(run->kernel, before);
    return result;
}

static long use_files(struct fidelity *run, enum side side, const struct call *call,
                      struct answer *answer)
{
    int fd = run->fds[side][call->slot];
    struct stat status;
    char text[256];
    long result;

    switch (call->name) {
    case DO_LSEEK:
        return DO(lseek, fd, call->value, call->option);
    case DO_FTRUNCATE:
        return DO(ftruncate, fd, call->value);
    case DO_TRUNCATE:
        return DO(truncate, call->path, call->value);
    case DO_FSYNC:
        return DO(fsync, fd);
    case DO_ACCESS:
        return DO(access, call->path, call->value);
    case DO_MKDIR:
        return DO(mkdir, call->path, 0755);
    case DO_RMDIR:
        return DO(rmdir, call->path);
    case DO_UNLINK:
        return DO(unlink, call->path);
    case DO_RENAME:
        return DO(rename, call->path, call->second);
    case DO_LINK:
        return DO(link, call->path, call->second);
    case DO_SYMLINK:
        return DO(symlink, call->second, call->path);
    case DO_READLINK:
        result = DO(readlink, call->path, text, sizeof text);
        put(answer, text, result > 0 ? (size_t)result : 0);
        return result;
    case DO_READDIR:
        return list_folder(run, side, fd, answer);
    case DO_REALPATH:
        return real_path(run, side, call->path, answer);
    case DO_STAT:
        result = DO(stat, call->path, &status);
        break;
    case DO_LSTAT:
        result = DO(lstat, call->path, &status);
        break;
    default:
        result = DO(fstat, fd, &status);
        break;
    }
    if (result == 0)
        put_status(answer, &status);
    return result;
}

static void make_call(struct fidelity *run, enum side side, const struct call *call,
                      struct answer *answer)
{
    int broken = broken_pipes[side];

    answer->size = 0;
    if (call->name <= DO_DUP2)
        answer->result = make_descriptors(run, side, call);
    else if (call->name <= DO_FIONBIO)
        answer->result = control(run, side, call, answer);
    else if (call->name <= DO_WRITEV || call->name == DO_PREAD || call->name == DO_PWRITE)
        answer->result = move_bytes(run, side, call, answer);
    else if (call->name == DO_SEND || call->name == DO_SENDTO || call->name == DO_SENDMSG)
        answer->result = send_bytes(run, side, call);
    else if (call->name <= DO_RECVMSG)
        answer->result = receive_bytes(run, side, call, answer);
    else if (call->name <= DO_SETSOCKOPT)
        answer->result = use_socket(run, side, call, answer);
    else if (call->name == DO_SELECT)
        answer->result = select_all(run, side, call, answer);
    else if (call->name <= DO_EPOLL_WAIT)
        answer->result = look(run, side, call, answer);
    else if (call->name == DO_UNLINKAT || call->name == DO_MKDIRAT)
        answer->result = use_from_folder(run, side, call);
    else if (call->name >= DO_UTIMENS)
        answer->result = change_attributes(run, side, call);
    else
        answer->result = use_files(run, side, call, answer);
    answer->broken = broken_pipes[side] - broken;
}

#endif
