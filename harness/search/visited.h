/* The states that a search has seen, by identities of 128 bits: a hash table that holds nothing
 * else, with open addressing. */
#ifndef OFFBEAT_SEARCH_VISITED_H
#define OFFBEAT_SEARCH_VISITED_H

#include <stddef.h>

#include "search/timed_path.h"

/* What is known of a state; 0 for one that was not seen. */
enum ob_visit {
    OB_CLEAN = 1,      /* it was gone on from, and nothing had been violated */
    OB_TAINTED = 2,    /* the same when something had been */
    OB_IMPOSSIBLE = 4, /* there are no times for it */
    OB_TOLD = 8,       /* what is violated in it was told */
};

/* Zero-initialise before use, ob_visited_release() after it. */
struct ob_visited {
    struct ob_identity *entries; /* the lowest bits are those of enum ob_visit, 0: free */
    size_t capacity;             /* 0 or a power of two */
    size_t count;
};

/* Adds some bits to those noted for a state, which may be new. Returns those noted before, or
 * -1 when memory is short. */
int ob_visited_add(struct ob_visited *visited, struct ob_identity identity, unsigned bits);
void ob_visited_release(struct ob_visited *visited);

#endif
