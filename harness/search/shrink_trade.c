/*
 * A message or deviation less, at the price of a larger number. Shrinking numbers first can leave a
 * scenario that is minimal but not smallest: with all durations at zero it needs one more message.
 * Tried for small scenarios only, of which a person expects it.
 */
#include "scenario/edit.h"
#include "search/shrink.h"

#define RECORDS_MAX 4 /* messages, and deviations */
#define EXPONENTS 12  /* numbers become powers of two below 2^12 */
#define GAPS 9        /* none, and powers of two up to 128 us */
#define HOPS 4        /* messages that one deviation delays, one after the other */

static uint32_t limited(uint32_t value, const struct ob_arg *declared)
{
    return value < declared->max - declared->min ? declared->min + value : declared->max;
}

/* Starts a candidate without one record: a message, or past those a deviation. */
static void begin_without(struct ob_shrink *shrink, unsigned record, bool at_once)
{
    struct ob_scenario *candidate = &shrink->candidate;
    bool gone[OB_MESSAGES_MAX] = {false};

    ob_shrink_begin(shrink);
    if (record < candidate->message_count) {
        gone[record] = true;
        ob_shrink_cut_messages(candidate, gone, true);
    } else {
        ob_shrink_cut_deviations(candidate, UINT64_C(1) << (record - candidate->message_count));
    }
    for (unsigned index = 0; at_once && index < candidate->message_count; index++)
        candidate->messages[index].delay_us = 0;
}

/* Tries to make up for a record with one number of one message, or of a deviation past those. */
static bool try_numbers(struct ob_shrink *shrink, unsigned record, bool at_once, unsigned where)
{
    for (unsigned number = 0; number <= OB_ARGS_MAX; number++) {
        for (unsigned exponent = 0; exponent < EXPONENTS; exponent++) {
            uint32_t value = UINT32_C(1) << exponent;
            begin_without(shrink, record, at_once);
            struct ob_scenario *candidate = &shrink->candidate;
            if (where >= candidate->message_count) {
                unsigned deviation = where - candidate->message_count;
                if (deviation >= candidate->deviation_count || number > 0)
                    return false;
                candidate->deviations[deviation].amount = value;
            } else if (number < OB_ARGS_MAX) {
                struct ob_input_message *message = &candidate->messages[where];
                const struct ob_arg *declared =
                    &shrink->vocabulary->messages[message->kind].args[number];
                if (!declared->name || (exponent > 0 && value / 2 >= declared->max - declared->min))
                    break;
                message->args[number] = limited(value, declared);
            } else {
                candidate->messages[where].delay_us = value;
            }
            if (ob_shrink_try(shrink))
                return true;
        }
    }
    return false;
}

bool ob_shrink_trade(struct ob_shrink *shrink)
{
    unsigned message_count = shrink->current.message_count;
    unsigned record_count = message_count + shrink->current.deviation_count;

    if (message_count > RECORDS_MAX || shrink->current.deviation_count > RECORDS_MAX)
        return false;
    for (unsigned record = 0; record < record_count; record++) {
        for (unsigned way = 0; way < 2; way++) {
            for (unsigned where = 0; where + 1 < record_count; where++)
                if (try_numbers(shrink, record, way == 1, where))
                    return true;
        }
    }
    return false;
}

/* -- a number of a message in place of a deviation -- */

/* How late a deviation makes what it hits, if it can be made up for in that way. */
static uint32_t lateness_of(const struct ob_deviation *deviation)
{
    bool is_late = deviation->op == OB_DELAY || deviation->op == OB_PREEMPT;
    return is_late || deviation->op == OB_PAUSE ? deviation->amount : 0;
}

/* Tries all gaps before one message, with what the candidate has besides. */
static bool try_gaps(struct ob_shrink *shrink, const struct ob_scenario *without)
{
    for (unsigned index = 0; index < without->message_count; index++) {
        for (unsigned exponent = 0; exponent < GAPS; exponent++) {
            ob_scenario_copy(&shrink->candidate, without);
            if (exponent > 0)
                shrink->candidate.messages[index].delay_us += UINT32_C(1) << (exponent - 1);
            else if (index > 0)
                continue; /* no gap was tried before the first one */
            if (ob_shrink_try(shrink))
                return true;
        }
    }
    return false;
}

