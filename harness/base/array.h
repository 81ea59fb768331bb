/* Arrays that grow. */
#ifndef OFFBEAT_BASE_ARRAY_H
#define OFFBEAT_BASE_ARRAY_H

#include <stddef.h>

/* Makes room for at least `wanted` items of `item_size` bytes in `items`, which comes from here or
 * is NULL and has room for `*capacity`. What is there is kept; what is added is not initialised.
 * It grows by half at least, so that adding one at a time takes linear time.
 *
 * Returns the array, perhaps at another place, never NULL for `wanted` > 0; the caller frees it.
 * Returns NULL when memory is short: `items` is then as it was. */
void *ob_array_reserve(void *items, size_t *capacity, size_t wanted, size_t item_size);

#endif
