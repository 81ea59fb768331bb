/*
 * What of a scenario is necessary: what happens without each of its deviations, and how much of
 * each it takes. Tried out, not reckoned: an amount is called the least only when the scenario
 * fails with it and does not with the next smaller one.
 */
#ifndef OFFBEAT_SEARCH_NECESSARY_H
#define OFFBEAT_SEARCH_NECESSARY_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "world/world.h"

/* What becomes of the scenario when one deviation is taken out. */
enum ob_without {
    OB_WITHOUT_PASSES,
    OB_WITHOUT_FAILS,   /* violates the same invariant: the deviation is not necessary */
    OB_WITHOUT_DIFFERS, /* violates another invariant, or is cut */
};

struct ob_need {
    uint8_t without; /* enum ob_without */
    bool has_amount; /* it is necessary, and how much of it there is was tried */
    bool is_delay;   /* of a reordering: the amounts are those of a delay in its place */
    bool has_most;   /* more than `most` does not fail; otherwise any larger amount does */
    bool has_gaps;   /* between them there are amounts that do not fail */
    uint32_t least;  /* as in struct ob_deviation */
    uint32_t most;
};

/*
 * Tries a scenario that violates an invariant, best a minimized one. Up to 512 smaller amounts and
 * as many larger ones are tried, among those that have a duration's code, and between one that
 * fails and one that does not the border is found by bisection, to the microsecond. With many
 * deviations only the first ones have their amounts tried, and none where each run that fails costs
 * a process, as with a crash. Fills in an entry for each deviation.
 * The world's last run is that of the scenario afterwards. Returns the number of runs.
 */
uint32_t ob_necessary(struct ob_world *world, const struct ob_scenario *scenario,
                      struct ob_need needs[OB_DEVIATIONS_MAX]);

#endif
