#include "base/file.h"
#include "corpus/archive.h"
#include "corpus/expander.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES_MAX = 128,
    TAR_RECORD_BYTES = 512,
    /* What may be read on the way from one entry to the next: long names, links, padding. */
    HEADER_BYTES_MAX = 4 * 1024 * 1024,
};

/* What to do after an entry. */
enum step {
    STEP_NEXT,  /* go on */
    STEP_END,   /* the archive ended as it should */
    STEP_STOP,  /* nothing more can be read; the damage says why */
    STEP_ABORT, /* the visit failed; the error is set */
};

struct reader {
    const struct ob_archive_source *source;
    const struct ob_archive_limits *limits;
    struct ob_expander expander;
    struct archive *tar;
    ob_archive_visit *visit;
    void *context;
    struct ob_archive_damage *damage;
    struct ob_error *error;
    uint8_t *buffer; /* holds one entry and is used again for the next */
    size_t buffer_bytes;
    size_t total_bytes;
    uint64_t bad_headers;
};

static const struct ob_archive_limits default_limits = {
    .input_bytes_max = OB_INPUT_BYTES_MAX,
    .inputs_max = OB_INPUTS_MAX,
    .total_bytes_max = OB_INPUT_SET_BYTES_MAX,
    .expanded_bytes_free = OB_ARCHIVE_EXPANDED_BYTES_FREE,
};

/* Notes the first damage only: what follows is most often a consequence of it. */
static void note_damage(struct reader *reader, const char *reason)
{
    const size_t count = reader->damage->entries_read;
    if (reader->damage->reason.text[0] != '\0') {
        return;
    }
    if (count == 0) {
        (void)ob_error_set(&reader->damage->reason, "%.300s", reason);
    } else {
        (void)ob_error_set(&reader->damage->reason, "after %zu %s: %.300s", count,
                           count == 1 ? "entry" : "entries", reason);
    }
}

/* Notes why libarchive failed, which was the expander's fault if that failed first. */
static void note_failure(struct reader *reader)
{
    const char *text = archive_error_string(reader->tar);
    if (reader->expander.fault != OB_EXPANDER_SOUND) {
        text = reader->expander.reason.text;
    }
    note_damage(reader, text ? text : "it is not a tar archive");
}

/* The read callback of the tar reader. */
static la_ssize_t pull(struct archive *tar, void *context, const void **block)
{
    struct reader *reader = context;
    const ssize_t size = ob_expander_next(&reader->expander, block);
    if (size < 0) {
        archive_set_error(tar, EIO, "%s", reader->expander.reason.text);
        return ARCHIVE_FATAL;
    }
    return size;
}

/* A copy of the name that is safe to show on a terminal. */
static void copy_name(char *copy, const char *name)
{
    size_t length = 0;
    while (name && name[length] != '\0' && length < NAME_BYTES_MAX - 1) {
        const char c = name[length];
        copy[length++] = c >= ' ' && c <= '~' ? c : '?';
    }
    copy[length] = '\0';
}

static int grow_buffer(struct reader *reader, size_t size)
{
    if (size > reader->buffer_bytes || !reader->buffer) {
        uint8_t *larger = realloc(reader->buffer, size ? size : 1);
        if (!larger) {
            return -1;
        }
        reader->buffer = larger;
        reader->buffer_bytes = size;
    }
    return 0;
}

/* Reads the content of an entry. Returns false if it is not there in full. */
static bool read_content(struct reader *reader, size_t size)
{
    size_t filled = 0;
    while (filled < size) {
        const la_ssize_t got =
            archive_read_data(reader->tar, reader->buffer + filled, size - filled);
        if (got < 0) {
            note_failure(reader);
            return false;
        }
        if (got == 0) {
            note_damage(reader, "an entry is shorter than its header says");
            return false;
        }
        filled += (size_t)got;
    }
    return true;
}

/* Reads a regular file and has it visited. */
static enum step visit_file(struct reader *reader, struct archive_entry *entry)
{
    const la_int64_t stated = archive_entry_size(entry);
    if (stated < 0 || (uint64_t)stated > reader->limits->input_bytes_max) {
        /* It is passed over, and the expander bounds how far. */
        note_damage(reader, "an entry is larger than an input may be");
        reader->expander.allowance_bytes = UINT64_MAX;
        return STEP_NEXT;
    }
    const size_t size = (size_t)stated;
    if (reader->damage->entries_read >= reader->limits->inputs_max ||
        size > reader->limits->total_bytes_max - reader->total_bytes) {
        note_damage(reader, "it holds more than an archive may");
        return STEP_STOP;
    }
    if (grow_buffer(reader, size) != 0) {
        note_damage(reader, "there is no memory for the next");
        return STEP_STOP;
    }
    reader->expander.allowance_bytes += size;
    if (!read_content(reader, size)) {
        return reader->expander.fault == OB_EXPANDER_SOUND ? STEP_NEXT : STEP_STOP;
    }
    char name[NAME_BYTES_MAX];
    copy_name(name, archive_entry_pathname(entry));
    const struct ob_archive_entry visited = {name, reader->buffer, size};
    reader->total_bytes += size;
    reader->damage->entries_read++;
    return reader->visit(reader->context, &visited, reader->error) == 0 ? STEP_NEXT : STEP_ABORT;
}

