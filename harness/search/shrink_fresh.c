/*
 * Fresh walks over less. What removes and lowers step by step ends where no single step is simpler;
 * there may be a simpler scenario all the same, with other messages late. So walks look for it:
 * over fewer of the messages, and over the same. What they violate is written down as deviations.
 * Walks with other seeds, as one message less changes all that a walk draws.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/edit.h"
#include "search/events.h"
#include "search/shrink.h"
#include "search/transcribe.h"
#include "world/trace.h"

#define WRITTEN_MAX 6u /* of the same number of messages: each is minimized */
#define WHOLE_MAX                                                                                  \
    2u /* so many are minimized by all phases though the first make no records fewer */
#define PAIRS_OF_MAX 8u   /* all pairs of up to so many messages are tried */
#define FEW_MAX 4u        /* of so few messages, pairs are tried first */
#define OTHERS_OF_MAX 3u  /* kinds of messages that are tried in place of those there are */
#define DURATIONS_MAX 16u /* of timers */
#define GAPS 8u           /* between the messages of a workload */
#define LATE_MAX 24u      /* messages that are made late, each alone */
#define LATE_ORDINALS 2u  /* of each kind the first so many */
#define WALK_COSTS 3u     /* a delivery of a walk takes as long as so many of plain runs */
#define LATE_OF_MAX 256u  /* of so many messages */

struct fresh {
    struct ob_shrink *shrink;
    struct ob_shrink *part;      /* what minimizes a violation that was found */
    struct ob_scenario workload; /* without deviations about order */
    uint32_t first;              /* the numbers of the walks over each workload in this round */
    uint32_t end;
    unsigned whole;          /* of those that were found, see WHOLE_MAX */
    uint64_t deliveries_end; /* of the shrink, with what walks cost besides, when it gives up */
    uint64_t spent;          /* what they cost besides */
    uint32_t longest;        /* walk so far */
    unsigned duration_count;
    uint32_t durations_us[DURATIONS_MAX]; /* of timers that walks over the workload have shown */
};

static bool is_spent(const struct fresh *fresh)
{
    return fresh->shrink->is_cut_short ||
           fresh->shrink->deliveries + fresh->spent >= fresh->deliveries_end;
}

static bool run(struct fresh *fresh, const struct ob_scenario *scenario)
{
    const struct ob_verdict *verdict = ob_shrink_run(fresh->shrink, scenario);

    fresh->shrink->searched += verdict->delivery_count;
    return verdict->outcome == OB_VIOLATED &&
           strcmp(verdict->invariant, fresh->shrink->invariant) == 0;
}

/* The walk with a number over the workload in the candidate. Returns whether it violates. */
static bool walk(struct fresh *fresh, uint32_t number)
{
    struct ob_shrink *shrink = fresh->shrink;
    struct ob_walk options = {.depth = 3,
                              .late = (uint8_t)(number / OB_WALK_STRATEGIES % OB_LATE_RATES)};

    options.hint = ob_hint_round(fresh->longest);
    struct ob_deviation record =
        ob_walk_deviation((enum ob_walk_strategy)(number % OB_WALK_STRATEGIES), number, options);
    ob_scenario_copy(&shrink->candidate, &fresh->workload);
    if (!ob_scenario_insert_deviation(&shrink->candidate, &record))
        return false;
    bool violates = run(fresh, &shrink->candidate);
    uint32_t steps = ob_world_delivery_count(shrink->world);
    fresh->spent += (WALK_COSTS - 1) * (uint64_t)steps;
    if (steps > fresh->longest)
        fresh->longest = steps;
    return violates;
}

/* Minimizes what stands in the part, and takes it if it has fewer records than what there was:
 * smaller numbers would go on for ever. */
static bool take_part(struct fresh *fresh)
{
    struct ob_shrink *shrink = fresh->shrink;
    struct ob_shrink *part = fresh->part;

    part->failed = shrink->failed;
    memcpy(part->invariant, shrink->invariant, sizeof part->invariant);
    part->executions = shrink->executions;
    part->deliveries = shrink->deliveries;
    part->is_cut_short = false;
    ob_shrink_records(part);
    bool is_fewer = ob_shrink_has_fewer(shrink, &part->current, &shrink->current);
    if (is_fewer || fresh->whole < WHOLE_MAX)
        ob_shrink_to_fixpoint(part);
    fresh->whole += !is_fewer;
    shrink->executions = part->executions;
    shrink->deliveries = part->deliveries;
    if (!ob_shrink_has_fewer(shrink, &part->current, &shrink->current))
        return false;
    ob_scenario_copy(&shrink->current, &part->current);
    return true;
}

