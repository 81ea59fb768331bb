#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/transfer.h"

#define TEMPORARY_NAME ".ob-%016llx.tmp"

enum {
    FIRST_READ_BYTES = 64 * 1024, /* for a pipe, whose size cannot be asked */
    TEMPORARY_NAME_ATTEMPTS_MAX = 64,
};

static bool is_standard_stream(const char *path)
{
    return strcmp(path, "-") == 0;
}

/*
 * Reads until the end or until the buffer holds one byte more than is allowed, which is how an
 * overlong file is told from one that fits exactly.
 */
static int read_to_end(int fd, size_t capacity, size_t bytes_max, uint8_t **data, size_t *size)
{
    uint8_t *buffer = malloc(capacity);
    size_t filled = 0;
    if (!buffer)
        return -1;
    while (filled <= bytes_max) {
        if (filled == capacity) {
            const size_t wanted = capacity > bytes_max / 2 ? bytes_max + 1 : capacity * 2;
            uint8_t *larger = realloc(buffer, wanted);
            if (!larger) {
                free(buffer);
                return -1;
            }
            buffer = larger;
            capacity = wanted;
        }
        const ssize_t got = read(fd, buffer + filled, capacity - filled);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR) {
            const int saved = errno;
            free(buffer);
            errno = saved;
            return -1;
        }
        filled += got > 0 ? (size_t)got : 0;
    }
    *data = buffer;
    *size = filled;
    return 0;
}

static int read_open_file(int fd, const char *shown, size_t bytes_max, uint8_t **data, size_t *size,
                          struct ob_error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return ob_error_set(error, "%s: cannot be read: %s", shown, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return ob_error_set(error, "%s: is a directory; name a file", shown);
    size_t capacity = FIRST_READ_BYTES;
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
        /* One byte of room beyond the end lets the last read see the end without growing. */
        capacity =
            (uintmax_t)status.st_size < bytes_max ? (size_t)status.st_size + 1 : bytes_max + 1;
    } else if (capacity > bytes_max) {
        capacity = bytes_max + 1;
    }
    if (read_to_end(fd, capacity, bytes_max, data, size) != 0)
        return ob_error_set(error, "%s: cannot be read: %s", shown, strerror(errno));
    if (*size > bytes_max) {
        free(*data);
        *data = NULL;
        *size = 0;
        return ob_error_set(error, "%s: is larger than the limit of %zu bytes", shown, bytes_max);
    }
    return 0;
}

int ob_file_read(const char *path, size_t bytes_max, uint8_t **data, size_t *size,
                 struct ob_error *error)
{
    *data = NULL;
    *size = 0;
    if (bytes_max > SIZE_MAX / 2)
        bytes_max = SIZE_MAX / 2;
    if (is_standard_stream(path))
        return read_open_file(STDIN_FILENO, "standard input", bytes_max, data, size, error);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ob_error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
    const int result = read_open_file(fd, path, bytes_max, data, size, error);
    (void)close(fd);
    return result;
}

/* Closes what is open and leaves the writer in the state in which cancel does nothing. */
static void writer_release(struct ob_file_writer *writer)
{
    if (writer->fd >= 0 && writer->fd != STDOUT_FILENO)
        (void)close(writer->fd);
    if (writer->owns_directory && writer->directory >= 0)
        (void)close(writer->directory);
    writer->fd = -1;
    writer->directory = -1;
    writer->temporary_name[0] = '\0';
}

static bool is_temporary(const char *name)
{
    unsigned long long bits = 0;
    char made[sizeof((struct ob_file_writer *)NULL)->temporary_name];
    if (sscanf(name, TEMPORARY_NAME, &bits) != 1)
        return false;
    (void)snprintf(made, sizeof made, TEMPORARY_NAME, bits);
    return strcmp(name, made) == 0;
}

