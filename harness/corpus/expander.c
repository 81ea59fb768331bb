#include "corpus/expander.h"

#include "corpus/tar_header.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    PIECE_BYTES = 64 * 1024, /* small enough that a limit is noticed soon after it is passed */
    STREAM_BYTES = 256 * 1024,
};

static bool is_skippable(const uint8_t *data, size_t size)
{
    return size >= 4 && (data[0] & 0xF0) == 0x50 && data[1] == 0x2A && data[2] == 0x4D &&
           data[3] == 0x18;
}

static bool is_frame(const uint8_t *data, size_t size)
{
    return size >= 4 && data[0] == 0x28 && data[1] == 0xB5 && data[2] == 0x2F && data[3] == 0xFD;
}

/* The compression the first bytes announce, as libarchive counts them, or -1 if it is refused. */
static int recognize(const uint8_t *data, size_t size, struct ob_error *error)
{
    static const uint8_t xz_magic[] = {0xFD, '7', 'z', 'X', 'Z', 0};
    if (is_frame(data, size) || is_skippable(data, size)) {
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

/* The read callback of libarchive's decoder. */
static la_ssize_t give_piece(struct archive *decoder, void *context, const void **piece)
{
    struct ob_expander *expander = context;
    const size_t left = expander->size - expander->at;
    const size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
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

static int open_zstd(struct ob_expander *expander, struct ob_error *error)
{
    expander->context = ZSTD_createDCtx();
    expander->buffer = malloc(STREAM_BYTES);
    expander->buffer_bytes = STREAM_BYTES;
    return expander->context && expander->buffer ? 0 : ob_error_set(error, "no memory to decode");
}

int ob_expander_open(struct ob_expander *expander, const uint8_t *data, size_t size,
                     uint64_t expanded_bytes_max, struct ob_error *error)
{
    memset(expander, 0, sizeof *expander);
    expander->data = data;
    expander->size = size;
    expander->expanded_bytes_max = expanded_bytes_max;
    const int filter = recognize(data, size, error);
    if (filter < 0) {
        return -1;
    }
    if (filter == ARCHIVE_FILTER_ZSTD) {
        return open_zstd(expander, error);
    }
    expander->decoder = archive_read_new();
    if (!expander->decoder) {
        return ob_error_set(error, "no memory for a decoder");
    }
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
        return ob_error_set(error, "%.200s", decoder_reason(expander->decoder));
    }
    return 0;
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
    const int status = archive_read_data_block(expander->decoder, block, &size, &offset);
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF) {
        return fail(expander, OB_EXPANDER_DAMAGED, decoder_reason(expander->decoder));
    }
    return status == ARCHIVE_EOF ? 0 : (ssize_t)size;
}

/* Decodes as much of the frame at `at` as decodes, whatever its checksum says. */
static void decode_what_decodes(struct ob_expander *expander, size_t content_bytes)
{
    ZSTD_inBuffer in = {expander->data + expander->at, expander->size - expander->at, 0};
    ZSTD_outBuffer out = {expander->buffer, content_bytes, 0};
    size_t before = SIZE_MAX;
    size_t hint = 1;
    (void)ZSTD_DCtx_reset(expander->context, ZSTD_reset_session_only);
    while (hint != 0 && !ZSTD_isError(hint) && in.pos + out.pos != before &&
           out.pos < content_bytes) {
        before = in.pos + out.pos;
        hint = ZSTD_decompressStream(expander->context, &out, &in);
    }
    expander->decoded_bytes = out.pos;
}

static int reserve(struct ob_expander *expander, size_t size)
{
    if (size > expander->buffer_bytes) {
        uint8_t *larger = realloc(expander->buffer, size);
        if (!larger) {
            return -1;
        }
        expander->buffer = larger;
        expander->buffer_bytes = size;
    }
    return 0;
}

/*
 * The size of a frame that is decoded at once, so that its checksum is known to be right before any
 * of it is given out; or SIZE_MAX if it is too large for that, does not say its size, or has none.
 */
static size_t content_at_once(const struct ob_expander *expander)
{
    const uint8_t *frame = expander->data + expander->at;
    const size_t size = expander->size - expander->at;
    const unsigned long long content = ZSTD_getFrameContentSize(frame, size);
    if (size < 5 || (frame[4] & 4) == 0 || content == ZSTD_CONTENTSIZE_UNKNOWN ||
        content == ZSTD_CONTENTSIZE_ERROR || content > OB_SEAL_CONTENT_BYTES_MAX) {
        return SIZE_MAX;
    }
    return (size_t)content;
}

static ssize_t gap(struct ob_expander *expander, const char *reason)
{
    expander->is_resyncing = true;
    return fail(expander, OB_EXPANDER_GAP, reason);
}

/* Goes to the next seal behind a damage, if there is one. */
static void skip_to_seal(struct ob_expander *expander)
{
    expander->at = ob_seal_find(expander->data, expander->size, expander->at + 1);
    expander->seal.bytes = NULL;
}

/* What to do where nothing can be decoded. */
static ssize_t give_up(struct ob_expander *expander, const char *reason)
{
    skip_to_seal(expander);
    return expander->at < expander->size || expander->has_seals
               ? gap(expander, reason)
               : fail(expander, OB_EXPANDER_DAMAGED, reason);
}

/* Takes up the seal or another skippable frame at `at`. */
static ssize_t take_skippable(struct ob_expander *expander)
{
    const uint8_t *frame = expander->data + expander->at;
    const size_t left = expander->size - expander->at;
    const size_t size = ZSTD_findFrameCompressedSize(frame, left);
    if (ZSTD_isError(size) || size > left) {
        return give_up(expander, "the compressed data is cut short or damaged");
    }
    if (ob_seal_read(frame, left, &expander->seal)) {
        const uint64_t expected = expander->entries_ahead;
        expander->at += size;
        expander->has_seals = true;
        expander->entries_ahead = (uint64_t)expander->seal.first_entry + expander->seal.entry_count;
        return expander->seal.first_entry == expected || expected == UINT64_MAX
                   ? 0
                   : gap(expander, "a part of it is missing");
    }
    if (!ob_seal_is_here(frame, left)) {
        expander->at += size;
        return 0;
    }
    /* Only the seal itself is damaged, if a frame follows it. */
    if (left == size || !is_frame(frame + size, left - size)) {
        return give_up(expander, "the compressed data is damaged");
    }
    expander->at += size;
    expander->has_seals = true;
    expander->seal.bytes = NULL;
    return gap(expander, "the checksums of a part of it are damaged");
}

/* Gives out a frame that was decoded at once. */
static void take_whole(struct ob_expander *expander, size_t content_bytes, size_t frame_bytes)
{
    expander->at += frame_bytes;
    if (expander->is_resyncing && content_bytes > 0 &&
        !ob_tar_header_is_sound(expander->buffer, content_bytes)) {
        return; /* passed over: what begins in the middle of an entry is of no use */
    }
    if (!expander->seal.bytes) {
        expander->entries_ahead = UINT64_MAX;
    }
    expander->seal.bytes = NULL;
    expander->is_resyncing = false;
    expander->decoded_bytes = content_bytes;
    expander->run_at = 0;
    expander->run_end = content_bytes;
}

/* Begins to look for what is intact in a damaged frame that has a seal. */
static ssize_t begin_salvage(struct ob_expander *expander)
{
    const size_t content_bytes = expander->seal.content_bytes;
    if (reserve(expander, content_bytes ? content_bytes : 1) != 0) {
        return fail(expander, OB_EXPANDER_DAMAGED, "there is no memory to decode it");
    }
    decode_what_decodes(expander, content_bytes);
    expander->is_salvaging = true;
    expander->segment = 0;
    return gap(expander, "the compressed data is cut short or damaged");
}

/* The next run of intact segments in a damaged frame; 0 when there was none or it was found. */
static ssize_t salvage(struct ob_expander *expander)
{
    const struct ob_seal *seal = &expander->seal;
    const size_t count = ob_seal_segment_count(seal);
    size_t at = SIZE_MAX;
    while (expander->segment < count && at == SIZE_MAX) {
        if (ob_seal_fits(seal, expander->buffer, expander->decoded_bytes, expander->segment)) {
            at = ob_seal_entry_in(seal, expander->segment);
        }
        expander->segment++;
    }
    if (at == SIZE_MAX) {
        expander->is_salvaging = false;
        skip_to_seal(expander);
        return 0;
    }
    while (expander->segment < count &&
           ob_seal_fits(seal, expander->buffer, expander->decoded_bytes, expander->segment)) {
        expander->segment++;
    }
    const size_t end = expander->segment * OB_SEAL_SEGMENT_BYTES;
    expander->run_at = at;
    expander->run_end = end < seal->content_bytes ? end : seal->content_bytes;
    expander->is_resyncing = false;
    return 0;
}

/* Takes up the frame of data at `at`. */
static ssize_t take_frame(struct ob_expander *expander)
{
    const uint8_t *frame = expander->data + expander->at;
    const size_t left = expander->size - expander->at;
    const size_t content = content_at_once(expander);
    const size_t size = ZSTD_findFrameCompressedSize(frame, left);
    const bool is_sealed = expander->seal.bytes != NULL;
    if (content != SIZE_MAX && !ZSTD_isError(size) &&
        (!is_sealed || content == expander->seal.content_bytes)) {
        if (reserve(expander, content ? content : 1) != 0) {
            return fail(expander, OB_EXPANDER_DAMAGED, "there is no memory to decode it");
        }
        const size_t got =
            ZSTD_decompressDCtx(expander->context, expander->buffer, content, frame, size);
        if (!ZSTD_isError(got) && got == content) {
            const bool is_odd =
                is_sealed ? !ob_seal_fits_frame(&expander->seal, frame, size) : expander->has_seals;
            take_whole(expander, content, size);
            return is_odd ? gap(expander, "the compressed data is damaged, but nothing of a part "
                                          "of it is lost")
                          : 0;
        }
    }
    if (is_sealed) {
        return begin_salvage(expander);
    }
    if (expander->has_seals || expander->is_resyncing) {
        return give_up(expander, "the compressed data is cut short or damaged");
    }
    /* Somebody else's: what decodes is all there is to know. */
    (void)ZSTD_DCtx_reset(expander->context, ZSTD_reset_session_only);
    expander->is_streaming = true;
    return 0;
}

/* Decodes more of a frame that is given out while it is decoded. */
static ssize_t stream(struct ob_expander *expander)
{
    ZSTD_inBuffer in = {expander->data + expander->at, expander->size - expander->at, 0};
    ZSTD_outBuffer out = {expander->buffer, STREAM_BYTES, 0};
    const size_t hint = ZSTD_decompressStream(expander->context, &out, &in);
    expander->at += in.pos;
    if (hint == 0) {
        expander->is_streaming = false;
    }
    if (out.pos == 0 && (ZSTD_isError(hint) || (hint != 0 && expander->at == expander->size))) {
        return fail(expander, OB_EXPANDER_DAMAGED,
                    ZSTD_isError(hint) ? ZSTD_getErrorName(hint)
                                       : "the compressed data is cut short");
    }
    expander->run_at = 0;
    expander->run_end = out.pos;
    return 0;
}

/* Takes one step towards the next bytes: 0, or -1 with the fault set. */
static ssize_t step(struct ob_expander *expander)
{
    const uint8_t *data = expander->data + expander->at;
    const size_t left = expander->size - expander->at;
    if (expander->is_salvaging) {
        return expander->is_resyncing ? salvage(expander)
                                      : gap(expander, "the compressed data is damaged");
    }
    if (expander->is_streaming) {
        return stream(expander);
    }
    if (is_skippable(data, left)) {
        return take_skippable(expander);
    }
    if (is_frame(data, left)) {
        return take_frame(expander);
    }
    return give_up(expander, "the compressed data is cut short or damaged");
}

/* A next block of what zstd decodes, which the buffer holds a run of. */
static ssize_t next_of_zstd(struct ob_expander *expander, const void **block)
{
    while (expander->run_at == expander->run_end) {
        if (expander->at == expander->size && !expander->is_salvaging && !expander->is_streaming) {
            const bool is_cut = expander->seal.bytes != NULL;
            expander->seal.bytes = NULL;
            return is_cut ? gap(expander, "the compressed data is cut short") : 0;
        }
        if (step(expander) != 0) {
            return -1;
        }
    }
    const size_t left = expander->run_end - expander->run_at;
    const size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
    *block = expander->buffer + expander->run_at;
    expander->run_at += size;
    return (ssize_t)size;
}

ssize_t ob_expander_next(struct ob_expander *expander, const void **block)
{
    if (expander->fault != OB_EXPANDER_SOUND) {
        return -1;
    }
    if (expander->is_exhausted) {
        return 0;
    }
    const ssize_t size =
        expander->context ? next_of_zstd(expander, block) : next_of_decoder(expander, block);
    if (size < 0) {
        return -1;
    }
    if (size == 0) {
        expander->is_exhausted = true;
        return 0;
    }
    expander->expanded_bytes += (uint64_t)size;
    if (expander->expanded_bytes > expander->expanded_bytes_max) {
        (void)fail(expander, OB_EXPANDER_OVERGROWN, "");
        (void)ob_error_set(&expander->reason, "it expands to more than the limit of %llu bytes",
                           (unsigned long long)expander->expanded_bytes_max);
        return -1;
    }
    if ((uint64_t)size > expander->allowance_bytes) {
        return fail(expander, OB_EXPANDER_OVERGROWN, "a header expands to more than is reasonable");
    }
    expander->allowance_bytes -= (uint64_t)size;
    return size;
}

void ob_expander_resume(struct ob_expander *expander)
{
    if (expander->fault == OB_EXPANDER_GAP) {
        expander->fault = OB_EXPANDER_SOUND;
    }
}

void ob_expander_close(struct ob_expander *expander)
{
    if (expander->decoder) {
        (void)archive_read_free(expander->decoder);
        expander->decoder = NULL;
    }
    if (expander->context) {
        (void)ZSTD_freeDCtx(expander->context);
        expander->context = NULL;
    }
    free(expander->buffer);
    expander->buffer = NULL;
}
