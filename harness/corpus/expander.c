#include "corpus/expander.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum {
    PIECE_BYTES = 64 * 1024, /* small enough that a limit is noticed soon after it is passed */
};

static const uint8_t closing_block[] = {1, 0, 0}; /* an empty last zstd block */

/* The compression the first bytes announce, as libarchive counts them, or -1 if it is refused. */
static int recognize(const uint8_t *data, size_t size, struct ob_error *error)
{
    static const uint8_t xz_magic[] = {0xFD, '7', 'z', 'X', 'Z', 0};
    if (ob_zstd_is_stream(data, size)) {
        return ARCHIVE_FILTER_ZSTD;
    }
    if (size >= 3 && data[0] == 0x1F && data[1] == 0x8B && data[2] == 8) {
        return ARCHIVE_FILTER_GZIP;
    }
    if (size >= 4 && memcmp(data, "BZh", 3) == 0 && data[3] >= '1' && data[3] <= '9') {
        return ARCHIVE_FILTER_BZIP2;
    }
    if (size >= sizeof xz_magic && memcmp(data, xz_magic, sizeof xz_magic) == 0) {
        return ob_error_set(error, "xz is not supported; unpack it with unxz first");
    }
    return ARCHIVE_FILTER_NONE;
}

static void push_segment(struct ob_expander *expander, const uint8_t *data, size_t size)
{
    expander->segments[expander->segment].data = data;
    expander->segments[expander->segment].size = size;
    expander->segment++;
}

/* Decides what the decoder is given: the data as it is or, of a cut stream, its whole blocks. */
static void plan_segments(struct ob_expander *expander, const uint8_t *data, size_t size, bool zstd)
{
    struct ob_zstd_extent *extent = &expander->extent;
    extent->is_whole = true;
    if (zstd) {
        *extent = ob_zstd_measure(data, size);
    }
    expander->is_cut = !extent->is_whole;
    push_segment(expander, data, expander->is_cut ? extent->frames_end : size);
    if (extent->blocks_end > extent->blocks_start) {
        push_segment(expander, extent->header, extent->header_bytes);
        push_segment(expander, data + extent->blocks_start,
                     extent->blocks_end - extent->blocks_start);
        if (!extent->has_last_block) {
            push_segment(expander, closing_block, sizeof closing_block);
        }
    }
    expander->segment = 0;
}

/* The read callback of the decoder. */
static la_ssize_t give_piece(struct archive *decoder, void *context, const void **piece)
{
    struct ob_expander *expander = context;
    const size_t segments_max = sizeof expander->segments / sizeof expander->segments[0];
    (void)decoder;
    while (expander->segment < segments_max &&
           expander->segment_at == expander->segments[expander->segment].size) {
        expander->segment++;
        expander->segment_at = 0;
    }
    if (expander->segment == segments_max) {
        *piece = NULL;
        return 0;
    }
    const size_t left = expander->segments[expander->segment].size - expander->segment_at;
    const size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
    *piece = expander->segments[expander->segment].data + expander->segment_at;
    expander->segment_at += size;
    return (la_ssize_t)size;
}

static const char *decoder_reason(struct archive *decoder)
{
    const char *text = archive_error_string(decoder);
    return text ? text : "the data does not decode";
}

int ob_expander_open(struct ob_expander *expander, const uint8_t *data, size_t size,
                     uint64_t expanded_bytes_max, struct ob_error *error)
{
    memset(expander, 0, sizeof *expander);
    const int filter = recognize(data, size, error);
    if (filter < 0) {
        return -1;
    }
    expander->expanded_bytes_max = expanded_bytes_max;
    expander->decoder = archive_read_new();
    if (!expander->decoder) {
        return ob_error_set(error, "no memory for a decoder");
    }
    plan_segments(expander, data, size, filter == ARCHIVE_FILTER_ZSTD);
    /*
     * The filter is set rather than left to libarchive to detect: detection nests up to 25 layers,
     * and what the inner ones expand to escapes every limit set on the outcome.
     */
    struct archive_entry *entry = NULL;
    if (archive_read_support_format_raw(expander->decoder) != ARCHIVE_OK ||
        (filter != ARCHIVE_FILTER_NONE &&
         archive_read_append_filter(expander->decoder, filter) != ARCHIVE_OK) ||
        archive_read_open(expander->decoder, expander, NULL, give_piece, NULL) != ARCHIVE_OK ||
        archive_read_next_header(expander->decoder, &entry) != ARCHIVE_OK) {
        if (expander->is_cut) {
            return ob_error_set(error, "it is cut short, before anything can be read");
        }
        return ob_error_set(error, "%.200s", decoder_reason(expander->decoder));
    }
    return 0;
}

static ssize_t fail(struct ob_expander *expander, enum ob_expander_fault fault)
{
    expander->fault = fault;
    return -1;
}

ssize_t ob_expander_next(struct ob_expander *expander, const void **block)
{
    la_int64_t offset = 0;
    size_t size = 0;
    if (expander->fault != OB_EXPANDER_SOUND) {
        return -1;
    }
    if (expander->is_exhausted) {
        return 0;
    }
    const int status = archive_read_data_block(expander->decoder, block, &size, &offset);
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF) {
        (void)ob_error_set(&expander->reason, "%.200s", decoder_reason(expander->decoder));
        return fail(expander, OB_EXPANDER_DAMAGED);
    }
    if (status == ARCHIVE_EOF || size == 0) {
        if (expander->is_cut) {
            (void)ob_error_set(&expander->reason, "the compressed data is cut short or damaged");
            return fail(expander, OB_EXPANDER_DAMAGED);
        }
        expander->is_exhausted = true;
        return 0;
    }
    expander->expanded_bytes += size;
    if (expander->expanded_bytes > expander->expanded_bytes_max) {
        (void)ob_error_set(&expander->reason, "it expands to more than the limit of %llu bytes",
                           (unsigned long long)expander->expanded_bytes_max);
        return fail(expander, OB_EXPANDER_OVERGROWN);
    }
    if (size > expander->allowance_bytes) {
        (void)ob_error_set(&expander->reason, "a header expands to more than is reasonable");
        return fail(expander, OB_EXPANDER_OVERGROWN);
    }
    expander->allowance_bytes -= size;
    return (ssize_t)size;
}

void ob_expander_close(struct ob_expander *expander)
{
    if (expander->decoder) {
        (void)archive_read_free(expander->decoder);
        expander->decoder = NULL;
    }
}
