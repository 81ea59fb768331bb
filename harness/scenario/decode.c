#include <assert.h>
#include <string.h>

#include "scenario/record.h"
#include "scenario/reduce.h"
#include "scenario/scenario.h"

/* What the loop carries from one record to the next, in registers. */
struct decoder {
    const struct ob_vocabulary *vocabulary;
    struct ob_scenario *scenario;
    unsigned message_count;
    unsigned deviation_count;
    unsigned payload_size;
    struct ob_input_message *open; /* the message that data records add to, NULL for none */
    unsigned room;                 /* bytes that it may still take */
    uint32_t *duration; /* that a rest adds to: of the latest message or deviation, NULL for none */
    uint32_t code;      /* of that duration */
    uint32_t duration_max;
};

static inline unsigned read_u16(const uint8_t *bytes)
{
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static inline uint32_t read_u32(const uint8_t *bytes)
{
    return read_u16(bytes) | (uint32_t)read_u16(bytes + 2) << 16;
}

static inline uint32_t arg_value(const struct ob_arg *arg, uint32_t distance)
{
    uint32_t distance_max = arg->max - arg->min;
    if (distance > distance_max)
        distance %= distance_max + 1; /* no overflow: nothing is greater than UINT32_MAX */
    return arg->min + distance;
}

static inline void decode_args(const struct ob_arg *args, unsigned count, uint32_t raw,
                               uint32_t values[OB_ARGS_MAX])
{
    memset(values, 0, OB_ARGS_MAX * sizeof values[0]);
    if (count <= 1) { /* the most frequent */
        if (count == 1)
            values[0] = arg_value(&args[0], raw);
        return;
    }
    unsigned bits = ob_record_arg_bits(count);
    uint32_t mask = ob_record_arg_mask(count);
    for (unsigned index = 0; index < count; index++) {
        values[index] = arg_value(&args[index], raw & mask);
        raw >>= bits;
    }
}

static inline void decode_message(struct decoder *decoder, const uint8_t *record)
{
    const struct ob_vocabulary *vocabulary = decoder->vocabulary;

    decoder->open = NULL;
    decoder->duration = NULL;
    if (vocabulary->outside_count == 0 || decoder->message_count == OB_MESSAGES_MAX)
        return;
    const struct ob_outside_kind *outside =
        &vocabulary->outside[ob_reduce(record[0], vocabulary->outside_count)];
    struct ob_input_message *message = &decoder->scenario->messages[decoder->message_count];
    message->kind = outside->kind;
    message->instance = ob_reduce(record[1], outside->to_count);
    message->bytes_size = 0;
    message->bytes_start = (uint16_t)decoder->payload_size;
    decoder->code = read_u16(record + 2);
    message->delay_us = ob_record_duration(decoder->code);
    decoder->duration = &message->delay_us;
    decoder->duration_max = OB_DURATION_US_MAX;
    decode_args(vocabulary->messages[outside->kind].args, outside->arg_count, read_u32(record + 4),
                message->args);
    decoder->message_count++;

    unsigned left = OB_PAYLOAD_MAX - decoder->payload_size;
    decoder->open = message;
    decoder->room = outside->bytes_max < left ? outside->bytes_max : left;
}

/* Fields that the strategy does not use are left as they would be without them. */
static void decode_walk(const uint8_t *record, struct ob_deviation *deviation)
{
    unsigned packed = read_u16(record + 4);
    deviation->which = (struct ob_selector){0};
    deviation->mode = ob_reduce(packed & 7, OB_WALK_STRATEGIES);
    bool is_pct = deviation->mode == OB_WALK_PCT;
    unsigned hint = ob_reduce((uint8_t)(packed >> 9), OB_HINT_CODES);
    deviation->amount = read_u16(record + 1) | (uint32_t)record[3] << 16;
    deviation->walk = (struct ob_walk){
        .late = packed >> 3 & 3,
        .depth = (uint8_t)(is_pct ? (packed >> 5 & 15) + 1 : 1),
        .hint = (uint16_t)(is_pct ? ob_record_steps(hint, OB_HINT_BITS) : 0),
        .from = ob_record_steps(ob_reduce(record[6], OB_STEPS_CODES), OB_STEPS_BITS),
        .length = ob_record_steps(ob_reduce(record[7], OB_STEPS_CODES), OB_STEPS_BITS),
    };
}

static inline void decode_deviation(struct decoder *decoder, const uint8_t *record)
{
    decoder->duration = NULL;
    if (decoder->deviation_count == OB_DEVIATIONS_MAX)
        return;

    /* Bytes 5 to 7 are read in both of their meanings; the reduction keeps the one that the op has.
     */
    uint32_t code = read_u16(record + 5);
    struct ob_deviation *deviation = &decoder->scenario->deviations[decoder->deviation_count];
    deviation->op = (uint8_t)((record[0] - OB_RECORD_DEVIATION) % OB_DEVIATION_OPS);
    deviation->walk = (struct ob_walk){0};
    deviation->mode = record[7];
    deviation->which = (struct ob_selector){record[1], record[2], record[3], record[4]};
    deviation->awaited =
        (struct ob_selector){.from = record[5], .nth = record[6], .kind = record[7]};
    ob_reduce_deviation(decoder->vocabulary, deviation);
    deviation->amount = ob_reduce_amount(
        deviation, ob_op_has_number(deviation->op) ? code : ob_record_duration(code));
    if (deviation->op == OB_WALK)
        decode_walk(record, deviation);
    decoder->duration = ob_op_has_duration(deviation->op) ? &deviation->amount : NULL;
    decoder->duration_max = ob_reduce_amount(deviation, OB_DURATION_US_MAX);
    decoder->code = code;
    decoder->deviation_count++;
}

/* At most one, which is less than what is between the code and the next: so each duration has one
 * form. */
static inline void decode_rest(struct decoder *decoder, const uint8_t *record)
{
    uint32_t *duration = decoder->duration;
    if (!duration)
        return;
    uint32_t next_us = ob_record_duration(decoder->code + 1);
    uint32_t between_us = next_us - ob_record_duration(decoder->code);
    uint32_t rest_us = between_us ? read_u32(record + 1) % between_us : 0;
    uint32_t room_us = decoder->duration_max - *duration;
    *duration += rest_us < room_us ? rest_us : room_us;
    decoder->duration = NULL;
}

static inline void decode_data(struct decoder *decoder, const uint8_t *record)
{
    if (!decoder->open || decoder->room == 0)
        return;

    unsigned size = (record[0] - OB_RECORD_DATA) % OB_DATA_RECORD_BYTES + 1;
    if (size > decoder->room)
        size = decoder->room;
    unsigned start = decoder->payload_size;
    assert(start + size <= OB_PAYLOAD_MAX);
    /* A copy of constant size is two moves instead of a call; what it writes too much is not
     * payload yet. */
    if (start + OB_DATA_RECORD_BYTES <= OB_PAYLOAD_MAX)
        memcpy(decoder->scenario->payload + start, record + 1, OB_DATA_RECORD_BYTES);
    else
        memcpy(decoder->scenario->payload + start, record + 1, size);
    decoder->payload_size = start + size;
    decoder->open->bytes_size = (uint16_t)(decoder->open->bytes_size + size);
    decoder->room -= size;
}

void ob_scenario_decode(const struct ob_vocabulary *vocabulary, const uint8_t *data, size_t size,
                        struct ob_scenario *scenario)
{
    assert(vocabulary->outside_count <= OB_KINDS_MAX);
    assert(vocabulary->kind_count <= OB_KINDS_MAX);
    assert(vocabulary->actor_count >= 1 && vocabulary->actor_count <= OB_ACTORS_MAX);
    assert(data || size == 0);

    size_t count = size / OB_RECORD_SIZE;
    if (count > OB_RECORDS_MAX)
        count = OB_RECORDS_MAX;
    struct decoder decoder = {.vocabulary = vocabulary, .scenario = scenario};
    for (size_t index = 0; index < count; index++) {
        const uint8_t *record = data + index * OB_RECORD_SIZE;
        if (record[0] < OB_RECORD_DEVIATION)
            decode_message(&decoder, record);
        else if (record[0] < OB_RECORD_DATA)
            decode_deviation(&decoder, record);
        else if (record[0] < OB_RECORD_REST)
            decode_data(&decoder, record);
        else
            decode_rest(&decoder, record);
    }
    scenario->message_count = decoder.message_count;
    scenario->deviation_count = decoder.deviation_count;
    scenario->payload_size = decoder.payload_size;
    ob_scenario_sort(scenario);
}
