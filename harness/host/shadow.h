/* What AddressSanitizer knows of memory that is not its own: a byte for each eight. */
#ifndef OFFBEAT_HOST_SHADOW_H
#define OFFBEAT_HOST_SHADOW_H

#include <stddef.h>
#include <stdint.h>

#include "world/sanitizers.h"

/* For code that reads and writes what programs may not. */
#ifdef OB_ASAN
#define OB_UNWATCHED __attribute__((no_sanitize("address"), noinline))
#else
#define OB_UNWATCHED
#endif

/* As AddressSanitizer calls them, so that its reports do as well. */
enum ob_shadow { OB_SHADOW_LEFT = 0xfa, OB_SHADOW_FREED = 0xfd, OB_SHADOW_ELSEWHERE = 0xf7 };

/* Copies bytes that may be poisoned; the addresses are multiples of 8. */
void ob_shadow_copy(void *to, const void *from, size_t size);

/* Fills `size` bytes, in units of 8, with a byte. */
void ob_shadow_fill_words(void *to, uint8_t byte, size_t size);

#ifdef OB_ASAN
/* Whole units of 8 bytes from an address that is aligned so. */
void ob_shadow_poison(const void *memory, size_t size, enum ob_shadow how);

/* The first `size` bytes may be touched, the rest of their last unit may not. */
void ob_shadow_allow(const void *memory, size_t size);

/* Copies what is known of `size` bytes, size / 8 bytes of it. `size` is a multiple of 64. */
void ob_shadow_save(const void *memory, size_t size, void *copy);
void ob_shadow_load(const void *memory, size_t size, const void *copy);
#else
static inline void ob_shadow_poison(const void *memory, size_t size, enum ob_shadow how)
{
    (void)memory;
    (void)size;
    (void)how;
}

static inline void ob_shadow_allow(const void *memory, size_t size)
{
    (void)memory;
    (void)size;
}
#endif

#endif
