/* How scenarios hold durations. */
#ifndef OFFBEAT_SCENARIO_DURATION_H
#define OFFBEAT_SCENARIO_DURATION_H

#include <stdint.h>

#include "base/text.h"

/*
 * Durations are whole microseconds up to OB_DURATION_US_MAX, which is 71.5 minutes. Those below
 * 10 ms and those with four decimal digits have a code of 16 bits, which is all that their record
 * needs; others take one record more. Mutation makes durations that have a code.
 * ob_duration_round() gives the nearest of these, ob_duration_floor() the code of the largest that
 * is not longer.
 */
#define OB_DURATION_US_MAX 4290000000u
uint32_t ob_duration_decode(uint16_t code);
uint16_t ob_duration_encode(uint32_t duration_us); /* the code of the nearest */
uint16_t ob_duration_floor(uint32_t duration_us);
uint32_t ob_duration_round(uint64_t duration_us);

/* A duration as a scenario can say it: at most OB_DURATION_US_MAX. */
static inline uint32_t ob_duration_limit(uint64_t duration_us)
{
    return duration_us < OB_DURATION_US_MAX ? (uint32_t)duration_us : OB_DURATION_US_MAX;
}

/* Codes below this are the duration itself; above, each decade has 9,000 codes: 1000 to 9999 times
 * a power of ten. */
#define OB_DURATION_EXACT 10000u
#define OB_DURATION_DECADE 9000u

/* ob_duration_decode(), where a call would cost more than the work. */
static inline uint32_t ob_record_duration(uint32_t code)
{
    static const uint32_t powers[] = {10, 100, 1000, 10000, 100000, 1000000};
    if (code < OB_DURATION_EXACT)
        return code;
    uint32_t decade = (code - OB_DURATION_EXACT) / OB_DURATION_DECADE;
    uint32_t digits = 1000 + (code - OB_DURATION_EXACT) % OB_DURATION_DECADE;
    uint64_t duration_us = decade < 6 ? (uint64_t)digits * powers[decade] : OB_DURATION_US_MAX;
    return duration_us < OB_DURATION_US_MAX ? (uint32_t)duration_us : OB_DURATION_US_MAX;
}

#endif
