/*
 * The simulated kernel of one host: descriptors and what is behind them, as a data structure.
 *
 * Nothing in here waits, knows a world, or calls the real kernel. An operation has the arguments of
 * the system call whose name it bears and returns at once: its result, or -errno, or OB_WAIT where
 * the real call would put the caller to sleep. Who wants to wait asks ob_kernel_waits_for(), lets
 * the world go on until the hook `changed` names that file, and calls again with the same
 * arguments.
 *
 * What leaves for another host goes out through the hook `transmit`; what arrives comes in through
 * ob_kernel_receive() (net.h). Packets to the host's own addresses arrive within the call, as on
 * Linux's loopback.
 *
 * Memory: all state lies in the region that ob_kernel_create() is given, at the front of it, and
 * refers to itself by offsets. So the first ob_kernel_used() bytes are a snapshot, which may be
 * copied away and back, at the same address or another. The hooks are the one pointer that leads
 * out. A full region shows as -ENOMEM, -ENOBUFS, -ENOSPC or -ENFILE, as the real calls do.
 *
 * Determinism: results depend on the calls so far and on what the hooks answered. No addresses take
 * part, and no state is global.
 *
 * Where the real kernel has a choice the hook `choose` is asked: see enum ob_kernel_choice.
 *
 * kernel.h has life, descriptors and what is not a socket, net.h sockets and packets, ready.h poll,
 * select and epoll, files.h files and folders.
 */
#ifndef OFFBEAT_HOST_KERNEL_KERNEL_H
#define OFFBEAT_HOST_KERNEL_KERNEL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

struct ob_kernel;
struct ob_packet;

/* The caller would sleep: a descriptor without O_NONBLOCK, a call without MSG_DONTWAIT. */
#define OB_WAIT (-100000)

enum { OB_KERNEL_DESCRIPTORS_MAX = 1024 };

/* The region that a kernel needs at least, and one that the largest programs of today fit into. */
#define OB_KERNEL_REGION_MIN ((size_t)64 << 10)
#define OB_KERNEL_REGION_DEFAULT ((size_t)4 << 20)

/* Where the kernel has a choice: what the answer means, and what it is when nothing interferes. */
enum ob_kernel_choice {
    OB_CHOOSE_READ,     /* bytes that a read of a TCP connection gives: 1 to most; plain: most */
    OB_CHOOSE_WRITE,    /* bytes that a stream takes of a write that never waits: 1 to most; plain:
                           most */
    OB_CHOOSE_SEGMENT,  /* bytes of a TCP connection's next segment: 1 to most; plain: most */
    OB_CHOOSE_FIRST,    /* the ready entry that epoll_wait gives first: 0 to most; plain: 0 */
    OB_CHOOSE_RESET,    /* 1: the connection is reset before this read or write; plain: 0 */
    OB_CHOOSE_BACKLOG,  /* 1: the listener has no room for this connection; plain: 0 */
    OB_CHOOSE_DATAGRAM, /* 1: the receiver's queue is full, the datagram is lost; plain: 0 */
};

struct ob_kernel_hooks {
    /* Nanoseconds of CLOCK_MONOTONIC, and what CLOCK_REALTIME is ahead of it. Never go back. */
    uint64_t (*now_ns)(void *user);
    uint64_t (*realtime_offset_ns)(void *user);

    /* Fills bytes from the world's generator. */
    void (*random)(void *user, void *bytes, size_t size);

    /* A packet leaves for another host; `bytes` has packet->length bytes, valid during the call. */
    void (*transmit)(void *user, const struct ob_packet *packet, const void *bytes);

    /*
     * Something changed at an open file: `events` are of poll() (POLLIN, POLLOUT, POLLHUP, ...),
     * and threads that sleep for this file and one of them should call again. It is a hint: the
     * call may have to wait once more. No operation of the kernel may be called from within.
     */
    void (*changed)(void *user, uint32_t file, uint32_t events);

    /* The call raises a signal in the caller (SIGPIPE). The call returns its error all the same. */
    void (*raise)(void *user, int signal);

    /* Bytes that were written to standard output or error (ob_kernel_console()). */
    void (*output)(void *user, int console, const void *bytes, size_t size);

    /*
     * A choice, of those that are open; `file` is where it is made. What is out of range is taken
     * as the nearest that is not.
     */
    uint32_t (*choose)(void *user, enum ob_kernel_choice what, uint32_t file, uint32_t plain,
                       uint32_t most);
};

struct ob_kernel_config {
    const struct ob_kernel_hooks *hooks; /* stays valid and where it is for the kernel's life */
    void *user;                          /* goes to each hook */
    uint32_t choices; /* a bit for each enum ob_kernel_choice that `choose` is asked for; others are
                         plain */
    uint32_t ip;      /* the address of the host beside 127.0.0.1 */
    uint32_t owner;   /* the user, and the group, whose files are made here */
    uint32_t
        incarnation; /* another number after each crash of the machine: tells old connections */
    uint32_t descriptors;  /* RLIMIT_NOFILE; 0 is OB_KERNEL_DESCRIPTORS_MAX, which is the most */
    uint32_t receive_room; /* bytes that a socket holds for its reader; 0 is 65536 */
    uint32_t send_room;    /* bytes that a socket holds for a peer that does not read; 0 is 65536 */
};

/* -- life -- */

/*
 * Makes a kernel at the front of `region`, aligned to 16, with the folders /, /tmp, /dev, /etc and
 * the devices null, zero, full, random and urandom; no descriptor is open. NULL: too small. Only
 * what is used of the region is ever touched.
 */
