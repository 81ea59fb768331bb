/* A bounded set of test inputs in memory. */
#ifndef OFFBEAT_CORPUS_INPUT_SET_H
#define OFFBEAT_CORPUS_INPUT_SET_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Bounds of a set, and so of an archive: far above any useful corpus, far below a machine's end. */
#define OB_INPUT_BYTES_MAX ((size_t)16 << 20)
#define OB_INPUTS_MAX ((size_t)1 << 24)
#define OB_INPUT_SET_BYTES_MAX ((size_t)4 << 30)

struct ob_input {
    uint8_t *data; /* never NULL, even if `size` is 0 */
    size_t size;
};

/* Zero-initialise before use, ob_input_set_release() after it. Read the fields, do not set them. */
struct ob_input_set {
    struct ob_input *inputs;
    size_t count;
    size_t capacity;
    size_t bytes; /* the sizes added up */
};

/*
 * Adds a copy of `size` bytes at `data`, which stays the caller's.
 * Returns 0, or -1 with `error` set if a bound is reached or memory ran out.
 */
int ob_input_set_add(struct ob_input_set *set, const void *data, size_t size,
                     struct ob_error *error);

/*
 * Adds `data`, which malloc returned, without a copy. The set owns it from here on and has freed
 * it if the addition fails. Returns 0, or -1 with `error` set.
 */
int ob_input_set_take(struct ob_input_set *set, uint8_t *data, size_t size, struct ob_error *error);

/*
 * Sorts the inputs by content, a prefix before what it begins, and drops all but one of those that
 * are equal. The result does not depend on the order in which they were added.
 */
void ob_input_set_normalize(struct ob_input_set *set);

/* Orders contents as a set does: less than, equal to or greater than 0. */
int ob_input_compare(const uint8_t *left, size_t left_size, const uint8_t *right,
                     size_t right_size);

/* Frees every input; the set is empty afterwards and can be used again. */
void ob_input_set_release(struct ob_input_set *set);

#endif
