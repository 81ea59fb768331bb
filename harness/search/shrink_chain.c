/* One reordering in place of two, where the one waits for what the other holds back: it may as well
 * wait for what the other waits for. */
#include "search/shrink.h"

static bool overlap(unsigned a, unsigned b)
{
    return a == 0 || b == 0 || a == b;
}

/* Whether `later` may wait for a message that `earlier` holds back. */
static bool is_chain(const struct ob_deviation *earlier, const struct ob_deviation *later)
{
    return earlier->op == OB_REORDER && later->op == OB_REORDER &&
           overlap(earlier->which.to, later->which.to) &&
           overlap(earlier->which.kind, later->awaited.kind) &&
           overlap(earlier->which.from, later->awaited.from);
}

bool ob_shrink_chain(struct ob_shrink *shrink)
{
    bool any = false;

    /* From the end, so that what is left to try keeps its place when a pair has become one. */
    for (unsigned earlier = shrink->current.deviation_count; earlier-- > 0;) {
        for (unsigned later = shrink->current.deviation_count;
             later-- > 0 && earlier < shrink->current.deviation_count;) {
            ob_shrink_begin(shrink);
            struct ob_deviation *held = shrink->candidate.deviations;
            if (later == earlier || !is_chain(&held[earlier], &held[later]))
                continue;
            held[later].awaited = held[earlier].awaited;
            ob_shrink_cut_deviations(&shrink->candidate, UINT64_C(1) << earlier);
            any |= ob_shrink_try(shrink);
        }
    }
    return any;
}
