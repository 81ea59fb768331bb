#include "search/portfolio.h"

#include <assert.h>

#define ONE 65536u

/* What is left of runs and gain, in hundredths, whenever an arm executes. */
#define FADES_TO 98u

/* The least and the most that walks get of all executions, in hundredths. */
#define WALKS_LEAST 20u
#define WALKS_MOST 80u

/* Where both bring as much, mutation gets so many times what walks get: what walks find they find
 * early. */
#define MUTATION_WEIGHT 3u

/* The least that an arm gets of what its group has, in hundredths. */
#define ARM_LEAST 4u

/* How the arms of a group share while none is known to bring more; the second number where faults
 * are legal. Measured on the ladder of hard targets. */
static const struct {
    const char *name;
    unsigned weight;
    unsigned weight_with_faults;
} arms[OB_ARMS] = {
    [OB_ARM_WALK_FRESH] = {"walk-fresh", 1, 1}, [OB_ARM_WALK_PARENT] = {"walk-parent", 1, 1},
    [OB_ARM_ORDER] = {"order", 12, 9},          [OB_ARM_STRIKE] = {"strike", 2, 6},
    [OB_ARM_MESSAGE] = {"message", 3, 3},       [OB_ARM_OPERAND] = {"operand", 3, 3},
    [OB_ARM_CROSSOVER] = {"crossover", 0, 0},
};

const char *ob_arm_name(enum ob_arm arm)
{
    assert(arm < OB_ARMS);
    return arms[arm].name;
}

static bool is_walk(unsigned arm)
{
    return OB_ARMS_OF_WALKS >> arm & 1;
}

static uint64_t rate(uint32_t runs, uint32_t gain)
{
    return ((uint64_t)gain + ONE / 2) * ONE / ((uint64_t)runs + ONE);
}

static void fade(uint32_t *runs, uint32_t *gain, bool is_news)
{
    *runs = (uint32_t)((uint64_t)*runs * FADES_TO / 100) + ONE;
    *gain = (uint32_t)((uint64_t)*gain * FADES_TO / 100) + (is_news ? ONE : 0);
}

void ob_portfolio_executed(struct ob_portfolio *portfolio, enum ob_arm arm, bool is_news)
{
    struct ob_arm_record *record = &portfolio->arms[arm];
    assert(arm < OB_ARMS);
    record->executions++;
    record->news += is_news;
    fade(&record->runs, &record->gain, is_news);
    fade(&portfolio->groups[is_walk(arm)].runs, &portfolio->groups[is_walk(arm)].gain, is_news);
}

void ob_portfolio_failed(struct ob_portfolio *portfolio, enum ob_arm arm)
{
    assert(arm < OB_ARMS);
    fade(&portfolio->arms[arm].runs, &portfolio->arms[arm].gain, false);
}

/* Of all executions, in 1/65536. */
static uint32_t share_of_walks(const struct ob_portfolio *portfolio, uint32_t possible)
{
    if ((possible & OB_ARMS_OF_WALKS) == 0)
        return 0;
    if ((possible & ~OB_ARMS_OF_WALKS) == 0)
        return ONE;
    uint64_t walks = rate(portfolio->groups[1].runs, portfolio->groups[1].gain);
    uint64_t mutation = rate(portfolio->groups[0].runs, portfolio->groups[0].gain);
    uint64_t share = walks * ONE / (walks + MUTATION_WEIGHT * mutation);
    uint64_t least = ONE * WALKS_LEAST / 100;
    uint64_t most = ONE * WALKS_MOST / 100;
    return (uint32_t)(share < least ? least : share > most ? most : share);
}

static uint64_t worth(const struct ob_portfolio *portfolio, unsigned arm)
{
    unsigned weight = portfolio->has_faults ? arms[arm].weight_with_faults : arms[arm].weight;
    return weight * rate(portfolio->arms[arm].runs, portfolio->arms[arm].gain);
}

/* Of what its group gets, in 1/65536. */
static uint32_t share_in_group(const struct ob_portfolio *portfolio, uint32_t possible,
                               unsigned arm)
{
    const uint32_t group = possible & (is_walk(arm) ? OB_ARMS_OF_WALKS : ~OB_ARMS_OF_WALKS);
    uint64_t total = 0;
    unsigned count = 0;
    for (unsigned other = 0; other < OB_ARMS; other++) {
        if (!(group >> other & 1))
            continue;
        total += worth(portfolio, other);
        count++;
    }
    uint64_t floor = ONE * ARM_LEAST / 100;
    assert(total > 0 && count * ARM_LEAST <= 100);
    return (uint32_t)(floor + (ONE - count * floor) * worth(portfolio, arm) / total);
}

uint32_t ob_portfolio_share(const struct ob_portfolio *portfolio, uint32_t possible,
                            enum ob_arm arm)
{
    possible &= ~(1u << OB_ARM_CROSSOVER);
    assert(possible != 0);
    if (!(possible >> arm & 1))
        return 0;
    uint64_t walks = share_of_walks(portfolio, possible);
    uint64_t group = is_walk(arm) ? walks : ONE - walks;
    return (uint32_t)(group * share_in_group(portfolio, possible, arm) / ONE);
}

enum ob_arm ob_portfolio_draw(const struct ob_portfolio *portfolio, uint32_t possible,
                              struct ob_rng *rng)
{
    uint32_t left = ob_rng_below(rng, ONE);
    unsigned drawn = OB_ARMS;
    for (unsigned arm = 0; arm < OB_ARMS; arm++) {
        uint32_t share = ob_portfolio_share(portfolio, possible, arm);
        if (share == 0)
            continue;
        drawn = arm; /* what rounding leaves goes to the last */
        if (left < share)
            break;
        left -= share;
    }
    assert(drawn < OB_ARMS);
    return drawn;
}
