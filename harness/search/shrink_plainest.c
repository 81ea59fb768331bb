/*
 * The plainest scenario of those with as many records. Step by step, each number can be as low as
 * the others let it, and yet lower ones would do: with another argument an earlier message has to
 * be late, with another task preempted by less. What is named, and how the failures of one cause
 * are known from each other, must not depend on where minimizing has begun: so what could stand in
 * the place of a deviation, or of two, is tried from the plainest up.
 */
#include <stdlib.h>

#include "scenario/edit.h"
#include "search/events.h"
#include "search/shrink.h"

#define MESSAGES_OF_MAX 4u /* scenarios of more messages or deviations stay as they are */
#define DEVIATIONS_OF_MAX 3u
#define LEAST 2u /* the numbers of one deviation of order */
#define DELIVERIES_LEAST 100000u

struct settle {
    struct ob_shrink *shrink;
    uint64_t deliveries_end; /* of the shrink, when it gives up */
    struct ob_scenario rest; /* without what is replaced */
    struct ob_shrink_candidates candidates;
};

static bool is_spent(const struct settle *settle)
{
    return settle->shrink->is_cut_short || settle->shrink->deliveries >= settle->deliveries_end;
}

/* -- an earlier kind -- */

/* In the place of one message another kind of the same receivers, that is declared earlier. It has
 * to do alike: as many deliveries, and the same invariant. */
static bool try_kind(struct ob_shrink *shrink, unsigned index,
                     const struct ob_outside_kind *outside, uint32_t delivery_count)
{
    ob_shrink_begin(shrink);
    struct ob_input_message *message = &shrink->candidate.messages[index];
    const struct ob_arg *args = shrink->vocabulary->messages[outside->kind].args;

    message->kind = outside->kind;
    for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++)
        message->args[arg] = arg < outside->arg_count ? args[arg].min : 0;
    return ob_shrink_run(shrink, &shrink->candidate)->delivery_count == delivery_count &&
           ob_shrink_try(shrink);
}

static bool try_kinds(struct settle *settle)
{
    struct ob_shrink *shrink = settle->shrink;
    const struct ob_vocabulary *vocabulary = shrink->vocabulary;
    uint32_t delivery_count = ob_shrink_run(shrink, &shrink->current)->delivery_count;

    for (unsigned index = 0; index < shrink->current.message_count; index++) {
        const struct ob_input_message *message = &shrink->current.messages[index];
        int own = ob_vocabulary_find_outside(vocabulary, message->kind);
        for (unsigned at = 0;
             own >= 0 && message->bytes_size == 0 && at < vocabulary->outside_count; at++) {
            const struct ob_outside_kind *outside = &vocabulary->outside[at];
            if (outside->kind < message->kind &&
                outside->to_first == vocabulary->outside[own].to_first &&
                try_kind(shrink, index, outside, delivery_count))
                return true;
        }
    }
    return false;
}

/* -- other deviations -- */

static int compare(const void *a, const void *b)
{
    uint64_t one = ob_shrink_number(a);
    uint64_t other = ob_shrink_number(b);
    return one != other ? (one < other ? -1 : 1) : ob_deviation_compare(a, b);
}

/* Lists what may stand in the place of a deviation, the plainest first. */
static void list(struct settle *settle, const struct ob_deviation *replaced, uint64_t most)
{
    struct ob_shrink_candidates *candidates = &settle->candidates;

    ob_shrink_list(settle->shrink, &settle->rest, replaced, most, candidates);
    if (candidates->count > 0)
        qsort(candidates->list, candidates->count, sizeof *candidates->list, compare);
}

static bool try_with(struct settle *settle, const struct ob_deviation *one,
                     const struct ob_deviation *other)
{
    struct ob_scenario *candidate = &settle->shrink->candidate;

    ob_scenario_copy(candidate, &settle->rest);
    return ob_scenario_insert_deviation(candidate, one) &&
           (!other || ob_scenario_insert_deviation(candidate, other)) &&
           ob_shrink_try(settle->shrink);
}

static uint64_t least_args(const struct ob_shrink *shrink, struct ob_scenario *scenario)
{
    uint64_t less = 0;
    for (unsigned index = 0; index < scenario->message_count; index++) {
        struct ob_input_message *message = &scenario->messages[index];
        const struct ob_arg *args = shrink->vocabulary->messages[message->kind].args;
        for (unsigned arg = 0; arg < OB_ARGS_MAX && args[arg].name; arg++) {
            less += message->args[arg] - args[arg].min;
            message->args[arg] = args[arg].min;
        }
    }
    return less;
}

/* Another one in the place of each, with the arguments as they are and at their least. */
static bool try_one(struct settle *settle)
{
    const struct ob_scenario *current = &settle->shrink->current;

    for (unsigned way = 0; way < 2; way++) {
        for (unsigned index = 0; index < current->deviation_count; index++) {
            const struct ob_deviation replaced = current->deviations[index];
            ob_scenario_copy(&settle->rest, current);
            ob_scenario_remove_deviation(&settle->rest, index);
            uint64_t less = way == 0 ? least_args(settle->shrink, &settle->rest) : 0;
            if ((way == 0 && less == 0) || !ob_shrink_is_replaceable(&replaced))
                continue;
            list(settle, &replaced,
                 replaced.which.nth ? ob_shrink_number(&replaced) + less : UINT64_MAX);
            for (unsigned at = 0; at < settle->candidates.count && !is_spent(settle); at++)
                if (try_with(settle, &settle->candidates.list[at], NULL))
                    return true;
        }
    }
    return false;
}

/* Two others in the place of two, the plainest first. */
static bool try_two(struct settle *settle)
{
    const struct ob_scenario *current = &settle->shrink->current;
    const struct ob_deviation *both = current->deviations;
    const struct ob_shrink_candidates *candidates = &settle->candidates;
    uint64_t most = ob_shrink_number(&both[0]) + ob_shrink_number(&both[1]);

    if (current->deviation_count != 2 || most > OB_SHRINK_FEW || !ob_is_about_order(&both[0]) ||
        !ob_is_about_order(&both[1]) || !ob_shrink_is_replaceable(&both[0]) ||
        !ob_shrink_is_replaceable(&both[1]))
        return false;
    ob_scenario_copy(&settle->rest, current);
    settle->rest.deviation_count = 0;
    list(settle, &both[0], most - LEAST);
    for (uint64_t sum = 0; sum <= most; sum++) {
        for (unsigned one = 0; one < candidates->count; one++) {
            for (unsigned other = one + 1; other < candidates->count && !is_spent(settle); other++)
                if (ob_shrink_number(&candidates->list[one]) +
                            ob_shrink_number(&candidates->list[other]) ==
                        sum &&
                    try_with(settle, &candidates->list[one], &candidates->list[other]))
                    return true;
        }
    }
    return false;
}

bool ob_shrink_plainest(struct ob_shrink *shrink)
{
    struct settle *settle;
    uint64_t deliveries = shrink->deliveries;

    if (shrink->current.message_count > MESSAGES_OF_MAX ||
        shrink->current.deviation_count > DEVIATIONS_OF_MAX)
        return false;
    settle = calloc(1, sizeof *settle);
    if (!settle)
        return false;
    settle->shrink = shrink;
    settle->deliveries_end = deliveries + ob_shrink_allowance(shrink) + DELIVERIES_LEAST;
    bool any = try_kinds(settle) || try_one(settle) || try_two(settle);
    shrink->searched += shrink->deliveries - deliveries;
    free(settle);
    return any;
}
