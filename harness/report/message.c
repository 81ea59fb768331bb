#include "report/message.h"

#define PAYLOAD_SHOWN 8 /* bytes; enough to tell payloads apart by eye */

void ob_report_arities(const struct ob_world *world, struct ob_arities *arities)
{
    const struct ob_message_type *types = ob_world_vocabulary(world)->messages;

    *arities = (struct ob_arities){0};
    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++) {
        uint8_t count = 0;
        while (count < OB_ARGS_MAX && types[kind].args[count].name)
            count++;
        arities->shown[kind] = count;
    }
    uint32_t sent_count = ob_world_sent_count(world);
    for (uint32_t index = 0; index < sent_count; index++) {
        const struct ob_message *message = &ob_world_sent(world, index)->message;
        for (uint8_t arg = 0; arg < OB_ARGS_MAX && message->kind < OB_KINDS_MAX; arg++) {
            if (message->args[arg] && arities->shown[message->kind] <= arg)
                arities->shown[message->kind] = (uint8_t)(arg + 1);
        }
    }
}

static void print_payload(const struct ob_message *message, struct ob_text *text)
{
    uint32_t shown = message->size < PAYLOAD_SHOWN ? message->size : PAYLOAD_SHOWN;

    ob_text_printf(text, " bytes ");
    for (uint32_t at = 0; at < shown; at++)
        ob_text_printf(text, "%02x", message->bytes[at]);
    if (message->size > shown)
        ob_text_printf(text, "..(%u)", message->size);
}

void ob_report_message(const struct ob_vocabulary *vocabulary, const struct ob_arities *arities,
                       const struct ob_message *message, struct ob_text *text)
{
    ob_text_printf(text, "%s", ob_vocabulary_kind_name(vocabulary, message->kind));
    if (message->kind < OB_KINDS_MAX && arities->shown[message->kind]) {
        const struct ob_arg *declared = vocabulary->messages[message->kind].args;
        bool named = true;
        for (unsigned arg = 0; arg < arities->shown[message->kind]; arg++) {
            ob_text_printf(text, "%s", arg ? ", " : "(");
            named = named && declared[arg].name;
            if (named)
                ob_text_printf(text, "%s=", declared[arg].name);
            ob_text_printf(text, "%u", message->args[arg]);
        }
        ob_text_printf(text, ")");
    }
    if (message->size > 0 && message->bytes)
        print_payload(message, text);
}

static void print_reorder(const struct ob_vocabulary *vocabulary,
                          const struct ob_deviation *deviation, struct ob_text *text)
{
    const struct ob_selector *awaited = &deviation->awaited;

    ob_text_printf(text, "reordered, waits for ");
    if (awaited->kind)
        ob_text_printf(text, "%s", ob_vocabulary_kind_name(vocabulary, awaited->kind - 1u));
    else
        ob_text_printf(text, "any message");
    if (awaited->from)
        ob_text_printf(text, " from %s", ob_report_actor(vocabulary, awaited->from - 1u));
    if (awaited->nth)
        ob_text_printf(text, " #%u", awaited->nth);
}

static void print_timed(const char *words, uint32_t amount_us, struct ob_text *text)
{
    ob_text_printf(text, "%s", words);
    if (amount_us)
        ob_duration_print(text, amount_us);
}

void ob_report_effect(const struct ob_vocabulary *vocabulary, const struct ob_deviation *deviation,
                      uint64_t transit_us, struct ob_text *text)
{
    const char *moment = deviation->mode == OB_AFTER ? "after" : "before";

    switch (deviation->op) {
    case OB_DELAY:
        print_timed("delayed ", deviation->amount, text);
        break;
    case OB_REORDER:
        print_reorder(vocabulary, deviation, text);
        break;
    case OB_DUPLICATE:
        ob_text_printf(text, "duplicated");
        break;
    case OB_DROP:
        ob_text_printf(text, "dropped");
        break;
    case OB_PAUSE:
        ob_text_printf(text, "receiver paused %s it for ", moment);
        ob_duration_print(text, deviation->amount);
        break;
    case OB_CRASH:
    case OB_RESTART:
        ob_text_printf(text, "%sreceiver crashed %s it",
                       deviation->mode == OB_BEFORE ? "lost, " : "", moment);
        if (deviation->op == OB_RESTART && deviation->amount)
            print_timed(", back after ", deviation->amount, text);
        break;
    case OB_PARTITION:
        print_timed(deviation->amount ? "link cut for " : "link cut", deviation->amount, text);
        break;
    case OB_HEAL:
        ob_text_printf(text, "link healed");
        break;
    case OB_DRAW:
    case OB_WALK:
        if (transit_us == OB_NONE) {
            ob_text_printf(text, "drawn latency");
            break;
        }
        ob_text_printf(text, "took ");
        ob_duration_print(text, transit_us);
        ob_text_printf(text, " (drawn)");
        break;
    case OB_PREEMPT:
        print_timed("preempted for ", deviation->amount, text);
        break;
    default:
        ob_text_printf(text, "%s", ob_deviation_name(deviation->op));
        break;
    }
}

const char *ob_report_actor(const struct ob_vocabulary *vocabulary, unsigned id)
{
    return id <= vocabulary->actor_count ? vocabulary->actor_names[id] : "?";
}

void ob_report_clean(struct ob_text *text, size_t start)
{
    for (size_t at = start; at < text->length; at++) {
        unsigned char byte = (unsigned char)text->data[at];
        if (byte != '\n' && (byte < 0x20 || byte > 0x7e))
            text->data[at] = '?';
    }
}
