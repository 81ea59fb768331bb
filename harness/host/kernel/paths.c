/* Calls that name files by paths: stat, mkdir, unlink, rename and so on. */
#include <string.h>

#include "host/kernel/file.h"
#include "host/kernel/tree.h"

#define NS_PER_S INT64_C(1000000000)

enum { ACCESS_BITS = R_OK | W_OK | X_OK };

static struct timespec to_timespec(int64_t ns)
{
    int64_t seconds = ns / NS_PER_S - (ns % NS_PER_S < 0); /* nanoseconds count forward */

    return (struct timespec){.tv_sec = seconds, .tv_nsec = ns - seconds * NS_PER_S};
}

static nlink_t links_of(struct ob_kernel *kernel, const struct ob_node *node)
{
    nlink_t count = node->links;

    if (!S_ISDIR(node->mode) || count == 0)
        return count;
    OB_EACH(kernel, struct ob_link, item, &node->entries, link)
    {
        const struct ob_node *entry = ob_at(kernel, link->node);

        count += S_ISDIR(entry->mode);
    }
    return count + 1;
}

static void status_of(struct ob_kernel *kernel, const struct ob_node *node, struct stat *status)
{
    memset(status, 0, sizeof *status);
    status->st_dev = 1;
    status->st_ino = node->number;
    status->st_mode = node->mode;
    status->st_nlink = links_of(kernel, node);
    status->st_uid = node->user;
    status->st_gid = node->group;
    status->st_size = S_ISDIR(node->mode) ? 4096 : (off_t)node->size;
    status->st_blksize = 4096;
    status->st_blocks = (blkcnt_t)((node->size + 511) / 512);
    status->st_atim = to_timespec(node->accessed_ns);
    status->st_mtim = to_timespec(node->modified_ns);
    status->st_ctim = to_timespec(node->changed_ns);
    if (S_ISCHR(node->mode))
        status->st_rdev = 1 + node->device;
}

int ob_sys_stat(struct ob_kernel *kernel, const char *path, struct stat *status)
{
    struct ob_node *node;
    int error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);

    if (error == 0)
        status_of(kernel, node, status);
    return error;
}

int ob_sys_lstat(struct ob_kernel *kernel, const char *path, struct stat *status)
{
    struct ob_node *node;
    int error = ob_tree_find(kernel, path, OB_FOLLOWS_SLASH, &node);

    if (error == 0)
        status_of(kernel, node, status);
    return error;
}

int ob_sys_fstat(struct ob_kernel *kernel, int fd, struct stat *status)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    switch (file->kind) {
    case OB_FILE_REGULAR:
    case OB_FILE_FOLDER:
    case OB_FILE_DEVICE:
        status_of(kernel, ob_at(kernel, file->object), status);
        return 0;
    case OB_FILE_TCP:
    case OB_FILE_UDP:
    case OB_FILE_UNIX_STREAM:
    case OB_FILE_UNIX_PACKETS:
        *status = (struct stat){.st_mode = S_IFSOCK | 0777};
        break;
    case OB_FILE_PIPE_READER:
    case OB_FILE_PIPE_WRITER:
    case OB_FILE_INPUT:
    case OB_FILE_OUTPUT:
        *status = (struct stat){.st_mode = S_IFIFO | 0600};
        break;
    default:
        *status = (struct stat){.st_mode = 0600};
        break;
    }
    status->st_ino = file->id;
    status->st_uid = status->st_gid = kernel->owner;
    status->st_nlink = 1;
    status->st_blksize = 4096;
    return 0;
}

int ob_sys_access(struct ob_kernel *kernel, const char *path, int mode)
{
    struct ob_node *node;

    if ((mode & ~ACCESS_BITS) != 0)
        return -EINVAL;

    int error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);

    if (error != 0)
        return error;
    return (mode & X_OK) != 0 && !S_ISDIR(node->mode) && (node->mode & 0111) == 0 ? -EACCES : 0;
}

static int walk(struct ob_kernel *kernel, const char *path, struct ob_place *place)
{
    return ob_tree_walk(kernel, ob_at(kernel, kernel->folder), path, OB_FOLLOWS_NOTHING, place);
}

int ob_sys_mkdir(struct ob_kernel *kernel, const char *path, mode_t mode)
{
    struct ob_place place;
    int error = walk(kernel, path, &place);

    if (error != 0)
        return error;
    if (place.node != NULL)
        return -EEXIST;
    if (place.folder->links == 0)
        return -ENOENT;
    return ob_tree_make(kernel, &place, S_IFDIR | (mode & OB_MODE_BITS)) ? 0 : -ENOSPC;
}

int ob_sys_rmdir(struct ob_kernel *kernel, const char *path)
{
    struct ob_place place;
    int error = walk(kernel, path, &place);

    if (error != 0)
        return error;
    if (place.node == NULL)
        return -ENOENT;
    if (place.folder == NULL)
        return -EBUSY;
    if (place.is_dots)
        return place.length == 1 ? -EINVAL : -ENOTEMPTY;
    if (!S_ISDIR(place.node->mode))
        return -ENOTDIR;
    if (place.node->entries.count > 0)
        return -ENOTEMPTY;
    ob_tree_unlink(kernel, place.folder, place.link);
    return 0;
}