/* Writes down the last walk, and minimizes that. */
static bool write_down(struct fresh *fresh)
{
    struct ob_shrink *shrink = fresh->shrink;

    if (ob_transcribe(shrink->world, shrink->world, &shrink->candidate, &fresh->part->current))
        return take_part(fresh);
    return ob_shrink_try(shrink); /* the walk itself may be simpler */
}

/* -- when the outside sends -- */

static void add_duration(struct fresh *fresh, uint64_t duration_us)
{
    for (unsigned index = 0; index < fresh->duration_count; index++)
        if (fresh->durations_us[index] == duration_us)
            return;
    if (fresh->duration_count < DURATIONS_MAX && duration_us > 0 &&
        duration_us <= OB_DURATION_US_MAX)
        fresh->durations_us[fresh->duration_count++] = (uint32_t)duration_us;
}

/* How long the timers of the last run take. */
static void read_durations(struct fresh *fresh)
{
    const struct ob_world *world = fresh->shrink->world;

    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++) {
        uint64_t due_us = 0;
        if (ob_world_timer_runs(world, sent, &due_us))
            add_duration(fresh, due_us - ob_world_sent(world, sent)->time_us);
    }
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent != OB_NONE && (delivery->flags & OB_DELIVERY_TIMER))
            add_duration(fresh, delivery->time_us - ob_world_sent(world, delivery->sent)->time_us);
    }
}

/* A gap, by number from 0: none; then those after which a timer that one message has started and
 * one that the other has are due at one time. Returns false behind the last. */
static bool gap_at(const struct fresh *fresh, unsigned number, uint32_t *gap_us)
{
    unsigned count = fresh->duration_count;

    *gap_us = 0;
    if (number == 0)
        return true;
    number--;
    for (unsigned one = 0; one < count; one++) {
        for (unsigned other = 0; other <= one; other++) {
            if (number-- > 0)
                continue;
            uint32_t long_us = fresh->durations_us[one];
            uint32_t short_us = fresh->durations_us[other];
            *gap_us = long_us > short_us ? long_us - short_us : short_us - long_us;
            if (one == other)
                *gap_us = long_us;
            return true;
        }
    }
    return false;
}

static void set_gaps(struct fresh *fresh, uint32_t gap_us)
{
    for (unsigned index = 0; index < fresh->workload.message_count; index++)
        fresh->workload.messages[index].delay_us = index == 0 ? 0 : gap_us;
}

/* At once in every second walk, as walks put messages off by themselves. */
static void draw_gaps(struct fresh *fresh, uint32_t number)
{
    uint32_t gap_us = 0;

    if (number % 2 && !gap_at(fresh, 1 + number / 2 % GAPS, &gap_us))
        gap_us = 0;
    set_gaps(fresh, gap_us);
}

/* -- one that is late -- */

/* The most that a message of the last run can be late, and the deviation that makes it so. Returns
 * false where nothing can, or where others of its kind went before. */
static bool make_late(const struct fresh *fresh, uint32_t sent, struct ob_deviation *late)
{
    const struct ob_world *world = fresh->shrink->world;
    const struct ob_sent *message = ob_world_sent(world, sent);
    const struct ob_link *link = ob_world_link(world, message->message.from, message->to);
    uint32_t most_us = link->latency_us_max - link->latency_us;

    if (message->message.from == OB_OUTSIDE || ob_world_is_copy(world, sent))
        return false;
    if (ob_world_is_timer(world, sent))
        most_us = ob_world_lateness(world, sent);
    uint32_t ordinal = ob_world_ordinal(world, sent);
    if (most_us == 0 || ordinal >= LATE_ORDINALS)
        return false;
    *late = (struct ob_deviation){.op = OB_DELAY,
                                  .which = {.from = (uint8_t)(message->message.from + 1),
                                            .to = (uint8_t)message->to,
                                            .kind = (uint8_t)(message->message.kind + 1),
                                            .nth = (uint8_t)(ordinal + 1)},
                                  .amount = ob_duration_limit(most_us)};
    ob_deviation_canonicalise(fresh->shrink->vocabulary, late);
    return true;
}

