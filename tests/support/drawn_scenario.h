/* Scenarios for property tests: any bytes, decoded, and some of them mutated. */
#ifndef OFFBEAT_TESTS_DRAWN_SCENARIO_H
#define OFFBEAT_TESTS_DRAWN_SCENARIO_H

#include "base/rng.h"
#include "scenario/mutate.h"
#include "scenario/scenario.h"

static inline void draw_scenario(const struct ob_vocabulary *vocabulary, struct ob_rng *rng,
                                 struct ob_scenario *scenario)
{
    uint8_t bytes[40 * OB_RECORD_SIZE];
    size_t size = ob_rng_below(rng, sizeof bytes);
    for (size_t at = 0; at < size; at++)
        bytes[at] = (uint8_t)ob_rng_next(rng);
    ob_scenario_decode(vocabulary, bytes, size, scenario);
    for (unsigned times = ob_rng_below(rng, 4); times > 0; times--)
        ob_mutate(vocabulary, scenario, OB_RECORDS_MAX, rng);
}

#endif