struct ob_kernel *ob_kernel_create(void *region, size_t size,
                                   const struct ob_kernel_config *config);

/* Bytes at the front that hold all state; never falls, except by copying an older state back. */
size_t ob_kernel_used(const struct ob_kernel *kernel);

/*
 * Was there ever no room in the region? Then packets may have been lost that no network loses, and
 * nothing should be said of the run.
 */
bool ob_kernel_was_full(const struct ob_kernel *kernel);

/*
 * The process has ended: closes every descriptor in order, as exit and kill -9 do (FIN or RST
 * leave; TIME_WAIT stays), and forgets pending signals. Files stay. The next process begins with no
 * descriptors.
 */
void ob_kernel_exit(struct ob_kernel *kernel);

/* Opens descriptors 0, 1 and 2: standard input, which is at its end until ob_kernel_input(),
 * output, error. */
int ob_kernel_console(struct ob_kernel *kernel);

/* Appends to standard input. `end`: nothing comes after it. 0 or -ENOBUFS. */
int ob_kernel_input(struct ob_kernel *kernel, const void *bytes, size_t size, bool end);

/* -- waiting -- */

struct ob_kernel_wait {
    uint32_t file;   /* as the hook `changed` names it; never used again for another file */
    uint32_t events; /* of poll() */
};

/* What the last operation that returned OB_WAIT waits for. A closed file has changed for all
 * events. */
struct ob_kernel_wait ob_kernel_waits_for(const struct ob_kernel *kernel);

/* The file behind a descriptor, or 0. */
uint32_t ob_kernel_file(const struct ob_kernel *kernel, int fd);

/* Would an operation on it sleep (no O_NONBLOCK)? So that a write may go on behind a short count.
 */
bool ob_kernel_blocks(const struct ob_kernel *kernel, int fd);

/* SO_RCVTIMEO or SO_SNDTIMEO in nanoseconds; 0: no limit. A call that ends so returns -EAGAIN. */
uint64_t ob_kernel_timeout_ns(const struct ob_kernel *kernel, int fd, bool sending);

/*
 * When something happens by itself next (timerfd, a SYN that is sent again, the end of TIME_WAIT
 * where somebody waits for it): CLOCK_MONOTONIC, UINT64_MAX for never. To be asked after each
 * operation that can have changed it, and ob_kernel_expire() to be called at that time.
 */
uint64_t ob_kernel_next_ns(const struct ob_kernel *kernel);
void ob_kernel_expire(struct ob_kernel *kernel);

/* -- descriptors: all kinds -- */

int ob_sys_close(struct ob_kernel *kernel, int fd);
int ob_sys_dup(struct ob_kernel *kernel, int fd);
int ob_sys_dup2(struct ob_kernel *kernel, int fd, int to);
int ob_sys_dup3(struct ob_kernel *kernel, int fd, int to, int flags);

/* F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL; F_SETLK and so on of one process
 * succeed; F_GETPIPE_SZ, F_SETPIPE_SZ. -EINVAL for others. */
int ob_sys_fcntl(struct ob_kernel *kernel, int fd, int command, intptr_t argument);

/* FIONREAD, SIOCINQ, FIONBIO, FIOCLEX, FIONCLEX, SIOCOUTQ; -ENOTTY for others. */
int ob_sys_ioctl(struct ob_kernel *kernel, int fd, unsigned long request, void *argument);

ssize_t ob_sys_read(struct ob_kernel *kernel, int fd, void *bytes, size_t size);
ssize_t ob_sys_write(struct ob_kernel *kernel, int fd, const void *bytes, size_t size);
ssize_t ob_sys_readv(struct ob_kernel *kernel, int fd, const struct iovec *parts, int count);
ssize_t ob_sys_writev(struct ob_kernel *kernel, int fd, const struct iovec *parts, int count);

/* At most what fits; `offset` may be NULL, and says from where and is moved on otherwise. */
ssize_t ob_sys_sendfile(struct ob_kernel *kernel, int out, int in, off_t *offset, size_t size);

/* -- pipes, counters, timers, signals -- */

int ob_sys_pipe2(struct ob_kernel *kernel, int fds[2], int flags);
int ob_sys_eventfd(struct ob_kernel *kernel, unsigned initial, int flags);

int ob_sys_timerfd_create(struct ob_kernel *kernel, int clock, int flags);
int ob_sys_timerfd_settime(struct ob_kernel *kernel, int fd, int flags,
                           const struct itimerspec *value, struct itimerspec *old);
int ob_sys_timerfd_gettime(struct ob_kernel *kernel, int fd, struct itimerspec *value);

/* `fd` -1 makes a new one. Pending signals of its mask are read as struct signalfd_siginfo. */
int ob_sys_signalfd(struct ob_kernel *kernel, int fd, const sigset_t *mask, int flags);

/*
 * Signals that the process has blocked, and that wait: who delivers signals pends those that are
 * blocked here, so that signalfds become readable, and takes them when they are unblocked.
 */
void ob_kernel_pend_signal(struct ob_kernel *kernel, int signal);
uint64_t ob_kernel_pending_signals(const struct ob_kernel *kernel); /* bit n - 1 is signal n */
void ob_kernel_take_signal(struct ob_kernel *kernel, int signal);

ssize_t ob_sys_getrandom(struct ob_kernel *kernel, void *bytes, size_t size, unsigned flags);

#include "host/kernel/files.h"
#include "host/kernel/net.h"
#include "host/kernel/ready.h"

#endif
