/*
 * Any number of inputs, sorted by content and each once, in bounded memory: an external merge sort.
 * What does not fit is sorted in parts, which wait in a file that has no name.
 */
#ifndef OFFBEAT_CORPUS_SORTER_H
#define OFFBEAT_CORPUS_SORTER_H

#include "base/error.h"
#include "corpus/input_set.h"

#include <stddef.h>
#include <stdint.h>

#define OB_SORTER_RUNS_MAX 4096

/* The fields belong to the functions below, except for those a comment says to read. */
struct ob_sorter {
    struct ob_input_set set; /* what is in memory */
    size_t memory_bytes_max;
    int fd; /* of the file of sorted parts, -1 while there is none */
    uint64_t file_bytes;
    uint64_t *run_ends; /* of each part, where it ends in the file */
    size_t run_count;
    size_t taken;         /* read: the inputs that were added, repetitions included */
    uint64_t taken_bytes; /* read: their sizes added up */
};

/* Prepares an empty sorter that takes about `memory_bytes_max`; one of inputs is taken in any case.
 * Parts are written to the directory that TMPDIR names, or to /var/tmp. */
void ob_sorter_open(struct ob_sorter *sorter, size_t memory_bytes_max);

/* Adds a copy of an input. Returns 0, or -1 with `error` set. */
int ob_sorter_add(struct ob_sorter *sorter, const void *data, size_t size, struct ob_error *error);

/* Returns 0 to go on, or -1 with `error` set to stop. The bytes are valid only during the visit. */
typedef int ob_sorter_visit(void *context, const uint8_t *data, size_t size,
                            struct ob_error *error);

/*
 * Visits what was added, in order: a prefix before what it begins, and of equals only one. May be
 * called more than once; nothing is added between.
 * Returns 0, or -1 with `error` set.
 */
int ob_sorter_each(struct ob_sorter *sorter, ob_sorter_visit *visit, void *context,
                   struct ob_error *error);

/* Frees everything. */
void ob_sorter_close(struct ob_sorter *sorter);

#endif
