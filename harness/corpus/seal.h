/*
 * What makes a damaged archive recoverable. An archive is a row of zstd frames, each of which holds
 * whole entries and decodes by itself. Before each stands its seal, a skippable frame (RFC 8878,
 * section 3.1.2) that other decoders pass over. It says which entries follow and holds checksums of
 * their bytes, a segment at a time, so that what decodes from a damaged frame can be told from what
 * only seems to.
 */
#ifndef OFFBEAT_CORPUS_SEAL_H
#define OFFBEAT_CORPUS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Small enough that little is lost with one, large enough that checksums take little room. */
#define OB_SEAL_SEGMENT_BYTES ((size_t)32 * 1024)
/* What a sealed frame may hold: enough for one input of any size with its header. */
#define OB_SEAL_CONTENT_BYTES_MAX ((size_t)32 << 20)
/* In place of a number of records: no entry begins in the segment. */
#define OB_SEAL_NO_ENTRY 255

/* A seal, as it is read from a file or written to one. `bytes` points into the file. */
struct ob_seal {
    uint32_t first_entry;
    uint32_t entry_count;
    uint32_t content_bytes;
    uint32_t frame_bytes; /* of the frame that follows */
    const uint8_t *bytes; /* the skippable frame, NULL for none */
};

/* The size of a seal, skippable frame and all, for so many bytes of content. */
size_t ob_seal_size(size_t content_bytes);

/* What is sealed. */
struct ob_sealed {
    const uint8_t *content;
    size_t content_bytes;
    const uint32_t *starts; /* the places in it at which entries begin, ascending */
    uint32_t entry_count;
    uint32_t first_entry; /* its number */
    const uint8_t *frame; /* the content, compressed */
    size_t frame_bytes;
};

/* Writes a seal to `out`, which has room for ob_seal_size(). */
void ob_seal_write(const struct ob_sealed *sealed, uint8_t *out);

/* Whether `data` begins with a seal, or with what was one before it was damaged. */
bool ob_seal_is_here(const uint8_t *data, size_t size);

/* Reads a seal. Returns false if what is there is none, is cut, or does not fit its checksum. */
bool ob_seal_read(const uint8_t *data, size_t size, struct ob_seal *seal);

/* The place of the next intact seal at or after `at`, or `size` if there is none. */
size_t ob_seal_find(const uint8_t *data, size_t size, size_t at);

/* Whether what follows is the frame that was sealed, to the last bit. */
bool ob_seal_fits_frame(const struct ob_seal *seal, const uint8_t *frame, size_t frame_bytes);

/* The number of segments that a seal has checksums of. */
size_t ob_seal_segment_count(const struct ob_seal *seal);

/* Whether segment `index` of what was decoded, of which there are `decoded_bytes`, is as it was. */
bool ob_seal_fits(const struct ob_seal *seal, const uint8_t *decoded, size_t decoded_bytes,
                  size_t index);

/* Where in the content the first entry begins that begins in segment `index`, or SIZE_MAX. */
size_t ob_seal_entry_in(const struct ob_seal *seal, size_t index);

#endif
