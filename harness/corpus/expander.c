#include "corpus/expander.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/array.h"

enum {
    PIECE_BYTES = 64 * 1024, /* small enough that a limit is noticed soon after it is passed */
    TAR_RECORD_BYTES = 512,
    TAR_CHECKSUM_AT = 148,
    TAR_CHECKSUM_BYTES = 8,
    /* A search for frames tries no more places than this: made-up ones could be without number. */
    ATTEMPTS_MAX = 1 << 16,
};

/* What a file may be under. Independent frames are ours; libarchive decodes the rest. */
enum compression { PLAIN, GZIP, BZIP2, ZSTD_STREAM, ZSTD_FRAMES, REFUSED };

static bool is_skippable(const uint8_t *data, size_t size)
{
    return size >= 4 && (data[0] & 0xF0) == 0x50 && memcmp(data + 1, "\x2A\x4D\x18", 3) == 0;
}

static bool is_frame(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "\x28\xB5\x2F\xFD", 4) == 0;
}

/* Whether a tar entry begins here, as the checksum of its header tells, or the end of the archive
 * (POSIX.1-2017, pax, "ustar Interchange Format"). */
static bool is_entry(const uint8_t *data, size_t size)
{
    unsigned sum = TAR_CHECKSUM_BYTES * ' ';
    unsigned all = 0;
    char stated[TAR_CHECKSUM_BYTES + 1] = "";

    if (size < TAR_RECORD_BYTES)
        return false;
    for (size_t at = 0; at < TAR_RECORD_BYTES; at++) {
        all |= data[at];
        sum += at - TAR_CHECKSUM_AT < TAR_CHECKSUM_BYTES ? 0u : data[at];
    }
    memcpy(stated, data + TAR_CHECKSUM_AT, TAR_CHECKSUM_BYTES);
    return all == 0 || strtoul(stated, NULL, 8) == sum;
}

static int reserve(struct ob_expander *expander, size_t size)
{
    uint8_t *content = ob_array_reserve(expander->content, &expander->content_room, size + 1, 1);
    if (!content)
        return -1;
    expander->content = content;
    return 0;
}

/* The content of the frame at `at`, if it says its size and has a checksum, and both are right:
 * then returns what the frame takes of the file. Returns 0 for one that cannot be decoded at once.
 */
static size_t decode_frame(struct ob_expander *expander, size_t at)
{
    const uint8_t *frame = expander->data + at;
    size_t left = expander->size - at;

    if (!is_frame(frame, left) || left < 5 || (frame[4] & 4) == 0)
        return 0;
    unsigned long long content = ZSTD_getFrameContentSize(frame, left);
    size_t size = ZSTD_findFrameCompressedSize(frame, left);
    if (content > OB_FRAME_CONTENT_BYTES_MAX || ZSTD_isError(size) ||
        reserve(expander, (size_t)content))
        return 0;
    size_t got =
        ZSTD_decompressDCtx(expander->context, expander->content, (size_t)content, frame, size);
    if (ZSTD_isError(got) || got != content)
        return 0;
    assert(size > 0 && size <= left);
    expander->content_bytes = got;
    expander->given_bytes = 0;
    return size;
}

/* The next place from `at` on at which an intact frame begins, and an entry in it; or the size. */
static size_t find_intact(struct ob_expander *expander, size_t at)
{
    while (at < expander->size && expander->attempts < ATTEMPTS_MAX) {
        const uint8_t *found = memchr(expander->data + at, 0x28, expander->size - at);
        if (!found)
            break;
        at = (size_t)(found - expander->data);
        if (decode_frame(expander, at) && is_entry(expander->content, expander->content_bytes))
            return at;
        expander->attempts += is_frame(expander->data + at, expander->size - at);
        at++;
    }
    return expander->size;
}

/* The compression that the first bytes announce. */
static enum compression recognize(struct ob_expander *expander, struct ob_error *error)
{
    const uint8_t *data = expander->data;
    size_t size = expander->size;

    if (size >= 3 && memcmp(data, "\x1F\x8B\x08", 3) == 0)
        return GZIP;
    if (size >= 4 && memcmp(data, "BZh", 3) == 0 && data[3] >= '1' && data[3] <= '9')
        return BZIP2;
    if (size >= 6 && memcmp(data,
                            "\xFD"
                            "7zXZ",
                            6) == 0) {
        (void)ob_error_set(error, "xz is not supported; unpack it with unxz first");
        return REFUSED;
    }
    if (is_entry(data, size))
        return PLAIN;
    /* Whatever a damage has made of the beginning, a frame that can be read makes it one of ours.
     */
    if ((size >= OB_ARCHIVE_MARK_BYTES &&
         memcmp(data, OB_ARCHIVE_MARK, OB_ARCHIVE_MARK_BYTES) == 0) ||
        find_intact(expander, 0) < size)
        return ZSTD_FRAMES;
    return is_frame(data, size) || is_skippable(data, size) ? ZSTD_STREAM : PLAIN;
}

/* The read callback of libarchive's decoder. */
static la_ssize_t give_piece(struct archive *decoder, void *context, const void **piece)
{
    struct ob_expander *expander = context;
    size_t left = expander->size - expander->at;
    size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;

    (void)decoder;
    *piece = expander->data + expander->at;
    expander->at += size;
    return (la_ssize_t)size;
}

static const char *decoder_reason(struct archive *decoder)
{
    const char *text = archive_error_string(decoder);

    return text ? text : "the data does not decode";
}

