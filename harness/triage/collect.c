#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "corpus/archive.h"
#include "triage/triage.h"

#define STATS_BYTES_MAX ((size_t)64 << 10)

enum { PLAIN, INSTANCE }; /* of a directory: anybody's, or one of AFL++'s instances */

char *ob_triage_content_path(const struct ob_triage *triage, const char *hash)
{
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/inputs/%s", triage->state_path, hash);
    return path.failed ? NULL : path.data;
}

static struct ob_triage_found *add(struct ob_triage *triage, const char *path,
                                   struct ob_error *error)
{
    if (triage->found_count == OB_TRIAGE_INPUTS_MAX) {
        (void)ob_error_set(error, "more than %zu inputs", OB_TRIAGE_INPUTS_MAX);
        return NULL;
    }
    struct ob_triage_found *all = ob_array_reserve(triage->found, &triage->found_capacity,
                                                   triage->found_count + 1, sizeof *all);
    if (!all) {
        (void)ob_error_set(error, "out of memory");
        return NULL;
    }
    triage->found = all;
    struct ob_triage_found *found = &triage->found[triage->found_count];
    memset(found, 0, sizeof *found);
    found->path = strdup(path);
    if (!found->path) {
        (void)ob_error_set(error, "out of memory");
        return NULL;
    }
    triage->found_count++;
    return found;
}

static int set_reason(struct ob_triage_found *found, enum ob_triage_state state, const char *reason,
                      struct ob_error *error)
{
    found->state = state;
    found->reason = strdup(reason);
    return found->reason ? 0 : ob_error_set(error, "out of memory");
}

static int add_broken(struct ob_triage *triage, const char *path, const char *reason,
                      struct ob_error *error)
{
    struct ob_triage_found *found = add(triage, path, error);

    return found ? set_reason(found, OB_TRIAGE_BROKEN, reason, error) : -1;
}

/* The target that a text names: `offbeat scenario 1 TARGET`. */
static const struct ob_target *target_of_text(const struct ob_target *const *targets,
                                              const uint8_t *data, size_t size)
{
    size_t length = 0;
    const char *name = ob_scenario_named_target(data, size, &length);

    for (; name && *targets; targets++)
        if (strlen((*targets)->name) == length && memcmp(name, (*targets)->name, length) == 0)
            return *targets;
    return NULL;
}

static unsigned variant_count(const struct ob_target *target, unsigned *last)
{
    unsigned count = 0;

    for (unsigned variant = 0; variant < OB_VARIANTS_MAX; variant++) {
        if (target->variants[variant]) {
            count++;
            *last = variant;
        }
    }
    return count;
}

/* Whose input it is: what was asked for, else what its path says, else what it says itself. Fills
 * in the reason when that cannot be told. */
static int tell_target(const struct ob_triage *triage, struct ob_triage_found *found,
                       const char *hint, const uint8_t *data, size_t size, struct ob_error *error)
{
    enum ob_form form = ob_scenario_form(found->path, data, size);
    bool is_text = form == OB_FORM_TEXT;
    const struct ob_target *only = is_text ? target_of_text(triage->targets, data, size) : NULL;

    if (form == OB_FORM_NEITHER)
        return set_reason(found, OB_TRIAGE_BROKEN, ob_scenario_form_trouble(data, size), error);
    if (is_text && !only)
        return set_reason(found, OB_TRIAGE_BROKEN, "is for a target that is not built in", error);
    if (triage->target) {
        if (only && only != triage->target)
            return set_reason(found, OB_TRIAGE_UNKNOWN_TARGET,
                              "is for another target than --target", error);
        found->target = triage->target;
        found->variant = triage->variant;
        return 0;
    }
    if (ob_triage_subject_of(found->path, triage->targets, only, &found->target, &found->variant) ||
        (hint &&
         ob_triage_subject_of(hint, triage->targets, only, &found->target, &found->variant)))
        return 0;
    if (only && variant_count(only, &found->variant) == 1) {
        found->target = only;
        return 0;
    }
    return set_reason(found, OB_TRIAGE_UNKNOWN_TARGET,
                      only ? "names its target, but nothing names the variant: give --target"
                           : "nothing in its path names a target and variant, as in order-racy or "
                             "fuzz_order_racy: give --target",
                      error);
}

