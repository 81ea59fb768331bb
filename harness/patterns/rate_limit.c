/* A bucket that lacks n tokens is full n intervals from now: that moment is all there is to keep.
 */
#include <offbeat/rate_limit.h>

static uint64_t full_at_us(uint64_t now_us, const struct ob_bucket *bucket)
{
    return bucket->spent_until_us > now_us ? bucket->spent_until_us : now_us;
}

/* It may be full as late as this and still have a token. */
static uint64_t latest_us(uint64_t now_us, const struct ob_rate_limit *limit)
{
    return now_us + (uint64_t)(limit->burst - 1) * limit->interval_us;
}

bool ob_bucket_take(struct ob_actor *self, const struct ob_rate_limit *limit,
                    struct ob_bucket *bucket)
{
    uint64_t now_us = ob_now(self);
    uint64_t full_us = full_at_us(now_us, bucket);
    if (full_us > latest_us(now_us, limit))
        return false;
    bucket->spent_until_us = full_us + limit->interval_us;
    return true;
}

uint32_t ob_bucket_wait_us(const struct ob_actor *self, const struct ob_rate_limit *limit,
                           const struct ob_bucket *bucket)
{
    uint64_t now_us = ob_now(self);
    uint64_t full_us = full_at_us(now_us, bucket);
    uint64_t most_us = latest_us(now_us, limit);
    return full_us > most_us ? (uint32_t)(full_us - most_us) : 0;
}