/*
 * At a bad header libarchive offers to try the next record, by which the entries after a damaged
 * one are found again. Each try should consume a record; this does not rely on it.
 */
static enum step pass_bad_header(struct reader *reader)
{
    note_failure(reader);
    reader->bad_headers++;
    const uint64_t records = reader->expander.expanded_bytes / TAR_RECORD_BYTES;
    return reader->bad_headers > records ? STEP_STOP : STEP_NEXT;
}

/* At the end of the tar archive, checks that it is the end that was written. */
static enum step finish(struct reader *reader)
{
    if (reader->expander.is_exhausted) {
        note_damage(reader, "the mark at its end is missing");
        return STEP_STOP;
    }
    const void *block = NULL;
    ssize_t size = 0;
    /* The checksum of the compressed data, if any, is behind the padding. */
    reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    do {
        size = ob_expander_next(&reader->expander, &block);
    } while (size > 0);
    if (size < 0 && reader->expander.fault == OB_EXPANDER_DAMAGED) {
        note_failure(reader);
    }
    return STEP_END;
}

static enum step step(struct reader *reader)
{
    struct archive_entry *entry = NULL;
    if (reader->expander.allowance_bytes < HEADER_BYTES_MAX) {
        reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    }
    const int status = archive_read_next_header(reader->tar, &entry);
    reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    if (status == ARCHIVE_EOF) {
        return finish(reader);
    }
    if (status == ARCHIVE_RETRY || status == ARCHIVE_FAILED) {
        return pass_bad_header(reader);
    }
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
        note_failure(reader);
        return STEP_STOP;
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        archive_entry_symlink(entry)) {
        reader->damage->entries_skipped++;
        return STEP_NEXT;
    }
    return visit_file(reader, entry);
}

/* What the archive may expand to: never more than a full archive with its headers. */
static uint64_t expanded_bytes_max(const struct ob_archive_limits *limits, size_t size)
{
    const uint64_t full = (uint64_t)limits->total_bytes_max +
                          (uint64_t)limits->inputs_max * 2 * TAR_RECORD_BYTES + HEADER_BYTES_MAX;
    const uint64_t proportional =
        (uint64_t)limits->expanded_bytes_free + (uint64_t)size * OB_ARCHIVE_EXPANSION_MAX;
    return full < proportional ? full : proportional;
}

static int open_reader(struct reader *reader)
{
    const struct ob_archive_source *source = reader->source;
    if (source->size == 0) {
        return ob_error_set(reader->error, "%s: is empty; it should be an archive", source->name);
    }
    struct ob_error reason = {""};
    if (ob_expander_open(&reader->expander, source->data, source->size,
                         expanded_bytes_max(reader->limits, source->size), &reason) != 0) {
        return ob_error_set(reader->error, "%s: cannot be read as an archive: %s", source->name,
                            reason.text);
    }
    reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    reader->tar = archive_read_new();
    if (!reader->tar || archive_read_support_format_tar(reader->tar) != ARCHIVE_OK) {
        return ob_error_set(reader->error, "%s: no memory to read it", source->name);
    }
    if (archive_read_open(reader->tar, reader, NULL, pull, NULL) != ARCHIVE_OK) {
        note_failure(reader);
        return ob_error_set(reader->error, "%s: cannot be read as an archive: %s", source->name,
                            reader->damage->reason.text);
    }
    return 0;
}

static int read_all(struct reader *reader)
{
    enum step next = STEP_NEXT;
    if (open_reader(reader) != 0) {
        return -1;
    }
    while (next == STEP_NEXT) {
        next = step(reader);
    }
    if (next == STEP_ABORT) {
        return -1;
    }
    if (reader->damage->reason.text[0] == '\0') {
        return OB_ARCHIVE_WHOLE;
    }
    if (reader->damage->entries_read > 0) {
        return OB_ARCHIVE_DAMAGED;
    }
    return ob_error_set(reader->error, "%s: cannot be read as an archive: %s", reader->source->name,
                        reader->damage->reason.text);
}

int ob_archive_each_memory(const struct ob_archive_source *source, ob_archive_visit *visit,
                           void *context, struct ob_archive_damage *damage, struct ob_error *error)
{
    struct ob_archive_damage unwanted;
    struct reader reader = {
        .source = source,
        .limits = source->limits ? source->limits : &default_limits,
        .visit = visit,
        .context = context,
        .damage = damage ? damage : &unwanted,
        .error = error,
    };
    memset(reader.damage, 0, sizeof *reader.damage);
    const int result = read_all(&reader);
    if (reader.tar) {
        (void)archive_read_free(reader.tar);
    }
    ob_expander_close(&reader.expander);
    free(reader.buffer);
    return result;
}

int ob_archive_each(const char *path, ob_archive_visit *visit, void *context,
                    struct ob_archive_damage *damage, struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;
    if (damage) {
        memset(damage, 0, sizeof *damage);
    }
    if (ob_file_read(path, OB_ARCHIVE_FILE_BYTES_MAX, &data, &size, error) != 0) {
        return -1;
    }
    const struct ob_archive_source source = {strcmp(path, "-") == 0 ? "standard input" : path, data,
                                             size, NULL};
    const int result = ob_archive_each_memory(&source, visit, context, damage, error);
    free(data);
    return result;
}
