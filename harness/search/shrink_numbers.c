/* Smaller numbers: zero if that does, else the least that a bisection finds, else fewer set bits.
 */
#include "search/shrink.h"

#define TOGETHER_MAX 16 /* values that are tried for arguments that only shrink together */

enum part {
    MESSAGE_DELAY,
    MESSAGE_INSTANCE,
    MESSAGE_ARG,
    DEVIATION_AMOUNT,
    DEVIATION_MODE,
    DEVIATION_NTH,
    DEVIATION_AWAITED_NTH,
};

/* One number of a scenario. Its value counts from the least that it can be. */
struct number {
    enum part part;
    unsigned index; /* of the message or deviation */
    unsigned arg;
};

static const struct ob_arg *declared_arg(const struct ob_shrink *shrink,
                                         const struct ob_scenario *scenario, unsigned message,
                                         unsigned arg)
{
    return &shrink->vocabulary->messages[scenario->messages[message].kind].args[arg];
}

static uint32_t least(const struct ob_shrink *shrink, const struct number *number)
{
    if (number->part == MESSAGE_ARG)
        return declared_arg(shrink, &shrink->current, number->index, number->arg)->min;
    return 0;
}

static uint32_t get(const struct ob_shrink *shrink, const struct number *number)
{
    const struct ob_input_message *message = &shrink->current.messages[number->index];
    const struct ob_deviation *deviation = &shrink->current.deviations[number->index];

    switch (number->part) {
    case MESSAGE_DELAY:
        return message->delay_us;
    case MESSAGE_INSTANCE:
        return message->instance;
    case MESSAGE_ARG:
        return message->args[number->arg] - least(shrink, number);
    case DEVIATION_AMOUNT:
        return deviation->amount;
    case DEVIATION_MODE:
        return deviation->mode;
    case DEVIATION_NTH:
        return deviation->which.nth > 0 ? deviation->which.nth - 1u : 0;
    case DEVIATION_AWAITED_NTH:
        return deviation->awaited.nth;
    }
    return 0;
}

static void set(struct ob_shrink *shrink, const struct number *number, uint32_t value)
{
    struct ob_input_message *message = &shrink->candidate.messages[number->index];
    struct ob_deviation *deviation = &shrink->candidate.deviations[number->index];

    switch (number->part) {
    case MESSAGE_DELAY:
        message->delay_us = value;
        break;
    case MESSAGE_INSTANCE:
        message->instance = (uint8_t)value;
        break;
    case MESSAGE_ARG:
        message->args[number->arg] = least(shrink, number) + value;
        break;
    case DEVIATION_AMOUNT:
        deviation->amount = value;
        break;
    case DEVIATION_MODE:
        deviation->mode = (uint8_t)value;
        break;
    case DEVIATION_NTH:
        deviation->which.nth = (uint8_t)(value + 1);
        break;
    case DEVIATION_AWAITED_NTH:
        deviation->awaited.nth = (uint8_t)value;
        break;
    }
}

static bool try_value(struct ob_shrink *shrink, const struct number *number, uint32_t value)
{
    if (value >= get(shrink, number))
        return false;
    ob_shrink_begin(shrink);
    set(shrink, number, value);
    return ob_shrink_try(shrink);
}

/* Whether a scenario keeps it as a duration, see ob_duration_encode(). */
static bool is_duration(const struct ob_shrink *shrink, const struct number *number)
{
    if (number->part == DEVIATION_AMOUNT)
        return ob_deviation_has_duration(&shrink->current.deviations[number->index]);
    return number->part == MESSAGE_DELAY;
}

/* Between `low`, which is too little, and the value there is. Durations are halved in the form that
 * they are kept in, which has as many steps for the small as for the large ones. */
static bool bisect(struct ob_shrink *shrink, const struct number *number)
{
    bool coded = is_duration(shrink, number);
    uint32_t high = get(shrink, number);
    uint32_t low = 0;
    bool any = false;

    if (coded)
        high = ob_duration_encode(high);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (try_value(shrink, number, coded ? ob_duration_decode((uint16_t)middle) : middle)) {
            high = middle;
            any = true;
        } else {
            low = middle;
        }
    }
    return any;
}

/* A round duration instead of one that needs a record for its last digits: the next that is
 * shorter, or else the next that is longer. */
static bool round_off(struct ob_shrink *shrink, const struct number *number)
{
    uint32_t value = get(shrink, number);
    if (!is_duration(shrink, number) || ob_duration_round(value) == value)
        return false;
    uint16_t code = ob_duration_floor(value);
    for (uint16_t at = code; at <= code + 1; at++) {
        ob_shrink_begin(shrink);
        set(shrink, number, ob_duration_decode(at));
        if (ob_shrink_try(shrink))
            return true;
    }
    return false;
}

/* Clears one bit: of the value, of the value as the target sees it, or of a duration as it is kept.
 */
static bool clear_bit(struct ob_shrink *shrink, const struct number *number, unsigned bit)
{
    uint32_t value = get(shrink, number);
    uint32_t seen = value + least(shrink, number);
    uint32_t mask = UINT32_C(1) << bit;

    if ((value & mask) && try_value(shrink, number, value & ~mask))
        return true;
    if ((seen & mask) && (seen & ~mask) >= least(shrink, number) &&
        try_value(shrink, number, (seen & ~mask) - least(shrink, number)))
        return true;
    if (!is_duration(shrink, number) || bit >= 16)
        return false;
    uint32_t code = ob_duration_encode(value);
    return (code & mask) && try_value(shrink, number, ob_duration_decode((uint16_t)(code & ~mask)));
}

