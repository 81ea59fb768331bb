/*
 * The fewest inputs that together have every feature: set cover, which is NP-hard, by the greedy
 * algorithm (Chvátal: "A Greedy Heuristic for the Set-Covering Problem", 1979) and the removal of
 * what later choices made superfluous.
 */
#ifndef OFFBEAT_CORPUS_COVER_H
#define OFFBEAT_CORPUS_COVER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise before use, ob_cover_release() after it. It takes about a byte of memory for each
 * feature of each input. */
struct ob_cover {
    struct ob_cover_input {
        size_t at; /* of its features in `bytes` */
        uint32_t feature_count;
        uint32_t size; /* of the input */
    } * inputs;
    size_t input_count;
    size_t input_room;
    uint8_t *bytes; /* the distances between features, seven bits a byte */
    size_t byte_count;
    size_t byte_room;
    uint32_t feature_bound; /* all features are below */
};

/* Adds an input of `size` bytes with its features, which ascend. Returns 0, or -1 with `error` set
 * when memory ran out. */
int ob_cover_add(struct ob_cover *cover, size_t size, const uint32_t *features,
                 uint32_t feature_count, struct ob_error *error);

/*
 * Chooses inputs that have every feature that any has: as few as it finds, and of equally many the
 * smaller ones. Never more than adding them from the smallest to the largest would, as long as each
 * has a feature that is new. `chosen` has room for all inputs; the same inputs give the same
 * choice. Returns 0, or -1 with `error` set when memory ran out.
 */
int ob_cover_choose(const struct ob_cover *cover, bool *chosen, struct ob_error *error);

/* Counts the features that any input has. `has` has room for `feature_bound` and is all false. */
size_t ob_cover_count(const struct ob_cover *cover, bool *has);

/* Frees everything. */
void ob_cover_release(struct ob_cover *cover);

#endif
