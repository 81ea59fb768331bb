#include "base/clock.h"

#include <time.h>

uint64_t ob_monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t ob_monotonic_ms(void)
{
    return ob_monotonic_us() / 1000;
}

double ob_monotonic_s(void)
{
    return (double)ob_monotonic_us() / 1e6;
}
