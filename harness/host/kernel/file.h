/*
 * Open files: what descriptors refer to. Each has a kind, whose operations are in a table; who
 * watches a file (epoll sets) is told of its changes here.
 */
#ifndef OFFBEAT_HOST_KERNEL_FILE_H
#define OFFBEAT_HOST_KERNEL_FILE_H

#include <fcntl.h>
#include <poll.h>

#include "host/kernel/bytes.h"
#include "host/kernel/state.h"

enum ob_file_kind {
    OB_FILE_PIPE_READER,
    OB_FILE_PIPE_WRITER,
    OB_FILE_EVENT,
    OB_FILE_TIMER,
    OB_FILE_SIGNALS,
    OB_FILE_EPOLL,
    OB_FILE_INPUT,
    OB_FILE_OUTPUT,
    OB_FILE_REGULAR,
    OB_FILE_FOLDER,
    OB_FILE_DEVICE,
    OB_FILE_TCP,
    OB_FILE_UDP,
    OB_FILE_UNIX_STREAM,
    OB_FILE_UNIX_PACKETS, /* datagram and seqpacket */
    OB_FILE_KINDS
};

struct ob_file {
    struct ob_item item; /* of kernel->files */
    uint32_t id;
    uint8_t kind; /* enum ob_file_kind */
    uint16_t refs;
    int flags;               /* O_ACCMODE, O_NONBLOCK, O_APPEND and so on: F_GETFL */
    uint32_t object;         /* what is behind it, by its kind */
    uint64_t offset;         /* of regular files and folders */
    struct ob_list watchers; /* struct ob_watch */
};

/* A file in an epoll set. */
struct ob_watch {
    struct ob_item of_file;  /* of the file's watchers */
    struct ob_item of_epoll; /* of the set's members */
    struct ob_item of_ready; /* of the set's ready list, where it is in it */
    uint32_t file, epoll;    /* struct ob_file both */
    int fd;
    uint32_t events;
    uint64_t data;
    bool is_ready, is_disabled;
};

struct ob_epoll {
    struct ob_list members, ready;
    bool is_out_of_turn; /* a member was chosen to come before others, which have waited since */
};

/*
 * Operations of a kind. `read` and `write` may be NULL (-EINVAL), and `poll` as well: then the file
 * is always ready, and cannot be in an epoll set. Reading and writing give what
 * ob_file_would_wait() says where nothing can be done now.
 */
struct ob_file_operations {
    ssize_t (*read)(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to);
    ssize_t (*write)(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from);
    uint32_t (*poll)(struct ob_kernel *kernel, struct ob_file *file);
    void (*release)(struct ob_kernel *kernel, struct ob_file *file); /* what is behind it */
    bool takes_position; /* has an offset: lseek, pread, pwrite */
};

extern const struct ob_file_operations ob_file_operations[OB_FILE_KINDS]; /* life.c */

struct ob_descriptor {
    uint32_t file; /* struct ob_file, 0: not open */
    bool closes_on_exec;
};

/*
 * Makes an open file with one descriptor, the lowest that is free, for an object of the caller's,
 * which belongs to the file from then on. `flags` as of open(): O_CLOEXEC goes to the
 * descriptor. -EMFILE, -ENFILE.
 */
int ob_file_open(struct ob_kernel *kernel, enum ob_file_kind kind, int flags, uint32_t object);

/* The file of a descriptor, or NULL. */
struct ob_file *ob_file_of(const struct ob_kernel *kernel, int fd);
struct ob_descriptor *ob_descriptor_of(const struct ob_kernel *kernel, int fd);

/* Another descriptor for a file, at `least` or above. -EMFILE; -EINVAL for a `least` beyond the
 * limit. */
int ob_descriptor_add(struct ob_kernel *kernel, struct ob_file *file, int least, bool on_exec);

/* Frees a descriptor, and the file with the last one. */
void ob_descriptor_drop(struct ob_kernel *kernel, int fd);

/* -EAGAIN for a file with O_NONBLOCK or where `never` is said; OB_WAIT, noted, otherwise. */
int ob_file_would_wait(struct ob_kernel *kernel, const struct ob_file *file, uint32_t events,
                       bool never);

/* OB_WAIT, noted: for who waits because of a file that is not its own. */
int ob_file_wait(struct ob_kernel *kernel, const struct ob_file *file, uint32_t events);

/* All events of poll() that hold of a file. */
uint32_t ob_file_poll(struct ob_kernel *kernel, struct ob_file *file);

/* Tells who watches `file`, and the hook, that `events` happened: OB_ALL_EVENTS where it may be
 * anything. */
#define OB_ALL_EVENTS UINT32_MAX
void ob_file_wake(struct ob_kernel *kernel, struct ob_file *file, uint32_t events);

/* Tells the hook alone: for who sleeps because of this file, but does not wait for what it has. */
void ob_file_tell(struct ob_kernel *kernel, const struct ob_file *file, uint32_t events);

/* Puts a member onto the ready list of its set, and tells who watches the set. */
void ob_watch_ready(struct ob_kernel *kernel, struct ob_watch *watch);

/* Takes a member out of its set. */
void ob_watch_remove(struct ob_kernel *kernel, struct ob_watch *watch);

#endif
