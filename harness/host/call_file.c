/* System calls on descriptors and files. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "host/call.h"

#define READ_TIMEOUT(fd) (timeout_of(fd, false))
#define WRITE_TIMEOUT(fd) (timeout_of(fd, true))

static uint64_t timeout_of(int fd, bool sending)
{
    uint64_t timeout_ns = ob_kernel_timeout_ns(ob_kernel_of(ob_current.process), fd, sending);
    return timeout_ns ? timeout_ns : OB_FOREVER_NS;
}

static void check_parts(const struct iovec *parts, int count, bool is_written)
{
    for (int at = 0; at < count; at++)
        ob_check_bytes(parts[at].iov_base, parts[at].iov_len, is_written);
}

int ob_c_close(int fd)
{
    return (int)OB_CALL("close", ob_sys_close(kernel, fd));
}

int ob_c_dup(int fd)
{
    return (int)OB_CALL("dup", ob_sys_dup(kernel, fd));
}

int ob_c_dup2(int fd, int to)
{
    return (int)OB_CALL("dup2", ob_sys_dup2(kernel, fd, to));
}

int ob_c_dup3(int fd, int to, int flags)
{
    return (int)OB_CALL("dup3", ob_sys_dup3(kernel, fd, to, flags));
}

int ob_c_fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    intptr_t argument = va_arg(arguments, intptr_t);
    va_end(arguments);
    return (int)OB_CALL("fcntl", ob_sys_fcntl(kernel, fd, command, argument));
}

int ob_c_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return (int)OB_CALL("ioctl", ob_sys_ioctl(kernel, fd, request, argument));
}

ssize_t ob_c_read(int fd, void *bytes, size_t size)
{
    ssize_t count =
        OB_CALL_THAT_WAITS("read", READ_TIMEOUT(fd), ob_sys_read(kernel, fd, bytes, size));
    if (count > 0)
        ob_check_bytes(bytes, (size_t)count, true);
    return count;
}

const void *ob_bytes_skip(const void *bytes, size_t size)
{
    return size ? (const uint8_t *)bytes + size : bytes; /* NULL has nothing behind it */
}

/* A write goes on until all is written, where it may sleep. */
ssize_t ob_c_write(int fd, const void *bytes, size_t size)
{
    size_t done = 0;
    ob_check_bytes(bytes, size, false);
    for (;;) {
        ssize_t count =
            OB_CALL_THAT_WAITS("write", WRITE_TIMEOUT(fd),
                               ob_sys_write(kernel, fd, ob_bytes_skip(bytes, done), size - done));
        if (count < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)count;
        if (done == size || !ob_kernel_blocks(ob_kernel_of(ob_current.process), fd))
            return (ssize_t)done;
        if (count == 0)
            return (ssize_t)done;
    }
}

ssize_t ob_c___read_chk(int fd, void *bytes, size_t size, size_t room)
{
    if (size > room)
        abort();
    return ob_c_read(fd, bytes, size);
}

ssize_t ob_c_readv(int fd, const struct iovec *parts, int count)
{
    check_parts(parts, count, true);
    return OB_CALL_THAT_WAITS("readv", READ_TIMEOUT(fd), ob_sys_readv(kernel, fd, parts, count));
}

int ob_parts_skip(struct iovec *parts, int first, int count, size_t size)
{
    while (first < count && size >= parts[first].iov_len)
        size -= parts[first++].iov_len;
    if (first < count && size > 0) {
        parts[first].iov_base = (uint8_t *)parts[first].iov_base + size;
        parts[first].iov_len -= size;
    }
    return first;
}

