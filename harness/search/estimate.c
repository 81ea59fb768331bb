#include "search/estimate.h"

#include <assert.h>

/* Newton's method: no mathematical library for one root of a number in [0, 1]. */
static double square_root(double value)
{
    double root = value > 1 ? value : 1;
    for (int round = 0; round < 60; round++)
        root = (root + value / root) / 2;
    return value > 0 ? root : 0;
}

struct ob_interval ob_wilson_interval(uint64_t hits, uint64_t runs)
{
    assert(runs > 0 && hits <= runs);
    const double z = 1.959964; /* of 95 % */
    double count = (double)runs;
    double share = (double)hits / count;
    double denominator = 1 + z * z / count;
    double middle = (share + z * z / (2 * count)) / denominator;
    double half =
        z * square_root(share * (1 - share) / count + z * z / (4 * count * count)) / denominator;
    return (struct ob_interval){.low = middle > half && hits > 0 ? middle - half : 0,
                                .high = middle + half < 1 && hits < runs ? middle + half : 1};
}

double ob_good_turing_unseen(uint64_t once, uint64_t runs)
{
    assert(runs > 0);
    return (double)once / (double)runs;
}
