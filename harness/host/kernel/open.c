/* open(2), and files that are put there. */
#include <dirent.h>
#include <string.h>

#include "host/kernel/file.h"
#include "host/kernel/regular.h"
#include "host/kernel/tree.h"

/* O_TMPFILE has the bit of O_DIRECTORY besides its own. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

static int check(const struct ob_place *place, int flags)
{
    const struct ob_node *node = place->node;
    bool creates = (flags & O_CREAT) != 0;
    bool writes = (flags & O_ACCMODE) != O_RDONLY && (flags & TMPFILE_BIT) == 0;

    if (creates && (place->demands_folder || (place->is_dots && node != NULL))) {
        if (node != NULL && (flags & O_EXCL) != 0 && !place->demands_folder)
            return -EEXIST;
        return -EISDIR;
    }
    if (node == NULL)
        return creates ? 0 : -ENOENT;
    if (creates && (flags & O_EXCL) != 0)
        return -EEXIST;
    if (place->demands_folder && !S_ISDIR(node->mode))
        return -ENOTDIR;
    if (S_ISLNK(node->mode))
        return (flags & O_DIRECTORY) != 0 ? -ENOTDIR : -ELOOP;
    if (S_ISDIR(node->mode))
        return creates || writes ? -EISDIR : 0;
    if ((flags & O_DIRECTORY) != 0)
        return -ENOTDIR;
    return S_ISSOCK(node->mode) ? -ENXIO : 0;
}

static int open_node(struct ob_kernel *kernel, struct ob_node *node, int flags)
{
    enum ob_file_kind kind = S_ISDIR(node->mode)   ? OB_FILE_FOLDER
                             : S_ISCHR(node->mode) ? OB_FILE_DEVICE
                                                   : OB_FILE_REGULAR;
    int fd = ob_file_open(kernel, kind, flags, ob_ref(kernel, node));

    if (fd < 0)
        return fd;
    ob_node_hold(node);
    if ((flags & O_TRUNC) != 0 && kind == OB_FILE_REGULAR) {
        if (node->size > 0)
            ob_content_resize(kernel, node, 0);
        ob_node_changed(kernel, node);
    }
    return fd;
}

/* A file that no folder has, and that goes with its descriptor. */
static int open_nameless(struct ob_kernel *kernel, int flags, mode_t mode)
{
    struct ob_node *node = ob_node_make(kernel, S_IFREG | (mode & OB_MODE_BITS));

    if (node == NULL)
        return -ENOSPC;
    ob_node_hold(node);

    int fd = open_node(kernel, node, flags & ~O_TMPFILE);

    ob_node_drop(kernel, node);
    return fd;
}

static int open_from(struct ob_kernel *kernel, struct ob_node *start, const char *path, int flags,
                     mode_t mode)
{
    struct ob_place place;
    bool creates = (flags & O_CREAT) != 0;
    bool stays = (flags & O_NOFOLLOW) != 0 || (creates && (flags & O_EXCL) != 0);
    enum ob_follows follows = creates ? (stays ? OB_FOLLOWS_NOTHING : OB_FOLLOWS_PLAIN)
                                      : (stays ? OB_FOLLOWS_SLASH : OB_FOLLOWS_ALL);

    if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
        return -EINVAL;

    int error = ob_tree_walk(kernel, start, path, follows, &place);

    if (error == 0)
        error = check(&place, flags);
    if (error != 0)
        return error;
    if ((flags & TMPFILE_BIT) != 0)
        return open_nameless(kernel, flags, mode);
    if (place.node != NULL)
        return open_node(kernel, place.node, flags);
    if (place.folder->links == 0)
        return -ENOENT;

    struct ob_node *node = ob_tree_make(kernel, &place, S_IFREG | (mode & OB_MODE_BITS));

    return node != NULL ? open_node(kernel, node, flags) : -ENOSPC;
}

int ob_sys_open(struct ob_kernel *kernel, const char *path, int flags, mode_t mode)
{
    return open_from(kernel, ob_at(kernel, kernel->folder), path, flags, mode);
}

int ob_sys_openat(struct ob_kernel *kernel, int folder, const char *path, int flags, mode_t mode)
{
    const struct ob_file *file = ob_file_of(kernel, folder);

    if (folder == AT_FDCWD || path[0] == '/')
        return ob_sys_open(kernel, path, flags, mode);
    if (file == NULL)
        return -EBADF;
    if (file->kind != OB_FILE_FOLDER)
        return -ENOTDIR;
    return open_from(kernel, ob_at(kernel, file->object), path, flags, mode);
}

int ob_kernel_put_file(struct ob_kernel *kernel, const char *path, const void *bytes, size_t size,
                       mode_t mode)
{
    struct ob_node *node;

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        char folder[OB_PATH_MAX];
        size_t length = (size_t)(slash - path);

        if (length >= sizeof folder)
            return -ENAMETOOLONG;
        memcpy(folder, path, length);
        folder[length] = '\0';

        int error = ob_sys_mkdir(kernel, folder, 0755);

        if (error != 0 && error != -EEXIST)
            return error;
    }

    int fd = ob_sys_open(kernel, path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    if (fd < 0)
        return fd;
    node = ob_at(kernel, ob_file_of(kernel, fd)->object);
    node->mode = S_IFREG | (mode & OB_MODE_BITS);

    ssize_t done = ob_content_write(kernel, node, bytes, size, 0);

    ob_descriptor_drop(kernel, fd);
    return done == (ssize_t)size ? 0 : -ENOSPC;
}

static unsigned char type_of(const struct ob_node *node)
{
    return (unsigned char)IFTODT(node->mode);
}

/* The offset is 0, 1 and 2 before ".", ".." and the first entry, and behind one its number and 2.
 */
int ob_sys_readdir(struct ob_kernel *kernel, int fd, struct ob_entry *entry)
{
    struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    if (file->kind != OB_FILE_FOLDER)
        return -ENOTDIR;

    struct ob_node *folder = ob_at(kernel, file->object);

    if (folder->links == 0)
        return 0; /* it was removed: readdir(3) says so */
    memset(entry, 0, sizeof *entry);
    if (file->offset < 2) {
        bool is_up = file->offset == 1;
        const struct ob_node *node =
            is_up && folder->parent ? ob_at(kernel, folder->parent) : folder;

        memcpy(entry->name, "..", is_up ? 2 : 1);
        entry->inode = node->number;
        entry->type = DT_DIR;
        file->offset++;
        return 1;
    }
    OB_EACH(kernel, struct ob_link, item, &folder->entries, link)
    {
        if (link->number + 2 <= file->offset)
            continue;

        const struct ob_node *node = ob_at(kernel, link->node);

        memcpy(entry->name, link->name, link->length);
        entry->inode = node->number;
        entry->type = type_of(node);
        file->offset = link->number + 2;
        return 1;
    }
    return 0;
}
