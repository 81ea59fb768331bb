#include "base/file.h"
#include "corpus/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_DIGITS_MIN = 6,
    NAME_DIGITS_MAX = 20,
    NAME_BYTES_MAX = 32,
    BLOCK_BYTES = 10240,
};

struct sink {
    struct ob_file_writer writer;
    struct ob_error *error;
    uint64_t bytes;
};

/* The write callback of libarchive. */
static la_ssize_t put(struct archive *archive, void *context, const void *data, size_t size)
{
    struct sink *sink = context;
    if (ob_file_writer_write(&sink->writer, data, size, sink->error) != 0) {
        archive_set_error(archive, EIO, "the file cannot be written");
        return ARCHIVE_FATAL;
    }
    sink->bytes += size;
    return (la_ssize_t)size;
}

/*
 * Everything that shapes the bytes is said here rather than left to a default. One thread, because
 * with more zstd cuts the data by their number; no padding after the compressed data.
 */
static int configure(struct archive *archive)
{
    if (archive_write_set_format_ustar(archive) == ARCHIVE_OK &&
        archive_write_add_filter_zstd(archive) == ARCHIVE_OK &&
        archive_write_set_filter_option(archive, "zstd", "compression-level", "19") == ARCHIVE_OK &&
        archive_write_set_bytes_per_block(archive, BLOCK_BYTES) == ARCHIVE_OK &&
        archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK) {
        return ARCHIVE_OK;
    }
    return ARCHIVE_FATAL;
}

/* How many digits the last name needs. */
static int name_digits(size_t count)
{
    int digits = 1;
    for (size_t last = count ? count - 1 : 0; last >= 10 && digits < NAME_DIGITS_MAX; last /= 10) {
        digits++;
    }
    return digits < NAME_DIGITS_MIN ? NAME_DIGITS_MIN : digits;
}

static int write_input(struct archive *archive, struct archive_entry *entry, const char *name,
                       const struct ob_input *input)
{
    (void)archive_entry_clear(entry);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_size(entry, (la_int64_t)input->size);
    if (archive_write_header(archive, entry) != ARCHIVE_OK) {
        return ARCHIVE_FATAL;
    }
    if (input->size == 0) {
        return ARCHIVE_OK;
    }
    const la_ssize_t written = archive_write_data(archive, input->data, input->size);
    return written == (la_ssize_t)input->size ? ARCHIVE_OK : ARCHIVE_FATAL;
}

static int write_inputs(struct archive *archive, const struct ob_input_set *set)
{
    const int digits = name_digits(set->count);
    struct archive_entry *entry = archive_entry_new();
    int status = entry ? ARCHIVE_OK : ARCHIVE_FATAL;
    for (size_t i = 0; i < set->count && status == ARCHIVE_OK; i++) {
        char name[NAME_BYTES_MAX];
        (void)snprintf(name, sizeof name, "%0*zu", digits, i);
        status = write_input(archive, entry, name, &set->inputs[i]);
    }
    archive_entry_free(entry);
    return status;
}

/* Refuses what ob_archive_read would refuse, before it takes the place of an older archive. */
static int check_expansion(const char *path, uint64_t expanded, uint64_t compressed,
                           struct ob_error *error)
{
    if (expanded <= OB_ARCHIVE_EXPANDED_BYTES_FREE ||
        expanded - OB_ARCHIVE_EXPANDED_BYTES_FREE <= compressed * OB_ARCHIVE_EXPANSION_MAX) {
        return 0;
    }
    return ob_error_set(error,
                        "%s: the inputs compress so well that the archive could not be told from "
                        "one made to exhaust memory; leave out some of the larger ones",
                        path);
}

/* Streams the archive to the sink. */
static int write_stream(const char *path, const struct ob_input_set *set, struct sink *sink)
{
    struct archive *archive = archive_write_new();
    if (!archive) {
        return ob_error_set(sink->error, "%s: no memory to write it", path);
    }
    sink->error->text[0] = '\0';
    int status = configure(archive);
    if (status == ARCHIVE_OK) {
        status = archive_write_open(archive, sink, NULL, put, NULL);
    }
    if (status == ARCHIVE_OK) {
        status = write_inputs(archive, set);
    }
    if (status == ARCHIVE_OK) {
        status = archive_write_close(archive);
    }
    int result = 0;
    if (status != ARCHIVE_OK) {
        const char *reason = archive_error_string(archive);
        /* A failed write has already said which file and why. */
        result = sink->error->text[0] != '\0' ? -1
                                              : ob_error_set(sink->error, "%s: %.200s", path,
                                                             reason ? reason : "cannot be written");
        (void)archive_write_fail(archive);
    } else {
        result = check_expansion(path, (uint64_t)archive_filter_bytes(archive, 0), sink->bytes,
                                 sink->error);
    }
    (void)archive_write_free(archive);
    return result;
}

int ob_archive_write(const char *path, struct ob_input_set *set, struct ob_error *error)
{
    struct ob_error unwanted = {""};
    struct sink sink = {.error = error ? error : &unwanted, .bytes = 0};
    ob_input_set_normalize(set);
    if (ob_file_writer_begin(&sink.writer, path, error) != 0) {
        return -1;
    }
    if (write_stream(path, set, &sink) != 0) {
        ob_file_writer_cancel(&sink.writer);
        return -1;
    }
    return ob_file_writer_commit(&sink.writer, error);
}