/* A copy of the content, so that it can be run whatever becomes of the original. */
static int keep_content(const struct ob_triage *triage, const char *hash, const uint8_t *data,
                        size_t size, struct ob_error *error)
{
    char *path = ob_triage_content_path(triage, hash);
    struct ob_file_writer writer;
    struct stat status;
    int failed = 0;

    if (!path)
        return ob_error_set(error, "out of memory");
    if (stat(path, &status) || (uint64_t)status.st_size != size) {
        failed = ob_file_writer_begin_at(&writer, triage->inputs_directory, triage->state_path,
                                         hash, error);
        if (!failed && (ob_file_writer_write(&writer, data, size, error) ||
                        ob_file_writer_commit(&writer, error))) {
            ob_file_writer_cancel(&writer);
            failed = -1;
        }
    }
    free(path);
    return failed;
}

static int add_content(struct ob_triage *triage, const char *path, const char *hint,
                       const uint8_t *data, size_t size, struct ob_error *error)
{
    struct ob_triage_found *found = add(triage, path, error);

    if (!found)
        return -1;
    found->size = size;
    ob_sha256_of(data, size, found->hash);
    if (tell_target(triage, found, hint, data, size, error))
        return -1;
    return found->target ? keep_content(triage, found->hash, data, size, error) : 0;
}

/* -- archives -- */

struct unpacking {
    struct ob_triage *triage;
    const char *path;
    const char *hint;
};

static int unpack(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    const struct unpacking *unpacking = context;
    struct ob_text path = {0};

    ob_text_printf(&path, "%s/%s", unpacking->path, entry->name);
    int failed = path.failed ? ob_error_set(error, "out of memory")
                             : add_content(unpacking->triage, ob_text_string(&path),
                                           unpacking->hint, entry->data, entry->size, error);
    ob_text_release(&path);
    return failed;
}

static bool ends_in(const char *path, const char *end)
{
    size_t length = strlen(path);
    size_t end_length = strlen(end);

    return length > end_length && strcmp(path + length - end_length, end) == 0;
}

static bool is_archive(const char *path)
{
    return ends_in(path, ".tar.zst") || ends_in(path, ".tar.gz") || ends_in(path, ".tgz") ||
           ends_in(path, ".tar.bz2") || ends_in(path, ".tar");
}

static int add_archive(struct ob_triage *triage, const char *path, const char *hint,
                       struct ob_error *error)
{
    struct unpacking unpacking = {triage, path, hint};
    struct ob_archive_damage damage = {0};
    struct ob_error reason = {{0}};

    int result = ob_archive_each(path, unpack, &unpacking, &damage, &reason);
    if (result == OB_ARCHIVE_DAMAGED)
        return add_broken(triage, path, damage.reason.text, error);
    return result < 0 ? add_broken(triage, path, reason.text, error) : 0;
}

/* -- files and folders -- */

static int add_file(struct ob_triage *triage, const char *path, const char *hint,
                    struct ob_error *error)
{
    struct ob_error reason = {{0}};
    uint8_t *data = NULL;
    size_t size = 0;

    if (is_archive(path))
        return add_archive(triage, path, hint, error);
    if (ob_file_read(path, OB_SCENARIO_FILE_BYTES_MAX, &data, &size, &reason))
        return add_broken(triage, path, reason.text, error);
    int failed = add_content(triage, path, hint, data, size, error);
    free(data);
    return failed;
}

