#include <assert.h>

#include "scenario/scenario.h"
#include "scenario/text_line.h"

static const char *actor_name(const struct ob_vocabulary *vocabulary, unsigned id)
{
    assert(id <= vocabulary->actor_count);
    return vocabulary->actor_names[id];
}

static const char *kind_or_any(const struct ob_vocabulary *vocabulary, unsigned selected)
{
    return selected == 0 ? "*" : ob_vocabulary_kind_name(vocabulary, selected - 1);
}

static const char *sender_or_any(const struct ob_vocabulary *vocabulary, unsigned selected)
{
    return selected == 0 ? "*" : actor_name(vocabulary, selected - 1);
}

static const char *receiver_or_any(const struct ob_vocabulary *vocabulary, unsigned selected)
{
    return selected == 0 ? "*" : actor_name(vocabulary, selected);
}

void ob_scenario_print_message(const struct ob_vocabulary *vocabulary,
                               const struct ob_scenario *scenario, unsigned index,
                               struct ob_text *text)
{
    assert(index < scenario->message_count);
    const struct ob_input_message *message = &scenario->messages[index];
    int outside_index = ob_vocabulary_find_outside(vocabulary, message->kind);
    assert(outside_index >= 0);
    const struct ob_outside_kind *outside = &vocabulary->outside[outside_index];
    const struct ob_message_type *type = &vocabulary->messages[message->kind];

    ob_text_printf(text, "+");
    ob_duration_print(text, message->delay_us);
    ob_text_printf(text, " %s(", type->name);
    for (unsigned arg = 0; arg < outside->arg_count; arg++)
        ob_text_printf(text, "%s%s=%u", arg > 0 ? ", " : "", type->args[arg].name,
                       (unsigned)message->args[arg]);
    ob_text_printf(text, ") to %s",
                   actor_name(vocabulary, outside->to_first + (unsigned)message->instance));
    if (message->bytes_size == 0)
        return;
    ob_text_printf(text, " bytes ");
    assert(message->bytes_start + message->bytes_size <= scenario->payload_size);
    for (unsigned at = 0; at < message->bytes_size; at++) {
        uint8_t byte = scenario->payload[message->bytes_start + at];
        ob_text_append(text, &"0123456789abcdef"[byte >> 4], 1);
        ob_text_append(text, &"0123456789abcdef"[byte & 15], 1);
    }
}

static void print_selector(const struct ob_vocabulary *vocabulary, const struct ob_selector *which,
                           struct ob_text *text)
{
    ob_text_printf(text, "%s%s %s->%s", which->nth == 0 ? "every " : "",
                   kind_or_any(vocabulary, which->kind), sender_or_any(vocabulary, which->from),
                   receiver_or_any(vocabulary, which->to));
    if (which->nth > 0)
        ob_text_printf(text, " #%u", which->nth - 1u);
}

static void print_awaited(const struct ob_vocabulary *vocabulary, const struct ob_selector *awaited,
                          struct ob_text *text)
{
    ob_text_printf(text, " after %s ", kind_or_any(vocabulary, awaited->kind));
    if (awaited->from > 0)
        ob_text_printf(text, "%s-> ", sender_or_any(vocabulary, awaited->from));
    ob_text_printf(text, "#%u", (unsigned)awaited->nth);
}

static void print_amount(const struct ob_deviation *deviation, struct ob_text *text)
{
    if (deviation->op == OB_PARTITION && deviation->amount == 0)
        return; /* as long as allowed */
    const char *preposition = ob_deviation_preposition(deviation->op);
    ob_text_printf(text, "%s%s ", *preposition ? " " : "", preposition);
    if (deviation->op == OB_DRAW || deviation->op == OB_CHOOSE)
        ob_text_printf(text, "%u", (unsigned)deviation->amount);
    else if (deviation->op == OB_SKEW && deviation->mode >= OB_FAST)
        ob_text_printf(text, "%uppm", (unsigned)deviation->amount);
    else
        ob_duration_print(text, deviation->amount);
}

/* What stands for nothing is left out: no late steps, from the beginning, to the end. */
static void print_walk(const struct ob_deviation *deviation, struct ob_text *text)
{
    const struct ob_walk *walk = &deviation->walk;
    ob_text_printf(text, "%s seed %u", ob_deviation_mode_name(OB_WALK, deviation->mode),
                   (unsigned)deviation->amount);
    if (deviation->mode == OB_WALK_PCT)
        ob_text_printf(text, " depth %u hint %u", walk->depth, walk->hint);
    if (walk->late != OB_LATE_NEVER)
        ob_text_printf(text, " late %s", ob_walk_late_name(walk->late));
    if (walk->from > 0)
        ob_text_printf(text, " from step %u", walk->from);
    if (walk->length > 0)
        ob_text_printf(text, " until step %u", (unsigned)ob_walk_end(walk));
}

void ob_scenario_print_deviation(const struct ob_vocabulary *vocabulary,
                                 const struct ob_deviation *deviation, struct ob_text *text)
{
    unsigned fields = ob_deviation_fields(deviation->op);
    const struct ob_selector *which = &deviation->which;

    ob_text_printf(text, "%s ", ob_deviation_name(deviation->op));
    if (fields & OB_USES_WALK) {
        print_walk(deviation, text);
        return;
    }
    if (fields & OB_USES_DRAW)
        ob_text_printf(text, "per ");
    if (fields & (OB_USES_DRAW | OB_USES_MOMENT))
        ob_text_printf(text, "%s ", ob_deviation_mode_name(deviation->op, deviation->mode));
    if (fields & OB_USES_CHOICE) {
        const char *point = ob_vocabulary_choice_name(vocabulary, which->kind);
        ob_text_printf(text, "%s%s%sat %s", which->nth == 0 ? "every " : "", point,
                       *point ? " " : "", actor_name(vocabulary, which->to));
        if (which->nth > 0)
            ob_text_printf(text, " #%u", which->nth - 1u);
    } else if (fields & OB_USES_ACTOR) {
        bool every = (fields & OB_USES_NTH) && which->nth == 0;
        ob_text_printf(text, "%s%s", every ? "every " : "", actor_name(vocabulary, which->to));
        if (which->nth > 0)
            ob_text_printf(text, " #%u", which->nth - 1u);
    } else {
        print_selector(vocabulary, which, text);
    }
    if (fields & OB_USES_SKEW)
        ob_text_printf(text, " %s", ob_deviation_mode_name(deviation->op, deviation->mode));
    if (fields & OB_USES_AWAITED)
        print_awaited(vocabulary, &deviation->awaited, text);
    if (fields & OB_USES_AMOUNT)
        print_amount(deviation, text);
}

void ob_scenario_print(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                       struct ob_text *text)
{
    ob_text_printf(text, "%s %d %s\n", OB_TEXT_MAGIC, OB_TEXT_VERSION, vocabulary->target->name);
    for (unsigned index = 0; index < scenario->message_count; index++) {
        ob_scenario_print_message(vocabulary, scenario, index, text);
        ob_text_printf(text, "\n");
    }
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[index], text);
        ob_text_printf(text, "\n");
    }
}
