/*
 * A record less, and another one in the place of one that is left. Removing and lowering step by
 * step ends where each record is needed as long as the others are what they are: a fault strikes
 * another message once one is gone, two late messages are one that is later, and what a delay does
 * another order of the workload may do as well. So without each record in turn, every message from
 * outside is sent at other moments, and every deviation is replaced by each single one that the run
 * without both offers.
 */
#include <stdlib.h>

#include "scenario/edit.h"
#include "search/lineage.h"
#include "search/shrink.h"
#include "world/trace.h"

#define MESSAGES_OF_MAX 12u /* more messages stay where they are */
#define MOMENTS_MAX 48u     /* a message is sent for the first so many events */
#define DOUBLINGS_MAX 7u    /* of an amount */

struct exchange {
    struct ob_shrink *shrink;
    uint64_t deliveries_end; /* of the shrink, when it gives up */
    struct ob_scenario less; /* the current scenario without a record */
    struct ob_scenario rest; /* and without the deviation that is replaced */
    unsigned moment_count;
    uint64_t moments_us[MOMENTS_MAX]; /* of the events in the run of `less` */
    struct ob_shrink_candidates candidates;
};

static bool is_spent(const struct exchange *exchange)
{
    return exchange->shrink->is_cut_short ||
           exchange->shrink->deliveries >= exchange->deliveries_end;
}

static bool try_scenario(struct exchange *exchange, const struct ob_scenario *scenario)
{
    ob_scenario_copy(&exchange->shrink->candidate, scenario);
    return ob_shrink_try(exchange->shrink);
}

/* -- one record less -- */

/* Takes away a message, or past those a deviation. Deviations hit what they hit before. */
static void take_away(struct exchange *exchange, const struct ob_lineage *lineage, unsigned record)
{
    struct ob_scenario *less = &exchange->less;
    bool gone[OB_MESSAGES_MAX] = {false};

    ob_scenario_copy(less, &exchange->shrink->current);
    if (record >= less->message_count) {
        ob_scenario_remove_deviation(less, record - less->message_count);
        return;
    }
    gone[record] = true;
    (void)ob_lineage_follow(lineage, gone, less);
    ob_shrink_cut_messages(less, gone, true);
}

/* -- messages at other moments -- */

static uint64_t sent_us(const struct ob_scenario *scenario, unsigned message)
{
    uint64_t time_us = 0;

    for (unsigned at = 0; at <= message; at++)
        time_us += scenario->messages[at].delay_us;
    return time_us;
}

/* Sends one message of a scenario at another time: before or after those of the same time. The
 * others keep theirs. */
static void send_at(struct ob_scenario *scenario, unsigned message, uint64_t time_us, bool first)
{
    uint64_t times_us[OB_MESSAGES_MAX];
    unsigned place = 0;

    for (unsigned at = 0; at < scenario->message_count; at++)
        times_us[at] = sent_us(scenario, at);
    for (unsigned at = 0; at < scenario->message_count; at++)
        place += at != message && (times_us[at] < time_us || (!first && times_us[at] == time_us));
    ob_scenario_move_message(scenario, message, place);
    for (unsigned at = message; at < place; at++)
        times_us[at] = times_us[at + 1];
    for (unsigned at = message; at > place; at--)
        times_us[at] = times_us[at - 1];
    times_us[place] = time_us;
    for (unsigned at = 0; at < scenario->message_count; at++)
        scenario->messages[at].delay_us =
            ob_duration_limit(times_us[at] - (at > 0 ? times_us[at - 1] : 0));
}

static bool try_at(struct exchange *exchange, unsigned message, uint64_t time_us, bool first)
{
    struct ob_scenario *candidate = &exchange->shrink->candidate;

    ob_scenario_copy(candidate, &exchange->less);
    send_at(candidate, message, time_us, first);
    return ob_shrink_try(exchange->shrink);
}

/* In another order, at the times that there are. */
static bool try_orders(struct exchange *exchange)
{
    unsigned count = exchange->less.message_count;

    for (unsigned message = 0; message < count; message++) {
        for (unsigned other = 0; other < count; other++) {
            uint64_t time_us = sent_us(&exchange->less, other);
            if (other != message && (try_at(exchange, message, time_us, true) ||
                                     try_at(exchange, message, time_us, false)))
                return true;
        }
    }
    return false;
}

static void read_moments(struct exchange *exchange)
{
    const struct ob_world *world = exchange->shrink->world;
    uint32_t count = ob_world_delivery_count(world);

    exchange->moment_count = 0;
    for (uint32_t at = 0; at < count && exchange->moment_count < MOMENTS_MAX; at++) {
        uint64_t time_us = ob_world_delivery(world, at)->time_us;
        unsigned last = exchange->moment_count;
        if (last == 0 || exchange->moments_us[last - 1] != time_us)
            exchange->moments_us[exchange->moment_count++] = time_us;
    }
}

