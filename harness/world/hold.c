/*
 * Messages that a reordering holds back: until their receiver has handled what is awaited, or, when
 * that does not come or may not take so long, until the most that their link allows. So constraints
 * that contradict each other, or that an edit has made void, give way by themselves. On a link that
 * keeps the order, what is sent later waits behind.
 */
#include "world/internal.h"

static bool matches(const struct ob_selector *awaited, const struct ob_message *message)
{
    return (!awaited->from || awaited->from == message->from + 1) &&
           (!awaited->kind || awaited->kind == message->kind + 1);
}

/* How many messages like the awaited one the actor has handled so far. */
static uint32_t handled_count(const struct ob_world *world, const struct ob_actor *actor,
                              const struct ob_selector *awaited)
{
    uint32_t count = 0;
    for (uint32_t at = actor->last_delivery; at != OB_NONE; at = world->deliveries[at].previous) {
        const struct ob_delivery *delivery = &world->deliveries[at];
        if (delivery->sent == OB_NONE || (delivery->flags & OB_DELIVERY_POSTPONED))
            continue;
        count += matches(awaited, &world->sent[delivery->sent].message);
    }
    return count;
}

/* The order of holds is the order in which messages are let go, so it is kept. */
static void close_gaps(struct ob_world *world)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < world->run.hold_count; index++)
        if (world->holds[index].sent != OB_NONE)
            world->holds[count++] = world->holds[index];
    world->run.hold_count = count;
}

static void add_hold(struct ob_world *world, uint32_t sent, struct ob_hold hold)
{
    if (world->run.hold_count == OB_HOLDS_MAX)
        close_gaps(world);
    if (world->run.hold_count == OB_HOLDS_MAX)
        return; /* it then goes at the latest moment, which is legal as well */
    hold.sent = sent;
    hold.actor = world->sent[sent].to;
    world->holds[world->run.hold_count++] = hold;
    world->run.hold_live++;
    world->actors[hold.actor].held_count++;
    world->actors[hold.actor].attention = true;
    world->sent[sent].flags |= OB_SENT_HELD;
}

bool ob_hold(struct ob_world *world, uint32_t sent, uint64_t reorders, struct ob_pair *pair,
             uint64_t ready_us)
{
    struct ob_sent *message = &world->sent[sent];
    const struct ob_actor *actor = &world->actors[message->to];
    for (uint64_t left = reorders; left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        const struct ob_selector *awaited = &world->scenario->deviations[index].awaited;
        uint32_t wanted = awaited->nth + 1u;
        uint32_t handled = handled_count(world, actor, awaited);
        if (handled >= wanted)
            continue;
        world->run.applied |= UINT64_C(1) << index;
        message->deviation = (uint8_t)(index + 1);
        add_hold(world, sent,
                 (struct ob_hold){.ready_us = ready_us,
                                  .behind = OB_NONE,
                                  .remaining = wanted - handled,
                                  .deviation = (uint8_t)index});
    }
    if (pair && pair->last_held != OB_NONE)
        add_hold(world, sent, (struct ob_hold){.ready_us = ready_us, .behind = pair->last_held});
    bool held = message->flags & OB_SENT_HELD;
    if (held && pair)
        pair->last_held = sent;
    return held;
}

static void remove_hold(struct ob_world *world, uint32_t index)
{
    struct ob_hold *hold = &world->holds[index];
    world->actors[hold->actor].held_count--;
    world->run.hold_live--;
    *hold = (struct ob_hold){.sent = OB_NONE, .behind = OB_NONE};
    if (world->run.hold_live == 0)
        world->run.hold_count = 0;
}

static bool still_held(const struct ob_world *world, uint32_t sent)
{
    for (uint32_t index = 0; index < world->run.hold_count; index++)
        if (world->holds[index].sent == sent)
            return true;
    return false;
}

/* The message goes now, or as soon as its link's least latency has passed. */
static void release(struct ob_world *world, uint32_t sent, uint64_t ready_us)
{
    struct ob_sent *message = &world->sent[sent];
    message->flags &= (uint16_t)~OB_SENT_HELD;
    uint64_t arrival_us = ready_us > world->run.now_us ? ready_us : world->run.now_us;
    if (message->flags & OB_SENT_FIFO) {
        struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
        if (arrival_us < pair->last_arrival_us)
            arrival_us = pair->last_arrival_us;
        pair->last_arrival_us = arrival_us;
        if (pair->last_held == sent)
            pair->last_held = OB_NONE;
    }
    ob_put_off(world, sent, arrival_us);
    ob_queue_push(world, message->key);
}

/* Lets go what waited behind a message that has gone, and what waited behind that. */
static void release_followers(struct ob_world *world, uint32_t gone)
{
    uint32_t index = 0;
    while (index < world->run.hold_count) {
        struct ob_hold hold = world->holds[index];
        if (hold.sent == OB_NONE || hold.behind != gone) {
            index++;
            continue;
        }
        remove_hold(world, index);
        if (still_held(world, hold.sent))
            continue;
        release(world, hold.sent, hold.ready_us);
        gone = hold.sent; /* a link has one queue: at most one message is next */
        index = 0;
    }
}

void ob_holds_delivered(struct ob_world *world, struct ob_actor *actor,
                        const struct ob_message *message)
{
    /* First every hold counts this delivery, once; then those go that wait for nothing more. */
    bool satisfied = false;
    for (uint32_t index = 0; index < world->run.hold_count; index++) {
        struct ob_hold *hold = &world->holds[index];
        if (hold->actor != actor->id || hold->behind != OB_NONE)
            continue;
        /* What this delivery itself has sent to its actor, such as a timer, has counted it. */
        if (world->sent[hold->sent].cause == world->run.current)
            continue;
        if (matches(&world->scenario->deviations[hold->deviation].awaited, message))
            satisfied |= --hold->remaining == 0;
    }
    for (uint32_t index = 0; satisfied && index < world->run.hold_count;) {
        struct ob_hold hold = world->holds[index];
        if (hold.sent == OB_NONE || hold.behind != OB_NONE || hold.remaining > 0) {
            index++;
            continue;
        }
        remove_hold(world, index);
        if (still_held(world, hold.sent))
            continue;
        release(world, hold.sent, hold.ready_us);
        release_followers(world, hold.sent);
        index = 0;
    }
}

/* The message went at the latest moment that its link allows, or its actor died: nothing holds it
 * any more. */
void ob_holds_drop(struct ob_world *world, uint32_t sent)
{
    struct ob_sent *message = &world->sent[sent];
    message->flags &= (uint16_t)~OB_SENT_HELD;
    for (uint32_t index = 0; index < world->run.hold_count; index++)
        if (world->holds[index].sent == sent)
            remove_hold(world, index);
    if (message->flags & OB_SENT_FIFO) {
        struct ob_pair *pair = ob_pair_at(world, message->message.from, message->to);
        pair->last_arrival_us = world->run.now_us;
        if (pair->last_held == sent)
            pair->last_held = OB_NONE;
    }
    release_followers(world, sent);
}
