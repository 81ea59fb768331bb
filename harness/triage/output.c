/* The folders that triage works in. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "triage/triage.h"

#define EXECUTABLE_BYTES_MAX ((size_t)1 << 30)

static int make_directory(const char *path, struct ob_error *error)
{
    struct stat status;

    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
        return 0;
    return ob_error_set(error, "%s: %s", path, strerror(errno == EEXIST ? ENOTDIR : errno));
}

/* OUT, OUT/state, OUT/state/inputs and OUT/buckets, for this process alone. */
static int open_output(struct ob_triage *triage, struct ob_error *error)
{
    static const char *const names[] = {"", "/state", "/state/inputs", "/buckets"};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        struct ob_text path = {0};
        ob_text_printf(&path, "%s%s", triage->output, names[index]);
        int failed =
            path.failed ? ob_error_set(error, "out of memory") : make_directory(path.data, error);
        if (index == 1 && !failed)
            triage->state_path = path.data;
        else
            ob_text_release(&path);
        if (failed)
            return -1;
    }
    triage->state_directory = open(triage->state_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (triage->state_directory < 0)
        return ob_error_set(error, "%s: %s", triage->state_path, strerror(errno));
    triage->inputs_directory =
        openat(triage->state_directory, "inputs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (triage->inputs_directory < 0)
        return ob_error_set(error, "%s/inputs: %s", triage->state_path, strerror(errno));
    if (flock(triage->state_directory, LOCK_EX | LOCK_NB))
        return ob_error_set(error, "%s: another triage is at work there", triage->output);
    return 0;
}

/* A target that was built anew may fail where it passed: results are of one executable. */
static int hash_executable(struct ob_triage *triage, struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;

    if (ob_file_read("/proc/self/exe", EXECUTABLE_BYTES_MAX, &data, &size, error))
        return -1;
    ob_sha256_of(data, size, triage->executable);
    free(data);
    return 0;
}

int ob_triage_open(struct ob_triage *triage, struct ob_error *error)
{
    triage->state_directory = triage->inputs_directory = -1;
    return open_output(triage, error) || hash_executable(triage, error) ? -1 : 0;
}

void ob_triage_close(struct ob_triage *triage)
{
    for (size_t index = 0; index < triage->found_count; index++) {
        free(triage->found[index].path);
        free(triage->found[index].reason);
    }
    free(triage->found);
    free(triage->jobs);
    free(triage->state_path);
    if (triage->inputs_directory >= 0)
        (void)close(triage->inputs_directory);
    if (triage->state_directory >= 0)
        (void)close(triage->state_directory);
}
