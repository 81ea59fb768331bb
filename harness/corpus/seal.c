#include "corpus/seal.h"

#include <string.h>

enum {
    FRAME_HEADER_BYTES = 8, /* magic and size of the skippable frame */
    /* Signature, first entry, count of entries, bytes of content; bytes of the frame, checksum. */
    FIXED_BYTES = 24,
    SEGMENT_BYTES = 5, /* checksum, and the first record in which an entry begins */
    CHECKSUM_BYTES = 4,
    RECORD_BYTES = 512,
    CANDIDATES_MAX = 4096, /* of what looks like a seal and is none, in one search */
};

#define SKIPPABLE_MAGIC 0x184D2A5BU
#define SIGNATURE 0x3173626FU /* "obs1" */

/* CRC-32 as in zip and gzip, with the polynomial 0xEDB88320, four bits at a time. */
static uint32_t checksum(const uint8_t *data, size_t size)
{
    static const uint32_t table[] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                     0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
        sum = (sum >> 4) ^ table[sum & 15];
        sum = (sum >> 4) ^ table[sum & 15];
    }
    return ~sum;
}

static uint32_t get32(const uint8_t *data)
{
    return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
           (uint32_t)data[3] << 24;
}

static void put32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static size_t segments_of(size_t content_bytes)
{
    return (content_bytes + OB_SEAL_SEGMENT_BYTES - 1) / OB_SEAL_SEGMENT_BYTES;
}

static size_t segment_end(size_t content_bytes, size_t index)
{
    const size_t end = (index + 1) * OB_SEAL_SEGMENT_BYTES;
    return end < content_bytes ? end : content_bytes;
}

size_t ob_seal_size(size_t content_bytes)
{
    return FRAME_HEADER_BYTES + FIXED_BYTES + SEGMENT_BYTES * segments_of(content_bytes) +
           CHECKSUM_BYTES;
}

void ob_seal_write(const struct ob_sealed *sealed, uint8_t *out)
{
    const size_t size = ob_seal_size(sealed->content_bytes);
    size_t start = 0;
    put32(out, SKIPPABLE_MAGIC);
    put32(out + 4, (uint32_t)(size - FRAME_HEADER_BYTES));
    put32(out + 8, SIGNATURE);
    put32(out + 12, sealed->first_entry);
    put32(out + 16, sealed->entry_count);
    put32(out + 20, (uint32_t)sealed->content_bytes);
    put32(out + 24, (uint32_t)sealed->frame_bytes);
    put32(out + 28, checksum(sealed->frame, sealed->frame_bytes));
    for (size_t index = 0; index < segments_of(sealed->content_bytes); index++) {
        const size_t begin = index * OB_SEAL_SEGMENT_BYTES;
        const size_t end = segment_end(sealed->content_bytes, index);
        uint8_t *segment = out + FRAME_HEADER_BYTES + FIXED_BYTES + SEGMENT_BYTES * index;
        put32(segment, checksum(sealed->content + begin, end - begin));
        while (start < sealed->entry_count && sealed->starts[start] < begin) {
            start++;
        }
        segment[4] = start < sealed->entry_count && sealed->starts[start] < end
                         ? (uint8_t)((sealed->starts[start] - begin) / RECORD_BYTES)
                         : OB_SEAL_NO_ENTRY;
    }
    put32(out + size - CHECKSUM_BYTES, checksum(out, size - CHECKSUM_BYTES));
}

bool ob_seal_is_here(const uint8_t *data, size_t size)
{
    return size >= FRAME_HEADER_BYTES + FIXED_BYTES &&
           (get32(data) == SKIPPABLE_MAGIC || get32(data + FRAME_HEADER_BYTES) == SIGNATURE);
}

bool ob_seal_read(const uint8_t *data, size_t size, struct ob_seal *seal)
{
    if (size < FRAME_HEADER_BYTES + FIXED_BYTES || get32(data) != SKIPPABLE_MAGIC ||
        get32(data + FRAME_HEADER_BYTES) != SIGNATURE) {
        return false;
    }
    const uint32_t content_bytes = get32(data + 20);
    const size_t sealed = ob_seal_size(content_bytes);
    if (content_bytes > OB_SEAL_CONTENT_BYTES_MAX || sealed > size ||
        get32(data + 4) != sealed - FRAME_HEADER_BYTES ||
        get32(data + sealed - CHECKSUM_BYTES) != checksum(data, sealed - CHECKSUM_BYTES)) {
        return false;
    }
    seal->first_entry = get32(data + 12);
    seal->entry_count = get32(data + 16);
    seal->content_bytes = content_bytes;
    seal->frame_bytes = get32(data + 24);
    seal->bytes = data;
    return true;
}

size_t ob_seal_find(const uint8_t *data, size_t size, size_t at)
{
    struct ob_seal seal;
    int candidates = 0;
    while (at < size && candidates < CANDIDATES_MAX) {
        const uint8_t *found = memchr(data + at, SKIPPABLE_MAGIC & 0xFF, size - at);
        if (!found) {
            break;
        }
        at = (size_t)(found - data);
        if (ob_seal_read(found, size - at, &seal)) {
            return at;
        }
        candidates += ob_seal_is_here(found, size - at) ? 1 : 0;
        at++;
    }
    return size;
}

bool ob_seal_fits_frame(const struct ob_seal *seal, const uint8_t *frame, size_t frame_bytes)
{
    return frame_bytes == seal->frame_bytes &&
           checksum(frame, frame_bytes) == get32(seal->bytes + 28);
}

size_t ob_seal_segment_count(const struct ob_seal *seal)
{
    return segments_of(seal->content_bytes);
}

static const uint8_t *segment_of(const struct ob_seal *seal, size_t index)
{
    return seal->bytes + FRAME_HEADER_BYTES + FIXED_BYTES + SEGMENT_BYTES * index;
}

bool ob_seal_fits(const struct ob_seal *seal, const uint8_t *decoded, size_t decoded_bytes,
                  size_t index)
{
    const size_t begin = index * OB_SEAL_SEGMENT_BYTES;
    const size_t end = segment_end(seal->content_bytes, index);
    return end <= decoded_bytes &&
           checksum(decoded + begin, end - begin) == get32(segment_of(seal, index));
}

size_t ob_seal_entry_in(const struct ob_seal *seal, size_t index)
{
    const uint8_t record = segment_of(seal, index)[4];
    const size_t at = index * OB_SEAL_SEGMENT_BYTES + (size_t)record * RECORD_BYTES;
    return at < segment_end(seal->content_bytes, index) && record != OB_SEAL_NO_ENTRY ? at
                                                                                      : SIZE_MAX;
}
