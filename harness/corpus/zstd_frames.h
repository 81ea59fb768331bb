/*
 * Finds how much of a zstd stream is whole.
 *
 * A decoder given a stream that stops early drops its last output along with the error. If the
 * stream is cut after the last whole block instead and its frame is properly closed there, all
 * that can be decoded is. This only reads the frame structure (RFC 8878, section 3.1).
 */
#ifndef OFFBEAT_CORPUS_ZSTD_FRAMES_H
#define OFFBEAT_CORPUS_ZSTD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OB_ZSTD_HEADER_BYTES_MAX 18

struct ob_zstd_extent {
    bool is_whole;       /* every frame is complete; the fields below other than the next are 0 */
    size_t frames_end;   /* the end of the last complete frame */
    size_t blocks_start; /* of the incomplete frame after that: where its first block starts */
    size_t blocks_end;   /* ... and its last complete block ends; equal to start if it has none */
    bool has_last_block; /* its blocks are complete and only the checksum is missing */

    /* A header for the blocks of the incomplete frame that promises neither size nor checksum. */
    uint8_t header[OB_ZSTD_HEADER_BYTES_MAX];
    size_t header_bytes;
};

/* Whether `data` starts as a zstd stream does. */
bool ob_zstd_is_stream(const uint8_t *data, size_t size);

/* Walks the frames and blocks of `data`. Any content is allowed; nothing is decoded. */
struct ob_zstd_extent ob_zstd_measure(const uint8_t *data, size_t size);

#endif
