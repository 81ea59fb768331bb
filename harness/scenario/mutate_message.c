/* Steps of a mutation that change messages. */
#include <assert.h>
#include <string.h>

#include "scenario/edit.h"
#include "scenario/mutate_step.h"
#include "scenario/record.h"

static const struct ob_outside_kind *outside_of(const struct ob_mutation *mutation,
                                                const struct ob_input_message *message)
{
    int index = ob_vocabulary_find_outside(mutation->vocabulary, message->kind);
    assert(index >= 0);
    return &mutation->vocabulary->outside[index];
}

/* An argument of an outside kind with the range that it has in scenarios. */
static struct ob_arg arg_of(const struct ob_mutation *mutation,
                            const struct ob_outside_kind *outside, unsigned index)
{
    assert(index < outside->arg_count);
    struct ob_arg arg = mutation->vocabulary->messages[outside->kind].args[index];
    arg.max = ob_record_arg_max(&arg, outside->arg_count);
    return arg;
}

static unsigned random_index(const struct ob_mutation *mutation)
{
    return ob_rng_below(mutation->rng, mutation->scenario->message_count);
}

/* How many more records so many more bytes of payload need at most. */
static size_t records_for(unsigned size)
{
    return (size + OB_DATA_RECORD_BYTES - 1u) / OB_DATA_RECORD_BYTES;
}

/* Gives a message a kind, with a receiver and arguments; delay and payload stay. */
static void set_kind(const struct ob_mutation *mutation, const struct ob_outside_kind *outside,
                     struct ob_input_message *message)
{
    message->kind = outside->kind;
    message->instance = (uint8_t)ob_rng_below(mutation->rng, outside->to_count);
    memset(message->args, 0, sizeof message->args);
    for (unsigned index = 0; index < outside->arg_count; index++) {
        struct ob_arg arg = arg_of(mutation, outside, index);
        message->args[index] = ob_random_arg(mutation, &arg);
    }
}

static const struct ob_outside_kind *random_outside(const struct ob_mutation *mutation)
{
    const struct ob_vocabulary *vocabulary = mutation->vocabulary;
    return &vocabulary->outside[ob_rng_below(mutation->rng, vocabulary->outside_count)];
}

/* Bytes for a payload: noise, text, or the same byte again and again. */
static void random_bytes(struct ob_rng *rng, uint8_t *bytes, unsigned size)
{
    static const uint8_t telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, ' ', '0', '\n'};
    uint32_t style = ob_rng_below(rng, 3);
    uint8_t same = telling[ob_rng_below(rng, sizeof telling)];
    for (unsigned at = 0; at < size; at++) {
        uint8_t noise = (uint8_t)(ob_rng_next(rng) >> 56);
        bytes[at] = style == 0 ? noise : style == 1 ? (uint8_t)(' ' + noise % 95) : same;
    }
}

/* Inserts a message of this kind, with arguments and a payload of its own. */
static bool insert(const struct ob_mutation *mutation, const struct ob_outside_kind *outside,
                   unsigned index, uint32_t delay_us)
{
    struct ob_rng *rng = mutation->rng;
    struct ob_input_message message = {.delay_us = delay_us};
    uint8_t bytes[64];
    set_kind(mutation, outside, &message);
    unsigned size_max = outside->bytes_max < sizeof bytes ? outside->bytes_max : sizeof bytes;
    message.bytes_size = (uint16_t)(ob_random_log(rng, 6) % (size_max + 1));
    if (!ob_mutation_has_room(mutation, 1 + records_for(message.bytes_size)))
        message.bytes_size = 0;
    random_bytes(rng, bytes, message.bytes_size);
    return ob_scenario_insert_message(mutation->scenario, index, &message, bytes);
}

bool ob_step_insert_message(const struct ob_mutation *mutation)
{
    const struct ob_scenario *scenario = mutation->scenario;
    struct ob_rng *rng = mutation->rng;
    if (mutation->vocabulary->outside_count == 0 || !ob_mutation_has_room(mutation, 1))
        return false;
    const struct ob_outside_kind *outside = random_outside(mutation);
    uint32_t delay_us =
        ob_random_once_in(rng, 2) ? 0 : ob_durations_draw(&mutation->vocabulary->durations, rng);
    unsigned index = ob_random_once_in(rng, 2) ? scenario->message_count
                                               : ob_rng_below(rng, scenario->message_count + 1);
    return insert(mutation, outside, index, delay_us);
}

/* How the messages of a fresh workload follow each other. */
enum rhythm { AT_ONCE, IN_BURSTS, APART, RHYTHMS };

/* Of many kinds some are left out, as what all together hide shows with few. */
static uint64_t draw_kinds(const struct ob_mutation *mutation)
{
    unsigned count = mutation->vocabulary->outside_count;
    uint64_t all = count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
    uint64_t kinds = ob_random_once_in(mutation->rng, 2) ? all : ob_rng_next(mutation->rng) & all;
    return kinds ? kinds : all;
}

