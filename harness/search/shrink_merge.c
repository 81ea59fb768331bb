/* One deviation that names several messages in place of two that name one each: fewer is simpler.
 */
#include "search/shrink.h"

static uint8_t common(uint8_t a, uint8_t b)
{
    return a == b ? a : 0;
}

static bool are_alike(const struct ob_deviation *a, const struct ob_deviation *b)
{
    return a->op == b->op && a->mode == b->mode && a->awaited.from == b->awaited.from &&
           a->awaited.kind == b->awaited.kind && a->awaited.nth == b->awaited.nth &&
           (ob_deviation_fields(a->op) & OB_USES_MESSAGE);
}

static bool try_merged(struct ob_shrink *shrink, unsigned first, unsigned second)
{
    struct ob_deviation *a = &shrink->candidate.deviations[first];
    const struct ob_deviation *b = &shrink->candidate.deviations[second];

    ob_shrink_begin(shrink);
    if (!are_alike(a, b))
        return false;
    a->which.from = common(a->which.from, b->which.from);
    a->which.to = common(a->which.to, b->which.to);
    a->which.kind = common(a->which.kind, b->which.kind);
    a->which.nth = 0;
    if (b->amount > a->amount)
        a->amount = b->amount;
    ob_shrink_cut_deviations(&shrink->candidate, UINT64_C(1) << second);
    return ob_shrink_try(shrink);
}

bool ob_shrink_merge(struct ob_shrink *shrink)
{
    bool any = false;

    /* From the end, so that what is left to try keeps its place when a pair has become one. */
    for (unsigned second = shrink->current.deviation_count; second-- > 1;)
        for (unsigned first = second; first-- > 0 && second < shrink->current.deviation_count;)
            any |= try_merged(shrink, first, second);
    return any;
}
