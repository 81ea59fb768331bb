/*
 * How a scenario is laid out in bytes: records of OB_RECORD_SIZE bytes, told apart by their first
 * one. Known to the encoder and the decoder only.
 *
 *     message    [0] index into `outside`  [1] instance  [2..3] delay  [4..7] arguments
 *     deviation  [0] 160 + op  [1..4] which: from, to, kind, nth  [5..6] amount  [7] mode
 *                draw and choose: the amount is a number; of choose, kind is the point
 *     reorder    the same, but  [5] awaited.from  [6] awaited.nth  [7] awaited.kind
 *     walk       [0] 172  [1..3] seed  [4..5] strategy, late, depth - 1, hint: 3, 2, 4, 7 bits
 *                [6] from  [7] length
 *     data       [0] 248 + length - 1  [1..length] bytes of payload of the message before it
 *     rest       [0] 255  [1..4] what the duration of the record before it is longer than its code
 *
 * Numbers are little-endian; bytes that a record does not need are 0. Those are the canonical
 * values. A decoder takes any others, too, and reduces them modulo what there is, so that each byte
 * string means something and small changes to bytes stay small changes to the scenario. An argument
 * is kept as its distance from its minimum: one takes all 32 bits, two 16 each, three or four 8
 * each.
 */
#ifndef OFFBEAT_SCENARIO_RECORD_H
#define OFFBEAT_SCENARIO_RECORD_H

#include <stdint.h>

#include "offbeat/offbeat.h"
#include "scenario/scenario.h"

#define OB_RECORD_DEVIATION 160u
#define OB_RECORD_DATA 248u
#define OB_RECORD_REST 255u

/* Numbers of steps as small floats with `bits` bits behind the leading one. Codes below 2^(bits +
 * 1) are the number itself. */
#define OB_STEPS_BITS 4
#define OB_HINT_BITS 3
#define OB_STEPS_CODES 192u /* up to OB_STEPS_MAX */
#define OB_HINT_CODES 104u

static inline uint16_t ob_record_steps(unsigned code, unsigned bits)
{
    unsigned exact = 2u << bits;
    if (code < exact)
        return (uint16_t)code;
    unsigned unit = 1u << bits;
    return (uint16_t)((unit + (code - exact) % unit) << ((code - exact) / unit + 1));
}

/* The code of the nearest number, the smaller one of two. */
static inline unsigned ob_record_steps_code(uint32_t steps, unsigned bits, unsigned codes)
{
    unsigned low = 0;
    unsigned high = codes - 1;
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (ob_record_steps(middle, bits) <= steps)
            low = middle;
        else
            high = middle;
    }
    uint32_t below = ob_record_steps(low, bits);
    uint32_t above = ob_record_steps(high, bits);
    return steps > below && (steps >= above || steps - below > above - steps) ? high : low;
}

static inline unsigned ob_record_arg_bits(unsigned arg_count)
{
    return arg_count <= 1 ? 32 : arg_count == 2 ? 16 : 8;
}

/* The greatest distance from its minimum that one of so many arguments can have. */
static inline uint32_t ob_record_arg_mask(unsigned arg_count)
{
    return UINT32_MAX >> (32 - ob_record_arg_bits(arg_count));
}

/* The greatest value that it can have. Worlds refuse ranges that reach further, see
 * ob_vocabulary_args_fit(). */
static inline uint32_t ob_record_arg_max(const struct ob_arg *arg, unsigned arg_count)
{
    uint32_t reach = ob_record_arg_mask(arg_count);
    return arg->max - arg->min > reach ? arg->min + reach : arg->max;
}

#endif
