/*
 * The one source of pseudo-random numbers: splitmix64 (Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). Small state, any seed is good, the same on every
 * machine.
 */
#ifndef OFFBEAT_BASE_RNG_H
#define OFFBEAT_BASE_RNG_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct ob_rng {
    uint64_t state;
};

/* A bijective mix of 64 bits in which every input bit reaches every output bit. */
static inline uint64_t ob_mix64(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static inline uint64_t ob_rng_next(struct ob_rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15u;
    return ob_mix64(rng->state);
}

/* A number in [0, bound), for bound ≥ 1. The bias is below 2^-32, which no search can see. */
static inline uint32_t ob_rng_below(struct ob_rng *rng, uint32_t bound)
{
    return (uint32_t)(((ob_rng_next(rng) >> 32) * bound) >> 32);
}

/* True once in `times`. */
static inline bool ob_random_once_in(struct ob_rng *rng, uint32_t times)
{
    return ob_rng_below(rng, times) == 0;
}

/* Up to `bits` bits, 1 to 32, each length as likely as any other: small values are frequent, large
 * ones occur. */
static inline uint32_t ob_random_log(struct ob_rng *rng, unsigned bits)
{
    assert(bits >= 1 && bits <= 32);
    unsigned length = ob_rng_below(rng, bits + 1);
    uint64_t mask = ((uint64_t)1 << length) - 1;
    return (uint32_t)(ob_rng_next(rng) & mask);
}

#endif