static bool shrink_number(struct ob_shrink *shrink, struct number number)
{
    bool any = false;
    bool again = true;

    if (get(shrink, &number) == 0)
        return false;
    if (try_value(shrink, &number, 0))
        return true;
    any = bisect(shrink, &number);
    any |= round_off(shrink, &number);
    while (again && !shrink->is_cut_short) {
        again = false;
        for (unsigned bit = 32; bit-- > 0;)
            again |= clear_bit(shrink, &number, bit);
        any |= again;
    }
    return any;
}

/* Other values than 0 are not halves of each other: every smaller one is tried. */
static bool shrink_choice(struct ob_shrink *shrink, struct number number)
{
    uint32_t value = get(shrink, &number);

    for (uint32_t smaller = 0; smaller < value; smaller++)
        if (try_value(shrink, &number, smaller))
            return true;
    return false;
}

/* Gives every argument that has a value another one: an identifier that several messages share. */
static bool shrink_shared_arg(struct ob_shrink *shrink, uint32_t value)
{
    for (uint32_t smaller = 0; smaller < value && smaller < TOGETHER_MAX; smaller++) {
        ob_shrink_begin(shrink);
        for (unsigned index = 0; index < shrink->current.message_count; index++) {
            for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++) {
                struct number number = {MESSAGE_ARG, index, arg};
                if (declared_arg(shrink, &shrink->current, index, arg)->name &&
                    get(shrink, &number) == value)
                    set(shrink, &number, smaller);
            }
        }
        if (ob_shrink_try(shrink))
            return true;
    }
    return false;
}

static void replace_number(uint8_t *field, unsigned old_value, unsigned new_value)
{
    if (*field == old_value)
        *field = (uint8_t)new_value;
}

/* Lets another receiver of the group take the place of one, in messages and deviations alike. */
static bool shrink_shared_instance(struct ob_shrink *shrink, unsigned message)
{
    const struct ob_input_message *like = &shrink->current.messages[message];
    int outside = ob_vocabulary_find_outside(shrink->vocabulary, like->kind);
    unsigned first = outside >= 0 ? shrink->vocabulary->outside[outside].to_first : 0;
    unsigned old_id = first + like->instance;

    for (unsigned instance = 0; instance < like->instance && instance < TOGETHER_MAX; instance++) {
        unsigned new_id = first + instance;
        ob_shrink_begin(shrink);
        for (unsigned index = 0; index < shrink->candidate.message_count; index++) {
            struct ob_input_message *other = &shrink->candidate.messages[index];
            int kind = ob_vocabulary_find_outside(shrink->vocabulary, other->kind);
            if (kind >= 0 && shrink->vocabulary->outside[kind].to_first == first)
                replace_number(&other->instance, old_id - first, instance);
        }
        for (unsigned index = 0; index < shrink->candidate.deviation_count; index++) {
            struct ob_deviation *deviation = &shrink->candidate.deviations[index];
            replace_number(&deviation->which.from, old_id + 1, new_id + 1);
            replace_number(&deviation->which.to, old_id, new_id);
            replace_number(&deviation->awaited.from, old_id + 1, new_id + 1);
        }
        if (ob_shrink_try(shrink))
            return true;
    }
    return false;
}

static bool shrink_message(struct ob_shrink *shrink, unsigned index)
{
    bool any = shrink_number(shrink, (struct number){MESSAGE_DELAY, index, 0});

    any |= shrink_shared_instance(shrink, index);
    any |= shrink_choice(shrink, (struct number){MESSAGE_INSTANCE, index, 0});
    for (unsigned arg = 0; arg < OB_ARGS_MAX; arg++) {
        struct number number = {MESSAGE_ARG, index, arg};
        if (!declared_arg(shrink, &shrink->current, index, arg)->name)
            break;
        any |= shrink_number(shrink, number);
        if (get(shrink, &number) > 0)
            any |= shrink_shared_arg(shrink, get(shrink, &number));
    }
    return any;
}

/* Everything at zero that can be at once: most numbers do not matter. */
static bool zero_all(struct ob_shrink *shrink, bool delays)
{
    ob_shrink_begin(shrink);
    for (unsigned index = 0; index < shrink->current.message_count; index++) {
        if (delays)
            shrink->candidate.messages[index].delay_us = 0;
        for (unsigned arg = 0; arg < OB_ARGS_MAX && !delays; arg++) {
            const struct ob_arg *declared = declared_arg(shrink, &shrink->current, index, arg);
            if (declared->name)
                shrink->candidate.messages[index].args[arg] = declared->min;
        }
    }
    return ob_shrink_try(shrink);
}

bool ob_shrink_numbers(struct ob_shrink *shrink)
{
    bool any = zero_all(shrink, true);

    any |= zero_all(shrink, false);
    for (unsigned index = 0; index < shrink->current.message_count; index++)
        any |= shrink_message(shrink, index);
    for (unsigned index = 0; index < shrink->current.deviation_count; index++) {
        any |= shrink_number(shrink, (struct number){DEVIATION_AMOUNT, index, 0});
        any |= shrink_choice(shrink, (struct number){DEVIATION_MODE, index, 0});
        any |= shrink_choice(shrink, (struct number){DEVIATION_NTH, index, 0});
        any |= shrink_choice(shrink, (struct number){DEVIATION_AWAITED_NTH, index, 0});
    }
    return any;
}
