#include "cli/decision.h"

static void add_event(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                      struct ob_text *text)
{
    ob_text_printf(text, "%s#%u %s %s", ob_vocabulary_kind_name(vocabulary, event->kind),
                   event->ordinal, event->is_timer ? "(timer) of" : "from",
                   vocabulary->actor_names[event->from]);
}

static void add_pair(const struct ob_vocabulary *vocabulary,
                     const struct ob_explanation *explanation, struct ob_text *text)
{
    add_event(vocabulary, &explanation->first, text);
    ob_text_printf(text, " reaches %s before ", vocabulary->actor_names[explanation->first.actor]);
    add_event(vocabulary, &explanation->second, text);
}

static void add_unneeded(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                         const struct ob_explanation *explanation, struct ob_text *text)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        if (explanation->necessary >> index & 1)
            continue;
        ob_text_printf(text, "  It fails as well without: ");
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[index], text);
        ob_text_printf(text, "\n");
    }
}

static void add_neighbour(const struct ob_vocabulary *vocabulary,
                          const struct ob_explanation *explanation, struct ob_text *text)
{
    const struct ob_scenario *neighbour = &explanation->neighbour;
    ob_text_printf(text, "  Passes with the same messages and %s\n",
                   neighbour->deviation_count ? "these deviations instead:" : "no deviation.");
    for (unsigned index = 0; index < neighbour->deviation_count; index++) {
        ob_text_printf(text, "    ");
        ob_scenario_print_deviation(vocabulary, &neighbour->deviations[index], text);
        ob_text_printf(text, "\n");
    }
}

void cli_add_decision_line(const struct ob_vocabulary *vocabulary,
                           const struct ob_scenario *scenario,
                           const struct ob_explanation *explanation, struct ob_text *text)
{
    switch (explanation->decision) {
    case OB_BY_PAIR:
        ob_text_printf(text, "Fails when ");
        add_pair(vocabulary, explanation, text);
        ob_text_printf(text, "; passes the other way round.");
        break;
    case OB_BY_FAULT:
        ob_text_printf(text, "Fails with the fault \"");
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[explanation->fault], text);
        ob_text_printf(text, "\"; passes without it.");
        break;
    case OB_BY_SEVERAL:
        ob_text_printf(text,
                       "No single pair: the nearest order that passes has %u pairs the other way "
                       "round. Among them, when "
                       "it fails, ",
                       explanation->reversed);
        add_pair(vocabulary, explanation, text);
        ob_text_printf(text, ".");
        break;
    default:
        ob_text_printf(text,
                       "No order of these messages, and no deviation less, was found to pass.");
        break;
    }
}

void cli_add_decision(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                      const struct ob_explanation *explanation, struct ob_text *text)
{
    ob_text_printf(text, "\nWhat decides:\n  ");
    cli_add_decision_line(vocabulary, scenario, explanation, text);
    ob_text_printf(text, "\n");
    add_unneeded(vocabulary, scenario, explanation, text);
    if (explanation->has_neighbour)
        add_neighbour(vocabulary, explanation, text);
}
