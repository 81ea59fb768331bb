/* Calls for descriptors of all kinds. */
#include <string.h>
#include <sys/ioctl.h>

#include "host/kernel/deliver.h"
#include "host/kernel/pipe.h"
#include "host/kernel/regular.h"
#include "host/kernel/tree.h"

int ob_sys_close(struct ob_kernel *kernel, int fd)
{
    if (ob_file_of(kernel, fd) == NULL)
        return -EBADF;
    ob_descriptor_drop(kernel, fd);
    ob_loopback_drain(kernel);
    return 0;
}

int ob_sys_dup(struct ob_kernel *kernel, int fd)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    return file ? ob_descriptor_add(kernel, file, 0, false) : -EBADF;
}

int ob_sys_dup3(struct ob_kernel *kernel, int fd, int to, int flags)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    if ((flags & ~O_CLOEXEC) != 0 || fd == to)
        return -EINVAL;
    if (to < 0 || (uint32_t)to >= kernel->descriptors_max || file == NULL)
        return -EBADF;
    if (ob_file_of(kernel, to) != NULL) {
        /* The file may be the one that `to` refers to: it must not go in between. */
        file->refs++;
        ob_descriptor_drop(kernel, to);
        file->refs--;
    }

    int made = ob_descriptor_add(kernel, file, to, (flags & O_CLOEXEC) != 0);

    assert(made == to || made == -ENFILE);
    ob_loopback_drain(kernel);
    return made;
}

int ob_sys_dup2(struct ob_kernel *kernel, int fd, int to)
{
    if (fd == to)
        return ob_file_of(kernel, fd) ? to : -EBADF;
    return ob_sys_dup3(kernel, fd, to, 0);
}

int ob_sys_fcntl(struct ob_kernel *kernel, int fd, int command, intptr_t argument)
{
    const int settable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | O_ASYNC;
    struct ob_file *file = ob_file_of(kernel, fd);
    struct ob_descriptor *descriptor = ob_descriptor_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        if (argument < 0 || argument >= (intptr_t)kernel->descriptors_max)
            return -EINVAL;
        return ob_descriptor_add(kernel, file, (int)argument, command == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return descriptor->closes_on_exec ? FD_CLOEXEC : 0;
    case F_SETFD:
        descriptor->closes_on_exec = (argument & FD_CLOEXEC) != 0;
        return 0;
    case F_GETFL:
        return file->flags;
    case F_SETFL:
        file->flags = (file->flags & ~settable) | ((int)argument & settable);
        return 0;
    case F_SETLK:
    case F_SETLKW:
    case F_SETOWN:
        return 0;
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
        if (file->kind != OB_FILE_PIPE_READER && file->kind != OB_FILE_PIPE_WRITER)
            return -EBADF;
        return command == F_GETPIPE_SZ ? ob_pipe_size(kernel, file)
                                       : ob_pipe_set_size(kernel, file, argument);
    default:
        return -EINVAL;
    }
}

/* FIONREAD: how much can be read, or -ENOTTY. */
static int count_unread(struct ob_kernel *kernel, const struct ob_file *file, int *count)
{
    switch (file->kind) {
    case OB_FILE_PIPE_READER:
    case OB_FILE_PIPE_WRITER:
        *count = (int)ob_pipe_unread(kernel, file);
        return 0;
    case OB_FILE_REGULAR:
        *count = (int)(((const struct ob_node *)ob_at(kernel, file->object))->size - file->offset);
        return 0;
    case OB_FILE_TCP:
    case OB_FILE_UDP:
    case OB_FILE_UNIX_STREAM:
    case OB_FILE_UNIX_PACKETS:
        return ob_socket_unread(kernel, file, count);
    case OB_FILE_EPOLL:
        return -EINVAL;
    default:
        return -ENOTTY;
    }
}

int ob_sys_ioctl(struct ob_kernel *kernel, int fd, unsigned long request, void *argument)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    switch (request) {
    case FIONREAD:
        return count_unread(kernel, file, argument);
    case TIOCOUTQ:
        return ob_socket_unsent(kernel, file, argument);
    case FIONBIO:
        file->flags = (file->flags & ~O_NONBLOCK) | (*(int *)argument != 0 ? O_NONBLOCK : 0);
        return 0;
    case FIOCLEX:
    case FIONCLEX:
        ob_descriptor_of(kernel, fd)->closes_on_exec = request == FIOCLEX;
        return 0;
    default:
        return -ENOTTY;
    }
}

