/* A zip archive of inputs, as fuzzing services take them for a seed corpus. */
#ifndef OFFBEAT_CORPUS_ZIP_WRITE_H
#define OFFBEAT_CORPUS_ZIP_WRITE_H

#include "base/error.h"

#include <stddef.h>

struct ob_zip_writer;

/*
 * Begins to write a zip archive in place of the file `path`, or to standard output for "-". Nothing
 * at `path` changes before it is committed. `path` must outlive the writer.
 *
 * The same inputs in the same order give the same bytes: entries are numbered as in our archives,
 * deflated, and have no times. Returns NULL with `error` set if it cannot be begun.
 */
struct ob_zip_writer *ob_zip_writer_begin(const char *path, struct ob_error *error);

/* Adds an input. Returns 0, or -1 with `error` set; the caller then cancels. */
int ob_zip_writer_add(struct ob_zip_writer *writer, const void *data, size_t size,
                      struct ob_error *error);

/* Puts the archive in place and releases the writer, whatever the result. Returns 0, or -1 with
 * `error` set, in which case an earlier file is still there as it was. */
int ob_zip_writer_commit(struct ob_zip_writer *writer, struct ob_error *error);

/* Drops what was written and releases the writer. */
void ob_zip_writer_cancel(struct ob_zip_writer *writer);

#endif