/* As write() does. */
ssize_t ob_c_writev(int fd, const struct iovec *parts, int count)
{
    int known = count > 0 && count <= IOV_MAX ? count : 0;
    struct iovec rest[known + 1];
    size_t done = 0;
    check_parts(parts, count, false);
    if (known == 0)
        return OB_CALL("writev", ob_sys_writev(kernel, fd, parts, count));
    memcpy(rest, parts, (size_t)count * sizeof *parts);
    for (int first = 0;;) {
        ssize_t part = OB_CALL_THAT_WAITS("writev", WRITE_TIMEOUT(fd),
                                          ob_sys_writev(kernel, fd, rest + first, count - first));
        if (part < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)part;
        first = ob_parts_skip(rest, first, count, (size_t)part);
        if (part == 0 || first == count || !ob_kernel_blocks(ob_kernel_of(ob_current.process), fd))
            return (ssize_t)done;
    }
}

/* Until all is sent, or the file is at its end. */
ssize_t ob_c_sendfile(int out, int in, off_t *offset, size_t size)
{
    size_t done = 0;
    for (;;) {
        ssize_t part = OB_CALL_THAT_WAITS("sendfile", WRITE_TIMEOUT(out),
                                          ob_sys_sendfile(kernel, out, in, offset, size - done));
        if (part < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)part;
        if (part == 0 || done == size || !ob_kernel_blocks(ob_kernel_of(ob_current.process), out))
            return (ssize_t)done;
    }
}

ssize_t ob_c_pread(int fd, void *bytes, size_t size, off_t offset)
{
    ob_check_bytes(bytes, size, true);
    return OB_CALL("pread", ob_sys_pread(kernel, fd, bytes, size, offset));
}

ssize_t ob_c_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    ob_check_bytes(bytes, size, false);
    return OB_CALL("pwrite", ob_sys_pwrite(kernel, fd, bytes, size, offset));
}

/* Reads or writes part by part from an offset on, until one is not whole: preadv(2). */
static ssize_t at_offset(int fd, const struct iovec *parts, int count, off_t offset, bool writes)
{
    ssize_t done = 0;
    if (count < 0 || count > 1024) {
        errno = EINVAL;
        return -1;
    }
    check_parts(parts, count, !writes);
    for (int at = 0; at < count; at++) {
        void *bytes = parts[at].iov_base;
        size_t size = parts[at].iov_len;
        ssize_t part = writes ? ob_c_pwrite(fd, bytes, size, offset + done)
                              : ob_c_pread(fd, bytes, size, offset + done);
        if (part < 0)
            return done ? done : -1;
        done += part;
        if ((size_t)part < size)
            break;
    }
    return done;
}

ssize_t ob_c_preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
    return at_offset(fd, parts, count, offset, false);
}

ssize_t ob_c_pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return at_offset(fd, parts, count, offset, true);
}

off_t ob_c_lseek(int fd, off_t offset, int whence)
{
    return OB_CALL("lseek", ob_sys_lseek(kernel, fd, offset, whence));
}

int ob_c_pipe2(int fds[2], int flags)
{
    return (int)OB_CALL("pipe2", ob_sys_pipe2(kernel, fds, flags));
}

int ob_c_pipe(int fds[2])
{
    return (int)OB_CALL("pipe", ob_sys_pipe2(kernel, fds, 0));
}

int ob_c_eventfd(unsigned initial, int flags)
{
    return (int)OB_CALL("eventfd", ob_sys_eventfd(kernel, initial, flags));
}

int ob_c_timerfd_create(int clock, int flags)
{
    return (int)OB_CALL("timerfd_create", ob_sys_timerfd_create(kernel, clock, flags));
}

int ob_c_timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    return (int)OB_CALL("timerfd_settime", ob_sys_timerfd_settime(kernel, fd, flags, value, old));
}

int ob_c_timerfd_gettime(int fd, struct itimerspec *value)
{
    return (int)OB_CALL("timerfd_gettime", ob_sys_timerfd_gettime(kernel, fd, value));
}

int ob_c_signalfd(int fd, const sigset_t *mask, int flags)
{
    return (int)OB_CALL("signalfd", ob_sys_signalfd(kernel, fd, mask, flags));
}

/* -- files -- */

int ob_c_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return (int)OB_CALL("open", ob_sys_open(kernel, path, flags, mode));
}

