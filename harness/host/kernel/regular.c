#include "host/kernel/regular.h"

#include <string.h>

#include "host/kernel/tree.h"

ssize_t ob_regular_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    struct ob_node *node = ob_at(kernel, file->object);
    size_t done = 0;

    while (to->left > 0 && file->offset < node->size) {
        size_t size = SIZE_MAX;

        if (to->left > node->size - file->offset)
            size = (size_t)(node->size - file->offset);

        char *span = ob_cursor_span(to, &size);

        done += ob_content_read(kernel, node, span, size, file->offset);
        file->offset += size;
    }
    if (done > 0)
        node->accessed_ns = ob_realtime_ns(kernel);
    return (ssize_t)done;
}

ssize_t ob_regular_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from)
{
    struct ob_node *node = ob_at(kernel, file->object);
    ssize_t done = 0;

    if (from->left == 0)
        return 0;
    if ((file->flags & O_APPEND) != 0)
        file->offset = node->size;
    if (file->offset >= INT64_MAX - from->left)
        return -EFBIG;
    while (from->left > 0) {
        size_t size = SIZE_MAX;
        const char *span = ob_cursor_span(from, &size);
        ssize_t part = ob_content_write(kernel, node, span, size, file->offset);

        if (part < 0)
            return done > 0 ? done : part;
        file->offset += (uint64_t)part;
        done += part;
        if ((size_t)part < size)
            break;
    }
    ob_node_changed(kernel, node);
    return done;
}

ssize_t ob_folder_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    (void)kernel;
    (void)file;
    (void)to;
    return -EISDIR;
}

ssize_t ob_device_read(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *to)
{
    const struct ob_node *node = ob_at(kernel, file->object);
    size_t done = 0;

    if (node->device == OB_DEVICE_NULL)
        return 0;
    while (to->left > 0) {
        size_t size = SIZE_MAX;
        char *span = ob_cursor_span(to, &size);

        if (node->device == OB_DEVICE_RANDOM || node->device == OB_DEVICE_URANDOM)
            kernel->hooks->random(kernel->user, span, size);
        else if (size > 0)
            memset(span, 0, size);
        done += size;
    }
    return (ssize_t)done;
}

ssize_t ob_device_write(struct ob_kernel *kernel, struct ob_file *file, struct ob_cursor *from)
{
    const struct ob_node *node = ob_at(kernel, file->object);

    if (node->device == OB_DEVICE_FULL && from->left > 0)
        return -ENOSPC;
    return (ssize_t)ob_cursor_get(from, NULL, from->left);
}

void ob_node_release(struct ob_kernel *kernel, struct ob_file *file)
{
    ob_node_drop(kernel, ob_at(kernel, file->object));
}

/* A file with an offset, or why it is none. */
static struct ob_file *seekable(const struct ob_kernel *kernel, int fd, int *error)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    *error = file == NULL ? -EBADF : -ESPIPE;
    return file && ob_file_operations[file->kind].takes_position ? file : NULL;
}

off_t ob_sys_lseek(struct ob_kernel *kernel, int fd, off_t offset, int whence)
{
    int error;
    struct ob_file *file = seekable(kernel, fd, &error);

    if (error == -EBADF)
        return error;
    if (whence < 0 || whence > SEEK_HOLE)
        return -EINVAL;
    if (file == NULL)
        return error;
    if (file->kind != OB_FILE_REGULAR && file->kind != OB_FILE_FOLDER)
        return 0; /* of devices, eventfds and so on */

    const struct ob_node *node = ob_at(kernel, file->object);
    off_t base = 0, at = 0;

    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = (off_t)file->offset;
        break;
    case SEEK_END:
        if (file->kind == OB_FILE_FOLDER)
            return -EINVAL; /* as dcache_dir_lseek() of Linux */
        base = (off_t)node->size;
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        /* A file without holes: lseek(2) allows that. */
        if (offset < 0 || (uint64_t)offset >= node->size)
            return -ENXIO;
        base = whence == SEEK_HOLE ? (off_t)node->size - offset : 0;
        break;
    default:
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, offset, &at))
        return -EOVERFLOW;
    if (at < 0)
        return -EINVAL;
    file->offset = (uint64_t)at;
    return at;
}

/* Reads or writes elsewhere than where the file stands, which stays. */
static ssize_t at_offset(struct ob_kernel *kernel, int fd, void *bytes, size_t size, off_t offset,
                         bool writes)
{
    int error;
    struct ob_file *file;

    if (offset < 0)
        return -EINVAL;
    file = seekable(kernel, fd, &error);
    if (file == NULL)
        return error;
    if (file->kind < OB_FILE_REGULAR)
        return -ESPIPE; /* eventfds and so on */

    uint64_t stands = file->offset;

    file->offset = (uint64_t)offset;

    ssize_t done =
        writes ? ob_sys_write(kernel, fd, bytes, size) : ob_sys_read(kernel, fd, bytes, size);

    file->offset = stands;
    return done;
}

ssize_t ob_sys_pread(struct ob_kernel *kernel, int fd, void *bytes, size_t size, off_t offset)
{
    return at_offset(kernel, fd, bytes, size, offset, false);
}

ssize_t ob_sys_pwrite(struct ob_kernel *kernel, int fd, const void *bytes, size_t size,
                      off_t offset)
{
    return at_offset(kernel, fd, (void *)(uintptr_t)bytes, size, offset, true);
}

static int resize(struct ob_kernel *kernel, struct ob_node *node, off_t size)
{
    if (S_ISDIR(node->mode))
        return -EISDIR;
    if (!S_ISREG(node->mode))
        return -EINVAL;
    ob_content_resize(kernel, node, (uint64_t)size);
    ob_node_changed(kernel, node);
    return 0;
}

int ob_sys_ftruncate(struct ob_kernel *kernel, int fd, off_t size)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    if (size < 0)
        return -EINVAL;
    if (file == NULL)
        return -EBADF;
    if (file->kind != OB_FILE_REGULAR || (file->flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    return resize(kernel, ob_at(kernel, file->object), size);
}

int ob_sys_truncate(struct ob_kernel *kernel, const char *path, off_t size)
{
    struct ob_node *node;

    if (size < 0)
        return -EINVAL;

    int error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);

    return error != 0 ? error : resize(kernel, node, size);
}

int ob_sys_fsync(struct ob_kernel *kernel, int fd)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    return file->kind == OB_FILE_REGULAR || file->kind == OB_FILE_FOLDER ? 0 : -EINVAL;
}
