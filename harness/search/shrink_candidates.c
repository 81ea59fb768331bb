/*
 * What may take the place of one deviation: of order, each message or task that comes in a run made
 * late, by as much as it takes to come after one of the next at its receiver; of a fault, the same
 * fault at each message.
 */
#include <stdlib.h>

#include "search/events.h"
#include "search/ordinals.h"
#include "search/shrink.h"
#include "world/trace.h"

#define LATER_MAX 8u /* a message comes late after the next so many of its receiver */

struct listing {
    struct ob_shrink *shrink;
    uint64_t most; /* of the numbers of a deviation together */
    struct ob_shrink_candidates *candidates;
};

bool ob_shrink_is_replaceable(const struct ob_deviation *deviation)
{
    return deviation->op != OB_WALK && deviation->op != OB_DRAW &&
           (ob_is_about_order(deviation) || (ob_deviation_fields(deviation->op) & OB_USES_MESSAGE));
}

static void add_candidate(struct listing *listing, struct ob_deviation deviation)
{
    ob_deviation_canonicalise(listing->shrink->vocabulary, &deviation);
    if (listing->candidates->count == OB_SHRINK_CANDIDATES ||
        ob_shrink_number(&deviation) > listing->most)
        return;
    listing->candidates->list[listing->candidates->count++] = deviation;
}

/* Names a message that was sent. Returns false where no selector can. */
static bool name_message(const struct ob_world *world, uint32_t sent, uint32_t ordinal,
                         struct ob_selector *which)
{
    const struct ob_sent *message = ob_world_sent(world, sent);

    *which = (struct ob_selector){.from = (uint8_t)(message->message.from + 1),
                                  .to = (uint8_t)message->to,
                                  .kind = (uint8_t)(message->message.kind + 1),
                                  .nth = (uint8_t)(ordinal + 1)};
    return ordinal < UINT8_MAX && !ob_world_is_copy(world, sent);
}

/* The deviation that makes a message late, and by how much it may be. Returns false where it may
 * not: what comes from outside is sent later instead. */
static bool name_late(const struct ob_world *world, uint32_t sent, uint32_t ordinal,
                      struct ob_deviation *late, uint32_t *most_us)
{
    const struct ob_sent *message = ob_world_sent(world, sent);
    const struct ob_link *link = ob_world_link(world, message->message.from, message->to);

    *late = (struct ob_deviation){.op = OB_DELAY};
    *most_us = link->latency_us_max - link->latency_us;
    if (ob_world_is_timer(world, sent))
        *most_us = ob_world_lateness(world, sent);
    if (message->message.from == OB_OUTSIDE || *most_us == 0)
        return false;
    if (!ob_world_is_resume(world, sent))
        return name_message(world, sent, ordinal, &late->which);
    uint32_t turn = ob_world_resume_ordinal(world, sent);
    late->op = OB_PREEMPT;
    late->which = (struct ob_selector){.to = (uint8_t)message->to, .nth = (uint8_t)(turn + 1)};
    return turn < UINT8_MAX;
}

/* Late enough to come after each of the next that its receiver gets. */
static void add_after_next(struct listing *listing, uint32_t at, struct ob_deviation late,
                           uint32_t most_us)
{
    const struct ob_world *world = listing->shrink->world;
    const struct ob_delivery *delivery = ob_world_delivery(world, at);
    unsigned later = 0;

    for (uint32_t next = at + 1; next < ob_world_delivery_count(world) && later < LATER_MAX;
         next++) {
        const struct ob_delivery *other = ob_world_delivery(world, next);
        uint64_t amount_us = other->time_us - delivery->time_us + 1;
        if (other->actor != delivery->actor || amount_us > most_us)
            continue;
        late.amount = (uint32_t)amount_us;
        add_candidate(listing, late);
        later++;
    }
}

/* By each amount where few of them are plain enough; else by some, and as late as it may be. */
static void add_late(struct listing *listing, uint32_t at, uint32_t ordinal)
{
    struct ob_deviation late;
    uint32_t most_us = 0;
    uint32_t sent = ob_world_delivery(listing->shrink->world, at)->sent;

    if (!name_late(listing->shrink->world, sent, ordinal, &late, &most_us) ||
        late.which.nth >= listing->most)
        return;
    if (most_us > listing->most - late.which.nth)
        most_us = (uint32_t)(listing->most - late.which.nth);
    if (listing->most > OB_SHRINK_FEW)
        add_after_next(listing, at, late, most_us - 1);
    for (late.amount = listing->most > OB_SHRINK_FEW ? most_us : 1; late.amount <= most_us;
         late.amount++)
        add_candidate(listing, late);
}

/* What a fault of that kind may strike instead. */
static void add_fault(struct listing *listing, const struct ob_deviation *like, uint32_t sent,
                      uint32_t ordinal)
{
    struct ob_deviation fault = *like;

    if (!name_message(listing->shrink->world, sent, ordinal, &fault.which))
        return;
    for (unsigned moment = 0; moment < 2; moment++) {
        if (ob_deviation_fields(fault.op) & OB_USES_MOMENT)
            fault.mode = (uint8_t)moment;
        add_candidate(listing, fault);
    }
    if (like->op == OB_DROP && !like->which.nth) { /* of a link as long as it may be cut */
        fault.op = OB_PARTITION;
        add_candidate(listing, fault);
    }
}

void ob_shrink_list(struct ob_shrink *shrink, const struct ob_scenario *rest,
                    const struct ob_deviation *replaced, uint64_t most,
                    struct ob_shrink_candidates *candidates)
{
    struct listing listing = {.shrink = shrink, .most = most, .candidates = candidates};
    const struct ob_world *world = shrink->world;
    bool is_fault = !ob_is_about_order(replaced);

    candidates->count = 0;
    (void)ob_shrink_run(shrink, rest);
    uint32_t *ordinals = ob_ordinals_read(world);
    for (uint32_t at = 0; ordinals && at < ob_world_delivery_count(world); at++) {
        uint32_t sent = ob_world_delivery(world, at)->sent;
        if (sent == OB_NONE)
            continue;
        if (is_fault)
            add_fault(&listing, replaced, sent, ordinals[sent]);
        else
            add_late(&listing, at, ordinals[sent]);
    }
    free(ordinals);
}