/*
 * What comes so late by a deviation comes as late when a message asks for it: an argument that is a
 * duration goes up by as much, whatever its unit, and a gap before a message makes up for what is
 * less than the unit. A deviation that hits several may add up on the way.
 */
static bool try_absorb(struct ob_shrink *shrink, unsigned deviation, unsigned index, unsigned arg)
{
    static const uint32_t units_us[] = {1, 1000, 1000000};
    struct ob_scenario without;
    const struct ob_input_message *message = &shrink->current.messages[index];
    const struct ob_arg *declared = &shrink->vocabulary->messages[message->kind].args[arg];
    uint64_t late_us = lateness_of(&shrink->current.deviations[deviation]);

    for (unsigned unit = 0; unit < sizeof units_us / sizeof units_us[0]; unit++) {
        for (unsigned times = 1; times <= HOPS; times++) {
            uint64_t more = (late_us * times + units_us[unit] - 1) / units_us[unit];
            if (!declared->name || more > declared->max - message->args[arg])
                break;
            ob_scenario_copy(&without, &shrink->current);
            ob_scenario_remove_deviation(&without, deviation);
            without.messages[index].args[arg] += (uint32_t)more;
            if (try_gaps(shrink, &without))
                return true;
        }
    }
    return false;
}

/* Tries a candidate as it is, and with each argument at its most: there may be more to wait for. */
static bool try_with_most(struct ob_shrink *shrink, const struct ob_scenario *without)
{
    ob_scenario_copy(&shrink->candidate, without);
    if (ob_shrink_try(shrink))
        return true;
    for (unsigned index = 0; index < without->message_count; index++) {
        for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++) {
            ob_scenario_copy(&shrink->candidate, without);
            struct ob_input_message *message = &shrink->candidate.messages[index];
            const struct ob_arg *declared = &shrink->vocabulary->messages[message->kind].args[arg];
            if (!declared->name || message->args[arg] == declared->max)
                continue;
            message->args[arg] = declared->max;
            if (ob_shrink_try(shrink))
                return true;
        }
    }
    return false;
}

/* A gap before a message, or what another deviation has, goes up by as much. */
static bool try_elsewhere(struct ob_shrink *shrink, unsigned deviation)
{
    const struct ob_scenario *current = &shrink->current;
    uint32_t late_us = lateness_of(&current->deviations[deviation]);
    struct ob_scenario without;

    for (unsigned index = 0; index < current->message_count; index++) {
        ob_scenario_copy(&without, current);
        ob_scenario_remove_deviation(&without, deviation);
        without.messages[index].delay_us =
            ob_duration_limit((uint64_t)without.messages[index].delay_us + late_us);
        if (try_with_most(shrink, &without))
            return true;
    }
    for (unsigned other = 0; other < current->deviation_count; other++) {
        const struct ob_deviation *more = &current->deviations[other];
        if (other == deviation || !ob_deviation_has_duration(more) ||
            (more->op == OB_SKEW && more->mode >= OB_FAST))
            continue;
        ob_scenario_copy(&without, current);
        without.deviations[other].amount =
            ob_duration_limit((uint64_t)without.deviations[other].amount + late_us);
        ob_scenario_remove_deviation(&without, deviation);
        if (try_with_most(shrink, &without))
            return true;
    }
    return false;
}

bool ob_shrink_absorb(struct ob_shrink *shrink)
{
    const struct ob_scenario *current = &shrink->current;

    if (current->message_count > RECORDS_MAX || current->deviation_count > RECORDS_MAX)
        return false;
    for (unsigned deviation = 0; deviation < current->deviation_count; deviation++) {
        if (lateness_of(&current->deviations[deviation]) == 0)
            continue;
        if (try_elsewhere(shrink, deviation))
            return true;
        for (unsigned index = 0; index < current->message_count; index++)
            for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++)
                if (try_absorb(shrink, deviation, index, arg))
                    return true;
    }
    return false;
}
