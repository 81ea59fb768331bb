/*
 * The bytes inside a compressed file, block by block and bounded: what a small file may expand to
 * is limited as a whole and between one step of the reader and the next.
 */
#ifndef OFFBEAT_CORPUS_EXPANDER_H
#define OFFBEAT_CORPUS_EXPANDER_H

#include "base/error.h"
#include "corpus/zstd_frames.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct archive;

enum ob_expander_fault {
    OB_EXPANDER_SOUND,
    OB_EXPANDER_DAMAGED,   /* the compressed data is cut or does not decode */
    OB_EXPANDER_OVERGROWN, /* a limit on the expanded size is reached */
};

/* The fields belong to the functions below, except for those a comment says to read or set. */
struct ob_expander {
    struct archive *decoder;
    struct {
        const uint8_t *data;
        size_t size;
    } segments[4]; /* what the decoder is given, in order */
    size_t segment;
    size_t segment_at;
    bool is_cut;
    uint64_t expanded_bytes_max;
    struct ob_zstd_extent extent;

    uint64_t allowance_bytes;     /* set: how much may be expanded until it is set again */
    uint64_t expanded_bytes;      /* read: how much has been */
    bool is_exhausted;            /* read: the end has been reported */
    enum ob_expander_fault fault; /* read: why ob_expander_next failed */
    struct ob_error reason;       /* read: the same as a line of text */
};

/*
 * Prepares to expand `data`, which stays the caller's and must outlive the expander: plain, or
 * under one layer of zstd, gzip or bzip2, recognized by its first bytes. Other compressions are
 * refused since they let the file choose how much memory it takes to expand, or start programs.
 * A cut zstd stream gives what its whole blocks hold before it fails.
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

/* Releases what open took. */
void ob_expander_close(struct ob_expander *expander);

#endif
