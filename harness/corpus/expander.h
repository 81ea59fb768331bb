/*
 * The bytes inside a compressed file, block by block and bounded: what a small file may expand to
 * is limited as a whole and between one step of the reader and the next. Where an archive with
 * seals is damaged, it gives what is intact before and behind the damage.
 */
#ifndef OFFBEAT_CORPUS_EXPANDER_H
#define OFFBEAT_CORPUS_EXPANDER_H

#include "base/error.h"
#include "corpus/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct archive;
struct ZSTD_DCtx_s;

enum ob_expander_fault {
    OB_EXPANDER_SOUND,
    OB_EXPANDER_GAP,       /* something is lost; what is left begins with an entry */
    OB_EXPANDER_DAMAGED,   /* the compressed data is cut or does not decode */
    OB_EXPANDER_OVERGROWN, /* a limit on the expanded size is reached */
};

/* The fields belong to the functions below, except for those a comment says to read or set. */
struct ob_expander {
    const uint8_t *data;
    size_t size;
    size_t at; /* what was taken of `data` so far */
    uint64_t expanded_bytes_max;

    struct archive *decoder; /* for what is not under zstd */
    size_t piece_bytes;      /* what the decoder was given last */

    struct ZSTD_DCtx_s *context; /* for zstd */
    uint8_t *buffer;             /* what was decoded last */
    size_t buffer_bytes;
    size_t decoded_bytes;
    size_t run_at; /* the part of it that is still to be given out */
    size_t run_end;
    size_t segment;         /* in a damaged frame: where to look for intact segments */
    bool is_salvaging;      /* ... if this is one */
    bool is_streaming;      /* in a frame that is too large to be decoded at once */
    bool is_resyncing;      /* what comes must begin with an entry */
    struct ob_seal seal;    /* of the frame that is next or just decoded */
    uint64_t entries_ahead; /* the number of the entry that the next seal should begin with */
    bool has_seals;

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
 * A cut or damaged zstd stream without seals gives what decodes before that, and then fails.
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