/* The workload with one message as late as it may be, and with none. */
static bool try_one_late(struct fresh *fresh)
{
    struct ob_deviation late[LATE_MAX];
    unsigned count = 0;

    ob_scenario_copy(&fresh->part->current, &fresh->workload);
    if (run(fresh, &fresh->workload))
        return take_part(fresh);
    read_durations(fresh);
    uint32_t sent_count = ob_world_sent_count(fresh->shrink->world);
    for (uint32_t sent = 0; sent < sent_count && sent < LATE_OF_MAX && count < LATE_MAX; sent++)
        count += make_late(fresh, sent, &late[count]);
    for (unsigned at = 0; at < count && !is_spent(fresh); at++) {
        ob_scenario_copy(&fresh->part->current, &fresh->workload);
        if (ob_scenario_insert_deviation(&fresh->part->current, &late[at]) &&
            run(fresh, &fresh->part->current))
            return take_part(fresh);
    }
    return false;
}

/* -- what only a walk shows -- */

/* A long walk that was not written down found its moment after a long time: a system that works by
 * itself has the same moments soon after its start. */
static bool try_starts(struct fresh *fresh)
{
    uint32_t starts_us[OB_SHRINK_STARTS_MAX];

    set_gaps(fresh, 0);
    (void)run(fresh, &fresh->workload);
    unsigned count = ob_shrink_starts(fresh->shrink->world, OB_DURATION_US_MAX, starts_us);
    for (unsigned at = 0; at < count && !is_spent(fresh); at++) {
        fresh->workload.messages[0].delay_us = starts_us[at];
        if (try_one_late(fresh))
            return true;
    }
    return false;
}

/* -- workloads -- */

/* Walks over the workload until one is simpler; so many are written down. */
static bool walk_over(struct fresh *fresh, unsigned written_max)
{
    unsigned written = 0;

    fresh->duration_count = 0;
    for (unsigned gap = 0; gap <= GAPS && !is_spent(fresh); gap++) {
        uint32_t gap_us = 0;
        if (gap > 0 && (fresh->workload.message_count == 1 || fresh->first > 0))
            break;
        if (!gap_at(fresh, gap, &gap_us))
            break;
        set_gaps(fresh, gap_us);
        if (try_one_late(fresh))
            return true;
    }
    if (fresh->first == 0 && fresh->workload.message_count > 0 &&
        ob_scenario_has_op(&fresh->shrink->current, OB_WALK) && try_starts(fresh))
        return true;
    for (uint32_t number = fresh->first;
         number < fresh->end && written < written_max && !is_spent(fresh); number++) {
        draw_gaps(fresh, number);
        bool violates = walk(fresh, number);
        read_durations(fresh);
        if (!violates)
            continue;
        written++;
        if (write_down(fresh))
            return true;
    }
    return false;
}

/* Faults stay, deviations about order go: the walk takes their place. */
static void keep_faults(struct ob_scenario *scenario)
{
    for (unsigned index = scenario->deviation_count; index-- > 0;)
        if (ob_is_about_order(&scenario->deviations[index]))
            ob_scenario_remove_deviation(scenario, index);
}

static bool try_without(struct fresh *fresh, const bool *gone, unsigned written_max)
{
    ob_scenario_copy(&fresh->workload, &fresh->shrink->current);
    keep_faults(&fresh->workload);
    ob_shrink_cut_messages(&fresh->workload, gone, false);
    return walk_over(fresh, written_max);
}

static bool try_one(struct fresh *fresh)
{
    unsigned count = fresh->shrink->current.message_count;
    bool gone[OB_MESSAGES_MAX];

    for (unsigned one = 0; one < count && count > 1; one++) {
        memset(gone, true, sizeof gone);
        gone[one] = false;
        if (try_without(fresh, gone, 1))
            return true;
    }
    return false;
}

static bool try_two(struct fresh *fresh)
{
    unsigned count = fresh->shrink->current.message_count;
    bool gone[OB_MESSAGES_MAX];

    for (unsigned one = 0; one < count && count > 2 && count <= PAIRS_OF_MAX; one++) {
        for (unsigned other = one + 1; other < count; other++) {
            memset(gone, true, sizeof gone);
            gone[one] = gone[other] = false;
            if (try_without(fresh, gone, 1))
                return true;
        }
    }
    return false;
}

/* A message of a kind from outside, with the least arguments or the greatest. */
static void add_extreme(struct fresh *fresh, unsigned which)
{
    const struct ob_vocabulary *vocabulary = fresh->shrink->vocabulary;
    const struct ob_outside_kind *outside = &vocabulary->outside[which / 4];
    const struct ob_arg *args = vocabulary->target->messages[outside->kind].args;
    struct ob_input_message message = {.kind = outside->kind,
                                       .instance = (uint8_t)(which / 2 % 2 % outside->to_count)};

    for (unsigned arg = 0; arg < outside->arg_count; arg++)
        message.args[arg] = which % 2 ? args[arg].max : args[arg].min;
    (void)ob_scenario_insert_message(&fresh->workload, fresh->workload.message_count, &message,
                                     NULL);
}

