#include <assert.h>
#include <string.h>

#include "scenario/record.h"
#include "scenario/reduce.h"
#include "scenario/scenario.h"

/* Where records go, until it is full. */
struct encoder {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/* A zeroed record, or NULL when there is no room for one. */
static uint8_t *next_record(struct encoder *encoder)
{
    if (encoder->capacity - encoder->size < OB_RECORD_SIZE)
        return NULL;
    uint8_t *record = encoder->data + encoder->size;
    memset(record, 0, OB_RECORD_SIZE);
    encoder->size += OB_RECORD_SIZE;
    return record;
}

static void write_u16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value & 0xff);
    bytes[1] = (uint8_t)(value >> 8);
}

/* A duration as its code, and where that is not all of it the rest in a record of its own. */
static void write_duration(uint8_t *bytes, uint32_t duration_us, struct encoder *encoder)
{
    assert(duration_us <= OB_DURATION_US_MAX);
    uint16_t code = ob_duration_floor(duration_us);
    uint32_t rest_us = duration_us - ob_duration_decode(code);
    write_u16(bytes, code);
    uint8_t *record = rest_us ? next_record(encoder) : NULL;
    if (!record)
        return;
    record[0] = OB_RECORD_REST;
    write_u16(record + 1, rest_us & 0xffff);
    write_u16(record + 3, rest_us >> 16);
}

static uint32_t pack_args(const struct ob_message_type *type, unsigned count,
                          const uint32_t values[OB_ARGS_MAX])
{
    unsigned bits = ob_record_arg_bits(count);
    uint32_t packed = 0;
    for (unsigned index = 0; index < count; index++) {
        assert(values[index] >= type->args[index].min && values[index] <= type->args[index].max);
        uint32_t distance = values[index] - type->args[index].min;
        assert(distance <= ob_record_arg_mask(count));
        packed |= distance << (index * bits);
    }
    return packed;
}

static void encode_message(const struct ob_vocabulary *vocabulary,
                           const struct ob_input_message *message, struct encoder *encoder)
{
    int index = ob_vocabulary_find_outside(vocabulary, message->kind);
    assert(index >= 0);
    const struct ob_outside_kind *outside = &vocabulary->outside[index];
    assert(message->instance < outside->to_count);
    assert(message->bytes_size <= outside->bytes_max);

    uint8_t *record = next_record(encoder);
    if (!record)
        return;
    uint32_t args =
        pack_args(&vocabulary->messages[message->kind], outside->arg_count, message->args);
    record[0] = (uint8_t)index;
    record[1] = message->instance;
    write_u16(record + 4, args & 0xffff);
    write_u16(record + 6, args >> 16);
    write_duration(record + 2, message->delay_us, encoder);
}

static void encode_payload(const uint8_t *bytes, unsigned size, struct encoder *encoder)
{
    for (unsigned at = 0; at < size; at += OB_DATA_RECORD_BYTES) {
        uint8_t *record = next_record(encoder);
        if (!record)
            return;
        unsigned left = size - at;
        unsigned length = left < OB_DATA_RECORD_BYTES ? left : OB_DATA_RECORD_BYTES;
        record[0] = (uint8_t)(OB_RECORD_DATA + length - 1);
        memcpy(record + 1, bytes + at, length);
    }
}

static void encode_walk(const struct ob_deviation *deviation, uint8_t *record)
{
    const struct ob_walk *walk = &deviation->walk;
    assert(deviation->amount <= OB_WALK_SEED_MAX);
    assert(walk->depth >= 1 && walk->depth <= OB_WALK_DEPTH_MAX && walk->late < OB_LATE_RATES);
    unsigned hint = ob_record_steps_code(walk->hint, OB_HINT_BITS, OB_HINT_CODES);
    write_u16(record + 1, deviation->amount & 0xffff);
    record[3] = (uint8_t)(deviation->amount >> 16);
    write_u16(record + 4,
              deviation->mode | (unsigned)walk->late << 3 | (walk->depth - 1u) << 5 | hint << 9);
    record[6] = (uint8_t)ob_record_steps_code(walk->from, OB_STEPS_BITS, OB_STEPS_CODES);
    record[7] = (uint8_t)ob_record_steps_code(walk->length, OB_STEPS_BITS, OB_STEPS_CODES);
}

static void encode_deviation(const struct ob_deviation *deviation, struct encoder *encoder)
{
    assert(deviation->op < OB_DEVIATION_OPS);

    uint8_t *record = next_record(encoder);
    if (!record)
        return;
    record[0] = (uint8_t)(OB_RECORD_DEVIATION + deviation->op);
    if (deviation->op == OB_WALK) {
        encode_walk(deviation, record);
        return;
    }
    record[1] = deviation->which.from;
    record[2] = deviation->which.to;
    record[3] = deviation->which.kind;
    record[4] = deviation->which.nth;
    if (deviation->op == OB_REORDER) {
        record[5] = deviation->awaited.from;
        record[6] = deviation->awaited.nth;
        record[7] = deviation->awaited.kind;
    } else {
        record[7] = deviation->mode;
        if (ob_op_has_number(deviation->op))
            write_u16(record + 5, deviation->amount & 0xffff);
        else
            write_duration(record + 5, deviation->amount, encoder);
    }
}

size_t ob_scenario_encode(const struct ob_vocabulary *vocabulary,
                          const struct ob_scenario *scenario, uint8_t *data, size_t capacity)
{
    assert(scenario->message_count <= OB_MESSAGES_MAX);
    assert(scenario->deviation_count <= OB_DEVIATIONS_MAX);
    assert(scenario->payload_size <= OB_PAYLOAD_MAX);

    struct encoder encoder = {data, 0, capacity};
    for (unsigned index = 0; index < scenario->message_count; index++) {
        const struct ob_input_message *message = &scenario->messages[index];
        assert(message->bytes_start + message->bytes_size <= scenario->payload_size);
        encode_message(vocabulary, message, &encoder);
        encode_payload(scenario->payload + message->bytes_start, message->bytes_size, &encoder);
    }
    for (unsigned index = 0; index < scenario->deviation_count; index++)
        encode_deviation(&scenario->deviations[index], &encoder);
    assert(encoder.size <= (size_t)OB_SCENARIO_BYTES_MAX);
    return encoder.size;
}
