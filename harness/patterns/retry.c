#include <offbeat/retry.h>

#include <string.h>

static void attempt(struct ob_actor *self, const struct ob_retry_policy *policy,
                    struct ob_retry *retry)
{
    retry->attempts++;
    ob_send_id(self, retry->to, retry->words, NULL, 0);
    retry->timer = ob_timer_start(self, retry->wait_us, policy->timer, retry->tag);
}

void ob_retry_send(struct ob_actor *self, const struct ob_retry_policy *policy,
                   struct ob_retry *retry, uint32_t tag, unsigned to, const uint32_t *words)
{
    if (retry->waiting)
        ob_timer_cancel(self, retry->timer);
    *retry = (struct ob_retry){
        .tag = tag, .wait_us = policy->timeout_us, .to = (uint16_t)to, .waiting = true};
    memcpy(retry->words, words, sizeof retry->words);
    attempt(self, policy, retry);
}

bool ob_retry_acknowledged(struct ob_actor *self, struct ob_retry *retry, uint32_t tag)
{
    if (!retry->waiting || retry->tag != tag)
        return false;
    ob_timer_cancel(self, retry->timer);
    retry->timer = 0;
    retry->waiting = false;
    return true;
}

enum ob_retry_result ob_retry_timed_out(struct ob_actor *self, const struct ob_retry_policy *policy,
                                        struct ob_retry *retry, uint32_t tag)
{
    if (!retry->waiting || retry->tag != tag)
        return OB_RETRY_STALE;
    retry->timer = 0;
    if (retry->attempts >= policy->attempts_max) {
        retry->waiting = false;
        return OB_RETRY_GAVE_UP;
    }
    if (policy->timeout_max > retry->wait_us)
        retry->wait_us =
            retry->wait_us > policy->timeout_max / 2 ? policy->timeout_max : 2 * retry->wait_us;
    attempt(self, policy, retry);
    return OB_RETRY_REPEATED;
}
