/* The inputs of the standalone engine: a bounded pool in memory, filled from files and directories.
 */
#ifndef OFFBEAT_ENGINE_STANDALONE_INPUTS_H
#define OFFBEAT_ENGINE_STANDALONE_INPUTS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define OB_POOL_MAX 4096
#define OB_POOL_INPUT_BYTES_MAX ((size_t)1 << 20)

/* Zero-initialise before use, ob_pool_release() after it. The inputs are the pool's. */
struct ob_pool {
    size_t count;
    struct ob_pool_input {
        uint8_t *data; /* of exactly `size` bytes, so that a sanitizer sees reads past the end */
        size_t size;
        char *path; /* where it came from, NULL for a mutation */
    } inputs[OB_POOL_MAX];
};

/*
 * Adds the file `path`, or the files in the directory `path`, by name, without its folders and what
 * begins with a dot. Once the pool is full, others of a directory are left out.
 * Returns 0 for a file, 1 for a directory, -1 with `error` set.
 */
int ob_pool_add_path(struct ob_pool *pool, const char *path, struct ob_error *error);

/* Puts a copy of `size` bytes at `index`, at most `count`, in place of what is there. Returns 0, or
 * -1 when memory is short. */
int ob_pool_put(struct ob_pool *pool, size_t index, const uint8_t *data, size_t size);

void ob_pool_release(struct ob_pool *pool);

#endif
