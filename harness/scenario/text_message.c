/* A line of the text form that is a message: +2ms buy(order=1) to client.1 bytes 68656c6c6f */
#include <assert.h>

#include "scenario/record.h"
#include "scenario/text_line.h"

/* What may be meant as a number: up to a blank, a comma or the closing parenthesis. */
static struct ob_word take_value(struct ob_line *line)
{
    struct ob_word word = ob_line_peek(line);
    size_t length = 0;
    while (length < word.length && word.at[length] != ',' && word.at[length] != ')')
        length++;
    ob_line_skip_blanks(line);
    line->rest = ob_word_tail(line->rest, length);
    return ob_word_head(word, length);
}

static int parse_arg(struct ob_line *line, unsigned kind, unsigned arg_count,
                     struct ob_input_message *message, unsigned *given)
{
    const struct ob_message_type *type = &line->vocabulary->messages[kind];
    struct ob_word name = ob_line_name(line);
    unsigned index = 0;
    while (index < arg_count && !ob_word_is(name, type->args[index].name))
        index++;
    if (index == arg_count)
        return ob_line_misfit(line, "%s takes no argument %s", type->name, ob_quote(name).text);
    if (*given & 1u << index)
        return ob_line_fail(line, "argument \"%s\" is given twice", type->args[index].name);
    *given |= 1u << index;
    if (!ob_line_take(line, '='))
        return ob_line_fail(line, "argument \"%s\" has no \"=\" and value", type->args[index].name);

    uint32_t value = 0;
    const struct ob_arg *arg = &type->args[index];
    struct ob_word number = take_value(line);
    if (ob_line_number(line, number, arg->name, UINT32_MAX, &value))
        return -1;
    uint32_t max = ob_record_arg_max(arg, arg_count);
    if (value < arg->min || value > max)
        return ob_line_misfit(line, "%s=%u of %s is out of its range, %u to %u", arg->name,
                              (unsigned)value, type->name, (unsigned)arg->min, (unsigned)max);
    message->args[index] = value;
    return 0;
}

/* What stands in parentheses, after the opening one. */
static int parse_args(struct ob_line *line, unsigned kind, unsigned arg_count,
                      struct ob_input_message *message)
{
    unsigned given = 0;
    if (ob_line_take(line, ')'))
        return 0;
    for (unsigned count = 0; count < OB_ARGS_MAX; count++) {
        if (parse_arg(line, kind, arg_count, message, &given))
            return -1;
        if (ob_line_take(line, ')'))
            return 0;
        if (!ob_line_take(line, ','))
            break;
    }
    return ob_line_fail(line, "the arguments of %s do not end in \")\"",
                        line->vocabulary->messages[kind].name);
}

static int parse_receiver(struct ob_line *line, const struct ob_outside_kind *outside,
                          struct ob_input_message *message)
{
    const struct ob_vocabulary *vocabulary = line->vocabulary;
    const char *kind = vocabulary->messages[outside->kind].name;
    const char *first = vocabulary->actor_names[outside->to_first];
    const char *last = vocabulary->actor_names[outside->to_first + outside->to_count - 1];
    if (!ob_word_is(ob_line_peek(line), "to")) {
        if (outside->to_count == 1)
            return 0;
        return ob_line_misfit(line, "%s needs a receiver: \"to %s\" up to \"to %s\"", kind, first,
                              last);
    }
    (void)ob_line_word(line);
    unsigned id = 0;
    struct ob_word name = ob_line_word(line);
    if (ob_line_find_actor(line, name, &id))
        return -1;
    if (id < outside->to_first || id - outside->to_first >= outside->to_count)
        return ob_line_misfit(line, "%s does not receive %s from outside, %s%s%s does",
                              ob_quote(name).text, kind, first, outside->to_count > 1 ? " to " : "",
                              outside->to_count > 1 ? last : "");
    message->instance = (uint8_t)(id - outside->to_first);
    return 0;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static int parse_bytes(struct ob_line *line, const struct ob_outside_kind *outside,
                       struct ob_input_message *message)
{
    struct ob_scenario *scenario = line->scenario;
    if (!ob_word_is(ob_line_peek(line), "bytes"))
        return 0;
    (void)ob_line_word(line);
    struct ob_word hex = ob_line_word(line);
    size_t size = hex.length / 2;
    if (hex.length == 0 || hex.length % 2 != 0)
        return ob_line_fail(line, "payload %s is not pairs of hexadecimal digits",
                            ob_quote(hex).text);
    if (size > outside->bytes_max)
        return ob_line_misfit(line, "the payload has %zu bytes, %s takes at most %u", size,
                              line->vocabulary->messages[outside->kind].name,
                              (unsigned)outside->bytes_max);
    if (size > OB_PAYLOAD_MAX - scenario->payload_size)
        return ob_line_fail(line, "more than %d bytes of payload in all messages together",
                            OB_PAYLOAD_MAX);
    for (size_t at = 0; at < size; at++) {
        int high = hex_value(hex.at[2 * at]);
        int low = hex_value(hex.at[2 * at + 1]);
        if (high < 0 || low < 0)
            return ob_line_fail(line, "payload %s is not pairs of hexadecimal digits",
                                ob_quote(hex).text);
        scenario->payload[scenario->payload_size + at] = (uint8_t)(high << 4 | low);
    }
    message->bytes_size = (uint16_t)size;
    return 0;
}

static int parse_delay(struct ob_line *line, struct ob_input_message *message)
{
    struct ob_word first = ob_line_peek(line);
    if (!ob_word_starts(first, "+"))
        return 0;
    (void)ob_line_word(line);
    return ob_line_duration(line, ob_word_tail(first, 1), &message->delay_us);
}

int ob_line_message(struct ob_line *line)
{
    struct ob_scenario *scenario = line->scenario;
    const struct ob_message_type *types = line->vocabulary->messages;
    if (scenario->message_count == OB_MESSAGES_MAX)
        return ob_line_fail(line, "more than %d messages", OB_MESSAGES_MAX);

    struct ob_input_message message = {.bytes_start = (uint16_t)scenario->payload_size};
    unsigned kind = 0;
    if (parse_delay(line, &message))
        return -1;
    struct ob_word name = ob_line_name(line);
    if (name.length == 0) /* what is there instead of a name is worth showing */
        name = ob_line_word(line);
    if (ob_line_find_kind(line, name, &kind))
        return -1;
    int index = ob_vocabulary_find_outside(line->vocabulary, kind);
    if (index < 0)
        return ob_line_misfit(line, "%s does not come from outside, only actors send it",
                              types[kind].name);
    const struct ob_outside_kind *outside = &line->vocabulary->outside[index];
    message.kind = (uint8_t)kind;
    for (unsigned arg = 0; arg < outside->arg_count; arg++)
        message.args[arg] = types[kind].args[arg].min;
    if (ob_line_take(line, '(') && parse_args(line, kind, outside->arg_count, &message))
        return -1;
    if (parse_receiver(line, outside, &message) || parse_bytes(line, outside, &message) ||
        ob_line_expect_end(line))
        return -1;
    scenario->payload_size += message.bytes_size;
    assert(scenario->payload_size <= OB_PAYLOAD_MAX);
    scenario->messages[scenario->message_count++] = message;
    return 0;
}
