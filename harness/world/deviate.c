#include "world/deviate.h"

#include "base/rng.h"
#include "world/event.h"

void ob_deviations_begin(struct ob_world *world)
{
    const struct ob_scenario *scenario = world->run.scenario;
    uint64_t *by_kind = world->run.deviations.by_kind;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        uint64_t bit = UINT64_C(1) << index;
        world->run.has_walks |= deviation->op == OB_WALK;
        if (deviation->op == OB_CHOOSE)
            world->run.choices.deviations |= bit;
        if (deviation->op == OB_PREEMPT && world->task_limits.tasks_max)
            by_kind[world->resume_kind] |= bit;
        if (!(ob_deviation_fields(deviation->op) & OB_USES_MESSAGE))
            continue;
        if (deviation->which.kind) {
            by_kind[deviation->which.kind - 1] |= bit;
            continue;
        }
        for (unsigned kind = 0; kind < world->vocabulary.kind_count; kind++)
            by_kind[kind] |= bit;
    }
}

void ob_apply_skew(struct ob_world *world)
{
    for (unsigned index = 0; index < world->run.scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
        if (deviation->op != OB_SKEW)
            continue;
        struct ob_actor *actor = &world->actors[deviation->which.to];
        bool of_rate = deviation->mode == OB_FAST || deviation->mode == OB_SLOW;
        uint32_t most =
            of_rate ? actor->faults.clock_drift_ppm_max : actor->faults.clock_offset_us_max;
        uint32_t amount = deviation->amount < most ? deviation->amount : most;
        if (amount == 0)
            continue;
        switch (deviation->mode) {
        case OB_AHEAD:
            actor->offset_us = amount;
            break;
        case OB_BEHIND:
            actor->offset_us = -(int64_t)amount;
            break;
        case OB_FAST:
            actor->rate_ppm = 1000000 + amount;
            break;
        default:
            actor->rate_ppm = 1000000 - amount;
            break;
        }
        world->run.deviations.applied |= UINT64_C(1) << index;
        ob_notice(&world->run.monitoring,
                  (struct ob_noticed){.what = OB_SAW_SKEWED, .actor = actor->id});
    }
}

/* Draws a latency from the link's range. The number depends on what the draw is per, never on how
 * many were drawn before, so that an edit elsewhere in the scenario leaves it as it is. */
static uint64_t draw_latency(const struct ob_world *world, const struct ob_deviation *deviation,
                             uint32_t sent, uint32_t ordinal, const struct ob_link *link)
{
    const struct ob_sent *message = &world->run.log.sent[sent];
    uint64_t words[] = {
        [OB_PER_MESSAGE] = (uint64_t)ordinal << 40 | (uint64_t)message->message.from << 24 |
                           (uint64_t)message->to << 8 | message->message.kind,
        [OB_PER_LINK] = (uint64_t)message->message.from << 24 | (uint64_t)message->to << 8,
        [OB_PER_CLASS] = (uint64_t)message->to << 8 | message->message.kind,
    };
    struct ob_rng rng = {.state = words[deviation->mode] ^ ((uint64_t)deviation->amount + 1) << 48};
    uint64_t span = (uint64_t)link->latency_us_max - link->latency_us + 1;
    return link->latency_us + (uint64_t)(((ob_rng_next(&rng) >> 32) * span) >> 32);
}

/* A link is cut, or joined again, with the message that was sent last. */
static void notice_link(struct ob_world *world, enum ob_sight_kind what, unsigned from, unsigned to)
{
    struct ob_run *run = &world->run;
    if (from == OB_OUTSIDE)
        return;
    ob_notice(&run->monitoring,
              (struct ob_noticed){.what = (uint16_t)what,
                                  .actor = (uint16_t)from,
                                  .to = (uint16_t)to,
                                  .until_us = ob_pair_at(&run->network, from, to)->cut_until_us,
                                  .sent = run->log.sent_count - 1});
}

/* One way. There is no way to the outside. */
static bool cut(struct ob_world *world, unsigned from, unsigned to, uint32_t length_us)
{
    struct ob_run *run = &world->run;
    if (to == OB_OUTSIDE || !ob_pair_cut(&run->network, ob_pair_at(&run->network, from, to),
                                         run->now_us, length_us, run->strikes.end_us))
        return false;
    notice_link(world, OB_SAW_CUT, from, to);
    return true;
}

/* Messages that waited for the end of the cut leave now. */
static void release_cut(struct ob_world *world, struct ob_pair *pair, unsigned from, unsigned to)
{
    struct ob_run *run = &world->run;
    uint64_t arrival_us = run->now_us + ob_link_of(&run->network, pair)->latency_us;
    for (uint32_t sent = 0; sent < run->log.sent_count; sent++) {
        struct ob_sent *message = &run->log.sent[sent];
        if (!(message->flags & OB_SENT_CUT) || message->message.from != from || message->to != to)
            continue;
        message->flags &= (uint16_t)~OB_SENT_CUT;
        if (!ob_is_under_way(message) || (message->flags & OB_SENT_HELD))
            continue;
        ob_event_arrival(world, sent, arrival_us);
        pair->last_arrival_us = arrival_us;
    }
}