static const struct ob_outside_kind *kind_of(const struct ob_mutation *mutation, uint64_t kinds)
{
    unsigned left = ob_rng_below(mutation->rng, (uint32_t)__builtin_popcountll(kinds));
    for (; left > 0; left--)
        kinds &= kinds - 1;
    return &mutation->vocabulary->outside[__builtin_ctzll(kinds)];
}

void ob_fresh_workload(const struct ob_vocabulary *vocabulary, struct ob_scenario *scenario,
                       unsigned messages_max, size_t records_max, struct ob_rng *rng)
{
    const struct ob_mutation mutation = {vocabulary, scenario, records_max, rng};
    ob_scenario_clear(scenario);
    if (vocabulary->outside_count == 0)
        return;
    unsigned count = 1 + ob_rng_below(rng, messages_max);
    uint64_t kinds = draw_kinds(&mutation);
    unsigned rhythm = ob_rng_below(rng, RHYTHMS);
    for (unsigned index = 0; index < count && ob_mutation_has_room(&mutation, 1); index++) {
        bool waits = rhythm == APART || (rhythm == IN_BURSTS && ob_random_once_in(rng, 2));
        uint32_t delay_us = waits ? ob_durations_draw(&vocabulary->durations, rng) : 0;
        if (!insert(&mutation, kind_of(&mutation, kinds), index, delay_us))
            return;
    }
}

bool ob_step_remove_message(const struct ob_mutation *mutation)
{
    if (mutation->scenario->message_count == 0)
        return false;
    ob_scenario_remove_message(mutation->scenario, random_index(mutation));
    return true;
}

bool ob_step_move_message(const struct ob_mutation *mutation)
{
    if (mutation->scenario->message_count < 2)
        return false;
    unsigned from = random_index(mutation);
    unsigned to = random_index(mutation);
    ob_scenario_move_message(mutation->scenario, from, to);
    return from != to;
}

/* Half of the time the delays stay where they were: then only the order changes, and not the
 * rhythm. */
bool ob_step_swap_messages(const struct ob_mutation *mutation)
{
    struct ob_scenario *scenario = mutation->scenario;
    if (scenario->message_count < 2)
        return false;
    unsigned index = ob_rng_below(mutation->rng, scenario->message_count - 1);
    struct ob_input_message *pair = &scenario->messages[index];
    if (ob_random_once_in(mutation->rng, 2)) {
        uint32_t delay_us = pair[0].delay_us;
        pair[0].delay_us = pair[1].delay_us;
        pair[1].delay_us = delay_us;
    }
    ob_scenario_move_message(scenario, index, index + 1);
    return true;
}

static bool change_arg(const struct ob_mutation *mutation, struct ob_input_message *message)
{
    struct ob_rng *rng = mutation->rng;
    const struct ob_outside_kind *outside = outside_of(mutation, message);
    if (outside->arg_count == 0)
        return false;
    unsigned index = ob_rng_below(rng, outside->arg_count);
    struct ob_arg arg = arg_of(mutation, outside, index);
    uint32_t value = message->args[index];
    uint32_t changed = ob_random_arg(mutation, &arg);
    if (ob_random_once_in(rng, 4))
        changed = value < arg.max ? value + 1 : arg.min;
    else if (ob_random_once_in(rng, 4))
        changed = value > arg.min ? value - 1 : arg.max;
    message->args[index] = changed;
    assert(changed >= arg.min && changed <= arg.max);
    return changed != value;
}

bool ob_step_change_arg(const struct ob_mutation *mutation)
{
    return mutation->scenario->message_count > 0 &&
           change_arg(mutation, &mutation->scenario->messages[random_index(mutation)]);
}

/* The same again, once or in a burst, with what else may differ now and then. */
bool ob_step_repeat_message(const struct ob_mutation *mutation)
{
    struct ob_scenario *scenario = mutation->scenario;
    struct ob_rng *rng = mutation->rng;
    if (scenario->message_count == 0)
        return false;
    unsigned index = random_index(mutation);
    unsigned copies = ob_random_once_in(rng, 4) ? 2 + ob_rng_below(rng, 7) : 1;
    bool vary = ob_random_once_in(rng, 2);
    bool inserted = false;
    for (unsigned copy = 0; copy < copies; copy++) {
        struct ob_input_message message = scenario->messages[index];
        if (!ob_mutation_has_room(mutation, ob_message_record_count(&message)))
            break;
        if (ob_random_once_in(rng, 2))
            message.delay_us =
                ob_durations_nudge(&mutation->vocabulary->durations, message.delay_us, rng);
        if (vary)
            (void)change_arg(mutation, &message);
        const uint8_t *bytes = scenario->payload + message.bytes_start;
        if (!ob_scenario_insert_message(scenario, index + 1, &message, bytes))
            break;
        inserted = true;
    }
    return inserted;
}