void ob_file_sweep(const char *directory)
{
    DIR *folder = opendir(directory);
    if (!folder)
        return;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (is_temporary(entry->d_name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    (void)closedir(folder);
}

/*
 * Creates the temporary file. open(2) rather than mkstemp(3), because it lets the kernel apply the
 * umask: asking for the umask means changing it for every thread of the process.
 */
static int create_temporary(struct ob_file_writer *writer, struct ob_error *error)
{
    for (int attempt = 0; attempt < TEMPORARY_NAME_ATTEMPTS_MAX; attempt++) {
        uint64_t random_bits = 0;
        if (getrandom(&random_bits, sizeof random_bits, 0) != (ssize_t)sizeof random_bits)
            continue;
        (void)snprintf(writer->temporary_name, sizeof writer->temporary_name, TEMPORARY_NAME,
                       (unsigned long long)random_bits);
        writer->fd = openat(writer->directory, writer->temporary_name,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (writer->fd >= 0)
            return 0;
        if (errno != EEXIST && errno != EINTR)
            break;
    }
    const int reason = errno;
    writer->temporary_name[0] = '\0';
    return ob_error_set(error, "%s: cannot create a file beside it: %s", writer->path,
                        strerror(reason));
}

/* Splits the path and opens the directory in which the rename will happen. */
static int open_parent(struct ob_file_writer *writer, struct ob_error *error)
{
    const char *slash = strrchr(writer->path, '/');
    writer->name_at = slash ? (size_t)(slash - writer->path) + 1 : 0;
    const char *name = writer->path + writer->name_at;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return ob_error_set(error, "%s: names a directory; name a file", writer->path);
    char parent[PATH_MAX] = ".";
    if (writer->name_at > 0) {
        memcpy(parent, writer->path, writer->name_at);
        parent[writer->name_at] = '\0';
    }
    writer->directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writer->directory < 0) {
        return ob_error_set(error, "%s: cannot open its directory: %s", writer->path,
                            strerror(errno));
    }
    writer->owns_directory = true;
    return 0;
}

/*
 * Opens a pipe or a device to write to it as it is. A path that leads to the file standard output
 * goes to, as /dev/stdout does, must share its position or one would write over the other.
 */
static int begin_in_place(struct ob_file_writer *writer, bool is_output, struct ob_error *error)
{
    if (is_output) {
        (void)fflush(stdout);
        writer->fd = STDOUT_FILENO;
        return 0;
    }
    writer->fd = open(writer->path, O_WRONLY | O_CLOEXEC);
    if (writer->fd < 0)
        return ob_error_set(error, "%s: cannot be opened: %s", writer->path, strerror(errno));
    return 0;
}

static bool is_standard_output(const struct stat *status)
{
    struct stat output;
    return fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == status->st_dev &&
           output.st_ino == status->st_ino;
}

static void writer_init(struct ob_file_writer *writer)
{
    memset(writer, 0, sizeof *writer);
    writer->fd = -1;
    writer->directory = -1;
}

/* Creates the temporary file beside `writer->path`, with the permissions of what is there now. */
static int begin_replacement(struct ob_file_writer *writer, const struct stat *existing,
                             struct ob_error *error)
{
    int result = open_parent(writer, error);
    if (result == 0)
        result = create_temporary(writer, error);
    if (result == 0 && existing && fchmod(writer->fd, existing->st_mode & 0777) != 0) {
        result = ob_error_set(error, "%s: cannot keep its permissions: %s", writer->path,
                              strerror(errno));
    }
    if (result != 0)
        ob_file_writer_cancel(writer);
    return result;
}

int ob_file_writer_begin(struct ob_file_writer *writer, const char *path, struct ob_error *error)
{
    writer_init(writer);
    writer->is_durable = true;
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof writer->path) {
        return ob_error_set(error, "%.60s: is not a usable path: it is %s", path,
                            length ? "too long" : "empty");
    }
    if (is_standard_stream(path)) {
        memcpy(writer->path, "standard output", sizeof "standard output");
        return begin_in_place(writer, true, error);
    }
    memcpy(writer->path, path, length + 1);
    struct stat existing;
    if (stat(path, &existing) != 0) {
        if (errno != ENOENT)
            return ob_error_set(error, "%s: cannot be written: %s", path, strerror(errno));
        return begin_replacement(writer, NULL, error);
    }
    if (S_ISDIR(existing.st_mode))
        return ob_error_set(error, "%s: is a directory; name a file", path);
    if (!S_ISREG(existing.st_mode) || is_standard_output(&existing))
        return begin_in_place(writer, is_standard_output(&existing), error);
    /* A rename needs no permission on the file itself; a file set read-only is meant to stay. */
    if (access(path, W_OK) != 0 || !realpath(path, writer->path))
        return ob_error_set(error, "%s: cannot be replaced: %s", path, strerror(errno));
    return begin_replacement(writer, &existing, error);
}

int ob_file_writer_begin_at(struct ob_file_writer *writer, int directory,
                            const char *directory_path, const char *name, struct ob_error *error)
{
    writer_init(writer);
    const int length = snprintf(writer->path, sizeof writer->path, "%s/%s", directory_path, name);
    if (length < 0 || (size_t)length >= sizeof writer->path || *name == '\0' || strchr(name, '/'))
        return ob_error_set(error, "%s: cannot hold a file named %.60s", directory_path, name);
    writer->directory = directory;
    writer->name_at = (size_t)length - strlen(name);
    if (create_temporary(writer, error) != 0) {
        writer_release(writer);
        return -1;
    }
    return 0;
}

int ob_file_writer_write(struct ob_file_writer *writer, const void *data, size_t size,
                         struct ob_error *error)
{
    if (ob_write_all(writer->fd, data, size))
        return ob_error_set(error, "%s: cannot be written: %s", writer->path, strerror(errno));
    return 0;
}

/* Some file systems cannot flush a directory or a file and say so; that is no failure of ours. */
static int flush(int fd)
{
    if (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS)
        return 0;
    return -1;
}

/* Gives the finished file its name. */
static int publish(struct ob_file_writer *writer, struct ob_error *error)
{
    if (writer->is_durable && flush(writer->fd) != 0) {
        return ob_error_set(error, "%s: cannot be flushed to the disk: %s", writer->path,
                            strerror(errno));
    }
    const int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0)
        return ob_error_set(error, "%s: cannot be written: %s", writer->path, strerror(errno));
    if (renameat(writer->directory, writer->temporary_name, writer->directory,
                 writer->path + writer->name_at) != 0)
        return ob_error_set(error, "%s: cannot be replaced: %s", writer->path, strerror(errno));
    writer->temporary_name[0] = '\0';
    if (writer->is_durable && flush(writer->directory) != 0) {
        return ob_error_set(error, "%s: is replaced, but might not outlast a power cut: %s",
                            writer->path, strerror(errno));
    }
    return 0;
}

int ob_file_writer_commit(struct ob_file_writer *writer, struct ob_error *error)
{
    int result = 0;
    if (writer->temporary_name[0] != '\0') {
        result = publish(writer, error);
    } else if (writer->fd >= 0 && writer->fd != STDOUT_FILENO) {
        const int fd = writer->fd;
        writer->fd = -1;
        if (close(fd) != 0) {
            result =
                ob_error_set(error, "%s: cannot be written: %s", writer->path, strerror(errno));
        }
    }
    ob_file_writer_cancel(writer);
    return result;
}

void ob_file_writer_cancel(struct ob_file_writer *writer)
{
    if (writer->temporary_name[0] != '\0')
        (void)unlinkat(writer->directory, writer->temporary_name, 0);
    writer_release(writer);
}

int ob_file_replace(const char *path, const void *data, size_t size, struct ob_error *error)
{
    struct ob_file_writer writer;
    if (ob_file_writer_begin(&writer, path, error) != 0)
        return -1;
    if (ob_file_writer_write(&writer, data, size, error) != 0) {
        ob_file_writer_cancel(&writer);
        return -1;
    }
    return ob_file_writer_commit(&writer, error);
}