static bool heal(struct ob_world *world, unsigned from, unsigned to)
{
    if (to == OB_OUTSIDE)
        return false;
    struct ob_pair *pair = ob_pair_at(&world->run.network, from, to);
    if (!ob_pair_heal(pair, world->run.now_us))
        return false;
    release_cut(world, pair, from, to);
    notice_link(world, OB_SAW_JOINED, from, to);
    return true;
}

static bool may_happen(const struct ob_world *world, const struct ob_deviation *deviation,
                       uint32_t sent)
{
    const struct ob_faults *faults = &world->actors[world->run.log.sent[sent].to].faults;
    switch (deviation->op) {
    case OB_PAUSE:
        return faults->pause_us_max > 0 && deviation->amount > 0;
    case OB_CRASH:
        return faults->crash;
    default:
        return faults->restart;
    }
}

/* Whether it is more than a latency that the link may have at any time. */
static bool is_fault(unsigned op)
{
    return op != OB_DELAY && op != OB_REORDER && op != OB_DRAW && op != OB_HEAL;
}

static bool selects(const struct ob_selector *which, unsigned from, unsigned to)
{
    return (!which->from || which->from == from + 1) && (!which->to || which->to == to);
}

static bool puts_off(struct ob_world *world, unsigned index, unsigned to)
{
    const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
    const struct ob_link *link = ob_link_between(&world->run.network, OB_OUTSIDE, to);
    switch (deviation->op) {
    case OB_DELAY:
        return link->latency_us_max > link->latency_us && deviation->amount > 0;
    case OB_REORDER:
        return ob_hold_lacks(&world->run.holds, index, &world->actors[to]) > 0;
    case OB_DUPLICATE:
        return link->duplicating;
    case OB_DROP:
        return link->lossy;
    case OB_PARTITION:
        return link->partition_us_max > 0;
    default:
        return false;
    }
}

bool ob_puts_off_input(struct ob_world *world, unsigned kind, unsigned to)
{
    uint64_t found = 0;
    for (uint64_t left = world->run.deviations.by_kind[kind]; left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
        bool is_over = world->run.now_us > world->run.strikes.end_us && is_fault(deviation->op);
        if (is_over || !selects(&deviation->which, OB_OUTSIDE, to) ||
            (deviation->which.nth &&
             deviation->which.nth - 1u != world->run.deviations.matched[index]))
            continue;
        if (puts_off(world, index, to))
            found |= left & -left;
    }
    world->run.deviations.applied |= found;
    return found ||
           ob_pair_at(&world->run.network, OB_OUTSIDE, to)->cut_until_us > world->run.now_us;
}

/* Returns whether the deviation has, or will have, an effect. */
static bool plan(struct ob_world *world, unsigned index, uint32_t sent, uint32_t ordinal,
                 const struct ob_link *link, struct ob_plan *plan)
{
    const struct ob_deviation *deviation = &world->run.scenario->deviations[index];
    const struct ob_sent *message = &world->run.log.sent[sent];
    unsigned from = message->message.from;
    bool timer = ob_comes_by_itself(message);
    uint64_t bit = UINT64_C(1) << index;

    if (world->run.now_us > world->run.strikes.end_us && is_fault(deviation->op))
        return false;
    switch (deviation->op) {
    case OB_PREEMPT:
    case OB_DELAY:
        plan->extra_us += deviation->amount;
        return link->latency_us_max > link->latency_us && deviation->amount > 0;
    case OB_REORDER:
        plan->holds |= bit;
        return false; /* known when it is held */
    case OB_DUPLICATE:
        if (link->duplicating && !timer)
            plan->copies |= bit;
        return plan->copies & bit;
    case OB_DROP:
        plan->drop |= link->lossy && !timer;
        return plan->drop;
    case OB_DRAW:
        /* The outside may take an hour between two messages: drawn from that, none would ever meet
         * another. */
        if (from == OB_OUTSIDE)
            return false;
        plan->drawn = true;
        plan->latency_us = draw_latency(world, deviation, sent, ordinal, link);
        return plan->latency_us != link->latency_us;
    case OB_PARTITION:
        if (timer)
            return false;
        return (int)cut(world, from, message->to, deviation->amount) |
               (int)cut(world, message->to, from, deviation->amount);
    case OB_HEAL:
        if (timer)
            return false;
        return (int)heal(world, from, message->to) | (int)heal(world, message->to, from);
    default:
        if (may_happen(world, deviation, sent))
            plan->armed |= bit;
        return false; /* known at its delivery */
    }
}

void ob_plan_message(struct ob_world *world, uint32_t sent, const struct ob_link *link,
                     struct ob_plan *result)
{
    struct ob_sent *message = &world->run.log.sent[sent];
    uint64_t left = world->run.deviations.by_kind[message->message.kind];
    while (left) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        left &= left - 1;
        const struct ob_selector *which = &world->run.scenario->deviations[index].which;
        if (!selects(which, message->message.from, message->to))
            continue;
        uint32_t ordinal = world->run.deviations.matched[index]++;
        if (which->nth && which->nth - 1u != ordinal)
            continue;
        if (plan(world, index, sent, ordinal, link, result)) {
            world->run.deviations.applied |= UINT64_C(1) << index;
            message->deviation = (uint8_t)(index + 1);
        }
    }
}
