#include "report/message.h"
#include "world/fault_point.h"
#include "world/resume.h"
#include "world/trace.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

#define PAYLOAD_SHOWN 8    /* bytes; enough to tell payloads apart by eye */
#define DESCRIBED_SHOWN 80 /* characters of what a target says of a message */

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
        const struct ob_sent *sent = ob_world_sent(world, index);
        const struct ob_message *message = &sent->message;
        if (ob_world_is_resume(world, index)) {
            arities->has_tasks[sent->to] |= message->args[0] > 0;
            continue;
        }
        for (uint8_t arg = 0; arg < OB_ARGS_MAX && message->kind < OB_KINDS_MAX; arg++)
            if (message->args[arg] && arities->shown[message->kind] <= arg)
                arities->shown[message->kind] = (uint8_t)(arg + 1);
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

/* Adds what the target says of a message, in one line of bounded length. It gets a copy, so
 * whatever it does to that, the run stays as it was. Returns false when there is nothing. */
static bool print_described(const struct ob_target *target, const struct ob_message *message,
                            struct ob_text *text)
{
    struct ob_message copy = *message;
    struct ob_text words = {0};
    uint8_t *bytes = NULL;

    if (!target->describe_message)
        return false;
    if (message->size > 0) {
        bytes = malloc(message->size);
        if (!bytes)
            return false;
        memcpy(bytes, message->bytes, message->size);
        copy.bytes = bytes;
    }
    target->describe_message(&copy, &words);
    free(bytes);
    bool is_there = words.length > 0;
    for (size_t at = 0; at < words.length; at++)
        words.data[at] = (unsigned char)words.data[at] < 0x20 ? ' ' : words.data[at];
    if (is_there)
        ob_text_printf(text, "(%.*s%s)", DESCRIBED_SHOWN, ob_text_string(&words),
                       words.length > DESCRIBED_SHOWN ? "..." : "");
    text->failed = text->failed || words.failed;
    ob_text_release(&words);
    return is_there;
}

/* Bytes of a stream that the target has a name for, and no arguments: those that there are are the
 * ports and the number of the connection. */
static bool is_named_payload(const struct ob_vocabulary *vocabulary,
                             const struct ob_message *message)
{
    return vocabulary->target->name_bytes && message->size > 0 && message->from != OB_OUTSIDE &&
           !vocabulary->messages[message->kind].args[0].name;
}

