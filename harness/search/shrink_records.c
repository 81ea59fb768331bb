/* Fewer messages, fewer deviations. */
#include <string.h>

#include "search/lineage.h"
#include "search/shrink.h"
#include "world/trace.h"

#define PAIRS_OF_MAX                                                                               \
    24 /* all pairs are tried of up to so many; a long scenario has too many of them */

/*
 * Tries the current scenario without the messages that are marked: first with the deviations still
 * hitting what they hit and the other messages at their times, as that changes least, then the
 * simpler ways of cutting.
 */
static bool try_without(struct ob_shrink *shrink, const struct ob_lineage *lineage,
                        const bool *gone)
{
    bool delayed = false;
    for (unsigned index = 0; index < shrink->current.message_count; index++)
        delayed = delayed || (gone[index] && shrink->current.messages[index].delay_us > 0);

    for (unsigned way = 0; way < 4; way++) {
        bool follow = way < 2;
        bool keep_times = way % 2 == 0;
        if (!keep_times && !delayed)
            continue;
        ob_shrink_begin(shrink);
        if (follow && !ob_lineage_follow(lineage, gone, &shrink->candidate))
            continue;
        ob_shrink_cut_messages(&shrink->candidate, gone, keep_times);
        if (ob_shrink_try(shrink))
            return true;
    }
    return false;
}

/* Runs the current scenario and reads its lineage. */
static bool read_lineage(struct ob_shrink *shrink, struct ob_lineage *lineage)
{
    (void)ob_shrink_run(shrink, &shrink->current);
    return ob_lineage_read(lineage, shrink->world, &shrink->current) == 0;
}

/* Takes away the messages from `start` to `end`. */
static bool try_without_range(struct ob_shrink *shrink, const struct ob_lineage *lineage,
                              unsigned start, unsigned end)
{
    bool gone[OB_MESSAGES_MAX] = {false};

    for (unsigned index = start; index < end; index++)
        gone[index] = true;
    return try_without(shrink, lineage, gone);
}

bool ob_shrink_messages(struct ob_shrink *shrink)
{
    struct ob_lineage lineage;
    bool any = false;

    if (shrink->current.message_count == 0 || !read_lineage(shrink, &lineage))
        return false;
    for (unsigned size = shrink->current.message_count; size > 0; size /= 2) {
        /* From the end: what comes after the violation goes first. */
        unsigned end = shrink->current.message_count;
        while (end > 0 && !shrink->is_cut_short) {
            unsigned start = end > size ? end - size : 0;
            if (try_without_range(shrink, &lineage, start, end)) {
                any = true;
                ob_lineage_release(&lineage);
                if (!read_lineage(shrink, &lineage))
                    return any;
            }
            end = start;
        }
    }
    ob_lineage_release(&lineage);
    return any;
}

static uint64_t low_bits(unsigned count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static bool try_without_deviations(struct ob_shrink *shrink, uint64_t gone)
{
    ob_shrink_begin(shrink);
    ob_shrink_cut_deviations(&shrink->candidate, gone);
    return ob_shrink_try(shrink);
}

bool ob_shrink_deviations(struct ob_shrink *shrink)
{
    bool any = false;

    for (unsigned size = shrink->current.deviation_count; size > 0; size /= 2) {
        unsigned end = shrink->current.deviation_count;
        while (end > 0 && !shrink->is_cut_short) {
            unsigned start = end > size ? end - size : 0;
            any |= try_without_deviations(shrink, low_bits(end) & ~low_bits(start));
            end = start;
        }
    }
    return any;
}

static bool pair_of_messages(struct ob_shrink *shrink)
{
    unsigned count = shrink->current.message_count;
    struct ob_lineage lineage;
    bool done = false;

    if (count < 2 || count > PAIRS_OF_MAX || !read_lineage(shrink, &lineage))
        return false;
    for (unsigned second = count - 1; second > 0 && !done; second--) {
        for (unsigned first = second; first > 0 && !done; first--) {
            bool gone[OB_MESSAGES_MAX] = {false};
            gone[first - 1] = true;
            gone[second] = true;
            done = try_without(shrink, &lineage, gone);
        }
    }
    ob_lineage_release(&lineage);
    return done;
}

static bool pair_of_deviations(struct ob_shrink *shrink)
{
    unsigned count = shrink->current.deviation_count;

    for (unsigned second = count; second > 1 && count <= PAIRS_OF_MAX; second--) {
        for (unsigned first = second - 1; first > 0; first--) {
            uint64_t gone = UINT64_C(1) << (first - 1) | UINT64_C(1) << (second - 1);
            if (try_without_deviations(shrink, gone))
                return true;
        }
    }
    return false;
}

bool ob_shrink_pairs(struct ob_shrink *shrink)
{
    return pair_of_messages(shrink) || pair_of_deviations(shrink);
}

/* Marks the messages that no delivery of the run goes back to; with `cause_only`, no delivery that
 * happens before the last one. Returns whether there is any. */
static bool mark_unused(const struct ob_shrink *shrink, const struct ob_lineage *lineage,
                        bool cause_only, bool *gone)
{
    const struct ob_world *world = shrink->world;
    uint32_t count = ob_world_delivery_count(world);
    unsigned unused = shrink->current.message_count;

    memset(gone, true, OB_MESSAGES_MAX * sizeof *gone);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t sent = ob_world_delivery(world, index)->sent;
        if (sent == OB_NONE || lineage->roots[sent] == OB_NONE || !gone[lineage->roots[sent]])
            continue;
        if (cause_only && index + 1 < count && !ob_world_happens_before(world, index, count - 1))
            continue;
        gone[lineage->roots[sent]] = false;
        unused--;
    }
    return unused > 0;
}

bool ob_shrink_unused(struct ob_shrink *shrink)
{
    bool gone[OB_MESSAGES_MAX];
    bool any = false;

    (void)ob_shrink_run(shrink, &shrink->current);
    uint64_t idle = low_bits(shrink->current.deviation_count) & ~ob_world_applied(shrink->world);
    if (idle)
        any = try_without_deviations(shrink, idle);
    for (unsigned way = 0; way < 2; way++) {
        struct ob_lineage lineage;
        if (!read_lineage(shrink, &lineage))
            break;
        if (mark_unused(shrink, &lineage, way == 0, gone))
            any |= try_without(shrink, &lineage, gone);
        ob_lineage_release(&lineage);
    }
    return any;
}
