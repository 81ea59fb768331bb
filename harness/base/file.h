/*
 * Whole files in and out. Reading is bounded; writing replaces a file in one step, so that whoever
 * looks at the path sees the old content or the new, and never half of either.
 */
#ifndef OFFBEAT_BASE_FILE_H
#define OFFBEAT_BASE_FILE_H

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads all of `path`: a regular file, a pipe, a device, or standard input for "-".
 *
 * `bytes_max` bounds the content; a longer file is an error that says the limit.
 * `*data` is allocated and the caller frees it; it is not NULL even if the file is empty.
 * Returns 0, or -1 with `error` set and `*data` NULL.
 */
int ob_file_read(const char *path, size_t bytes_max, uint8_t **data, size_t *size,
                 struct ob_error *error);

/*
 * Replaces the content of `path`, or writes it to standard output for "-".
 *
 * This is ob_file_writer_begin, _write and _commit in one call; see there for what is kept.
 * Returns 0, or -1 with `error` set, in which case an earlier file is still there as it was.
 */
int ob_file_replace(const char *path, const void *data, size_t size, struct ob_error *error);

/*
 * Removes from the folder `directory` what replacements left there that were killed before they
 * were through. For folders that nobody else writes to at the time. A folder that cannot be read
 * stays as it is.
 */
void ob_file_sweep(const char *directory);

/* A replacement in progress. The fields belong to the functions below. */
struct ob_file_writer {
    char path[PATH_MAX];     /* the file to replace, symbolic links resolved */
    size_t name_at;          /* where in `path` the last component starts */
    char temporary_name[32]; /* the unfinished file in `directory` */
    int directory;           /* -1 if there is nothing to rename */
    int fd;                  /* what is written to, -1 once the writer is finished */
    bool owns_directory;     /* false if the caller lent it */
    bool is_durable;         /* flush to the disk before the rename and after it */
};

/*
 * Starts to replace `path`. Nothing at `path` changes until ob_file_writer_commit.
 *
 * The content goes to a new file of an unpredictable name in the same directory. It has the
 * permissions of the file it replaces, or else those the umask leaves. A symbolic link stays and
 * the file it leads to is replaced. "-" is standard output. What is not a regular file, such as a
 * pipe or /dev/null, cannot be replaced and is written to directly.
 *
 * Returns 0, after which commit or cancel must be called, or -1 with `error` set.
 */
int ob_file_writer_begin(struct ob_file_writer *writer, const char *path, struct ob_error *error);

/*
 * As ob_file_writer_begin, for the file `name` of the open directory `directory`, which stays the
 * caller's and must outlive the writer. `directory_path` is for messages. Whatever has the name is
 * replaced itself: a symbolic link is not followed. Meant for many small files, and so the one
 * difference in the result is that it is not flushed to the disk.
 */
int ob_file_writer_begin_at(struct ob_file_writer *writer, int directory,
                            const char *directory_path, const char *name, struct ob_error *error);

/*
 * Appends `size` bytes. Returns 0, or -1 with `error` set; the caller then cancels.
 */
int ob_file_writer_write(struct ob_file_writer *writer, const void *data, size_t size,
                         struct ob_error *error);

/*
 * Puts the new content in place and releases the writer, whatever the result.
 * Returns 0, or -1 with `error` set.
 */
int ob_file_writer_commit(struct ob_file_writer *writer, struct ob_error *error);

/*
 * Drops what was written and releases the writer. It may follow a commit and then does nothing.
 */
void ob_file_writer_cancel(struct ob_file_writer *writer);

#endif
