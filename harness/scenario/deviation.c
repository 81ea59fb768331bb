#include <assert.h>

#include "scenario/record.h"
#include "scenario/reduce.h"
#include "scenario/scenario.h"

static const char *const MOMENTS[] = {[OB_BEFORE] = "before", [OB_AFTER] = "after"};
static const char *const SKEWS[] = {
    [OB_AHEAD] = "ahead", [OB_BEHIND] = "behind", [OB_FAST] = "fast", [OB_SLOW] = "slow"};
static const char *const DRAWS[] = {
    [OB_PER_MESSAGE] = "message", [OB_PER_LINK] = "link", [OB_PER_CLASS] = "class"};
static const char *const STRATEGIES[] = {
    [OB_WALK_RANDOM] = "random", [OB_WALK_PCT] = "pct", [OB_WALK_POS] = "pos"};
static const char *const LATE_RATES[] = {[OB_LATE_NEVER] = "never",
                                         [OB_LATE_HALF] = "1/2",
                                         [OB_LATE_QUARTER] = "1/4",
                                         [OB_LATE_EIGHTH] = "1/8"};

#define MASK(fields, field) ((fields) & (field) ? 0xff : 0)
#define OP(word, before_amount, uses, count, mode_names)                                           \
    {                                                                                              \
        .fields = (uses), .mode_count = (count), .is_actor = ((uses)&OB_USES_ACTOR) != 0,          \
        .message = MASK(uses, OB_USES_MESSAGE), .nth = MASK(uses, OB_USES_NTH),                    \
        .awaited = MASK(uses, OB_USES_AWAITED), .walk = MASK(uses, OB_USES_WALK),                  \
        .choice = MASK(uses, OB_USES_CHOICE), .name = (word), .preposition = (before_amount),      \
        .modes = (mode_names)                                                                      \
    }
#define MESSAGES (OB_USES_MESSAGE | OB_USES_NTH)

const struct ob_op ob_ops[OB_DEVIATION_OPS] = {
    [OB_DELAY] = OP("delay", "by", MESSAGES | OB_USES_AMOUNT, 1, NULL),
    [OB_REORDER] = OP("reorder", "after", MESSAGES | OB_USES_AWAITED, 1, NULL),
    [OB_DUPLICATE] = OP("duplicate", "after", MESSAGES | OB_USES_AMOUNT, 1, NULL),
    [OB_DROP] = OP("drop", "", MESSAGES, 1, NULL),
    [OB_PAUSE] = OP("pause", "for", MESSAGES | OB_USES_AMOUNT | OB_USES_MOMENT, 2, MOMENTS),
    [OB_CRASH] = OP("crash", "", MESSAGES | OB_USES_MOMENT, 2, MOMENTS),
    [OB_RESTART] = OP("restart", "after", MESSAGES | OB_USES_AMOUNT | OB_USES_MOMENT, 2, MOMENTS),
    [OB_PARTITION] = OP("partition", "for", MESSAGES | OB_USES_AMOUNT, 1, NULL),
    [OB_HEAL] = OP("heal", "", MESSAGES, 1, NULL),
    [OB_SKEW] = OP("skew", "", OB_USES_ACTOR | OB_USES_AMOUNT | OB_USES_SKEW, 4, SKEWS),
    [OB_PREEMPT] = OP("preempt", "by", OB_USES_ACTOR | OB_USES_NTH | OB_USES_AMOUNT, 1, NULL),
    [OB_DRAW] = OP("draw", "seed", OB_USES_MESSAGE | OB_USES_AMOUNT | OB_USES_DRAW, 3, DRAWS),
    [OB_WALK] = OP("walk", "seed", OB_USES_WALK, OB_WALK_STRATEGIES, STRATEGIES),
    [OB_CHOOSE] =
        OP("choose", "as", OB_USES_ACTOR | OB_USES_NTH | OB_USES_AMOUNT | OB_USES_CHOICE, 1, NULL),
};

#define RECIPROCAL(bound) (65536u / (bound) + 1)
#define RECIPROCALS_4(bound)                                                                       \
    RECIPROCAL(bound), RECIPROCAL(bound + 1), RECIPROCAL(bound + 2), RECIPROCAL(bound + 3)
#define RECIPROCALS_16(bound)                                                                      \
    RECIPROCALS_4(bound), RECIPROCALS_4(bound + 4), RECIPROCALS_4(bound + 8),                      \
        RECIPROCALS_4(bound + 12)
#define RECIPROCALS_64(bound)                                                                      \
    RECIPROCALS_16(bound), RECIPROCALS_16(bound + 16), RECIPROCALS_16(bound + 32),                 \
        RECIPROCALS_16(bound + 48)

const uint32_t ob_reciprocals[256] = {RECIPROCALS_64(1), RECIPROCALS_64(65), RECIPROCALS_64(129),
                                      RECIPROCALS_64(193)};

unsigned ob_deviation_fields(unsigned op)
{
    assert(op < OB_DEVIATION_OPS);
    return ob_ops[op].fields;
}

const char *ob_deviation_name(unsigned op)
{
    assert(op < OB_DEVIATION_OPS);
    return ob_ops[op].name;
}

bool ob_deviation_has_duration(const struct ob_deviation *deviation)
{
    return ob_op_has_duration(deviation->op);
}

const char *ob_deviation_preposition(unsigned op)
{
    assert(op < OB_DEVIATION_OPS);
    return ob_ops[op].preposition;
}

