/* What a sample of random walks tells about those that were not made. */
#ifndef OFFBEAT_SEARCH_ESTIMATE_H
#define OFFBEAT_SEARCH_ESTIMATE_H

#include <stdint.h>

struct ob_interval {
    double low;
    double high;
};

/* The 95 % confidence interval of a probability of which `hits` of `runs` ≥ 1 were seen (Wilson:
 * "Probable inference, the law of succession, and statistical inference", JASA 1927). */
struct ob_interval ob_wilson_interval(uint64_t hits, uint64_t runs);

/* The probability that the next run shows a behaviour not seen so far, of which `once` were seen
 * just once in `runs` ≥ 1 (Good: "The population frequencies of species and the estimation of
 * population parameters", Biometrika 1953). */
double ob_good_turing_unseen(uint64_t once, uint64_t runs);

#endif
