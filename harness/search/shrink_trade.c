/*
 * A message or deviation less, at the price of a larger number. Shrinking numbers first can leave a
 * scenario that is minimal but not smallest: with all durations at zero it needs one more message.
 * Tried for small scenarios only, of which a person expects it.
 */
#include "search/shrink.h"

#define RECORDS_MAX 4 /* messages, and deviations */
#define EXPONENTS 12  /* numbers become powers of two below 2^12 */

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
