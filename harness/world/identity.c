#include "world/identity.h"

/* The place of a message among those with the same cause. What one delivery sends lies side by
 * side; messages from outside have their places in the scenario. */
static uint32_t rank_of(struct ob_identities *identities, const struct ob_log *log, uint32_t sent)
{
    uint32_t *ranks = identities->ranks;
    for (; identities->rank_count <= sent; identities->rank_count++) {
        uint32_t at = identities->rank_count;
        const struct ob_sent *message = &log->sent[at];
        if (message->message.from == OB_OUTSIDE)
            ranks[at] = message->origin;
        else if (at > 0 && log->sent[at - 1].cause == message->cause &&
                 log->sent[at - 1].message.from != OB_OUTSIDE)
            ranks[at] = ranks[at - 1] + 1;
        else
            ranks[at] = 0;
    }
    return ranks[sent];
}

static uint64_t identity_of_message(struct ob_identities *identities, const struct ob_log *log,
                                    uint32_t sent)
{
    const struct ob_sent *message = &log->sent[sent];
    uint64_t cause = message->cause == OB_NONE ? 0 : identities->of_deliveries[message->cause];
    return ob_hash_step(cause, (uint64_t)message->to << 32 | rank_of(identities, log, sent),
                        message->message.kind);
}

static uint64_t identity_of_delivery(struct ob_identities *identities, const struct ob_log *log,
                                     const struct ob_delivery *delivery)
{
    uint64_t flags = delivery->flags & (unsigned)~OB_DELIVERY_POSTPONED;
    uint64_t identity = ob_hash_step(1, delivery->actor, flags);
    if (delivery->previous != OB_NONE)
        identity = ob_hash_step(identity, identities->of_deliveries[delivery->previous], 1);
    if (delivery->sent == OB_NONE)
        return identity;
    const uint32_t *args = log->sent[delivery->sent].message.args;
    identity = ob_hash_step(identity, identity_of_message(identities, log, delivery->sent), 2);
    return ob_hash_step(identity, (uint64_t)args[0] << 32 | args[1],
                        (uint64_t)args[2] << 32 | args[3]);
}

uint64_t ob_causal_hash(struct ob_identities *identities, const struct ob_log *log, uint32_t count)
{
    uint64_t sum = 0;
    assert(count <= log->delivery_count);
    for (; identities->count < log->delivery_count; identities->count++)
        identities->of_deliveries[identities->count] =
            identity_of_delivery(identities, log, &log->deliveries[identities->count]);
    for (uint32_t index = 0; index < count; index++)
        sum += identities->of_deliveries[index];
    return sum;
}
