#include "search/visited.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAPACITY 1024u
#define BITS 15u

/* The lowest bits of the first word hold what is known. */
static bool is_same(const struct ob_identity *entry, const struct ob_identity *identity)
{
    return entry->words[1] == identity->words[1] &&
           ((entry->words[0] ^ identity->words[0]) & ~(uint64_t)BITS) == 0;
}

static struct ob_identity *place_of(const struct ob_visited *visited,
                                    const struct ob_identity *identity)
{
    size_t at = (size_t)(identity->words[1] * 0x9e3779b97f4a7c15u >> 20) & (visited->capacity - 1);
    while ((visited->entries[at].words[0] & BITS) && !is_same(&visited->entries[at], identity))
        at = (at + 1) & (visited->capacity - 1);
    return &visited->entries[at];
}

static bool grow(struct ob_visited *visited)
{
    struct ob_visited larger = {.capacity =
                                    visited->capacity ? 2 * visited->capacity : FIRST_CAPACITY,
                                .count = visited->count};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (!larger.entries)
        return false;
    for (size_t at = 0; at < visited->capacity; at++)
        if (visited->entries[at].words[0] & BITS)
            *place_of(&larger, &visited->entries[at]) = visited->entries[at];
    free(visited->entries);
    *visited = larger;
    return true;
}

int ob_visited_add(struct ob_visited *visited, struct ob_identity identity, unsigned bits)
{
    if (4 * visited->count >= 3 * visited->capacity && !grow(visited))
        return -1;
    struct ob_identity *entry = place_of(visited, &identity);
    unsigned known = (unsigned)(entry->words[0] & BITS);
    if (known == 0 && bits == 0)
        return 0;
    visited->count += known == 0;
    assert(visited->count < visited->capacity);
    *entry = identity;
    entry->words[0] = (identity.words[0] & ~(uint64_t)BITS) | known | bits;
    return (int)known;
}

void ob_visited_release(struct ob_visited *visited)
{
    free(visited->entries);
    *visited = (struct ob_visited){0};
}