static bool exists_in(const char *directory, const char *name)
{
    struct ob_text path = {0};
    struct stat status;

    ob_text_printf(&path, "%s/%s", directory, name);
    bool found = !path.failed && stat(ob_text_string(&path), &status) == 0;
    ob_text_release(&path);
    return found;
}

/* The command line of AFL++, which names the fuzz program; NULL for none. The caller frees it. */
static char *read_hint(const char *directory)
{
    struct ob_text path = {0};
    uint8_t *data = NULL;
    size_t size = 0;
    char *hint = NULL;

    ob_text_printf(&path, "%s/fuzzer_stats", directory);
    if (!path.failed &&
        ob_file_read(ob_text_string(&path), STATS_BYTES_MAX, &data, &size, NULL) == 0) {
        char *text = calloc(size + 1, 1);
        if (text) {
            memcpy(text, data, size);
            const char *line = strstr(text, "command_line");
            if (line)
                hint = strndup(line, strcspn(line, "\n"));
        }
        free(text);
    }
    free(data);
    ob_text_release(&path);
    return hint;
}

static bool is_wanted_of_afl(const char *name)
{
    return strncmp(name, "crashes", 7) == 0 || strncmp(name, "hangs", 5) == 0;
}

static bool is_note(const char *name)
{
    return name[0] == '.' || strcmp(name, "README.txt") == 0 || strcmp(name, "README.md") == 0;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* What AFL++ says of the folder that an entry is in. */
static const char *hint_of(const FTSENT *entry)
{
    while (entry->fts_level > 0) {
        entry = entry->fts_parent;
        if (entry->fts_pointer)
            return entry->fts_pointer;
    }
    return NULL;
}

/* What triage itself has written is no input. */
static bool is_output(const struct ob_triage *triage, const FTSENT *entry)
{
    struct stat status;

    return stat(triage->output, &status) == 0 && status.st_dev == entry->fts_statp->st_dev &&
           status.st_ino == entry->fts_statp->st_ino;
}

static int visit(struct ob_triage *triage, FTS *tree, FTSENT *entry, struct ob_error *error)
{
    bool is_below = entry->fts_level > 0;
    bool in_instance = is_below && entry->fts_parent->fts_number == INSTANCE;

    switch (entry->fts_info) {
    case FTS_D:
        if ((is_below && entry->fts_name[0] == '.') || is_output(triage, entry) ||
            (in_instance && !is_wanted_of_afl(entry->fts_name))) {
            (void)fts_set(tree, entry, FTS_SKIP);
            return 0;
        }
        if (exists_in(entry->fts_accpath, "fuzzer_stats") ||
            (exists_in(entry->fts_accpath, "queue") && exists_in(entry->fts_accpath, "crashes"))) {
            entry->fts_number = INSTANCE;
            entry->fts_pointer = read_hint(entry->fts_accpath);
        }
        return 0;
    case FTS_DP:
        free(entry->fts_pointer);
        entry->fts_pointer = NULL;
        return 0;
    case FTS_F:
        if ((is_below && is_note(entry->fts_name)) || in_instance)
            return 0;
        return add_file(triage, entry->fts_path, hint_of(entry), error);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        if (!is_below)
            return ob_error_set(error, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
        return add_broken(triage, entry->fts_path, strerror(entry->fts_errno), error);
    default: /* links, pipes and the like */
        return 0;
    }
}

int ob_triage_collect(struct ob_triage *triage, const char *path, struct ob_error *error)
{
    char *copy = strdup(path);
    char *const paths[] = {copy, NULL};
    FTS *tree =
        copy ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, compare_names) : NULL;
    int failed = tree ? 0 : ob_error_set(error, "%s: %s", path, strerror(errno));

    for (FTSENT *entry = tree ? fts_read(tree) : NULL; entry && !failed; entry = fts_read(tree))
        failed = visit(triage, tree, entry, error);
    if (tree)
        (void)fts_close(tree);
    free(copy);
    return failed;
}