/* Another receiver of the group, mostly the next one; or another kind. */
bool ob_step_retarget_message(const struct ob_mutation *mutation)
{
    struct ob_scenario *scenario = mutation->scenario;
    struct ob_rng *rng = mutation->rng;
    if (scenario->message_count == 0)
        return false;
    unsigned index = random_index(mutation);
    struct ob_input_message *message = &scenario->messages[index];
    const struct ob_outside_kind *outside = outside_of(mutation, message);
    if (outside->to_count > 1 && !ob_random_once_in(rng, 4)) {
        unsigned step = ob_random_once_in(rng, 2)   ? 1
                        : ob_random_once_in(rng, 2) ? outside->to_count - 1u
                                                    : 1 + ob_rng_below(rng, outside->to_count - 1u);
        message->instance = (uint8_t)((message->instance + step) % outside->to_count);
        return true;
    }
    if (mutation->vocabulary->outside_count < 2)
        return false;
    const struct ob_outside_kind *other = random_outside(mutation);
    if (other == outside)
        return false;
    if (message->bytes_size > other->bytes_max) {
        unsigned excess = message->bytes_size - (unsigned)other->bytes_max;
        (void)ob_scenario_splice(scenario, index, other->bytes_max, excess, NULL, 0);
    }
    set_kind(mutation, other, message);
    return true;
}

bool ob_step_change_delay(const struct ob_mutation *mutation)
{
    if (mutation->scenario->message_count == 0)
        return false;
    struct ob_input_message *message = &mutation->scenario->messages[random_index(mutation)];
    uint32_t old = message->delay_us;
    message->delay_us = ob_durations_nudge(&mutation->vocabulary->durations, old, mutation->rng);
    return message->delay_us != old;
}

/* A few bytes that are to stand in a payload: new ones, or a copy from elsewhere in the scenario.
 */
static unsigned draw_bytes(const struct ob_mutation *mutation, uint8_t *bytes, unsigned size_max)
{
    struct ob_rng *rng = mutation->rng;
    const struct ob_scenario *scenario = mutation->scenario;
    unsigned size = 1 + ob_rng_below(rng, size_max);
    if (scenario->payload_size >= size && ob_random_once_in(rng, 3)) {
        unsigned start = ob_rng_below(rng, scenario->payload_size - size + 1);
        memcpy(bytes, scenario->payload + start, size);
    } else {
        random_bytes(rng, bytes, size);
    }
    return size;
}

static void change_byte(struct ob_rng *rng, uint8_t *byte)
{
    uint32_t choice = ob_rng_below(rng, 4);
    if (choice == 0)
        *byte = (uint8_t)(*byte ^ 1u << ob_rng_below(rng, 8));
    else if (choice == 1)
        *byte = (uint8_t)(*byte + 1);
    else if (choice == 2)
        *byte = (uint8_t)(*byte - 1);
    else
        random_bytes(rng, byte, 1);
}

/* The next message, from a random place on, whose kind has a payload; or message_count. */
static unsigned find_with_payload(const struct ob_mutation *mutation)
{
    unsigned count = mutation->scenario->message_count;
    unsigned start = count > 0 ? random_index(mutation) : 0;
    for (unsigned step = 0; step < count; step++) {
        unsigned index = (start + step) % count;
        if (outside_of(mutation, &mutation->scenario->messages[index])->bytes_max > 0)
            return index;
    }
    return count;
}

bool ob_step_change_payload(const struct ob_mutation *mutation)
{
    struct ob_scenario *scenario = mutation->scenario;
    struct ob_rng *rng = mutation->rng;
    unsigned index = find_with_payload(mutation);
    if (index == scenario->message_count)
        return false;

    uint8_t bytes[32];
    struct ob_input_message *message = &scenario->messages[index];
    unsigned room = outside_of(mutation, message)->bytes_max - (unsigned)message->bytes_size;
    unsigned choice = message->bytes_size == 0 ? 0 : ob_rng_below(rng, 4);
    unsigned at = ob_rng_below(rng, message->bytes_size + 1u);
    unsigned left = message->bytes_size - at;
    if (choice == 0) {
        unsigned size_max = ob_random_once_in(rng, 4) ? sizeof bytes : 4;
        if (size_max > room)
            size_max = room;
        if (size_max == 0 || !ob_mutation_has_room(mutation, records_for(size_max)))
            return false;
        return ob_scenario_splice(scenario, index, at, 0, bytes,
                                  draw_bytes(mutation, bytes, size_max));
    }
    if (left == 0)
        return false;
    unsigned few = left < sizeof bytes ? left : (unsigned)sizeof bytes;
    if (choice == 1)
        return ob_scenario_splice(scenario, index, at, 1 + ob_rng_below(rng, left), NULL, 0);
    if (choice == 2) {
        change_byte(rng, scenario->payload + message->bytes_start + at);
        return true;
    }
    unsigned size = draw_bytes(mutation, bytes, few);
    return ob_scenario_splice(scenario, index, at, size, bytes, size);
}
