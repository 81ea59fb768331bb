#include "base/file.h"
#include "corpus/archive.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    } levels[DIRECTORY_DEPTH_MAX];
    size_t depth;
};

static int add_file(struct ob_input_set *set, const char *path, struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;
    if (ob_file_read(path, OB_INPUT_BYTES_MAX, &data, &size, error) != 0) {
        return -1;
    }
    struct ob_error reason = {""};
    if (ob_input_set_take(set, data, size, &reason) != 0) {
        return ob_error_set(error, "%s: cannot be added: %s", path, reason.text);
    }
    return 0;
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
    walk->depth++;
    return 0;
}

static void leave(struct walk *walk)
{
    walk->depth--;
    (void)closedir(walk->levels[walk->depth].stream);
    path_cut(walk, walk->levels[walk->depth].parent_length);
}

/* Takes up one name of the directory on top: adds a file, or enters a directory. */
static int take_up(struct walk *walk, const char *name, struct ob_input_set *set,
                   struct ob_error *error)
{
    const size_t parent_length = walk->length;
    struct stat status;
    if (name[0] == '.' || strcmp(name, "README.txt") == 0) {
        return 0;
    }
    if (path_push(walk, name, error) != 0) {
        return -1;
    }
    if (lstat(walk->path, &status) != 0) {
        return ob_error_set(error, "%s: cannot be read: %s", walk->path, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return enter(walk, parent_length, error);
    }
    const int result = S_ISREG(status.st_mode) ? add_file(set, walk->path, error) : 0;
    path_cut(walk, parent_length);
    return result;
}

static int add_directory(struct ob_input_set *set, const char *path, struct ob_error *error)
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
            result = take_up(&walk, found->d_name, set, error);
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

int ob_archive_pack(const char *archive_path, const char *const *paths, size_t count,
                    size_t *packed, struct ob_error *error)
{
    struct ob_input_set set = {0};
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct stat status;
        const bool is_directory = stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode);
        result =
            is_directory ? add_directory(&set, paths[i], error) : add_file(&set, paths[i], error);
    }
    if (result == 0 && set.count == 0) {
        result = ob_error_set(error, "%s: is not written, for there are no inputs to put in it",
                              archive_path);
    }
    if (result == 0) {
        result = ob_archive_write(archive_path, &set, error);
    }
    if (packed) {
        *packed = result == 0 ? set.count : 0;
    }
    ob_input_set_release(&set);
    return result;
}
