#include "scenario/edit.h"

#include <assert.h>
#include <string.h>

#include "scenario/record.h"
#include "scenario/reduce.h"

void ob_scenario_clear(struct ob_scenario *scenario)
{
    scenario->message_count = 0;
    scenario->deviation_count = 0;
    scenario->payload_size = 0;
}

void ob_scenario_copy(struct ob_scenario *to, const struct ob_scenario *from)
{
    assert(to != from);
    to->message_count = from->message_count;
    to->deviation_count = from->deviation_count;
    to->payload_size = from->payload_size;
    memcpy(to->messages, from->messages, from->message_count * sizeof from->messages[0]);
    memcpy(to->deviations, from->deviations, from->deviation_count * sizeof from->deviations[0]);
    memcpy(to->payload, from->payload, from->payload_size);
}

static bool messages_equal(const struct ob_input_message *a, const struct ob_input_message *b)
{
    return a->kind == b->kind && a->instance == b->instance && a->bytes_size == b->bytes_size &&
           a->bytes_start == b->bytes_start && a->delay_us == b->delay_us &&
           memcmp(a->args, b->args, sizeof a->args) == 0;
}

bool ob_scenario_equal(const struct ob_scenario *a, const struct ob_scenario *b)
{
    if (a->message_count != b->message_count || a->deviation_count != b->deviation_count ||
        a->payload_size != b->payload_size)
        return false;
    for (unsigned index = 0; index < a->message_count; index++)
        if (!messages_equal(&a->messages[index], &b->messages[index]))
            return false;
    for (unsigned index = 0; index < a->deviation_count; index++)
        if (ob_deviation_compare(&a->deviations[index], &b->deviations[index]) != 0)
            return false;
    return memcmp(a->payload, b->payload, a->payload_size) == 0;
}

static bool has_rest(uint32_t duration_us)
{
    return duration_us >= OB_DURATION_EXACT && ob_duration_round(duration_us) != duration_us;
}

size_t ob_message_record_count(const struct ob_input_message *message)
{
    size_t data = (message->bytes_size + OB_DATA_RECORD_BYTES - 1u) / OB_DATA_RECORD_BYTES;
    return 1 + data + has_rest(message->delay_us);
}

size_t ob_deviation_record_count(const struct ob_deviation *deviation)
{
    return ob_op_has_duration(deviation->op) && has_rest(deviation->amount) ? 2 : 1;
}

size_t ob_scenario_record_count(const struct ob_scenario *scenario)
{
    size_t count = 0;
    for (unsigned index = 0; index < scenario->message_count; index++)
        count += ob_message_record_count(&scenario->messages[index]);
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        count += ob_deviation_record_count(&scenario->deviations[index]);
    assert(count <= OB_RECORDS_MAX);
    return count;
}

bool ob_scenario_splice(struct ob_scenario *scenario, unsigned index, unsigned at, unsigned removed,
                        const uint8_t *added, unsigned added_size)
{
    assert(index < scenario->message_count);
    struct ob_input_message *message = &scenario->messages[index];
    assert(at + removed <= message->bytes_size);
    assert(added_size <= OB_BYTES_MAX);
    if (scenario->payload_size - removed + added_size > OB_PAYLOAD_MAX)
        return false;

    uint8_t copy[OB_BYTES_MAX]; /* as moving the rest may move what is added */
    if (added_size > 0)
        memcpy(copy, added, added_size);
    uint8_t *place = scenario->payload + message->bytes_start + at;
    size_t rest = scenario->payload_size - message->bytes_start - at - removed;
    memmove(place + added_size, place + removed, rest);
    memcpy(place, copy, added_size);

    scenario->payload_size = scenario->payload_size - removed + added_size;
    message->bytes_size = (uint16_t)(message->bytes_size - removed + added_size);
    for (unsigned later = index + 1; later < scenario->message_count; later++) {
        struct ob_input_message *moved = &scenario->messages[later];
        moved->bytes_start = (uint16_t)(moved->bytes_start - removed + added_size);
    }
    return true;
}

bool ob_scenario_insert_message(struct ob_scenario *scenario, unsigned index,
                                const struct ob_input_message *message, const uint8_t *bytes)
{
    assert(index <= scenario->message_count);
    assert(message->bytes_size == 0 || bytes);
    struct ob_input_message added = *message; /* which may lie in the scenario itself */
    if (scenario->message_count == OB_MESSAGES_MAX ||
        scenario->payload_size + added.bytes_size > OB_PAYLOAD_MAX)
        return false;

    struct ob_input_message *place = &scenario->messages[index];
    unsigned start = index < scenario->message_count ? place->bytes_start : scenario->payload_size;
    memmove(place + 1, place, (scenario->message_count - index) * sizeof *place);
    *place = added;
    place->bytes_start = (uint16_t)start;
    place->bytes_size = 0;
    scenario->message_count++;
    bool spliced = ob_scenario_splice(scenario, index, 0, 0, bytes, added.bytes_size);
    assert(spliced);
    return spliced;
}

void ob_scenario_remove_message(struct ob_scenario *scenario, unsigned index)
{
    assert(index < scenario->message_count);
    struct ob_input_message *place = &scenario->messages[index];
    bool spliced = ob_scenario_splice(scenario, index, 0, place->bytes_size, NULL, 0);
    assert(spliced);
    (void)spliced;
    scenario->message_count--;
    memmove(place, place + 1, (scenario->message_count - index) * sizeof *place);
}

void ob_scenario_move_message(struct ob_scenario *scenario, unsigned from, unsigned to)
{
    if (from == to)
        return;
    struct ob_input_message message = scenario->messages[from];
    uint8_t bytes[OB_BYTES_MAX];
    assert(message.bytes_size <= sizeof bytes);
    memcpy(bytes, scenario->payload + message.bytes_start, message.bytes_size);
    ob_scenario_remove_message(scenario, from);
    bool inserted = ob_scenario_insert_message(scenario, to, &message, bytes);
    assert(inserted);
    (void)inserted;
}

bool ob_scenario_insert_deviation(struct ob_scenario *scenario,
                                  const struct ob_deviation *deviation)
{
    if (scenario->deviation_count == OB_DEVIATIONS_MAX)
        return false;
    scenario->deviations[scenario->deviation_count] = *deviation;
    scenario->deviation_count++;
    ob_scenario_sort(scenario);
    return true;
}

void ob_scenario_remove_deviation(struct ob_scenario *scenario, unsigned index)
{
    assert(index < scenario->deviation_count);
    struct ob_deviation *place = &scenario->deviations[index];
    scenario->deviation_count--;
    memmove(place, place + 1, (scenario->deviation_count - index) * sizeof *place);
}

bool ob_scenario_has_op(const struct ob_scenario *scenario, unsigned op)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if (scenario->deviations[index].op == op)
            return true;
    return false;
}
