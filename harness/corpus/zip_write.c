#include "corpus/zip_write.h"

#include "base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct ob_zip_writer {
    struct ob_file_writer file;
    struct archive *archive;
    struct archive_entry *entry;
    const char *path;
    struct ob_error *error;
    size_t count;
};

/* The write callback of libarchive. */
static la_ssize_t put(struct archive *archive, void *context, const void *data, size_t size)
{
    struct ob_zip_writer *writer = context;
    if (ob_file_writer_write(&writer->file, data, size, writer->error) != 0) {
        archive_set_error(archive, EIO, "the file cannot be written");
        return ARCHIVE_FATAL;
    }
    return (la_ssize_t)size;
}

static void release(struct ob_zip_writer *writer)
{
    if (writer->archive) {
        (void)archive_write_free(writer->archive);
    }
    archive_entry_free(writer->entry);
    free(writer);
}

/* Everything that shapes the bytes is said here rather than left to a default. */
static int configure(struct ob_zip_writer *writer)
{
    struct archive *archive = writer->archive = archive_write_new();
    writer->entry = archive_entry_new();
    return archive && writer->entry && archive_write_set_format_zip(archive) == ARCHIVE_OK &&
                   archive_write_set_format_option(archive, "zip", "compression", "deflate") ==
                       ARCHIVE_OK &&
                   archive_write_set_format_option(archive, "zip", "compression-level", "9") ==
                       ARCHIVE_OK &&
                   archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
                   archive_write_open(archive, writer, NULL, put, NULL) == ARCHIVE_OK
               ? 0
               : -1;
}

struct ob_zip_writer *ob_zip_writer_begin(const char *path, struct ob_error *error)
{
    struct ob_zip_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        (void)ob_error_set(error, "%s: no memory to write it", path);
        return NULL;
    }
    writer->path = path;
    writer->error = error;
    if (ob_file_writer_begin(&writer->file, path, error) != 0) {
        release(writer);
        return NULL;
    }
    if (configure(writer) != 0) {
        (void)ob_error_set(error, "%s: this libarchive cannot write zip archives", path);
        ob_zip_writer_cancel(writer);
        return NULL;
    }
    return writer;
}

/* A failed write has already said which file and why. */
static int fail(struct ob_zip_writer *writer)
{
    const char *reason = archive_error_string(writer->archive);
    return writer->error->text[0] != '\0' ? -1
                                          : ob_error_set(writer->error, "%s: %.200s", writer->path,
                                                         reason ? reason : "cannot be written");
}

int ob_zip_writer_add(struct ob_zip_writer *writer, const void *data, size_t size,
                      struct ob_error *error)
{
    char name[32];
    writer->error = error;
    (void)snprintf(name, sizeof name, "%06zu", writer->count++);
    (void)archive_entry_clear(writer->entry);
    archive_entry_set_pathname(writer->entry, name);
    archive_entry_set_filetype(writer->entry, AE_IFREG);
    archive_entry_set_perm(writer->entry, 0644);
    archive_entry_set_size(writer->entry, (la_int64_t)size);
    /* Without a time it becomes the first that zip knows, in every time zone. */
    if (archive_write_header(writer->archive, writer->entry) != ARCHIVE_OK ||
        (size > 0 && archive_write_data(writer->archive, data, size) != (la_ssize_t)size)) {
        return fail(writer);
    }
    return 0;
}

int ob_zip_writer_commit(struct ob_zip_writer *writer, struct ob_error *error)
{
    writer->error = error;
    if (archive_write_close(writer->archive) != ARCHIVE_OK) {
        (void)fail(writer);
        ob_zip_writer_cancel(writer);
        return -1;
    }
    const int result = ob_file_writer_commit(&writer->file, error);
    release(writer);
    return result;
}

void ob_zip_writer_cancel(struct ob_zip_writer *writer)
{
    if (writer->archive) {
        (void)archive_write_fail(writer->archive);
    }
    ob_file_writer_cancel(&writer->file);
    release(writer);
}
