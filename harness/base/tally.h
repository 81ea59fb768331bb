/* Counts how often each 64-bit number was seen. */
#ifndef OFFBEAT_BASE_TALLY_H
#define OFFBEAT_BASE_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise before use, ob_tally_release() after it. */
struct ob_tally {
    struct ob_tally_entry {
        uint64_t number;
        uint64_t count; /* 0: the place is free */
    } * entries;
    size_t capacity; /* 0 or a power of two */
    size_t distinct; /* numbers seen */
    size_t once;     /* of these, seen just once */
};

/* Counts a number `times` ≥ 1 times. Returns how often it was seen before, or -1 when memory is
 * short. */
int64_t ob_tally_add(struct ob_tally *tally, uint64_t number, uint64_t times);
void ob_tally_release(struct ob_tally *tally);

#endif
