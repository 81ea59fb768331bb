#include "base/tally.h"

#include <assert.h>
#include <stdlib.h>

#include "base/rng.h"

static struct ob_tally_entry *place_of(const struct ob_tally *tally, uint64_t number)
{
    size_t at = (size_t)ob_mix64(number) & (tally->capacity - 1);
    while (tally->entries[at].count != 0 && tally->entries[at].number != number)
        at = (at + 1) & (tally->capacity - 1);
    return &tally->entries[at];
}

static int grow(struct ob_tally *tally)
{
    struct ob_tally larger = {.capacity = tally->capacity ? 2 * tally->capacity : 1024};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (!larger.entries)
        return -1;
    for (size_t at = 0; at < tally->capacity; at++)
        if (tally->entries[at].count != 0)
            *place_of(&larger, tally->entries[at].number) = tally->entries[at];
    free(tally->entries);
    tally->entries = larger.entries;
    tally->capacity = larger.capacity;
    return 0;
}

int64_t ob_tally_add(struct ob_tally *tally, uint64_t number, uint64_t times)
{
    if (2 * (tally->distinct + 1) > tally->capacity && grow(tally))
        return -1;
    struct ob_tally_entry *entry = place_of(tally, number);
    uint64_t before = entry->count;
    *entry = (struct ob_tally_entry){.number = number, .count = before + times};
    tally->distinct += before == 0;
    tally->once += before == 0 && times == 1;
    tally->once -= before == 1;
    assert(tally->once <= tally->distinct && tally->distinct < tally->capacity);
    return (int64_t)before;
}

void ob_tally_release(struct ob_tally *tally)
{
    free(tally->entries);
    *tally = (struct ob_tally){0};
}
