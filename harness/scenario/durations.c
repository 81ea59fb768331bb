#include "scenario/durations.h"

#include <assert.h>

#include "base/rng.h"
#include "scenario/duration.h"

/* Of draws where no duration is known: 2^24 µs is 17 s. */
#define UNKNOWN_BITS 24u
/* Where the target reads the clock, how many draws may be of any scale: each of them may fill the
 * run with the ticks of some timer. */
#define CLOCK_READERS_ONE_IN 8u
/* The rare larger ones are at most this many times (a power of two) the known ones. */
#define LARGER_BITS 6u

void ob_durations_add(struct ob_durations *durations, uint64_t duration_us, unsigned most)
{
    uint32_t rounded_us = ob_duration_round(duration_us);
    assert(most <= OB_DURATIONS_MAX);
    if (rounded_us == 0)
        return;
    for (unsigned index = 0; index < durations->count; index++)
        if (durations->us[index] == rounded_us)
            return;
    if (durations->count < most)
        durations->us[durations->count++] = rounded_us;
}

static unsigned bits_of(uint32_t value)
{
    unsigned bits = 1;
    while (bits < 32 && value >> bits)
        bits++;
    return bits;
}

static uint64_t larger(uint32_t known_us, struct ob_rng *rng)
{
    unsigned bits = 1 + ob_rng_below(rng, LARGER_BITS);
    return ((uint64_t)known_us << bits) - ob_rng_below(rng, known_us);
}

uint32_t ob_durations_draw(const struct ob_durations *durations, struct ob_rng *rng)
{
    if (ob_random_once_in(rng, 8))
        return 0;
    if (durations->count == 0 ||
        (durations->reads_clock && ob_random_once_in(rng, CLOCK_READERS_ONE_IN)))
        return ob_duration_round(ob_random_log(rng, UNKNOWN_BITS));
    uint32_t known_us = durations->us[ob_rng_below(rng, durations->count)];
    uint64_t drawn_us = known_us;
    switch (ob_rng_below(rng, 10)) {
    case 0:
        drawn_us = known_us / 2;
        break;
    case 1:
        drawn_us = (uint64_t)known_us * 2;
        break;
    case 2:
        drawn_us = (uint64_t)known_us * 9 / 8;
        break;
    case 3:
        drawn_us = ob_random_once_in(rng, 2) ? (uint64_t)known_us + 1 : known_us - 1u;
        break;
    case 4:
    case 5:
        drawn_us = ob_random_log(rng, bits_of(known_us));
        break;
    case 6:
        drawn_us = ob_random_once_in(rng, 4) ? larger(known_us, rng) : ob_rng_below(rng, known_us);
        break;
    default:
        break;
    }
    return ob_duration_round(drawn_us);
}

uint32_t ob_durations_nudge(const struct ob_durations *durations, uint32_t duration_us,
                            struct ob_rng *rng)
{
    uint16_t code = ob_duration_encode(duration_us);
    switch (ob_rng_below(rng, 7)) {
    case 0:
        return ob_duration_round((uint64_t)duration_us * 2);
    case 1:
        return ob_duration_round(duration_us / 2);
    case 2:
        return ob_duration_round((uint64_t)duration_us * 9 / 8);
    case 3:
        return duration_us < OB_DURATION_US_MAX ? ob_duration_decode((uint16_t)(code + 1)) : 0;
    case 4:
        return code > 0 ? ob_duration_decode((uint16_t)(code - 1)) : 1;
    case 5:
        return 0;
    default:
        return ob_durations_draw(durations, rng);
    }
}
