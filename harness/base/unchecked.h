/* Memory that a sanitizer would not let anybody touch: redzones, and variables of ended scopes. */
#ifndef OFFBEAT_BASE_UNCHECKED_H
#define OFFBEAT_BASE_UNCHECKED_H

#include <stddef.h>
#include <stdint.h>

/* Of a function: what it reads and writes is not checked. */
#if defined(__clang__) || defined(__GNUC__)
#define OB_UNCHECKED __attribute__((no_sanitize("address")))
#else
#define OB_UNCHECKED
#endif

/* Copies `size` bytes that do not overlap. Word by word and volatile: the compiler would make calls
 * of memcpy() of it otherwise, which AddressSanitizer checks wherever they stand. */
OB_UNCHECKED static inline void ob_copy_unchecked(void *to, const void *from, size_t size)
{
    typedef uint64_t __attribute__((aligned(1), may_alias)) word;
    size_t words = size / sizeof(word);

    for (size_t at = 0; at < words; at++)
        ((volatile word *)to)[at] = ((const volatile word *)from)[at];
    for (size_t at = words * sizeof(word); at < size; at++)
        ((volatile uint8_t *)to)[at] = ((const volatile uint8_t *)from)[at];
}

#endif
