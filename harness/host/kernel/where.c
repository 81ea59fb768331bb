/* Where a process is, and where paths lead from there. */
#include <string.h>

#include "host/kernel/file.h"
#include "host/kernel/tree.h"

static void go_to(struct ob_kernel *kernel, struct ob_node *folder)
{
    struct ob_node *old = ob_at(kernel, kernel->folder);

    ob_node_hold(folder);
    kernel->folder = ob_ref(kernel, folder);
    ob_node_drop(kernel, old);
}

int ob_sys_chdir(struct ob_kernel *kernel, const char *path)
{
    struct ob_node *node;
    int error = ob_tree_find(kernel, path, OB_FOLLOWS_ALL, &node);

    if (error != 0)
        return error;
    if (!S_ISDIR(node->mode))
        return -ENOTDIR;
    go_to(kernel, node);
    return 0;
}

int ob_sys_fchdir(struct ob_kernel *kernel, int fd)
{
    const struct ob_file *file = ob_file_of(kernel, fd);

    if (file == NULL)
        return -EBADF;
    if (file->kind != OB_FILE_FOLDER)
        return -ENOTDIR;
    go_to(kernel, ob_at(kernel, file->object));
    return 0;
}

int ob_kernel_look_from(struct ob_kernel *kernel, int folder, const char *path, uint32_t *before)
{
    const struct ob_file *file = ob_file_of(kernel, folder);

    *before = kernel->folder;
    if (folder == AT_FDCWD || path[0] == '/')
        return 0;
    if (path[0] == '\0')
        return -ENOENT;
    if (file == NULL)
        return -EBADF;
    if (file->kind != OB_FILE_FOLDER)
        return -ENOTDIR;
    kernel->folder = file->object;
    return 0;
}

void ob_kernel_look_back(struct ob_kernel *kernel, uint32_t before)
{
    kernel->folder = before;
}

/* The name of a folder in its parent. */
static const struct ob_link *link_to(struct ob_kernel *kernel, const struct ob_node *folder)
{
    const struct ob_node *parent = ob_at(kernel, folder->parent);

    OB_EACH(kernel, struct ob_link, item, &parent->entries, link)
    {
        if (link->node == ob_ref(kernel, folder))
            return link;
    }
    return NULL;
}

/* Puts a name, with a slash before it, in front of what `text` has from `at` on. Returns where that
 * begins now, or 0 where there is no room. */
static size_t put_in_front(char text[OB_PATH_MAX], size_t at, const char *name, size_t length)
{
    if (length + 1 > at)
        return 0;
    at -= length;
    memcpy(text + at, name, length);
    text[--at] = '/';
    return at;
}

/* Puts the path of a folder in front of what `text` has from `at` on; the root has none. Returns
 * where it begins, or -errno. */
static ssize_t put_path(struct ob_kernel *kernel, const struct ob_node *folder,
                        char text[OB_PATH_MAX], size_t at)
{
    while (folder->parent != 0) {
        const struct ob_link *link = link_to(kernel, folder);

        assert(link != NULL);
        at = put_in_front(text, at, link->name, link->length);
        if (at == 0)
            return -ENAMETOOLONG;
        folder = ob_at(kernel, folder->parent);
    }
    return folder == ob_at(kernel, kernel->root) ? (ssize_t)at : -ENOENT;
}

/* The length with its end; -ERANGE where it does not fit. */
static ssize_t give_path(char text[OB_PATH_MAX], ssize_t at, char *path, size_t size)
{
    if (at < 0)
        return at;
    if (text[at] == '\0')
        text[--at] = '/';

    size_t length = OB_PATH_MAX - (size_t)at;

    if (length > size)
        return -ERANGE;
    memcpy(path, text + at, length);
    return (ssize_t)length;
}

ssize_t ob_sys_getcwd(struct ob_kernel *kernel, char *path, size_t size)
{
    char text[OB_PATH_MAX];

    text[OB_PATH_MAX - 1] = '\0';
    return give_path(text, put_path(kernel, ob_at(kernel, kernel->folder), text, OB_PATH_MAX - 1),
                     path, size);
}

ssize_t ob_sys_realpath(struct ob_kernel *kernel, const char *path, char *real, size_t size)
{
    struct ob_place place;
    char text[OB_PATH_MAX];
    size_t at = OB_PATH_MAX - 1;
    int error = ob_tree_walk(kernel, ob_at(kernel, kernel->folder), path, OB_FOLLOWS_ALL, &place);

    if (error != 0)
        return error;
    if (place.node == NULL)
        return -ENOENT;
    text[at] = '\0';
    if (S_ISDIR(place.node->mode))
        return give_path(text, put_path(kernel, place.node, text, at), real, size);
    if (place.demands_folder)
        return -ENOTDIR;
    at = put_in_front(text, at, place.name, place.length);
    return give_path(text, put_path(kernel, place.folder, text, at), real, size);
}
