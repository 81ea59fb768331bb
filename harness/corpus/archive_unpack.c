#include "base/file.h"
#include "corpus/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_BYTES_MAX = 32,
    COMPARE_BYTES = 16 * 1024,
};

struct unpacking {
    const char *path; /* of the directory */
    int directory;    /* -1 until the first input shows that there is something to unpack */
    size_t count;
};

static int open_directory(struct unpacking *unpacking, struct ob_error *error)
{
    if (unpacking->directory >= 0)
        return 0;
    if (mkdir(unpacking->path, 0777) != 0 && errno != EEXIST)
        return ob_error_set(error, "%s: cannot be created: %s", unpacking->path, strerror(errno));
    unpacking->directory = open(unpacking->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (unpacking->directory < 0) {
        return ob_error_set(error, "%s: cannot be opened as a directory: %s", unpacking->path,
                            strerror(errno));
    }
    return 0;
}

/* Whether the open file holds exactly the given bytes. */
static bool holds(int fd, const uint8_t *data, size_t size)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
        (uintmax_t)status.st_size != size)
        return false;
    uint8_t chunk[COMPARE_BYTES];
    size_t compared = 0;
    while (compared < size) {
        const size_t left = size - compared;
        const ssize_t got =
            pread(fd, chunk, left < sizeof chunk ? left : sizeof chunk, (off_t)compared);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || memcmp(chunk, data + compared, (size_t)got) != 0)
            return false;
        compared += (size_t)got;
    }
    return true;
}

/*
 * Returns 1 if the file is there with this content, 0 if nothing has the name, or -1 with `error`
 * set. A link is not followed, and a pipe in place of the file must not make the open wait.
 */
static int find_existing(const struct unpacking *unpacking, const char *name,
                         const struct ob_archive_entry *entry, struct ob_error *error)
{
    const int fd =
        openat(unpacking->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0) {
        return ob_error_set(error, "%s/%s: is in the way: %s", unpacking->path, name,
                            errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    }
    const bool same = holds(fd, entry->data, entry->size);
    (void)close(fd);
    if (!same) {
        return ob_error_set(error,
                            "%s/%s: exists with another content; unpack into an empty directory",
                            unpacking->path, name);
    }
    return 1;
}

static int unpack_one(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct unpacking *unpacking = context;
    if (open_directory(unpacking, error) != 0)
        return -1;
    char name[NAME_BYTES_MAX];
    (void)snprintf(name, sizeof name, "%06zu", unpacking->count);
    const int existing = find_existing(unpacking, name, entry, error);
    if (existing < 0)
        return -1;
    if (existing == 0) {
        struct ob_file_writer writer;
        if (ob_file_writer_begin_at(&writer, unpacking->directory, unpacking->path, name, error) !=
            0)
            return -1;
        if (ob_file_writer_write(&writer, entry->data, entry->size, error) != 0) {
            ob_file_writer_cancel(&writer);
            return -1;
        }
        if (ob_file_writer_commit(&writer, error) != 0)
            return -1;
    }
    unpacking->count++;
    return 0;
}

int ob_archive_unpack(const char *archive_path, const char *directory, size_t *unpacked,
                      struct ob_archive_damage *damage, struct ob_error *error)
{
    struct unpacking unpacking = {directory, -1, 0};
    int result = ob_archive_each(archive_path, unpack_one, &unpacking, damage, error);
    /* An archive of nothing still gives a directory; a file that is no archive does not. */
    if (result == OB_ARCHIVE_WHOLE && open_directory(&unpacking, error) != 0)
        result = -1;
    if (unpacking.directory >= 0)
        (void)close(unpacking.directory);
    if (unpacked)
        *unpacked = unpacking.count;
    return result;
}
