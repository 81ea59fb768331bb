/*
 * Durations of a target's own scale: those that it declares (latencies, what faults may take) and
 * those that its runs show (timers, sleeps, work). What a search draws beside a timer of 10 ms is
 * 10 ms, half or twice as much, a little more; an hour would be two hundred thousand of its ticks.
 */
#ifndef OFFBEAT_SCENARIO_DURATIONS_H
#define OFFBEAT_SCENARIO_DURATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

#define OB_DURATIONS_MAX 32u

/* Zero-initialised: none is known. */
struct ob_durations {
    unsigned count;
    uint32_t us[OB_DURATIONS_MAX]; /* distinct, none of them 0, as scenarios can hold them */
    bool reads_clock; /* the target may compare times with durations that no run shows */
};

/* Adds a duration, rounded to what a scenario can hold, unless it is known, or 0, or `most`
 * (≤ OB_DURATIONS_MAX) are known. */
void ob_durations_add(struct ob_durations *durations, uint64_t duration_us, unsigned most);

/*
 * Draws a duration: none, one that is known, half or twice or 9/8 of it, a microsecond more or
 * less, anything below, and rarely up to 64 times as much. Where none is known, and one in eight of
 * a target that reads the clock, of any scale up to 17 s.
 */
uint32_t ob_durations_draw(const struct ob_durations *durations, struct ob_rng *rng);

/* Draws one near an old one: twice, half, 9/8, the next or the one before that a scenario can hold,
 * none, or any as above. */
uint32_t ob_durations_nudge(const struct ob_durations *durations, uint32_t duration_us,
                            struct ob_rng *rng);

#endif
