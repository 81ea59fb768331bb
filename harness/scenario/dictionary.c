#include "scenario/dictionary.h"

#include "scenario/scenario.h"

#include <string.h>

#define AMOUNT_US                                                                                  \
    1000u /* of a delay or a pause: enough to change an order, short of most timeouts */

struct dictionary {
    const struct ob_vocabulary *vocabulary;
    struct ob_text *text;
    struct ob_scenario scenario; /* of one record */
    unsigned count;
};

static void add_entry(struct dictionary *dictionary, const char *what, const char *detail)
{
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    struct ob_text *text = dictionary->text;

    if (dictionary->count == OB_DICTIONARY_MAX)
        return;
    size_t size =
        ob_scenario_encode(dictionary->vocabulary, &dictionary->scenario, bytes, OB_RECORD_SIZE);
    ob_text_printf(text, "\n%s_%s_%u=\"", what, detail, dictionary->count++);
    for (size_t at = 0; at < size; at++)
        ob_text_printf(text, "\\x%02x", bytes[at]);
    ob_text_printf(text, "\"\n");
}

static void add_message(struct dictionary *dictionary, const struct ob_outside_kind *outside,
                        bool greatest)
{
    struct ob_scenario *scenario = &dictionary->scenario;
    const struct ob_message_type *type = &dictionary->vocabulary->messages[outside->kind];

    *scenario = (struct ob_scenario){.message_count = 1};
    scenario->messages[0].kind = outside->kind;
    scenario->messages[0].instance = greatest ? (uint8_t)(outside->to_count - 1) : 0;
    for (unsigned arg = 0; arg < outside->arg_count; arg++)
        scenario->messages[0].args[arg] = greatest ? type->args[arg].max : type->args[arg].min;
    ob_text_printf(dictionary->text, "\n# ");
    ob_scenario_print_message(dictionary->vocabulary, scenario, 0, dictionary->text);
    add_entry(dictionary, type->name, greatest ? "greatest" : "least");
}

static void add_deviation(struct dictionary *dictionary, struct ob_deviation deviation)
{
    struct ob_scenario *scenario = &dictionary->scenario;

    ob_deviation_canonicalise(dictionary->vocabulary, &deviation);
    *scenario = (struct ob_scenario){.deviation_count = 1, .deviations = {deviation}};
    ob_text_printf(dictionary->text, "\n# ");
    ob_scenario_print_deviation(dictionary->vocabulary, &deviation, dictionary->text);
    add_entry(dictionary, ob_deviation_name(deviation.op), "any");
}

/* One that hits every message of a kind, and where the op can name one also the first alone. */
static void add_deviations_of_kind(struct dictionary *dictionary, unsigned op, unsigned kind)
{
    unsigned fields = ob_deviation_fields(op);
    struct ob_deviation deviation = {
        .op = (uint8_t)op, .which = {.kind = (uint8_t)(kind + 1)}, .amount = AMOUNT_US};

    for (uint8_t nth = 0; nth <= 1; nth++) {
        deviation.which.nth = nth;
        if (nth != 0 && !(fields & OB_USES_NTH))
            break;
        if (!(fields & OB_USES_AWAITED)) {
            add_deviation(dictionary, deviation);
            continue;
        }
        for (unsigned awaited = 0; awaited < dictionary->vocabulary->kind_count; awaited++) {
            deviation.awaited = (struct ob_selector){.kind = (uint8_t)(awaited + 1)};
            if (awaited != kind && dictionary->count < OB_DICTIONARY_MAX)
                add_deviation(dictionary, deviation);
        }
    }
}

static void add_walks(struct dictionary *dictionary)
{
    struct ob_walk options = {.depth = 3, .hint = 64, .late = OB_LATE_QUARTER};
    for (unsigned mode = 0; mode < OB_WALK_STRATEGIES; mode++)
        if (dictionary->count < OB_DICTIONARY_MAX)
            add_deviation(dictionary,
                          ob_walk_deviation((enum ob_walk_strategy)mode, mode, options));
}

static bool is_allowed(const struct ob_vocabulary *vocabulary, unsigned op)
{
    return vocabulary->ops_allowed == 0 || (vocabulary->ops_allowed >> op & 1);
}

void ob_dictionary_print(const struct ob_vocabulary *vocabulary, struct ob_text *text)
{
    struct dictionary dictionary = {.vocabulary = vocabulary, .text = text};

    ob_text_printf(text, "# Records of %s/%s.\n", vocabulary->target->name,
                   vocabulary->target->variants[vocabulary->variant]);
    for (unsigned index = 0; index < vocabulary->outside_count; index++) {
        const struct ob_outside_kind *outside = &vocabulary->outside[index];
        add_message(&dictionary, outside, false);
        if (outside->arg_count > 0 || outside->to_count > 1)
            add_message(&dictionary, outside, true);
    }
    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++) {
        if (!is_allowed(vocabulary, op))
            continue;
        if (op == OB_WALK) {
            add_walks(&dictionary);
            continue;
        }
        if (!(ob_deviation_fields(op) & OB_USES_MESSAGE)) {
            if (dictionary.count < OB_DICTIONARY_MAX)
                add_deviation(&dictionary,
                              (struct ob_deviation){.op = (uint8_t)op, .amount = AMOUNT_US});
            continue;
        }
        for (unsigned kind = 0; kind < vocabulary->kind_count; kind++)
            if (vocabulary->messages[kind].name && dictionary.count < OB_DICTIONARY_MAX)
                add_deviations_of_kind(&dictionary, op, kind);
    }
}
