#include "base/array.h"
#include "base/file.h"
#include "corpus/archive.h"
#include "corpus/expander.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES_MAX = 128,
    NUMBER_DIGITS_MIN = 6,
    NUMBER_DIGITS_MAX = 18,
    TAR_RECORD_BYTES = 512,
    /* What may be read on the way from one entry to the next: long names, links, padding. */
    HEADER_BYTES_MAX = 4 * 1024 * 1024,
};

/* What to do after an entry. */
enum step {
    STEP_NEXT,  /* go on */
    STEP_END,   /* the archive ended as it should */
    STEP_GAP,   /* something is lost, and more follows */
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
    bool is_zip;
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
    if (reader->damage->reason.text[0] != '\0')
        return;
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
    if (reader->expander.fault != OB_EXPANDER_SOUND)
        text = reader->expander.reason.text;
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

/* Notes which numbers are missing before this one, which comes next. */
static void note_hole(struct ob_archive_damage *damage, uint64_t number)
{
    if (number > damage->next_number) {
        if (damage->hole_count < OB_ARCHIVE_HOLES_MAX)
            damage->holes[damage->hole_count++].first = damage->next_number;
        damage->holes[damage->hole_count - 1].last = number - 1;
        damage->next_number = number;
    }
}

/* Follows the numbers that are the names of our entries, as long as they are. */
static void note_number(struct reader *reader, const char *name)
{
    struct ob_archive_damage *damage = reader->damage;
    uint64_t number = 0;
    size_t length = 0;
    while (name[length] >= '0' && name[length] <= '9' && length < NUMBER_DIGITS_MAX)
        number = number * 10 + (uint64_t)(name[length++] - '0');
    /* In one of ours, where frames have decoded, a number that comes again was written twice. */
    const bool is_known = number < damage->next_number;
    if (length < NUMBER_DIGITS_MIN || name[length] != '\0' ||
        (is_known && reader->expander.decoder))
        damage->is_numbered = false;
    if (damage->is_numbered && !is_known) {
        note_hole(damage, number);
        damage->next_number++;
    }
}

static int grow_buffer(struct reader *reader, size_t size)
{
    uint8_t *buffer = ob_array_reserve(reader->buffer, &reader->buffer_bytes, size + 1, 1);
    if (!buffer)
        return -1;
    reader->buffer = buffer;
    return 0;
}

/*
 * Reads the content of an entry. Returns false if it is not there in full. Of a zip entry the last
 * read, behind the content, is the one that checks it.
 */
static bool read_content(struct reader *reader, size_t size)
{
    size_t filled = 0;
    la_ssize_t got = 1;
    while (filled < size && got > 0) {
        got = archive_read_data(reader->tar, reader->buffer + filled, size - filled);
        filled += got > 0 ? (size_t)got : 0;
    }
    if (got > 0 && reader->is_zip) {
        uint8_t more = 0;
        got = archive_read_data(reader->tar, &more, 1) < 0 ? -1 : got;
    }
    if (got < 0)
        note_failure(reader);
    else if (filled < size)
        note_damage(reader, "an entry is shorter than its header says");
    return got >= 0 && filled == size;
}

/* What to do after an entry that could not be read. */
static enum step after_failure(const struct reader *reader)
{
    if (reader->expander.fault == OB_EXPANDER_GAP)
        return STEP_GAP;
    return reader->expander.fault == OB_EXPANDER_SOUND ? STEP_NEXT : STEP_STOP;
}

/* Checks an entry against the bounds, and makes room for it. */
static enum step admit(struct reader *reader, la_int64_t stated)
{
    if (stated < 0 || (uint64_t)stated > reader->limits->input_bytes_max) {
        /* It is passed over, and the expander bounds how far. */
        note_damage(reader, "an entry is larger than an input may be");
        reader->expander.allowance_bytes = UINT64_MAX;
        return STEP_NEXT;
    }
    if (reader->damage->entries_read >= reader->limits->inputs_max ||
        (uint64_t)stated > reader->limits->total_bytes_max - reader->total_bytes) {
        note_damage(reader, "it holds more than an archive may");
        return STEP_STOP;
    }
    if (grow_buffer(reader, (size_t)stated) != 0) {
        note_damage(reader, "there is no memory for the next");
        return STEP_STOP;
    }
    return STEP_END;
}

/* Reads a regular file and has it visited. */
static enum step visit_file(struct reader *reader, struct archive_entry *entry)
{
    const la_int64_t stated = archive_entry_size(entry);
    const enum step admitted = admit(reader, stated);
    if (admitted != STEP_END)
        return admitted;
    const size_t size = (size_t)stated;
    reader->expander.allowance_bytes += size;
    if (!read_content(reader, size))
        return after_failure(reader);
    char name[NAME_BYTES_MAX];
    copy_name(name, archive_entry_pathname(entry));
    const struct ob_archive_entry visited = {name, reader->buffer, size};
    reader->total_bytes += size;
    reader->damage->entries_read++;
    note_number(reader, name);
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
    const uint64_t records =
        (reader->is_zip ? reader->source->size : reader->expander.expanded_bytes) /
        TAR_RECORD_BYTES;
    return reader->bad_headers > records ? STEP_STOP : STEP_NEXT;
}

/* At the end of the tar archive, checks that it is the end that was written. */
static enum step finish(struct reader *reader)
{
    if (reader->is_zip)
        return STEP_END;
    if (reader->expander.fault == OB_EXPANDER_GAP)
        return STEP_GAP;
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
    if (size < 0 && reader->expander.fault != OB_EXPANDER_OVERGROWN)
        note_failure(reader);
    return STEP_END;
}

/*
 * A file in a zip archive. Other methods than the two that everybody uses are refused, since they
 * let the file choose how much memory it takes to expand.
 */
static enum step visit_zipped(struct reader *reader, struct archive_entry *entry)
{
    const char *format = archive_format_name(reader->tar);
    if (archive_entry_is_encrypted(entry) || !archive_entry_size_is_set(entry) || !format ||
        (!strstr(format, "(deflation)") && !strstr(format, "(uncompressed)"))) {
        note_damage(reader, "an entry is neither stored nor deflated, or does not say its size");
        return STEP_NEXT;
    }
    return visit_file(reader, entry);
}

static enum step step(struct reader *reader)
{
    struct archive_entry *entry = NULL;
    if (reader->expander.allowance_bytes < HEADER_BYTES_MAX)
        reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    const int status = archive_read_next_header(reader->tar, &entry);
    reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    if (status == ARCHIVE_EOF)
        return finish(reader);
    if (status == ARCHIVE_RETRY || status == ARCHIVE_FAILED)
        return pass_bad_header(reader);
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
        note_failure(reader);
        return reader->expander.fault == OB_EXPANDER_GAP ? STEP_GAP : STEP_STOP;
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        archive_entry_symlink(entry)) {
        reader->damage->entries_skipped++;
        return STEP_NEXT;
    }
    return reader->is_zip ? visit_zipped(reader, entry) : visit_file(reader, entry);
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

/* A reader of tar on what comes from the expander next. */
static int open_tar(struct reader *reader)
{
    reader->expander.allowance_bytes = HEADER_BYTES_MAX;
    if (reader->tar)
        (void)archive_read_free(reader->tar);
    reader->tar = archive_read_new();
    if (!reader->tar || archive_read_support_format_tar(reader->tar) != ARCHIVE_OK) {
        note_damage(reader, "there is no memory to read it");
        return -1;
    }
    if (archive_read_open(reader->tar, reader, NULL, pull, NULL) != ARCHIVE_OK) {
        note_failure(reader);
        return -1;
    }
    return 0;
}

static bool is_zip(const struct ob_archive_source *source)
{
    const uint8_t *data = source->data;
    return source->size >= 4 && data[0] == 'P' && data[1] == 'K' &&
           ((data[2] == 3 && data[3] == 4) || (data[2] == 5 && data[3] == 6));
}

static int open_zip(struct reader *reader)
{
    reader->is_zip = true;
    reader->tar = archive_read_new();
    if (!reader->tar || archive_read_support_format_zip(reader->tar) != ARCHIVE_OK ||
        archive_read_open_memory(reader->tar, reader->source->data, reader->source->size) !=
            ARCHIVE_OK) {
        note_damage(reader, "it is not a zip archive");
        return -1;
    }
    return 0;
}

static int open_reader(struct reader *reader)
{
    const struct ob_archive_source *source = reader->source;
    struct ob_error reason = {""};
    if (source->size == 0)
        return ob_error_set(reader->error, "%s: is empty; it should be an archive", source->name);
    if (is_zip(source))
        return open_zip(reader);
    if (ob_expander_open(&reader->expander, source->data, source->size,
                         expanded_bytes_max(reader->limits, source->size), &reason) != 0) {
        note_damage(reader, reason.text);
        return -1;
    }
    return 0;
}

/* Reads entries up to the end, or to where something is lost. */
static enum step read_stretch(struct reader *reader)
{
    enum step next = STEP_NEXT;
    if (!reader->is_zip && open_tar(reader) != 0)
        return reader->expander.fault == OB_EXPANDER_GAP ? STEP_GAP : STEP_STOP;
    while (next == STEP_NEXT)
        next = step(reader);
    return next;
}

/* What came of it, once nothing more can be read. */
static int conclude(struct reader *reader, enum step last)
{
    reader->damage->has_lost_end = last != STEP_END && reader->damage->is_numbered;
    if (reader->damage->reason.text[0] == '\0')
        return OB_ARCHIVE_WHOLE;
    if (reader->damage->entries_read > 0)
        return OB_ARCHIVE_DAMAGED;
    return ob_error_set(reader->error, "%s: cannot be read as an archive: %s", reader->source->name,
                        reader->damage->reason.text);
}

static int read_all(struct reader *reader)
{
    enum step last = STEP_GAP;
    if (open_reader(reader) != 0)
        return reader->damage->reason.text[0] ? conclude(reader, STEP_STOP) : -1;
    while (last == STEP_GAP) {
        last = read_stretch(reader);
        if (last == STEP_GAP) {
            note_damage(reader, reader->expander.reason.text);
            ob_expander_resume(&reader->expander);
        }
    }
    return last == STEP_ABORT ? -1 : conclude(reader, last);
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
    reader.damage->is_numbered = true;
    const int result = read_all(&reader);
    if (reader.tar)
        (void)archive_read_free(reader.tar);
    ob_expander_close(&reader.expander);
    free(reader.buffer);
    return result;
}

int ob_archive_each(const char *path, ob_archive_visit *visit, void *context,
                    struct ob_archive_damage *damage, struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;
    if (damage)
        memset(damage, 0, sizeof *damage);
    if (ob_file_read(path, OB_ARCHIVE_FILE_BYTES_MAX, &data, &size, error) != 0)
        return -1;
    const struct ob_archive_source source = {strcmp(path, "-") == 0 ? "standard input" : path, data,
                                             size, NULL};
    const int result = ob_archive_each_memory(&source, visit, context, damage, error);
    free(data);
    return result;
}

static int add_to_set(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    return ob_input_set_add(context, entry->data, entry->size, error);
}

int ob_archive_read_memory(const struct ob_archive_source *source, struct ob_input_set *set,
                           struct ob_archive_damage *damage, struct ob_error *error)
{
    return ob_archive_each_memory(source, add_to_set, set, damage, error);
}

int ob_archive_read(const char *path, struct ob_input_set *set, struct ob_archive_damage *damage,
                    struct ob_error *error)
{
    return ob_archive_each(path, add_to_set, set, damage, error);
}

void ob_archive_damage_print(const struct ob_archive_damage *damage, struct ob_text *text)
{
    const char *separator = "; lost: ";
    ob_text_printf(text, "%s", damage->reason.text);
    if (!damage->is_numbered)
        return;
    for (size_t i = 0; i < damage->hole_count; i++) {
        const uint64_t first = damage->holes[i].first;
        const uint64_t last = damage->holes[i].last;
        ob_text_printf(text, "%s%06" PRIu64, separator, first);
        if (last > first)
            ob_text_printf(text, " to %06" PRIu64, last);
        separator = ", ";
    }
    if (damage->has_lost_end)
        ob_text_printf(text, "%swhat came from %06" PRIu64 " on", separator, damage->next_number);
}
