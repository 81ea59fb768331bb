/* A clock that only goes forward, for limits of time and for progress. Nothing that a run depends
 * on may read it. */
#ifndef OFFBEAT_BASE_CLOCK_H
#define OFFBEAT_BASE_CLOCK_H

#include <stdint.h>

/* Since some moment that stays the same while the machine is up. */
uint64_t ob_monotonic_us(void);
uint64_t ob_monotonic_ms(void);
double ob_monotonic_s(void);

#endif