static ssize_t read_parts(struct ob_kernel *kernel, int fd, const struct iovec *parts, int count,
                          bool is_vector)
{
    struct ob_file *file = ob_file_of(kernel, fd);
    struct ob_cursor cursor;

    if (file == NULL || (file->flags & O_ACCMODE) == O_WRONLY)
        return -EBADF;

    int error = count < 0 ? -EINVAL : ob_cursor_begin(&cursor, parts, (size_t)count);

    if (error != 0)
        return error;
    if (ob_file_operations[file->kind].read == NULL)
        return -EINVAL;
    if (is_vector && cursor.left == 0)
        return 0;

    ssize_t done = ob_file_operations[file->kind].read(kernel, file, &cursor);

    ob_loopback_drain(kernel);
    return done;
}

static ssize_t write_parts(struct ob_kernel *kernel, int fd, const struct iovec *parts, int count,
                           bool is_vector)
{
    struct ob_file *file = ob_file_of(kernel, fd);
    struct ob_cursor cursor;

    if (file == NULL || (file->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;

    int error = count < 0 ? -EINVAL : ob_cursor_begin(&cursor, parts, (size_t)count);

    if (error != 0)
        return error;
    if (ob_file_operations[file->kind].write == NULL)
        return -EINVAL;
    if (is_vector && cursor.left == 0)
        return 0;

    ssize_t done = ob_file_operations[file->kind].write(kernel, file, &cursor);

    ob_loopback_drain(kernel);
    return done;
}

ssize_t ob_sys_read(struct ob_kernel *kernel, int fd, void *bytes, size_t size)
{
    struct iovec part = {.iov_base = bytes, .iov_len = size};

    return read_parts(kernel, fd, &part, 1, false);
}

ssize_t ob_sys_readv(struct ob_kernel *kernel, int fd, const struct iovec *parts, int count)
{
    return read_parts(kernel, fd, parts, count, true);
}

ssize_t ob_sys_write(struct ob_kernel *kernel, int fd, const void *bytes, size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};

    return write_parts(kernel, fd, &part, 1, false);
}

ssize_t ob_sys_writev(struct ob_kernel *kernel, int fd, const struct iovec *parts, int count)
{
    return write_parts(kernel, fd, parts, count, true);
}

ssize_t ob_sys_sendfile(struct ob_kernel *kernel, int out, int in, off_t *offset, size_t size)
{
    struct ob_file *source = ob_file_of(kernel, in);
    char bytes[4096];
    ssize_t sent = 0;

    if (source == NULL || ob_file_of(kernel, out) == NULL ||
        (source->flags & O_ACCMODE) == O_WRONLY)
        return -EBADF;
    if (source->kind != OB_FILE_REGULAR || (offset != NULL && *offset < 0))
        return -EINVAL;

    uint64_t at = offset != NULL ? (uint64_t)*offset : source->offset;

    while (size > 0) {
        size_t part = size < sizeof bytes ? size : sizeof bytes;
        size_t there = ob_content_read(kernel, ob_at(kernel, source->object), bytes, part, at);
        ssize_t done = there == 0 ? 0 : ob_sys_write(kernel, out, bytes, there);

        if (done < 0 && sent == 0)
            return done;
        if (done <= 0)
            break;
        sent += done;
        at += (uint64_t)done;
        size -= (size_t)done;
        if ((size_t)done < there)
            break;
    }
    if (offset != NULL)
        *offset = (off_t)at;
    else
        source->offset = at;
    return sent;
}

ssize_t ob_sys_getrandom(struct ob_kernel *kernel, void *bytes, size_t size, unsigned flags)
{
    enum { NONBLOCK = 1, RANDOM = 2, INSECURE = 4 };

    if ((flags & ~(unsigned)(NONBLOCK | RANDOM | INSECURE)) != 0 ||
        (flags & (RANDOM | INSECURE)) == (RANDOM | INSECURE))
        return -EINVAL;
    kernel->hooks->random(kernel->user, bytes, size);
    return (ssize_t)size;
}