/* What follows the name of its kind. */
static void print_content(const struct ob_world *world, const struct ob_arities *arities,
                          const struct ob_message *message, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    if (message->kind >= OB_KINDS_MAX || print_described(ob_world_target(world), message, text))
        return;
    if (arities->shown[message->kind] && !is_named_payload(vocabulary, message)) {
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

/* What lets a task go on has a name instead of a kind; and a number where its actor has several. */
static bool print_resume(const struct ob_world *world, const struct ob_arities *arities,
                         uint32_t index, struct ob_text *text)
{
    const struct ob_sent *sent = ob_world_sent(world, index);
    struct ob_resume resume;

    if (!ob_world_resume(world, index, &resume))
        return false;
    ob_resume_print(ob_world_vocabulary(world), &resume, text);
    if (arities->has_tasks[sent->to])
        ob_text_printf(text, " [task %u]", sent->message.args[0]);
    return true;
}

void ob_report_message(const struct ob_world *world, const struct ob_arities *arities,
                       uint32_t index, struct ob_text *text)
{
    const struct ob_message *message = &ob_world_sent(world, index)->message;

    if (print_resume(world, arities, index, text))
        return;
    ob_text_printf(text, "%s", ob_vocabulary_kind_name(ob_world_vocabulary(world), message->kind));
    print_content(world, arities, message, text);
}

void ob_report_numbered(const struct ob_world *world, const struct ob_arities *arities,
                        uint32_t index, struct ob_text *text)
{
    const struct ob_message *message = &ob_world_sent(world, index)->message;

    if (print_resume(world, arities, index, text))
        return;
    ob_text_printf(text, "%s#%u",
                   ob_vocabulary_kind_name(ob_world_vocabulary(world), message->kind),
                   ob_world_ordinal(world, index));
    print_content(world, arities, message, text);
}

const char *ob_report_sender(const struct ob_world *world, uint32_t index)
{
    const struct ob_sent *sent = ob_world_sent(world, index);
    bool is_own = sent->message.from == sent->to && ob_world_is_timer(world, index);

    return is_own ? NULL : ob_report_actor(ob_world_vocabulary(world), sent->message.from);
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

static uint32_t lesser(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

uint32_t ob_report_amount_us(const struct ob_world *world, const struct ob_deviation *deviation,
                             uint32_t index)
{
    const struct ob_sent *sent = ob_world_sent(world, index);
    const struct ob_link *link = ob_world_link(world, sent->message.from, sent->to);
    uint32_t most_us = UINT32_MAX;

    switch (deviation->op) {
    case OB_DELAY:
    case OB_PREEMPT:
        most_us = ob_world_is_timer(world, index) ? ob_world_lateness(world, index)
                                                  : link->latency_us_max - link->latency_us;
        break;
    case OB_PAUSE:
        most_us = ob_world_faults(world, sent->to)->pause_us_max;
        break;
    case OB_PARTITION:
        most_us = link->partition_us_max;
        if (most_us == 0 && sent->message.from != OB_OUTSIDE)
            most_us = ob_world_link(world, sent->to, sent->message.from)->partition_us_max;
        return deviation->amount ? lesser(deviation->amount, most_us) : most_us;
    default:
        break;
    }
    return lesser(deviation->amount, most_us);
}

void ob_report_effect(const struct ob_world *world, const struct ob_deviation *deviation,
                      uint32_t sent, uint64_t transit_us, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint32_t amount_us = ob_report_amount_us(world, deviation, sent);
    const char *moment = deviation->mode == OB_AFTER ? "after" : "before";

    switch (deviation->op) {
    case OB_DELAY:
        print_timed("delayed ", amount_us, text);
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
        ob_duration_print(text, amount_us);
        break;
    case OB_CRASH:
    case OB_RESTART:
        ob_text_printf(text, "%sreceiver crashed %s it",
                       deviation->mode == OB_BEFORE ? "lost, " : "", moment);
        if (deviation->op == OB_RESTART && amount_us)
            print_timed(", back after ", amount_us, text);
        break;
    case OB_PARTITION:
        print_timed(amount_us ? "link cut for " : "link cut", amount_us, text);
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
        print_timed("preempted for ", amount_us, text);
        break;
    default:
        ob_text_printf(text, "%s", ob_deviation_name(deviation->op));
        break;
    }
}

void ob_report_choices(const struct ob_world *world, uint32_t delivery, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const char *before = "chooses ";
    for (uint32_t index = 0; index < ob_world_chosen_count(world); index++) {
        const struct ob_chosen *chosen = ob_world_chosen(world, index);
        if (chosen->delivery != delivery || chosen->value == 0 ||
            ob_world_fault_point(world, chosen->point))
            continue;
        const char *point = ob_vocabulary_choice_name(vocabulary, chosen->point);
        ob_text_printf(text, "%s%s%s%u", before, point, *point ? " " : "", (unsigned)chosen->value);
        before = ", ";
    }
}

void ob_report_faults(const struct ob_world *world, uint32_t delivery, unsigned actor,
                      struct ob_text *lines)
{
    for (uint32_t index = 0; index < ob_world_chosen_count(world); index++) {
        const struct ob_chosen *chosen = ob_world_chosen(world, index);
        const struct ob_fault_point *point = ob_world_fault_point(world, chosen->point);
        if (!point || chosen->delivery != delivery || chosen->value == 0 ||
            (actor != 0 && actor != chosen->actor))
            continue;
        ob_text_printf(lines, "  ! ");
        point->print(world, chosen, lines);
        ob_text_printf(lines, "\n");
    }
}

bool ob_report_fault_of(const struct ob_world *world, const struct ob_deviation *deviation,
                        struct ob_text *text)
{
    for (uint32_t index = 0; index < ob_world_chosen_count(world); index++) {
        const struct ob_chosen *chosen = ob_world_chosen(world, index);
        const struct ob_fault_point *point = ob_world_fault_point(world, chosen->point);
        if (!point || chosen->value == 0 || !ob_chooses(deviation, chosen))
            continue;
        point->print(world, chosen, text);
        return true;
    }
    return false;
}

const char *ob_report_actor(const struct ob_vocabulary *vocabulary, unsigned id)
{
    return id <= vocabulary->actor_count + vocabulary->monitor_count ? vocabulary->actor_names[id]
                                                                     : "?";
}

void ob_report_clean(struct ob_text *text, size_t start)
{
    for (size_t at = start; at < text->length; at++) {
        unsigned char byte = (unsigned char)text->data[at];
        if (byte != '\n' && (byte < 0x20 || byte > 0x7e))
            text->data[at] = '?';
    }
}
