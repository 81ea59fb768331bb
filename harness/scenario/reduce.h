/*
 * Bringing the bytes of records into range. This runs on each record of each execution with values
 * that no branch predictor knows, hence without branches and without divisions. Internal to the
 * scenario's code.
 */
#ifndef OFFBEAT_SCENARIO_REDUCE_H
#define OFFBEAT_SCENARIO_REDUCE_H

#include "scenario/scenario.h"

/* What an op uses, as masks, and what it is called. */
struct ob_op {
    uint16_t fields;    /* enum ob_op_fields */
    uint8_t mode_count; /* 1 for an op without modes, which is a mode 0 */
    uint8_t is_actor;   /* 1 with OB_USES_ACTOR, else 0 */
    uint8_t message;    /* 0xff with OB_USES_MESSAGE, else 0 */
    uint8_t nth;        /* the same of OB_USES_NTH */
    uint8_t awaited;    /* the same of OB_USES_AWAITED */
    uint8_t walk;       /* the same of OB_USES_WALK */
    uint8_t choice;     /* the same of OB_USES_CHOICE */
    const char *name;
    const char *preposition;  /* before the amount in the text form */
    const char *const *modes; /* their names, NULL for none */
};

extern const struct ob_op ob_ops[OB_DEVIATION_OPS];

/* By bound - 1: 2^16 / bound, rounded up past any remainder. Multiplying by it divides any byte
 * exactly: the error, less than 255 × bound / 2^16, stays below one part in `bound`. */
extern const uint32_t ob_reciprocals[256];

/* value % bound, for a bound from 1 to 256. */
static inline uint8_t ob_reduce(uint8_t value, unsigned bound)
{
    unsigned quotient = (value * ob_reciprocals[(uint8_t)(bound - 1)]) >> 16;
    return (uint8_t)(value - quotient * bound);
}

/* A kind of a selector. One that has no name cannot be sent, nor written as text: it becomes any
 * kind. */
static inline uint8_t ob_reduce_kind(const struct ob_vocabulary *vocabulary, uint8_t kind)
{
    uint8_t reduced = ob_reduce(kind, vocabulary->kind_count + 1);
    const char *name = vocabulary->messages[(reduced - 1) & (OB_KINDS_MAX - 1)].name;
    return (uint8_t)(name ? reduced : 0);
}

/* Everything of a deviation but its amount. `op` must be in range. */
static inline void ob_reduce_deviation(const struct ob_vocabulary *vocabulary,
                                       struct ob_deviation *deviation)
{
    unsigned actor_count = vocabulary->actor_count;
    const struct ob_op *op = &ob_ops[deviation->op];

    deviation->mode = ob_reduce(deviation->mode, op->mode_count);
    /* Where an actor is needed, 1 to actor_count stay what they are and 0, too, becomes one of
     * these. */
    unsigned is_actor = op->is_actor;
    struct ob_selector *which = &deviation->which;
    uint8_t to = (uint8_t)(which->to - is_actor);
    which->to = (uint8_t)(ob_reduce(to, actor_count + 1 - is_actor) + is_actor);
    which->from = ob_reduce(which->from, actor_count + 2) & op->message;
    uint8_t point = ob_reduce(which->kind, ob_vocabulary_choices(vocabulary));
    which->kind = (ob_reduce_kind(vocabulary, which->kind) & op->message) | (point & op->choice);
    which->nth = which->nth & op->nth;

    struct ob_selector *awaited = &deviation->awaited;
    awaited->from = ob_reduce(awaited->from, actor_count + 2) & op->awaited;
    awaited->to = 0;
    awaited->kind = ob_reduce_kind(vocabulary, awaited->kind) & op->awaited;
    awaited->nth = awaited->nth & op->awaited;
}

/* Whether an op's amount is a number of 16 bits, and no duration. */
static inline bool ob_op_has_number(unsigned op)
{
    return ob_ops[op].fields & (OB_USES_DRAW | OB_USES_CHOICE);
}

/* Whether an op has an amount that is kept as durations are. */
static inline bool ob_op_has_duration(unsigned op)
{
    return (ob_ops[op].fields & OB_USES_AMOUNT) && !ob_op_has_number(op);
}

/* Of an amount that is a duration, or a seed. */
static inline uint32_t ob_reduce_amount(const struct ob_deviation *deviation, uint32_t amount)
{
    if (ob_ops[deviation->op].walk)
        return amount & OB_WALK_SEED_MAX;
    bool is_rate = deviation->op == OB_SKEW && deviation->mode >= OB_FAST;
    uint32_t amount_max = is_rate ? OB_SKEW_PPM_MAX : UINT32_MAX;
    bool used = ob_ops[deviation->op].fields & OB_USES_AMOUNT;
    return used ? amount < amount_max ? amount : amount_max : 0;
}

#endif
