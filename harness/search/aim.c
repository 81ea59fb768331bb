#include "search/aim.h"
#include "world/fault_point.h"
#include "world/trace.h"
#include "world/world.h"

#define CHOICE_ONE_IN 3u /* of what is aimed, where choices were made */

struct aim {
    struct ob_world *world;
    struct ob_rng *rng;
    uint32_t ops; /* that are wanted, a bit each */
    bool no_classes;
};

static struct ob_selector select_message(const struct aim *aim, uint32_t sent)
{
    const struct ob_sent *message = ob_world_sent(aim->world, sent);
    struct ob_selector which = {.from = (uint8_t)(message->message.from + 1),
                                .to = (uint8_t)message->to,
                                .kind = (uint8_t)(message->message.kind + 1)};
    uint32_t ordinal = ob_world_ordinal(aim->world, sent);
    bool as_class = !aim->no_classes && ob_rng_below(aim->rng, 4) == 0;
    if (!as_class && ordinal < UINT8_MAX)
        which.nth = (uint8_t)(ordinal + 1);
    return which;
}

static struct ob_selector select_resume(const struct aim *aim, uint32_t sent)
{
    struct ob_selector which = {.to = (uint8_t)ob_world_sent(aim->world, sent)->to};
    uint32_t ordinal = ob_world_resume_ordinal(aim->world, sent);
    if (ordinal < UINT8_MAX)
        which.nth = (uint8_t)(ordinal + 1);
    return which;
}

/* The ops that may legally hit this message, its link or its receiver, and are wanted. */
static unsigned legal_ops(const struct aim *aim, uint32_t sent, uint8_t ops[OB_DEVIATION_OPS])
{
    const struct ob_sent *message = ob_world_sent(aim->world, sent);
    const struct ob_faults *faults = ob_world_faults(aim->world, message->to);
    const struct ob_link *link = ob_world_link(aim->world, message->message.from, message->to);
    bool timer = ob_world_is_timer(aim->world, sent);
    unsigned count = 0;
    bool late =
        timer ? ob_world_lateness(aim->world, sent) > 0 : link->latency_us_max > link->latency_us;
    if (late)
        ops[count++] = ob_world_is_resume(aim->world, sent) ? OB_PREEMPT : OB_DELAY;
    if (!timer && link->duplicating)
        ops[count++] = OB_DUPLICATE;
    if (!timer && link->lossy)
        ops[count++] = OB_DROP;
    if (!timer && link->partition_us_max)
        ops[count++] = OB_PARTITION;
    if (faults->pause_us_max)
        ops[count++] = OB_PAUSE;
    if (faults->crash)
        ops[count++] = OB_CRASH;
    if (faults->restart)
        ops[count++] = OB_RESTART;
    if (faults->clock_offset_us_max || faults->clock_drift_ppm_max)
        ops[count++] = OB_SKEW;
    unsigned wanted = 0;
    for (unsigned index = 0; index < count; index++)
        if (aim->ops >> ops[index] & 1)
            ops[wanted++] = ops[index];
    return wanted;
}

static uint32_t any_known_duration(const struct aim *aim)
{
    struct ob_vocabulary vocabulary = *ob_world_vocabulary(aim->world);
    ob_world_learn(aim->world, &vocabulary);
    return ob_durations_draw(&vocabulary.durations, aim->rng);
}

/* To just before, to, or just after something else that the same actor gets, so that it lands on
 * the other side. */
static uint32_t aimed_delay(const struct aim *aim, uint32_t delivery)
{
    const struct ob_delivery *from = ob_world_delivery(aim->world, delivery);
    uint32_t chosen = OB_NONE;
    uint32_t seen = 0;
    for (uint32_t index = delivery + 1; index < ob_world_delivery_count(aim->world); index++)
        if (ob_world_delivery(aim->world, index)->actor == from->actor &&
            ob_rng_below(aim->rng, ++seen) == 0)
            chosen = index;
    if (chosen == OB_NONE)
        return any_known_duration(aim);
    uint64_t distance_us = ob_world_delivery(aim->world, chosen)->time_us - from->time_us;
    uint64_t amount_us = distance_us + ob_rng_below(aim->rng, 3);
    return ob_duration_limit(amount_us > 0 ? amount_us - 1 : 0);
}

/* How long: a wide choice, as what matters may be far above or below anything that has happened so
 * far. */
static uint32_t any_duration(const struct aim *aim, uint32_t most_us)
{
    uint32_t exponent = ob_rng_below(aim->rng, 32);
    if (ob_rng_below(aim->rng, 2) == 0 || most_us >> exponent == 0)
        return ob_duration_round(most_us);
    return ob_duration_round(ob_rng_next(aim->rng) % ((uint64_t)1 << exponent));
}

