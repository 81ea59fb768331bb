/* The rolling hash of the trace: the same on every machine, whatever the width of its words. */
#ifndef OFFBEAT_WORLD_HASH_H
#define OFFBEAT_WORLD_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The two halves of a product of 128 bits, folded: every bit of both factors reaches the result. */
static inline uint64_t ob_hash_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, middle = ah * bl + (low >> 32), other = al * bh + (uint32_t)middle;
    uint64_t high = ah * bh + (middle >> 32) + (other >> 32);
    return (a * b) ^ high;
#endif
}

static inline uint64_t ob_hash_step(uint64_t hash, uint64_t one, uint64_t two)
{
    return ob_hash_fold(hash ^ one ^ 0x2d358dccaa6c78a5u, two ^ 0x8bb84b93962eacc9u) + hash;
}

static inline uint64_t ob_hash_bytes(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        hash = ob_hash_step(hash, bytes[at], at);
    return hash;
}

#endif
