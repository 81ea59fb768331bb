#include "base/array.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define FIRST_ITEMS 16u

void *ob_array_reserve(void *items, size_t *capacity, size_t wanted, size_t item_size)
{
    assert(item_size > 0 && (items || *capacity == 0));
    if (wanted <= *capacity)
        return items;
    size_t larger = *capacity + *capacity / 2;
    if (larger < FIRST_ITEMS)
        larger = FIRST_ITEMS;
    if (larger < wanted)
        larger = wanted;
    if (larger > PTRDIFF_MAX / item_size)
        return NULL;
    void *moved = realloc(items, larger * item_size);
    if (!moved)
        return NULL;
    *capacity = larger;
    assert(wanted <= *capacity);
    return moved;
}
