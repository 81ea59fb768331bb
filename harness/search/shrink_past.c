/*
 * What is not in the violation's causal past, all at once, before anything is tried one by one.
 *
 * The violation shows at the last delivery. What did not happen before it cannot have mattered; of
 * what did, the latest deliveries mattered most likely, as an actor's order makes everything that
 * it ever got happen before. So those messages are kept that the last 1, 2, 4, ... deliveries of
 * that past go back to, until the violation is among what is left: ten runs for the largest
 * scenario. What is checked when nothing more can happen may show after a delivery that has nothing
 * to do with it; so then every delivery counts as past.
 */
#include <stdlib.h>
#include <string.h>

#include "search/lineage.h"
#include "search/shrink.h"
#include "world/trace.h"

struct past {
    unsigned count;
    uint16_t messages[OB_MESSAGES_MAX]; /* from outside, by how late a delivery goes back to them */
};

/* Whether a delivery of the last run happened before the last one, or is it. */
static bool is_past(const struct ob_world *world, uint32_t index)
{
    uint32_t last = ob_world_delivery_count(world) - 1;
    return index == last || ob_world_happens_before(world, index, last);
}

/* Reads the last run: which messages from outside its deliveries, or those of the past, go back to.
 */
static void read_past(struct past *past, const struct ob_world *world,
                      const struct ob_lineage *lineage, bool of_all)
{
    bool known[OB_MESSAGES_MAX] = {false};

    past->count = 0;
    for (uint32_t index = ob_world_delivery_count(world); index-- > 0;) {
        uint32_t sent = ob_world_delivery(world, index)->sent;
        uint32_t root = sent == OB_NONE ? OB_NONE : lineage->roots[sent];
        if (root == OB_NONE || known[root] || !(of_all || is_past(world, index)))
            continue;
        known[root] = true;
        past->messages[past->count++] = (uint16_t)root;
    }
}

/* Keeps the first `count` of these messages, at their times, and lets deviations hit what they hit.
 */
static bool try_first(struct ob_shrink *shrink, const struct ob_lineage *lineage,
                      const struct past *past, unsigned count)
{
    bool gone[OB_MESSAGES_MAX];

    memset(gone, true, sizeof gone);
    for (unsigned place = 0; place < count; place++)
        gone[past->messages[place]] = false;
    ob_shrink_begin(shrink);
    (void)ob_lineage_follow(lineage, gone, &shrink->candidate);
    ob_shrink_cut_messages(&shrink->candidate, gone, true);
    return ob_shrink_try(shrink);
}

static bool keep_latest(struct ob_shrink *shrink, const struct ob_lineage *lineage,
                        const struct past *past)
{
    unsigned all = shrink->current.message_count;

    for (unsigned count = 1; count < 2 * past->count; count *= 2) {
        unsigned kept = count < past->count ? count : past->count;
        if (kept < all && try_first(shrink, lineage, past, kept))
            return true;
    }
    return false;
}

static bool cut_messages(struct ob_shrink *shrink)
{
    struct ob_lineage lineage;
    struct past past;
    struct past everything;

    if (ob_lineage_read(&lineage, shrink->world, &shrink->current))
        return false;
    read_past(&past, shrink->world, &lineage, false);
    read_past(&everything, shrink->world, &lineage, true);
    bool any = keep_latest(shrink, &lineage, &past) || keep_latest(shrink, &lineage, &everything);
    ob_lineage_release(&lineage);
    return any;
}

/* Deviations of messages that are not of the past. What one holds back or loses is not delivered:
 * that its receiver misses it may be what matters. */
static bool cut_deviations(struct ob_shrink *shrink)
{
    const struct ob_world *world = shrink->world;
    uint32_t last = ob_world_delivery_count(world) - 1;
    uint64_t gone = UINT64_MAX;

    for (uint32_t index = 0; index <= last; index++) {
        uint32_t sent = ob_world_delivery(world, index)->sent;
        unsigned deviation = sent == OB_NONE ? 0 : ob_world_sent(world, sent)->deviation;
        if (deviation && is_past(world, index))
            gone &= ~(UINT64_C(1) << (deviation - 1));
    }
    for (uint32_t index = 0; index < ob_world_sent_count(world); index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        if (sent->deviation && sent->to == ob_world_delivery(world, last)->actor)
            gone &= ~(UINT64_C(1) << (sent->deviation - 1));
    }
    ob_shrink_begin(shrink);
    ob_shrink_cut_deviations(&shrink->candidate, gone);
    return ob_shrink_try(shrink);
}

bool ob_shrink_past(struct ob_shrink *shrink)
{
    bool any = false;

    (void)ob_shrink_run(shrink, &shrink->current);
    if (ob_world_delivery_count(shrink->world) == 0)
        return false;
    any = cut_messages(shrink);
    (void)ob_shrink_run(shrink, &shrink->current);
    return (ob_world_delivery_count(shrink->world) > 0 && cut_deviations(shrink)) || any;
}
