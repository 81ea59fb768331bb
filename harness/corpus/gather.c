#include "corpus/gather.h"

#include "base/file.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_DEPTH_MAX = 32 };

static int gather_file(const struct ob_gathering *gathering, const char *path,
                       struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;
    struct ob_error reason = {""};
    if (ob_file_read(path, OB_INPUT_BYTES_MAX, &data, &size, error) != 0)
        return -1;
    const struct ob_archive_entry entry = {path, data, size};
    const int result = gathering->visit(gathering->context, &entry, &reason);
    free(data);
    return result == 0
               ? 0
               : ob_error_set(error, "%s: cannot be added: %s",
                              strcmp(path, "-") == 0 ? "standard input" : path, reason.text);
}

/* Whether a directory is what an instance of AFL++ leaves: only its queue counts. */
static bool is_afl(const FTSENT *directory)
{
    static const char *const notes[] = {"fuzzer_setup", "fuzzer_stats"};
    char path[PATH_MAX];
    bool has_notes = false;

    for (size_t at = 0; at < 2; at++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory->fts_accpath, notes[at]);
        has_notes |= access(path, F_OK) == 0;
    }
    (void)snprintf(path, sizeof path, "%s/queue", directory->fts_accpath);
    return has_notes && access(path, F_OK) == 0;
}

static bool is_passed_over(const FTSENT *entry)
{
    return entry->fts_level > FTS_ROOTLEVEL &&
           (entry->fts_name[0] == '.' || strcmp(entry->fts_name, "README.txt") == 0 ||
            (entry->fts_parent->fts_number && strcmp(entry->fts_name, "queue") != 0));
}

/* Takes up what is found: an input, or a directory to enter. */
static int take_up(FTS *tree, FTSENT *entry, const struct ob_gathering *gathering,
                   struct ob_error *error)
{
    switch (entry->fts_info) {
    case FTS_D:
        if (is_passed_over(entry))
            (void)fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_level >= DIRECTORY_DEPTH_MAX)
            return ob_error_set(error, "%s: is more than %d directories deep", entry->fts_path,
                                DIRECTORY_DEPTH_MAX);
        entry->fts_number = is_afl(entry);
        return 0;
    case FTS_F:
        if (is_passed_over(entry) || gather_file(gathering, entry->fts_accpath, error) == 0)
            return 0;
        /* An engine that still runs removes what it no longer needs. */
        return access(entry->fts_accpath, F_OK) != 0 && errno == ENOENT ? 0 : -1;
    case FTS_DNR:
    case FTS_ERR:
        return ob_error_set(error, "%s: cannot be read: %s", entry->fts_path,
                            strerror(entry->fts_errno));
    case FTS_NS:
        return entry->fts_errno == ENOENT
                   ? 0
                   : ob_error_set(error, "%s: cannot be read: %s", entry->fts_path,
                                  strerror(entry->fts_errno));
    default:
        return 0;
    }
}

static int gather_directory(const struct ob_gathering *gathering, const char *path,
                            struct ob_error *error)
{
    char root[PATH_MAX];
    char *const roots[] = {root, NULL};
    int result = 0;

    if ((size_t)snprintf(root, sizeof root, "%s", path) >= sizeof root)
        return ob_error_set(error, "%.60s...: has a path that is too long", path);
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    if (!tree)
        return ob_error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
    for (;;) {
        errno = 0;
        FTSENT *entry = fts_read(tree);
        if (!entry && errno != 0)
            result = ob_error_set(error, "%s: cannot be listed: %s", path, strerror(errno));
        if (!entry || (result = take_up(tree, entry, gathering, error)) != 0)
            break;
    }
    (void)fts_close(tree);
    return result;
}

bool ob_gather_is_archive(const char *path)
{
    static const char *const endings[] = {".tar", ".tar.zst", ".tzst", ".tar.gz",
                                          ".tgz", ".tar.bz2", ".tbz2", ".zip"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(path + length - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

static int gather_archive(const struct ob_gathering *gathering, const char *path,
                          struct ob_error *error)
{
    struct ob_archive_damage damage;
    const int result = ob_archive_each(path, gathering->visit, gathering->context, &damage, error);
    if (result == OB_ARCHIVE_DAMAGED && gathering->damaged)
        gathering->damaged(gathering->context, path, &damage);
    return result < 0 ? -1 : 0;
}

int ob_gather(const char *path, const struct ob_gathering *gathering, struct ob_error *error)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return gather_directory(gathering, path, error);
    return ob_gather_is_archive(path) ? gather_archive(gathering, path, error)
                                      : gather_file(gathering, path, error);
}
