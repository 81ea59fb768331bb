/*
 * Where arenas lie: each at the first of these places that is free, or, when none is, anywhere. So
 * an address is the same in every process that makes the same worlds in the same order, and a
 * number that looks like one is one in all of them or in none.
 */
#ifndef OFFBEAT_WORLD_ARENA_PLACES_H
#define OFFBEAT_WORLD_ARENA_PLACES_H

#include <stddef.h>
#include <stdint.h>

#define OB_ARENAS_BASE UINT64_C(0x210000000000)
#define OB_ARENAS_PITCH ((size_t)16 << 20)
#define OB_ARENAS_PLACES 64u

#endif