static void skew(const struct aim *aim, struct ob_deviation *deviation,
                 const struct ob_faults *faults)
{
    bool of_rate =
        faults->clock_drift_ppm_max && (!faults->clock_offset_us_max || ob_rng_below(aim->rng, 2));
    unsigned side = ob_rng_below(aim->rng, 2);
    deviation->which = (struct ob_selector){.to = deviation->which.to};
    deviation->mode = (uint8_t)((of_rate ? OB_FAST : OB_AHEAD) + side);
    deviation->amount =
        any_duration(aim, of_rate ? faults->clock_drift_ppm_max : faults->clock_offset_us_max);
}

/* The group that a choice belongs to: each fault point is one, and all of the target's own are. */
static unsigned group_of(const struct aim *aim, uint32_t index)
{
    unsigned point = ob_world_chosen(aim->world, index)->point;
    return ob_world_fault_point(aim->world, point) ? 1 + point : 0;
}

/* Any choice, where all are the target's own. Otherwise any group first: there may be thousands of
 * allocations, and one connection to reset. */
static const struct ob_chosen *pick_choice(const struct aim *aim, uint32_t count)
{
    uint32_t in_group[1 + OB_CHOICE_POINTS_MAX] = {0};
    unsigned groups = 0;
    for (uint32_t index = 0; index < count; index++)
        groups += in_group[group_of(aim, index)]++ == 0;
    if (in_group[0] == count)
        return ob_world_chosen(aim->world, ob_rng_below(aim->rng, count));
    unsigned wanted = ob_rng_below(aim->rng, groups);
    unsigned group = 0;
    while (in_group[group] == 0 || wanted-- > 0)
        group++;
    uint32_t nth = ob_rng_below(aim->rng, in_group[group]);
    uint32_t index = 0;
    while (group_of(aim, index) != group || nth-- > 0)
        index++;
    return ob_world_chosen(aim->world, index);
}

/* Another alternative of a choice that was made. */
static bool choose(const struct aim *aim, struct ob_deviation *deviation)
{
    uint32_t count = ob_world_chosen_count(aim->world);
    if (!(aim->ops >> OB_CHOOSE & 1) || count == 0)
        return false;
    const struct ob_chosen *chosen = pick_choice(aim, count);
    bool is_fault = ob_world_fault_point(aim->world, chosen->point) != NULL;
    bool as_class = !aim->no_classes && ob_rng_below(aim->rng, 4) == 0;
    uint32_t alternative = is_fault ? ob_fault_draw(aim->rng, chosen->count)
                                    : 1 + ob_rng_below(aim->rng, chosen->count - 1);
    *deviation =
        (struct ob_deviation){.op = OB_CHOOSE,
                              .which = {.to = (uint8_t)chosen->actor,
                                        .kind = chosen->point,
                                        .nth = (uint8_t)(as_class ? 0 : chosen->ordinal + 1)},
                              .amount = alternative};
    ob_deviation_canonicalise(ob_world_vocabulary(aim->world), deviation);
    return true;
}

bool ob_aim(struct ob_world *world, uint32_t ops, bool no_classes, struct ob_rng *rng,
            struct ob_deviation *aimed)
{
    const struct aim aim = {.world = world, .rng = rng, .ops = ops, .no_classes = no_classes};
    uint32_t count = ob_world_delivery_count(world);
    if (count == 0)
        return choose(&aim, aimed);
    if (ob_world_chosen_count(world) > 0 && ob_rng_below(rng, CHOICE_ONE_IN) == 0)
        return choose(&aim, aimed);
    uint32_t delivery = ob_rng_below(rng, count);
    uint32_t sent = ob_world_delivery(world, delivery)->sent;
    if (sent == OB_NONE)
        return false;
    uint8_t legal[OB_DEVIATION_OPS];
    unsigned op_count = legal_ops(&aim, sent, legal);
    if (op_count == 0)
        return false;
    /* What a delay can do, reorderings do as well; faults nothing else does. */
    unsigned first = op_count > 1 && legal[0] == OB_DELAY && ob_rng_below(rng, 4) > 0;
    struct ob_deviation deviation = {.op = legal[first + ob_rng_below(rng, op_count - first)],
                                     .which = select_message(&aim, sent)};
    const struct ob_faults *faults = ob_world_faults(world, deviation.which.to);
    unsigned fields = ob_deviation_fields(deviation.op);
    if (fields & OB_USES_MOMENT)
        deviation.mode = (uint8_t)ob_rng_below(rng, 2);
    if (deviation.op == OB_PREEMPT)
        deviation.which = select_resume(&aim, sent);
    if (deviation.op == OB_DELAY || deviation.op == OB_PREEMPT)
        deviation.amount = aimed_delay(&aim, delivery);
    else if (deviation.op == OB_PAUSE)
        deviation.amount = any_duration(&aim, faults->pause_us_max);
    else if (deviation.op == OB_SKEW)
        skew(&aim, &deviation, faults);
    else if (fields & OB_USES_AMOUNT)
        deviation.amount = ob_rng_below(rng, 4) ? aimed_delay(&aim, delivery) : 0;
    ob_deviation_canonicalise(ob_world_vocabulary(world), &deviation);
    *aimed = deviation;
    return true;
}
