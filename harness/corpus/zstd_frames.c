#include "corpus/zstd_frames.h"

#include <string.h>

enum {
    MAGIC_BYTES = 4,
    SKIPPABLE_HEADER_BYTES = 8,
    BLOCK_HEADER_BYTES = 3,
    BLOCK_BYTES_MAX = 128 * 1024,
    CHECKSUM_BYTES = 4,
    WINDOW_LOG_MIN = 10,
    WINDOW_LOG_MAX = 27, /* what decoders accept unless told otherwise */
};

#define FRAME_MAGIC 0xFD2FB528U
#define SKIPPABLE_MAGIC 0x184D2A50U /* the low four bits are free */

static uint64_t little_endian(const uint8_t *data, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint64_t)data[i] << (8 * i);
    }
    return value;
}

static bool is_skippable(uint64_t magic)
{
    return (magic & 0xFFFFFFF0U) == SKIPPABLE_MAGIC;
}

bool ob_zstd_is_stream(const uint8_t *data, size_t size)
{
    if (size < MAGIC_BYTES) {
        return false;
    }
    const uint64_t magic = little_endian(data, MAGIC_BYTES);
    return magic == FRAME_MAGIC || is_skippable(magic);
}

struct frame {
    size_t blocks_start;
    size_t blocks_end;
    bool has_last_block;
    bool has_checksum;
};

/* The smallest window descriptor that covers content of the given size. */
static uint8_t window_for(uint64_t content_bytes)
{
    unsigned log = WINDOW_LOG_MIN;
    while (log < WINDOW_LOG_MAX && ((uint64_t)1 << log) < content_bytes) {
        log++;
    }
    return (uint8_t)((log - WINDOW_LOG_MIN) << 3);
}

/*
 * Parses the header at `start` and writes its replacement to `extent`. Returns false if the header
 * is cut or needs a dictionary, which no archive comes with.
 */
static bool parse_header(const uint8_t *data, size_t size, size_t start, struct frame *frame,
                         struct ob_zstd_extent *extent)
{
    static const size_t content_size_bytes[] = {0, 2, 4, 8};
    size_t at = start + MAGIC_BYTES;
    if (at >= size) {
        return false;
    }
    const uint8_t descriptor = data[at++];
    const bool single_segment = (descriptor & 0x20) != 0;
    size_t content_bytes = content_size_bytes[descriptor >> 6];
    if (single_segment && content_bytes == 0) {
        content_bytes = 1;
    }
    if ((descriptor & 0x0B) != 0 || size - at < content_bytes + (single_segment ? 0 : 1)) {
        return false;
    }
    uint8_t window = 0;
    if (single_segment) {
        /* The two-byte form counts from 256; rounding up by that much does no harm elsewhere. */
        window = window_for((little_endian(data + at, content_bytes) & (UINT64_MAX >> 1)) + 256);
    } else {
        window = data[at++];
    }
    frame->has_checksum = (descriptor & 0x04) != 0;
    frame->blocks_start = at + content_bytes;
    memcpy(extent->header, data + start, MAGIC_BYTES);
    extent->header[MAGIC_BYTES] = 0;
    extent->header[MAGIC_BYTES + 1] = window;
    extent->header_bytes = MAGIC_BYTES + 2;
    return true;
}

/* Walks over the blocks that are there in full. */
static void walk_blocks(const uint8_t *data, size_t size, struct frame *frame)
{
    size_t at = frame->blocks_start;
    while (!frame->has_last_block && size - at >= BLOCK_HEADER_BYTES) {
        const uint64_t header = little_endian(data + at, BLOCK_HEADER_BYTES);
        const uint64_t type = (header >> 1) & 3;
        const uint64_t stated = header >> 3;
        const uint64_t stored = type == 1 ? 1 : stated; /* type 1 repeats a single byte */
        if (type == 3 || stated > BLOCK_BYTES_MAX || stored > size - at - BLOCK_HEADER_BYTES) {
            break;
        }
        at += BLOCK_HEADER_BYTES + (size_t)stored;
        frame->has_last_block = (header & 1) != 0;
    }
    frame->blocks_end = at;
}

/* Returns the end of the frame at `start`, or 0 after filling in `extent` if it is not whole. */
static size_t measure_frame(const uint8_t *data, size_t size, size_t start,
                            struct ob_zstd_extent *extent)
{
    const size_t left = size - start;
    const uint64_t magic = left < MAGIC_BYTES ? 0 : little_endian(data + start, MAGIC_BYTES);
    if (is_skippable(magic)) {
        if (left < SKIPPABLE_HEADER_BYTES) {
            return 0;
        }
        const uint64_t skipped = little_endian(data + start + MAGIC_BYTES, MAGIC_BYTES);
        return skipped > left - SKIPPABLE_HEADER_BYTES
                   ? 0
                   : start + SKIPPABLE_HEADER_BYTES + (size_t)skipped;
    }
    struct frame frame = {0};
    if (magic != FRAME_MAGIC || !parse_header(data, size, start, &frame, extent)) {
        return 0;
    }
    walk_blocks(data, size, &frame);
    const size_t checksum_bytes = frame.has_checksum ? CHECKSUM_BYTES : 0;
    if (frame.has_last_block && size - frame.blocks_end >= checksum_bytes) {
        return frame.blocks_end + checksum_bytes;
    }
    extent->blocks_start = frame.blocks_start;
    extent->blocks_end = frame.blocks_end;
    extent->has_last_block = frame.has_last_block;
    return 0;
}

struct ob_zstd_extent ob_zstd_measure(const uint8_t *data, size_t size)
{
    struct ob_zstd_extent extent = {0};
    size_t at = 0;
    while (at < size) {
        const size_t end = measure_frame(data, size, at, &extent);
        if (end == 0) {
            return extent;
        }
        at = end;
        extent.frames_end = end;
    }
    memset(&extent, 0, sizeof extent);
    extent.is_whole = true;
    extent.frames_end = size;
    return extent;
}
