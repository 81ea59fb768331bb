#include "corpus/gather.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_DEPTH_MAX = 32 };

/*
 * A walk through a directory. `path` is that of the directory on top of the stack, and each level
 * remembers how long it was, so that going up is cutting it.
 */
struct walk {
    char path[PATH_MAX];
    size_t length;
    struct {
        DIR *stream;
        size_t parent_length;
        bool is_afl; /* what an instance of AFL++ leaves: only its queue counts */
    } levels[DIRECTORY_DEPTH_MAX];
    size_t depth;
};

static int gather_file(const struct ob_gathering *gathering, const char *path,
                       struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;
    struct ob_error reason = {""};
    if (ob_file_read(path, OB_INPUT_BYTES_MAX, &data, &size, error) != 0) {
        return -1;
    }
    const struct ob_archive_entry entry = {path, data, size};
    const int result = gathering->visit(gathering->context, &entry, &reason);
    free(data);
    return result == 0
               ? 0
               : ob_error_set(error, "%s: cannot be added: %s",
                              strcmp(path, "-") == 0 ? "standard input" : path, reason.text);
}

/* Appends a name to the path. Returns -1 with `error` set if it does not fit. */
static int path_push(struct walk *walk, const char *name, struct ob_error *error)
{
    const size_t length = strlen(name);
    const size_t separator = walk->length > 0 ? 1 : 0;
    if (length + separator >= sizeof walk->path - walk->length) {
        return ob_error_set(error, "%.60s: has a path that is too long", name);
    }
    if (separator) {
        walk->path[walk->length] = '/';
    }
    memcpy(walk->path + walk->length + separator, name, length + 1);
    walk->length += separator + length;
    return 0;
}

static void path_cut(struct walk *walk, size_t length)
{
    walk->length = length;
    walk->path[length] = '\0';
}

static bool has_entry(DIR *stream, const char *name)
{
    return faccessat(dirfd(stream), name, F_OK, 0) == 0;
}

/* Opens the directory the path names and puts it on top of the stack. */
static int enter(struct walk *walk, size_t parent_length, struct ob_error *error)
{
    if (walk->depth == DIRECTORY_DEPTH_MAX) {
        return ob_error_set(error, "%s: is more than %d directories deep", walk->path,
                            DIRECTORY_DEPTH_MAX);
    }
    DIR *stream = opendir(walk->path);
    if (!stream) {
        return ob_error_set(error, "%s: cannot be opened: %s", walk->path, strerror(errno));
    }
    walk->levels[walk->depth].stream = stream;
    walk->levels[walk->depth].parent_length = parent_length;
    walk->levels[walk->depth].is_afl =
        has_entry(stream, "queue") &&
        (has_entry(stream, "fuzzer_setup") || has_entry(stream, "fuzzer_stats"));
    walk->depth++;
    return 0;
}

static void leave(struct walk *walk)
{
    walk->depth--;
    (void)closedir(walk->levels[walk->depth].stream);
    path_cut(walk, walk->levels[walk->depth].parent_length);
}

static bool is_passed_over(const struct walk *walk, const char *name)
{
    return name[0] == '.' || strcmp(name, "README.txt") == 0 ||
           (walk->levels[walk->depth - 1].is_afl && strcmp(name, "queue") != 0);
}

/* Takes up one name of the directory on top: an input, or a directory to enter. */
static int take_up(struct walk *walk, const char *name, const struct ob_gathering *gathering,
                   struct ob_error *error)
{
    const size_t parent_length = walk->length;
    struct stat status;
    int result = 0;
    if (is_passed_over(walk, name)) {
        return 0;
    }
    if (path_push(walk, name, error) != 0) {
        return -1;
    }
    if (lstat(walk->path, &status) != 0) {
        /* An engine that still runs removes what it no longer needs. */
        result = errno == ENOENT
                     ? 0
                     : ob_error_set(error, "%s: cannot be read: %s", walk->path, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        return enter(walk, parent_length, error);
    } else if (S_ISREG(status.st_mode)) {
        result = gather_file(gathering, walk->path, error);
        if (result != 0 && access(walk->path, F_OK) != 0 && errno == ENOENT) {
            result = 0;
        }
    }
    path_cut(walk, parent_length);
    return result;
}

static int gather_directory(const struct ob_gathering *gathering, const char *path,
                            struct ob_error *error)
{
    struct walk walk = {.length = 0, .depth = 0};
    int result = path_push(&walk, path, error);
    if (result == 0) {
        result = enter(&walk, 0, error);
    }
    while (result == 0 && walk.depth > 0) {
        errno = 0;
        const struct dirent *found = readdir(walk.levels[walk.depth - 1].stream);
        if (found) {
            result = take_up(&walk, found->d_name, gathering, error);
        } else if (errno != 0) {
            result = ob_error_set(error, "%s: cannot be listed: %s", walk.path, strerror(errno));
        } else {
            leave(&walk);
        }
    }
    while (walk.depth > 0) {
        leave(&walk);
    }
    return result;
}

bool ob_gather_is_archive(const char *path)
{
    static const char *const endings[] = {".tar", ".tar.zst", ".tzst", ".tar.gz",
                                          ".tgz", ".tar.bz2", ".tbz2", ".zip"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(path + length - ending, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int gather_archive(const struct ob_gathering *gathering, const char *path,
                          struct ob_error *error)
{
    struct ob_archive_damage damage;
    const int result = ob_archive_each(path, gathering->visit, gathering->context, &damage, error);
    if (result == OB_ARCHIVE_DAMAGED && gathering->damaged) {
        gathering->damaged(gathering->context, path, &damage);
    }
    return result < 0 ? -1 : 0;
}

int ob_gather(const char *path, const struct ob_gathering *gathering, struct ob_error *error)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        return gather_directory(gathering, path, error);
    }
    return ob_gather_is_archive(path) ? gather_archive(gathering, path, error)
                                      : gather_file(gathering, path, error);
}