int ob_c_openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return (int)OB_CALL("openat", ob_sys_openat(kernel, folder, path, flags, mode));
}

int ob_c_creat(const char *path, mode_t mode)
{
    return (int)OB_CALL("creat", ob_sys_open(kernel, path, O_CREAT | O_WRONLY | O_TRUNC, mode));
}

int ob_c___open_2(const char *path, int flags)
{
    return (int)OB_CALL("open", ob_sys_open(kernel, path, flags, 0));
}

int ob_c_ftruncate(int fd, off_t size)
{
    return (int)OB_CALL("ftruncate", ob_sys_ftruncate(kernel, fd, size));
}

int ob_c_truncate(const char *path, off_t size)
{
    return (int)OB_CALL("truncate", ob_sys_truncate(kernel, path, size));
}

int ob_c_fsync(int fd)
{
    return (int)OB_CALL("fsync", ob_sys_fsync(kernel, fd));
}

int ob_c_stat(const char *path, struct stat *status)
{
    return (int)OB_CALL("stat", ob_sys_stat(kernel, path, status));
}

int ob_c_lstat(const char *path, struct stat *status)
{
    return (int)OB_CALL("lstat", ob_sys_lstat(kernel, path, status));
}

int ob_c_fstat(int fd, struct stat *status)
{
    return (int)OB_CALL("fstat", ob_sys_fstat(kernel, fd, status));
}

/* Of objects that were compiled for older versions of the C library. */
int ob_c___xstat(int version, const char *path, struct stat *status)
{
    (void)version;
    return ob_c_stat(path, status);
}

int ob_c___lxstat(int version, const char *path, struct stat *status)
{
    (void)version;
    return ob_c_lstat(path, status);
}

int ob_c___fxstat(int version, int fd, struct stat *status)
{
    (void)version;
    return ob_c_fstat(fd, status);
}

int ob_c_access(const char *path, int mode)
{
    return (int)OB_CALL("access", ob_sys_access(kernel, path, mode));
}

int ob_c_chmod(const char *path, mode_t mode)
{
    return (int)OB_CALL("chmod", ob_sys_chmod(kernel, path, mode));
}

int ob_c_fchmod(int fd, mode_t mode)
{
    return (int)OB_CALL("fchmod", ob_sys_fchmod(kernel, fd, mode));
}

int ob_c_mkdir(const char *path, mode_t mode)
{
    return (int)OB_CALL("mkdir", ob_sys_mkdir(kernel, path, mode));
}

int ob_c_rmdir(const char *path)
{
    return (int)OB_CALL("rmdir", ob_sys_rmdir(kernel, path));
}

int ob_c_unlink(const char *path)
{
    return (int)OB_CALL("unlink", ob_sys_unlink(kernel, path));
}

int ob_c_remove(const char *path)
{
    int result = ob_c_unlink(path);
    return result < 0 && errno == EISDIR ? ob_c_rmdir(path) : result;
}

int ob_c_rename(const char *from, const char *to)
{
    return (int)OB_CALL("rename", ob_sys_rename(kernel, from, to));
}

int ob_c_link(const char *from, const char *to)
{
    return (int)OB_CALL("link", ob_sys_link(kernel, from, to));
}

int ob_c_symlink(const char *text, const char *path)
{
    return (int)OB_CALL("symlink", ob_sys_symlink(kernel, text, path));
}

ssize_t ob_c_readlink(const char *path, char *text, size_t size)
{
    return OB_CALL("readlink", ob_sys_readlink(kernel, path, text, size));
}

int ob_c_chdir(const char *path)
{
    return (int)OB_CALL("chdir", ob_sys_chdir(kernel, path));
}

char *ob_c_getcwd(char *path, size_t size)
{
    if (!path) {
        errno = EINVAL; /* an extension that allocates */
        return NULL;
    }
    return OB_CALL("getcwd", ob_sys_getcwd(kernel, path, size)) < 0 ? NULL : path;
}
