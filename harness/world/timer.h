/*
 * Handles of timers. They look like no number that a target counts, so that a state of the world
 * can be compared with a later one as far as handles are concerned: a counter is never taken for
 * the handle of a timer that was started later.
 */
#ifndef OFFBEAT_WORLD_TIMER_H
#define OFFBEAT_WORLD_TIMER_H

#include <assert.h>
#include <stdint.h>

/* Odd numbers whose product is 1, modulo 2^32: what one scatters the other brings together. */
#define OB_TIMER_SCATTER 0x9e3779b1u
#define OB_TIMER_GATHER 0x0e8b2f51u
static_assert((uint32_t)(OB_TIMER_SCATTER * OB_TIMER_GATHER) == 1, "each undoes the other");

/* The handle of the timer that is message `sent`: never 0. */
static inline uint32_t ob_timer_handle(uint32_t sent)
{
    return (sent + 1) * OB_TIMER_SCATTER;
}

/* The message of a handle; of 0, and of what is no handle, one that there is not. */
static inline uint32_t ob_timer_sent(uint32_t handle)
{
    return handle * OB_TIMER_GATHER - 1;
}

#endif
