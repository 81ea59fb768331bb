/*
 * Values that the target compares its input with. A message's argument reaches the target as it is,
 * so where one side of a comparison is the value of an argument, the other side is a value worth
 * giving it (Aschermann et al.: "REDQUEEN: fuzzing with input-to-state correspondence", NDSS 2019).
 */
#ifndef OFFBEAT_SEARCH_OPERANDS_H
#define OFFBEAT_SEARCH_OPERANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "scenario/scenario.h"

#define OB_OPERANDS_MAX 512 /* pairs; later ones take the places of earlier ones */

struct ob_operands {
    uint32_t count; /* noted so far, those included that are gone */
    struct {
        uint32_t one;
        uint32_t other;
    } pairs[OB_OPERANDS_MAX];
};

/* Notes that two different values were compared. */
static inline void ob_operands_note(struct ob_operands *operands, uint64_t one, uint64_t other)
{
    if (one == other || one > UINT32_MAX || other > UINT32_MAX)
        return;
    uint32_t at = operands->count++ % OB_OPERANDS_MAX;
    operands->pairs[at].one = (uint32_t)one;
    operands->pairs[at].other = (uint32_t)other;
}

/*
 * Gives an argument of a canonical scenario a value that its own value was compared with, or now
 * and then one beside it. Returns false, with nothing changed, when no argument was compared with a
 * value in its range.
 */
bool ob_mutate_operand(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario,
                       const struct ob_operands *operands, struct ob_rng *rng);

#endif
