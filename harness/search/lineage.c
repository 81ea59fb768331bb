#include "search/lineage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "search/shrink.h"
#include "world/trace.h"

/* A copy follows its original at once, and looks the same. A second original that looks the same
 * and was duplicated as well follows a copy by the same deviation. */
static bool is_copy(const struct ob_lineage *lineage, const struct ob_world *world,
                    const struct ob_scenario *scenario, uint32_t index)
{
    if (index == 0)
        return false;
    const struct ob_sent *sent = ob_world_sent(world, index);
    const struct ob_sent *before = ob_world_sent(world, index - 1);
    if (sent->deviation == 0 || sent->deviation > scenario->deviation_count ||
        scenario->deviations[sent->deviation - 1].op != OB_DUPLICATE)
        return false;
    if (lineage->copies[index - 1] && before->deviation == sent->deviation)
        return false;
    return before->message.kind == sent->message.kind &&
           before->message.from == sent->message.from &&
           before->message.bytes == sent->message.bytes && before->to == sent->to &&
           before->cause == sent->cause &&
           memcmp(before->message.args, sent->message.args, sizeof sent->message.args) == 0;
}

static void find_roots(struct ob_lineage *lineage, const struct ob_world *world,
                       const struct ob_scenario *scenario)
{
    for (uint32_t index = 0; index < lineage->sent_count; index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        uint32_t root = OB_NONE;
        lineage->copies[index] = is_copy(lineage, world, scenario, index);
        if (lineage->copies[index]) {
            root = lineage->roots[index - 1];
        } else if (sent->message.from == OB_OUTSIDE) {
            root = ob_world_outside_index(world, index);
        } else if (sent->cause != OB_NONE) {
            uint32_t cause = ob_world_delivery(world, sent->cause)->sent;
            root = cause < index ? lineage->roots[cause] : OB_NONE;
        }
        assert(root == OB_NONE || root < scenario->message_count);
        lineage->roots[index] = root;
    }
}

static void bump(uint8_t *count)
{
    *count = (uint8_t)(*count + (*count < UINT8_MAX));
}

/* Counts what a deviation counts until it gets to the message that it hits. Returns that, or
 * OB_NONE. */
static uint32_t find_target(struct ob_lineage *lineage, const struct ob_world *world,
                            const struct ob_scenario *scenario, unsigned deviation)
{
    const struct ob_selector *which = &scenario->deviations[deviation].which;
    unsigned left = which->nth - 1u;

    for (uint32_t index = 0; index < lineage->sent_count; index++) {
        if (lineage->copies[index] || !ob_shrink_selects(which, ob_world_sent(world, index)))
            continue;
        uint32_t root = lineage->roots[index];
        if (left == 0) {
            lineage->target_roots[deviation] = (uint16_t)(root == OB_NONE ? OB_MESSAGES_MAX : root);
            return index;
        }
        left--;
        if (root != OB_NONE)
            bump(&lineage->before[deviation][root]);
    }
    return OB_NONE;
}

/* The same for what a reordering awaits, which it counts in the order of handling. */
static void find_awaited(struct ob_lineage *lineage, const struct ob_world *world,
                         const struct ob_scenario *scenario, unsigned deviation, unsigned receiver)
{
    const struct ob_selector *awaited = &scenario->deviations[deviation].awaited;
    uint32_t delivery_count = ob_world_delivery_count(world);
    unsigned left = awaited->nth;

    for (uint32_t index = 0; index < delivery_count && left > 0; index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->actor != receiver || delivery->sent == OB_NONE ||
            (delivery->flags & (OB_DELIVERY_POSTPONED | OB_DELIVERY_LOST)) ||
            !ob_shrink_selects(awaited, ob_world_sent(world, delivery->sent)))
            continue;
        left--;
        if (lineage->roots[delivery->sent] != OB_NONE)
            bump(&lineage->awaited_before[deviation][lineage->roots[delivery->sent]]);
    }
}

int ob_lineage_read(struct ob_lineage *lineage, const struct ob_world *world,
                    const struct ob_scenario *scenario)
{
    *lineage = (struct ob_lineage){.sent_count = ob_world_sent_count(world)};
    lineage->roots = calloc(lineage->sent_count + (size_t)1, sizeof *lineage->roots);
    lineage->copies = calloc(lineage->sent_count + (size_t)1, sizeof *lineage->copies);
    if (!lineage->roots || !lineage->copies) {
        ob_lineage_release(lineage);
        return -1;
    }
    find_roots(lineage, world, scenario);
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        uint32_t target = OB_NONE;
        lineage->target_roots[index] = OB_MESSAGES_MAX;
        if ((ob_deviation_fields(deviation->op) & OB_USES_MESSAGE) && deviation->which.nth > 0)
            target = find_target(lineage, world, scenario, index);
        unsigned receiver =
            target != OB_NONE ? ob_world_sent(world, target)->to : deviation->which.to;
        if (deviation->op == OB_REORDER && receiver != 0)
            find_awaited(lineage, world, scenario, index, receiver);
    }
    return 0;
}

void ob_lineage_release(struct ob_lineage *lineage)
{
    free(lineage->roots);
    free(lineage->copies);
    lineage->roots = NULL;
    lineage->copies = NULL;
}

static uint8_t less(uint8_t value, unsigned by, unsigned least)
{
    return (uint8_t)(value >= by + least ? value - by : least);
}

bool ob_lineage_follow(const struct ob_lineage *lineage, const bool *gone,
                       struct ob_scenario *scenario)
{
    unsigned message_count = scenario->message_count;
    uint64_t lost = 0;
    bool changed = false;

    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        struct ob_deviation *deviation = &scenario->deviations[index];
        unsigned before = 0;
        unsigned awaited_before = 0;
        for (unsigned message = 0; message < message_count; message++) {
            if (!gone[message])
                continue;
            before += lineage->before[index][message];
            awaited_before += lineage->awaited_before[index][message];
            if (lineage->target_roots[index] == message)
                lost |= UINT64_C(1) << index;
        }
        if (before > 0 && deviation->which.nth > 0)
            deviation->which.nth = less(deviation->which.nth, before, 1);
        deviation->awaited.nth = less(deviation->awaited.nth, awaited_before, 0);
        changed = changed || before > 0 || awaited_before > 0;
    }
    ob_shrink_cut_deviations(scenario, lost);
    return changed || lost;
}