unsigned ob_deviation_mode_count(unsigned op)
{
    assert(op < OB_DEVIATION_OPS);
    return ob_ops[op].modes ? ob_ops[op].mode_count : 0;
}

const char *ob_deviation_mode_name(unsigned op, unsigned mode)
{
    assert(mode < ob_deviation_mode_count(op));
    return ob_ops[op].modes[mode];
}

static void canonicalise_walk(struct ob_deviation *deviation)
{
    struct ob_walk *walk = &deviation->walk;
    if (deviation->op != OB_WALK) {
        *walk = (struct ob_walk){0};
        return;
    }
    deviation->which = (struct ob_selector){0};
    bool is_pct = deviation->mode == OB_WALK_PCT;
    walk->depth = is_pct && walk->depth > 1 ? walk->depth : 1;
    if (walk->depth > OB_WALK_DEPTH_MAX)
        walk->depth = OB_WALK_DEPTH_MAX;
    walk->hint = is_pct ? ob_hint_round(walk->hint) : 0;
    walk->late %= OB_LATE_RATES;
    walk->from = ob_steps_round(walk->from);
    walk->length = ob_steps_round(walk->length);
}

void ob_deviation_canonicalise(const struct ob_vocabulary *vocabulary,
                               struct ob_deviation *deviation)
{
    assert(vocabulary->actor_count >= 1 && vocabulary->actor_count <= OB_ACTORS_MAX);
    assert(vocabulary->kind_count <= OB_KINDS_MAX);

    deviation->op = deviation->op % OB_DEVIATION_OPS;
    ob_reduce_deviation(vocabulary, deviation);
    uint32_t amount = deviation->op == OB_WALK          ? deviation->amount
                      : ob_op_has_number(deviation->op) ? deviation->amount & 0xffff
                                                        : ob_duration_limit(deviation->amount);
    deviation->amount = ob_reduce_amount(deviation, amount);
    canonicalise_walk(deviation);
}

struct ob_deviation ob_walk_deviation(enum ob_walk_strategy strategy, uint32_t seed,
                                      struct ob_walk walk)
{
    struct ob_deviation deviation = {
        .op = OB_WALK, .mode = (uint8_t)strategy, .amount = seed & OB_WALK_SEED_MAX, .walk = walk};
    assert(strategy < OB_WALK_STRATEGIES);
    canonicalise_walk(&deviation);
    return deviation;
}

uint16_t ob_steps_round(uint32_t steps)
{
    return ob_record_steps(ob_record_steps_code(steps, OB_STEPS_BITS, OB_STEPS_CODES),
                           OB_STEPS_BITS);
}

uint16_t ob_hint_round(uint32_t steps)
{
    return ob_record_steps(ob_record_steps_code(steps, OB_HINT_BITS, OB_HINT_CODES), OB_HINT_BITS);
}

const char *ob_walk_late_name(unsigned late)
{
    assert(late < OB_LATE_RATES);
    return LATE_RATES[late];
}

/* The fields as two numbers, in the order in which they lie in memory, which makes each a single
 * load. */
static inline uint64_t key_high(const struct ob_deviation *deviation)
{
    return (uint64_t)deviation->op << 56 | (uint64_t)deviation->mode << 48 |
           (uint64_t)deviation->which.from << 40 | (uint64_t)deviation->which.to << 32 |
           (uint64_t)deviation->which.kind << 24 | (uint64_t)deviation->which.nth << 16 |
           (uint64_t)deviation->awaited.from << 8 | (uint64_t)deviation->awaited.to;
}

static inline uint64_t key_low(const struct ob_deviation *deviation)
{
    return (uint64_t)deviation->awaited.kind << 40 | (uint64_t)deviation->awaited.nth << 32 |
           (uint64_t)deviation->amount;
}

static inline uint64_t key_walk(const struct ob_walk *walk)
{
    return (uint64_t)walk->from << 48 | (uint64_t)walk->length << 32 | (uint64_t)walk->hint << 16 |
           (uint64_t)walk->depth << 8 | (uint64_t)walk->late;
}

int ob_deviation_compare(const struct ob_deviation *a, const struct ob_deviation *b)
{
    uint64_t high_a = key_high(a);
    uint64_t high_b = key_high(b);
    if (high_a != high_b)
        return high_a < high_b ? -1 : 1;
    uint64_t low_a = key_low(a);
    uint64_t low_b = key_low(b);
    if (low_a != low_b)
        return low_a < low_b ? -1 : 1;
    uint64_t walk_a = key_walk(&a->walk);
    uint64_t walk_b = key_walk(&b->walk);
    return walk_a == walk_b ? 0 : walk_a < walk_b ? -1 : 1;
}

/* By insertion: there are few deviations, and in what encoders write they are in order already. */
void ob_scenario_sort(struct ob_scenario *scenario)
{
    assert(scenario->deviation_count <= OB_DEVIATIONS_MAX);

    struct ob_deviation *deviations = scenario->deviations;
    for (unsigned sorted = 1; sorted < scenario->deviation_count; sorted++) {
        struct ob_deviation deviation = deviations[sorted];
        unsigned at = sorted;
        while (at > 0 && ob_deviation_compare(&deviations[at - 1], &deviation) > 0) {
            deviations[at] = deviations[at - 1];
            at--;
        }
        deviations[at] = deviation;
    }
}
