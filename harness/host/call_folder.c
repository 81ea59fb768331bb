/* Folders: opendir(3) and what goes with it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "host/call.h"
#include "host/stream.h"

/* What DIR is in a program. */
struct folder {
    int fd;
    struct dirent entry;
};

static struct folder *folder_of(DIR *stream)
{
    return (struct folder *)(void *)stream;
}

DIR *ob_c_fdopendir(int fd)
{
    struct folder *folder = ob_c_malloc(sizeof *folder);
    if (folder == NULL)
        return NULL;
    memset(folder, 0, sizeof *folder);
    folder->fd = fd;
    return (DIR *)(void *)folder;
}

DIR *ob_c_opendir(const char *path)
{
    int fd = ob_c_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? ob_c_fdopendir(fd) : NULL;
    if (fd >= 0 && stream == NULL)
        (void)ob_c_close(fd);
    return stream;
}

int ob_c_dirfd(DIR *stream)
{
    return folder_of(stream)->fd;
}

int ob_c_closedir(DIR *stream)
{
    struct folder *folder = folder_of(stream);
    int result = ob_c_close(folder->fd);
    ob_c_free(folder);
    return result;
}

/* The entry lies in the folder's memory until the next one is read. */
struct dirent *ob_c_readdir(DIR *stream)
{
    struct folder *folder = folder_of(stream);
    struct ob_entry found;
    if (OB_CALL("readdir", ob_sys_readdir(kernel, folder->fd, &found)) != 1)
        return NULL;
    folder->entry.d_ino = found.inode;
    folder->entry.d_type = found.type;
    folder->entry.d_reclen = sizeof folder->entry;
    folder->entry.d_off++;
    memcpy(folder->entry.d_name, found.name, sizeof found.name);
    return &folder->entry;
}

void ob_c_rewinddir(DIR *stream)
{
    (void)ob_c_lseek(folder_of(stream)->fd, 0, SEEK_SET);
}

/* -- all entries of a folder at once: scandir(3) -- */

typedef int folder_filter(const struct dirent *entry);
typedef int folder_order(const struct dirent **a, const struct dirent **b);

static void free_entries(struct dirent **entries, size_t count)
{
    while (count > 0)
        ob_c_free(entries[--count]);
    ob_c_free(entries);
}

/* Appends a copy; false where memory is short. */
static bool keep_entry(struct dirent ***entries, size_t count, const struct dirent *entry)
{
    if ((count & (count - 1)) == 0) { /* full: twice as many fit */
        struct dirent **more =
            ob_c_realloc(*entries, (count ? 2 * count : 1) * sizeof(struct dirent *));
        if (!more)
            return false;
        *entries = more;
    }
    struct dirent *copy = ob_c_malloc(sizeof *copy);
    if (!copy)
        return false;
    (*entries)[count] = memcpy(copy, entry, sizeof *copy);
    return true;
}

int ob_c_scandir(const char *path, struct dirent ***result, folder_filter *filter,
                 folder_order *order)
{
    struct dirent **entries = NULL;
    const struct dirent *entry;
    size_t count = 0;
    bool has_room = true;
    DIR *stream = ob_c_opendir(path);
    if (!stream)
        return -1;
    while (has_room && (entry = ob_c_readdir(stream)) != NULL)
        if (!filter || filter(entry))
            has_room = keep_entry(&entries, count, entry) && ++count;
    (void)ob_c_closedir(stream);
    if (!has_room) {
        free_entries(entries, count);
        errno = ENOMEM;
        return -1;
    }
    if (order && count > 1)
        qsort(entries, count, sizeof *entries, (int (*)(const void *, const void *))(void *)order);
    *result = entries;
    return (int)count;
}
