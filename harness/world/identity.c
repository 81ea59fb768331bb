/*
 * Who is who in executions of one scenario that differ in their order. A message is identified by
 * the delivery whose handler sent it and by its place among that one's messages; a delivery by its
 * message and by the delivery before it at its actor. Neither changes when independent deliveries
 * change places.
 */
#include "world/hash.h"
#include "world/internal.h"

/* The place of a message among those with the same cause. What one delivery sends lies side by
 * side; messages from outside have their places in the scenario. */
static uint32_t rank_of(const struct ob_world *world, uint32_t sent)
{
    struct ob_run *run = &((struct ob_world *)world)->run; /* a cache, as with the vector clocks */
    for (; run->rank_count <= sent; run->rank_count++) {
        uint32_t at = run->rank_count;
        const struct ob_sent *message = &world->sent[at];
        if (message->message.from == OB_OUTSIDE)
            world->ranks[at] = message->origin;
        else if (at > 0 && world->sent[at - 1].cause == message->cause &&
                 world->sent[at - 1].message.from != OB_OUTSIDE)
            world->ranks[at] = world->ranks[at - 1] + 1;
        else
            world->ranks[at] = 0;
    }
    return world->ranks[sent];
}

static uint64_t message_identity(const struct ob_world *world, uint32_t sent)
{
    const struct ob_sent *message = &world->sent[sent];
    uint64_t cause = message->cause == OB_NONE ? 0 : world->identities[message->cause];
    return ob_hash_step(cause, (uint64_t)message->to << 32 | rank_of(world, sent),
                        message->message.kind);
}

static uint64_t delivery_identity(const struct ob_world *world, const struct ob_delivery *delivery)
{
    uint64_t flags = delivery->flags & (unsigned)~OB_DELIVERY_POSTPONED;
    uint64_t identity = ob_hash_step(1, delivery->actor, flags);
    if (delivery->previous != OB_NONE)
        identity = ob_hash_step(identity, world->identities[delivery->previous], 1);
    if (delivery->sent == OB_NONE)
        return identity;
    const uint32_t *args = world->sent[delivery->sent].message.args;
    identity = ob_hash_step(identity, message_identity(world, delivery->sent), 2);
    identity = ob_hash_step(identity, (uint64_t)args[0] << 32 | args[1],
                            (uint64_t)args[2] << 32 | args[3]);
    return identity;
}

static void identify_deliveries(const struct ob_world *world, uint32_t count)
{
    struct ob_run *run = &((struct ob_world *)world)->run;
    for (; run->identity_count < count; run->identity_count++)
        world->identities[run->identity_count] =
            delivery_identity(world, &world->deliveries[run->identity_count]);
}

uint64_t ob_world_causal_hash(const struct ob_world *world)
{
    uint64_t sum = 0;
    identify_deliveries(world, world->run.delivery_count);
    for (uint32_t index = 0; index < world->run.delivery_count; index++)
        sum += world->identities[index];
    return sum;
}