/* One such message, and another one unless that is `none`. */
static bool try_extremes(struct fresh *fresh, unsigned one, unsigned other, unsigned none)
{
    ob_scenario_clear(&fresh->workload);
    add_extreme(fresh, one);
    if (other < none)
        add_extreme(fresh, other);
    return walk_over(fresh, 1);
}

/* Other messages than there are: steps may have lowered arguments on which one message less
 * depends. */
static bool try_others(struct fresh *fresh)
{
    unsigned count = fresh->shrink->current.message_count;
    unsigned kinds = fresh->shrink->vocabulary->outside_count;
    unsigned choices = 4 * (kinds < OTHERS_OF_MAX ? kinds : OTHERS_OF_MAX);

    for (unsigned one = 0; one < choices && count > 1; one++)
        if (try_extremes(fresh, one, choices, choices))
            return true;
    for (unsigned pair = 0; pair < choices * choices && count > 2; pair++)
        if (try_extremes(fresh, pair / choices, pair % choices, choices))
            return true;
    return false;
}

/* Some messages less: many, then fewer (Zeller, Hildebrandt: "Simplifying and isolating
 * failure-inducing input", IEEE Transactions on Software Engineering 2002). */
static bool try_less(struct fresh *fresh)
{
    unsigned count = fresh->shrink->current.message_count;
    bool gone[OB_MESSAGES_MAX];

    for (unsigned size = count / 2; size > 0 && count > 2; size /= 2) {
        for (unsigned start = 0; start < count; start += size) {
            memset(gone, false, sizeof gone);
            for (unsigned index = start; index < start + size && index < count; index++)
                gone[index] = true;
            if (try_without(fresh, gone, 1))
                return true;
        }
    }
    return false;
}

/* A message less, and another one to another actor of its group: what takes turns with one of them
 * may take less with two. */
static bool try_others_of_group(struct fresh *fresh)
{
    unsigned count = fresh->shrink->current.message_count;

    for (unsigned gone_at = 0; gone_at < count && count > 2 && count <= PAIRS_OF_MAX; gone_at++) {
        for (unsigned moved = 0; moved < count; moved++) {
            bool gone[OB_MESSAGES_MAX] = {false};
            if (moved == gone_at)
                continue;
            ob_scenario_copy(&fresh->workload, &fresh->shrink->current);
            keep_faults(&fresh->workload);
            struct ob_input_message *message = &fresh->workload.messages[moved];
            int kind = ob_vocabulary_find_outside(fresh->shrink->vocabulary, message->kind);
            unsigned to_count = kind < 0 ? 0 : fresh->shrink->vocabulary->outside[kind].to_count;
            if (to_count < 2)
                continue;
            message->instance = (uint8_t)((message->instance + 1u) % to_count);
            gone[gone_at] = true;
            ob_shrink_cut_messages(&fresh->workload, gone, false);
            if (walk_over(fresh, 1))
                return true;
        }
    }
    return false;
}

/* All workloads. Of many messages there are many pairs, and few of these are enough. */
static bool try_all(struct fresh *fresh)
{
    bool none[OB_MESSAGES_MAX] = {false};

    if (fresh->shrink->current.message_count > FEW_MAX)
        return try_one(fresh) || try_less(fresh) || try_without(fresh, none, WRITTEN_MAX) ||
               try_two(fresh) || try_others(fresh) || try_others_of_group(fresh);
    return try_one(fresh) || try_two(fresh) || try_others(fresh) || try_less(fresh) ||
           try_others_of_group(fresh) || try_without(fresh, none, WRITTEN_MAX);
}

bool ob_shrink_fresh(struct ob_shrink *shrink)
{
    struct fresh *fresh = calloc(1, sizeof *fresh);
    struct ob_shrink *part = calloc(1, sizeof *part);
    /* Few walks over every workload, then more: some are violated by one in two. */
    static const uint32_t rounds[] = {0, 6, 20, 60};
    bool any = false;

    if (fresh && part) {
        fresh->shrink = shrink;
        fresh->part = part;
        part->world = shrink->world;
        part->vocabulary = shrink->vocabulary;
        fresh->deliveries_end = shrink->deliveries + ob_shrink_allowance(shrink);
        for (size_t round = 0; round + 1 < sizeof rounds / sizeof rounds[0] && !any; round++) {
            fresh->first = rounds[round];
            fresh->end = rounds[round + 1];
            any = try_all(fresh);
        }
    }
    free(part);
    free(fresh);
    return any;
}