/* So that it arrives with an event, just before it or just after it. */
static bool try_moments(struct exchange *exchange, unsigned message)
{
    const struct ob_shrink *shrink = exchange->shrink;
    unsigned to = ob_vocabulary_receiver(shrink->vocabulary, &exchange->less.messages[message]);
    uint64_t latency_us = ob_world_link(shrink->world, OB_OUTSIDE, to)->latency_us;

    for (unsigned at = 0; at < exchange->moment_count && !is_spent(exchange); at++) {
        for (unsigned after = 0; after < 3; after++) {
            uint64_t arrives_us = exchange->moments_us[at] + after;
            if (arrives_us > latency_us &&
                try_at(exchange, message, arrives_us - latency_us - 1, false))
                return true;
        }
    }
    return false;
}

static bool try_times(struct exchange *exchange)
{
    if (exchange->less.message_count > MESSAGES_OF_MAX)
        return false;
    (void)ob_shrink_run(exchange->shrink, &exchange->less);
    read_moments(exchange);
    for (unsigned message = 0; message < exchange->less.message_count; message++)
        if (try_moments(exchange, message))
            return true;
    return false;
}

/* -- one deviation in place of another -- */

static bool has_amount(const struct ob_deviation *deviation)
{
    return deviation->op != OB_DRAW && deviation->op != OB_WALK &&
           (ob_deviation_fields(deviation->op) & OB_USES_AMOUNT);
}

/* The same deviations, one of them by more. */
static bool try_amounts(struct exchange *exchange)
{
    struct ob_scenario *less = &exchange->less;

    for (unsigned index = 0; index < less->deviation_count; index++) {
        uint64_t amount_us = less->deviations[index].amount;
        for (unsigned times = 0; times < DOUBLINGS_MAX && has_amount(&less->deviations[index]);
             times++) {
            amount_us *= 2;
            ob_scenario_copy(&exchange->shrink->candidate, less);
            exchange->shrink->candidate.deviations[index].amount = ob_duration_limit(amount_us);
            if (ob_shrink_try(exchange->shrink))
                return true;
        }
    }
    return false;
}

static bool try_replaced(struct exchange *exchange, unsigned replaced)
{
    const struct ob_deviation *deviation = &exchange->less.deviations[replaced];

    if (!ob_shrink_is_replaceable(deviation))
        return false;
    ob_scenario_copy(&exchange->rest, &exchange->less);
    ob_scenario_remove_deviation(&exchange->rest, replaced);
    ob_shrink_list(exchange->shrink, &exchange->rest, deviation, UINT64_MAX, &exchange->candidates);
    for (unsigned at = 0; at < exchange->candidates.count && !is_spent(exchange); at++) {
        ob_scenario_copy(&exchange->shrink->candidate, &exchange->rest);
        if (ob_scenario_insert_deviation(&exchange->shrink->candidate,
                                         &exchange->candidates.list[at]) &&
            ob_shrink_try(exchange->shrink))
            return true;
    }
    return false;
}

static bool try_all_replaced(struct exchange *exchange)
{
    for (unsigned replaced = 0; replaced < exchange->less.deviation_count; replaced++)
        if (try_replaced(exchange, replaced))
            return true;
    return false;
}

/* -- all of it -- */

static bool exchange_all(struct exchange *exchange, const struct ob_lineage *lineage)
{
    /* From what costs least to what costs most. */
    static bool (*const ways[])(struct exchange *) = {try_orders, try_amounts, try_all_replaced,
                                                      try_times};
    const struct ob_scenario *current = &exchange->shrink->current;
    unsigned records = current->message_count + current->deviation_count;

    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        for (unsigned record = 0; record < records && !is_spent(exchange); record++) {
            take_away(exchange, lineage, record);
            if (try_scenario(exchange, &exchange->less) || ways[way](exchange))
                return true;
        }
    }
    return false;
}

bool ob_shrink_exchange(struct ob_shrink *shrink)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    struct ob_lineage lineage;
    uint64_t deliveries = shrink->deliveries;
    bool any = false;

    if (!exchange)
        return false;
    exchange->shrink = shrink;
    exchange->deliveries_end = deliveries + ob_shrink_allowance(shrink);
    (void)ob_shrink_run(shrink, &shrink->current);
    if (ob_lineage_read(&lineage, shrink->world, &shrink->current) == 0) {
        any = exchange_all(exchange, &lineage);
        ob_lineage_release(&lineage);
    }
    shrink->searched += shrink->deliveries - deliveries;
    free(exchange);
    return any;
}
