#include "host/shadow.h"

#include <assert.h>
#include <stdbool.h>

/* By volatile words, as the compiler would make calls of functions that the sanitizer watches. */
OB_UNWATCHED void ob_shadow_copy(void *to, const void *from, size_t size)
{
#ifdef OB_ASAN
    assert((uintptr_t)to % 8 == 0 && (uintptr_t)from % 8 == 0);
    volatile uint64_t *words = to;
    const volatile uint64_t *source = from;
    for (size_t at = 0; at < size / 8; at++)
        words[at] = source[at];
    for (size_t at = size / 8 * 8; at < size; at++)
        ((volatile uint8_t *)to)[at] = ((const volatile uint8_t *)from)[at];
#else
    if (size)
        __builtin_memcpy(to, from, size);
#endif
}

OB_UNWATCHED void ob_shadow_fill_words(void *to, uint8_t byte, size_t size)
{
    assert(size % 8 == 0);
#ifdef OB_ASAN
    volatile uint64_t *words = to;
    for (size_t at = 0; at < size / 8; at++)
        words[at] = byte * UINT64_C(0x0101010101010101);
#else
    __builtin_memset(to, byte, size);
#endif
}

#ifdef OB_ASAN
static volatile uint8_t *shadow_of(const void *memory)
{
    static size_t scale, offset; /* the same in the whole process, for its whole life */
    if (!offset)
        __asan_get_shadow_mapping(&scale, &offset);
    assert(scale == 3 && (uintptr_t)memory % 8 == 0);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the shadow is where a sum of numbers says */
    return (volatile uint8_t *)(((uintptr_t)memory >> 3) + offset);
}

OB_UNWATCHED void ob_shadow_poison(const void *memory, size_t size, enum ob_shadow how)
{
    volatile uint8_t *shadow = shadow_of(memory);
    for (size_t at = 0; at < size / 8; at++)
        shadow[at] = (uint8_t)how;
}

OB_UNWATCHED void ob_shadow_allow(const void *memory, size_t size)
{
    volatile uint8_t *shadow = shadow_of(memory);
    for (size_t at = 0; at < size / 8; at++)
        shadow[at] = 0;
    if (size % 8)
        shadow[size / 8] = (uint8_t)(size % 8);
}

OB_UNWATCHED void ob_shadow_save(const void *memory, size_t size, void *copy)
{
    const volatile uint8_t *shadow = shadow_of(memory);
    volatile uint8_t *to = copy;
    for (size_t at = 0; at < size / 8; at++)
        to[at] = shadow[at];
}

OB_UNWATCHED void ob_shadow_load(const void *memory, size_t size, const void *copy)
{
    volatile uint8_t *shadow = shadow_of(memory);
    const volatile uint8_t *from = copy;
    for (size_t at = 0; at < size / 8; at++)
        shadow[at] = from[at];
}
#endif