/*
 * The filter is set rather than left to libarchive to detect: detection nests up to 25 layers, and
 * what the inner ones expand to escapes every limit set on the outcome.
 */
static int open_decoder(struct ob_expander *expander, enum compression compression,
                        struct ob_error *error)
{
    static const int filters[] = {[PLAIN] = ARCHIVE_FILTER_NONE,
                                  [GZIP] = ARCHIVE_FILTER_GZIP,
                                  [BZIP2] = ARCHIVE_FILTER_BZIP2,
                                  [ZSTD_STREAM] = ARCHIVE_FILTER_ZSTD};
    struct archive *decoder = expander->decoder = archive_read_new();
    struct archive_entry *entry = NULL;

    if (!decoder)
        return ob_error_set(error, "there is no memory to decode it");
    if (archive_read_support_format_raw(decoder) != ARCHIVE_OK ||
        (compression != PLAIN &&
         archive_read_append_filter(decoder, filters[compression]) != ARCHIVE_OK) ||
        archive_read_open(decoder, expander, NULL, give_piece, NULL) != ARCHIVE_OK ||
        archive_read_next_header(decoder, &entry) != ARCHIVE_OK)
        return ob_error_set(error, "%.200s", decoder_reason(decoder));
    return 0;
}

int ob_expander_open(struct ob_expander *expander, const uint8_t *data, size_t size,
                     uint64_t expanded_bytes_max, struct ob_error *error)
{
    *expander =
        (struct ob_expander){.data = data, .size = size, .expanded_bytes_max = expanded_bytes_max};
    expander->context = ZSTD_createDCtx();
    if (!expander->context)
        return ob_error_set(error, "there is no memory to decode it");
    enum compression compression = recognize(expander, error);
    expander->content_bytes = expander->given_bytes = 0;
    if (compression == REFUSED)
        return -1;
    return compression == ZSTD_FRAMES ? 0 : open_decoder(expander, compression, error);
}

static ssize_t fail(struct ob_expander *expander, enum ob_expander_fault fault, const char *reason)
{
    expander->fault = fault;
    (void)ob_error_set(&expander->reason, "%.200s", reason);
    return -1;
}

/* A next block of what libarchive decodes. */
static ssize_t next_of_decoder(struct ob_expander *expander, const void **block)
{
    la_int64_t offset = 0;
    size_t size = 0;

    int status = archive_read_data_block(expander->decoder, block, &size, &offset);
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF)
        return fail(expander, OB_EXPANDER_DAMAGED, decoder_reason(expander->decoder));
    return status == ARCHIVE_EOF ? 0 : (ssize_t)size;
}

/* Takes up what is at `at`: a frame, or a skippable frame, which holds nothing of the archive. */
static ssize_t take_frame(struct ob_expander *expander)
{
    const uint8_t *data = expander->data + expander->at;
    size_t left = expander->size - expander->at;
    size_t size = is_skippable(data, left) ? ZSTD_findFrameCompressedSize(data, left)
                                           : decode_frame(expander, expander->at);

    if (size > 0 && !ZSTD_isError(size) && size <= left) {
        expander->at += size;
        return 0;
    }
    expander->at = find_intact(expander, expander->at + 1);
    expander->content_bytes = expander->given_bytes = 0; /* it is decoded once more */
    return fail(expander, OB_EXPANDER_GAP, "the compressed data is cut short or damaged");
}

static ssize_t next_of_frames(struct ob_expander *expander, const void **block)
{
    while (expander->given_bytes == expander->content_bytes) {
        if (expander->at == expander->size)
            return 0;
        if (take_frame(expander) != 0)
            return -1;
    }
    assert(expander->given_bytes < expander->content_bytes &&
           expander->content_bytes <= OB_FRAME_CONTENT_BYTES_MAX && expander->at <= expander->size);
    size_t left = expander->content_bytes - expander->given_bytes;
    size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
    *block = expander->content + expander->given_bytes;
    expander->given_bytes += size;
    return (ssize_t)size;
}

ssize_t ob_expander_next(struct ob_expander *expander, const void **block)
{
    if (expander->fault != OB_EXPANDER_SOUND)
        return -1;
    if (expander->is_exhausted)
        return 0;
    ssize_t size =
        expander->decoder ? next_of_decoder(expander, block) : next_of_frames(expander, block);
    if (size <= 0) {
        expander->is_exhausted = size == 0;
        return size;
    }
    expander->expanded_bytes += (uint64_t)size;
    if (expander->expanded_bytes > expander->expanded_bytes_max) {
        (void)fail(expander, OB_EXPANDER_OVERGROWN, "");
        return ob_error_set(&expander->reason, "it expands to more than the limit of %llu bytes",
                            (unsigned long long)expander->expanded_bytes_max);
    }
    if ((uint64_t)size > expander->allowance_bytes)
        return fail(expander, OB_EXPANDER_OVERGROWN, "a header expands to more than is reasonable");
    expander->allowance_bytes -= (uint64_t)size;
    return size;
}

void ob_expander_resume(struct ob_expander *expander)
{
    if (expander->fault == OB_EXPANDER_GAP)
        expander->fault = OB_EXPANDER_SOUND;
}

void ob_expander_close(struct ob_expander *expander)
{
    if (expander->decoder)
        (void)archive_read_free(expander->decoder);
    (void)ZSTD_freeDCtx(expander->context);
    free(expander->content);
    *expander = (struct ob_expander){.is_exhausted = true};
}
