/*
 * The first message earlier. A system that works by itself has the same moments again and again:
 * what was found in its hundredth round shows in the first one as well, once the messages that
 * deviations name are counted anew.
 */
#include "search/shrink.h"
#include "world/trace.h"

#define DEVIATIONS_OF_MAX 4u /* of more, the numbers stay as they are */

struct early {
    struct ob_shrink *shrink;
    uint32_t late_us; /* when the first message comes */
    unsigned count;
    uint32_t starts_us[OB_SHRINK_STARTS_MAX];
    /* How many messages that a deviation counts are sent between a start and late_us. */
    uint32_t fewer[OB_SHRINK_STARTS_MAX][DEVIATIONS_OF_MAX];
    uint32_t fewer_awaited[OB_SHRINK_STARTS_MAX][DEVIATIONS_OF_MAX];
};

static bool counts(const struct ob_deviation *deviation)
{
    return deviation->which.nth > 1 || deviation->awaited.nth > 0;
}

static bool may_be_earlier(const struct ob_scenario *scenario)
{
    bool any = false;

    if (scenario->message_count == 0 || scenario->messages[0].delay_us == 0 ||
        scenario->deviation_count > DEVIATIONS_OF_MAX)
        return false;
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        any |= counts(&scenario->deviations[index]);
    return any;
}

static uint32_t count_sent(const struct ob_world *world, struct ob_selector selector,
                           uint64_t from_us, uint64_t until_us)
{
    uint32_t count = 0;

    selector.nth = 0;
    for (uint32_t index = 0; index < ob_world_sent_count(world); index++) {
        const struct ob_sent *sent = ob_world_sent(world, index);
        if (sent->time_us >= until_us)
            break;
        count += sent->time_us >= from_us && !ob_world_is_copy(world, index) &&
                 ob_shrink_selects(&selector, sent);
    }
    return count;
}

static void count_fewer(struct early *early, unsigned at)
{
    const struct ob_scenario *current = &early->shrink->current;
    const struct ob_world *world = early->shrink->world;
    uint32_t start_us = early->starts_us[at];

    for (unsigned index = 0; index < current->deviation_count; index++) {
        const struct ob_deviation *deviation = &current->deviations[index];
        struct ob_selector awaited = deviation->awaited;
        awaited.to = deviation->which.to;
        early->fewer[at][index] = count_sent(world, deviation->which, start_us, early->late_us);
        early->fewer_awaited[at][index] = count_sent(world, awaited, start_us, early->late_us);
    }
}

static uint8_t less(uint8_t nth, uint32_t fewer, uint8_t least)
{
    return nth > fewer + least ? (uint8_t)(nth - fewer) : least;
}

static bool try_start(struct early *early, unsigned at)
{
    struct ob_shrink *shrink = early->shrink;

    ob_shrink_begin(shrink);
    shrink->candidate.messages[0].delay_us = early->starts_us[at];
    for (unsigned index = 0; index < shrink->candidate.deviation_count; index++) {
        struct ob_deviation *deviation = &shrink->candidate.deviations[index];
        if (deviation->which.nth > 1)
            deviation->which.nth = less(deviation->which.nth, early->fewer[at][index], 1);
        if (deviation->awaited.nth > 0)
            deviation->awaited.nth =
                less(deviation->awaited.nth, early->fewer_awaited[at][index], 0);
    }
    ob_scenario_sort(&shrink->candidate);
    return ob_shrink_try(shrink);
}

bool ob_shrink_early(struct ob_shrink *shrink)
{
    struct early early = {.shrink = shrink};

    if (!may_be_earlier(&shrink->current))
        return false;
    early.late_us = shrink->current.messages[0].delay_us;
    (void)ob_shrink_run(shrink, &shrink->current);
    early.count = ob_shrink_starts(shrink->world, early.late_us - 1, early.starts_us);
    for (unsigned at = 0; at < early.count; at++)
        count_fewer(&early, at);
    for (unsigned at = 0; at < early.count; at++)
        if (try_start(&early, at))
            return true;
    return false;
}
