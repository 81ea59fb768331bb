/*
 * The bytes inside a compressed file, block by block and bounded: the total that a small file may
 * expand to is limited, and so is the amount between one step of the reader and the next.
 *
 * A file of independent zstd frames (RFC 8878), each with its size and checksum, is decoded a frame
 * at a time, and nothing of a frame is given out before its checksum is known to be right. A frame
 * that does not decode is passed over: reading goes on at the next one that does, found by its
 * magic number, provided that a tar entry begins there.
 */
#ifndef OFFBEAT_CORPUS_EXPANDER_H
#define OFFBEAT_CORPUS_EXPANDER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct archive;
struct ZSTD_DCtx_s;

/* What an archive of independent frames begins with: a skippable frame, which other decoders pass
 * over. What follows is never decoded without its checksum, however much of it is damaged. */
#define OB_ARCHIVE_MARK "\x5F\x2A\x4D\x18\x08\x00\x00\x00offbeat1"
#define OB_ARCHIVE_MARK_BYTES (sizeof OB_ARCHIVE_MARK - 1)

/* The largest content of a frame that is decoded at once: room for an input of any size with its
 * header. */
#define OB_FRAME_CONTENT_BYTES_MAX ((size_t)32 << 20)

enum ob_expander_fault {
    OB_EXPANDER_SOUND,
    OB_EXPANDER_GAP,       /* something is lost; what is left begins with an entry */
    OB_EXPANDER_DAMAGED,   /* the compressed data is cut short or does not decode */
    OB_EXPANDER_OVERGROWN, /* a limit on the expanded size is reached */
};

/* The fields belong to the functions below, except for those a comment says to read or set. */
struct ob_expander {
    const uint8_t *data;
    size_t size;
    size_t at; /* how much of `data` was taken so far */
    uint64_t expanded_bytes_max;

    struct archive *decoder; /* for everything that is not decoded a frame at a time */

    struct ZSTD_DCtx_s *context; /* for independent frames */
    uint8_t *content;            /* of the frame that was decoded last */
    size_t content_room;
    size_t content_bytes;
    size_t given_bytes; /* how much of it was given out */
    unsigned attempts;  /* at frames that did not decode */

    uint64_t allowance_bytes;     /* set: how much may be expanded until it is set again */
    uint64_t expanded_bytes;      /* read: how much has been */
    bool is_exhausted;            /* read: the end has been reported */
    enum ob_expander_fault fault; /* read: why ob_expander_next failed */
    struct ob_error reason;       /* read: the same as a line of text */
};

/*
 * Prepares to expand `data`, which stays the caller's and must outlive the expander: plain, or
 * under one layer of zstd, gzip or bzip2, recognized by its first bytes. Other compressions are
 * refused, since they let the file choose how much memory it takes to expand, or start programs.
 *
 * At most `expanded_bytes_max` are given out in total.
 * Returns 0, or -1 with `error` set. ob_expander_close() follows either way.
 */
int ob_expander_open(struct ob_expander *expander, const uint8_t *data, size_t size,
                     uint64_t expanded_bytes_max, struct ob_error *error);

/*
 * Gives the next block, valid until the next call.
 * Returns its size, 0 at the end, or -1 with `fault` and `reason` set.
 */
ssize_t ob_expander_next(struct ob_expander *expander, const void **block);

/* After OB_EXPANDER_GAP: goes on behind what is lost. */
void ob_expander_resume(struct ob_expander *expander);

/* Releases what open took. */
void ob_expander_close(struct ob_expander *expander);

#endif