int ob_sys_unlink(struct ob_kernel *kernel, const char *path)
{
    struct ob_place place;
    int error = walk(kernel, path, &place);

    if (error != 0)
        return error;
    if (place.node == NULL)
        return -ENOENT;
    if (place.is_dots || S_ISDIR(place.node->mode))
        return -EISDIR;
    if (place.demands_folder)
        return -ENOTDIR;
    ob_tree_unlink(kernel, place.folder, place.link);
    return 0;
}

/* Is `folder` the node or within it? */
static bool is_within(const struct ob_kernel *kernel, const struct ob_node *folder,
                      const struct ob_node *node)
{
    while (folder != NULL && folder != node)
        folder = ob_at(kernel, folder->parent);
    return folder == node;
}

static int check_rename(struct ob_kernel *kernel, const struct ob_place *from,
                        const struct ob_place *to)
{
    if (from->is_dots || to->is_dots)
        return -EBUSY;
    if (from->node == NULL)
        return -ENOENT;
    if (!S_ISDIR(from->node->mode) && (from->demands_folder || to->demands_folder))
        return -ENOTDIR;
    if (to->folder->links == 0)
        return -ENOENT;
    if (S_ISDIR(from->node->mode) && is_within(kernel, to->folder, from->node))
        return -EINVAL;
    if (to->node == NULL || to->node == from->node)
        return 0;
    if (is_within(kernel, from->folder, to->node))
        return -ENOTEMPTY;
    if (S_ISDIR(from->node->mode) && !S_ISDIR(to->node->mode))
        return -ENOTDIR;
    if (!S_ISDIR(from->node->mode) && S_ISDIR(to->node->mode))
        return -EISDIR;
    return to->node->entries.count > 0 ? -ENOTEMPTY : 0;
}

int ob_sys_rename(struct ob_kernel *kernel, const char *from, const char *to)
{
    struct ob_place source, target;
    int error = walk(kernel, from, &source);

    if (error == 0)
        error = walk(kernel, to, &target);
    if (error == 0)
        error = check_rename(kernel, &source, &target);
    if (error != 0 || source.node == target.node)
        return error;

    if (!ob_tree_link(kernel, target.folder, target.name, target.length, source.node))
        return -ENOSPC;
    if (target.link != NULL)
        ob_tree_unlink(kernel, target.folder, target.link);
    ob_tree_unlink(kernel, source.folder, source.link);
    if (S_ISDIR(source.node->mode))
        source.node->parent = ob_ref(kernel, target.folder);
    return 0;
}

int ob_sys_link(struct ob_kernel *kernel, const char *from, const char *to)
{
    struct ob_place target;
    struct ob_node *node;
    int error = ob_tree_find(kernel, from, OB_FOLLOWS_SLASH, &node);

    if (error == 0)
        error = walk(kernel, to, &target);
    if (error != 0)
        return error;
    if (target.node != NULL)
        return -EEXIST;
    if (target.demands_folder)
        return -ENOENT;
    if (S_ISDIR(node->mode))
        return -EPERM;
    if (target.folder->links == 0)
        return -ENOENT;
    return ob_tree_link(kernel, target.folder, target.name, target.length, node) ? 0 : -ENOSPC;
}

int ob_sys_symlink(struct ob_kernel *kernel, const char *text, const char *path)
{
    struct ob_place place;
    size_t size = strnlen(text, OB_PATH_MAX);
    int error = size == 0 ? -ENOENT : size == OB_PATH_MAX ? -ENAMETOOLONG : 0;

    if (error == 0)
        error = walk(kernel, path, &place);
    if (error != 0)
        return error;
    if (place.node != NULL)
        return -EEXIST;
    if (place.demands_folder || place.folder->links == 0)
        return -ENOENT;

    char *copy = ob_region_take_raw(kernel, size);
    struct ob_node *node = copy ? ob_tree_make(kernel, &place, S_IFLNK | 0777) : NULL;

    if (node == NULL) {
        ob_region_give(kernel, copy, size);
        return -ENOSPC;
    }
    memcpy(copy, text, size);
    node->text = ob_ref(kernel, copy);
    node->size = size;
    return 0;
}

ssize_t ob_sys_readlink(struct ob_kernel *kernel, const char *path, char *text, size_t size)
{
    struct ob_node *node;
    int error = size == 0 ? -EINVAL : ob_tree_find(kernel, path, OB_FOLLOWS_SLASH, &node);

    if (error != 0)
        return error;
    if (!S_ISLNK(node->mode))
        return -EINVAL;
    size = size < node->size ? size : (size_t)node->size;
    memcpy(text, ob_at(kernel, node->text), size);
    return (ssize_t)size;
}
