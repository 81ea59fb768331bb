#include "triage/decision.h"

#include "triage/alike.h"
#include "world/goal.h"
#include "world/trace.h"

/* What is said of a violation, and of a goal at which the run has ended as if it were one. */
struct words {
    const char *when; /* "Fails" */
    const char *it;   /* "it fails" */
    const char *not_when;
    const char *unless; /* without what decides */
    const char *nothing_else;
    const char *are;
    const char *are_not;
};

static const struct words of_violation = {
    .when = "Fails",
    .it = "it fails",
    .not_when = "Passes",
    .unless = "passes without it",
    .nothing_else = "Nothing near this run was found to pass: no order of these messages, and no "
                    "deviation less",
    .are = "fail",
    .are_not = "pass",
};
static const struct words of_goal = {
    .when = "Reached",
    .it = "it is reached",
    .not_when = "Not reached",
    .unless = "not reached without it",
    .nothing_else = "Every run near this one reaches it: in any order of these messages, and with "
                    "a deviation less",
    .are = "reach it",
    .are_not = "do not",
};

static const struct words *words_for(const struct ob_world *world)
{
    return ob_world_ended_at_goal(world) ? &of_goal : &of_violation;
}

/* The name of what lets a task go on is half a sentence. */
static void add_resume(const struct ob_vocabulary *vocabulary, const struct ob_resume *resume,
                       struct ob_text *text)
{
    ob_text_printf(text, "\"");
    ob_resume_print(vocabulary, resume, text);
    ob_text_printf(text, "\"");
}

/* Whether it comes from its actor itself, and its name says to whom. */
static bool is_own(const struct ob_event *event)
{
    return event->is_resume || (event->is_timer && event->from == event->actor);
}

/* "create#0": without whose it is. */
static void add_name(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                     struct ob_text *text)
{
    if (event->is_resume) {
        add_resume(vocabulary, &event->resume, text);
        ob_text_printf(text, "#%u", event->same);
        return;
    }
    ob_text_printf(text, "%s#%u", ob_vocabulary_kind_name(vocabulary, event->kind), event->ordinal);
}

/* " from customer", " (timer) of client". */
static void add_origin(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                       struct ob_text *text)
{
    if (event->is_resume)
        ob_text_printf(text, " of %s", vocabulary->actor_names[event->actor]);
    else
        ob_text_printf(text, " %s %s", is_own(event) ? "(timer) of" : "from",
                       vocabulary->actor_names[event->from]);
}

static void add_event(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                      struct ob_text *text)
{
    add_name(vocabulary, event, text);
    add_origin(vocabulary, event, text);
}

/* "create#0 from customer reaches shop", "sleep ends of server comes". */
static void add_coming(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                       struct ob_text *text)
{
    add_event(vocabulary, event, text);
    if (is_own(event))
        ob_text_printf(text, " comes");
    else
        ob_text_printf(text, " reaches %s", vocabulary->actor_names[event->actor]);
}

/* "create#0 from customer", or "create#0 from customer reaches shop" where that is somewhere else
 * and not said. */
static void add_other(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                      const struct ob_event *one, struct ob_text *text)
{
    add_event(vocabulary, event, text);
    if (!is_own(event) && (event->actor != one->actor || is_own(one)))
        ob_text_printf(text, " reaches %s", vocabulary->actor_names[event->actor]);
}

/* "read#0 and read#1 from client", or both senders where they differ. */
static void add_both(const struct ob_vocabulary *vocabulary, const struct ob_event *one,
                     const struct ob_event *other, struct ob_text *text)
{
    add_name(vocabulary, one, text);
    if (one->from != other->from || is_own(one) != is_own(other) ||
        one->is_resume != other->is_resume)
        add_origin(vocabulary, one, text);
    ob_text_printf(text, " and ");
    add_event(vocabulary, other, text);
}

static void add_order(const struct ob_vocabulary *vocabulary, const struct ob_order *order,
                      struct ob_text *text)
{
    const struct ob_event *events = order->events;

    switch (order->shape) {
    case OB_WINDOW:
        add_coming(vocabulary, &events[1], text);
        ob_text_printf(text, " after ");
        add_other(vocabulary, &events[0], &events[1], text);
        ob_text_printf(text, " and before ");
        add_other(vocabulary, &events[2], &events[1], text);
        break;
    case OB_OVERLAP: /* each comes before what follows from itself anyway */
        add_both(vocabulary, &events[0], &events[2], text);
        ob_text_printf(text, " both reach %s before ", vocabulary->actor_names[events[0].actor]);
        add_both(vocabulary, &events[1], &events[3], text);
        break;
    default:
        add_coming(vocabulary, &events[0], text);
        ob_text_printf(text, " before ");
        add_other(vocabulary, &events[1], &events[0], text);
        break;
    }
}

/* Where nothing else in the sentence says whom it reaches. */
static void add_told_apart(const struct ob_world *world, const struct ob_event *event,
                           struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    add_event(vocabulary, event, text);
    if (ob_event_reads_alike(world, event))
        ob_text_printf(text, " to %s", vocabulary->actor_names[event->actor]);
}

/* The amounts of time that make the difference, as far as they are known. */
static void add_shifts(const struct ob_world *world, const struct ob_explanation *explanation,
                       struct ob_text *text)
{
    const struct ob_order *order = &explanation->order;
    const struct ob_event *late = &order->events[order->shape == OB_WINDOW];

    if (!explanation->later_us && !explanation->sooner_us)
        return;
    ob_text_printf(text, "  %s when ", words_for(world)->not_when);
    if (explanation->later_us) {
        add_told_apart(world, late, text);
        ob_text_printf(text, " comes ");
        ob_duration_print(text, explanation->later_us);
        ob_text_printf(text, " later%s", explanation->sooner_us ? ", or " : "");
    }
    if (explanation->sooner_us) {
        if (order->shape != OB_WINDOW || !explanation->later_us) {
            add_told_apart(world, &order->events[1], text);
            ob_text_printf(text, explanation->later_us ? " " : " comes ");
        }
        ob_duration_print(text, explanation->sooner_us);
        ob_text_printf(text, " sooner");
    }
    ob_text_printf(text, ".\n");
}

static void add_unneeded(const struct ob_world *world, const struct ob_scenario *scenario,
                         const struct ob_explanation *explanation, struct ob_text *text)
{
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        if (!(explanation->unneeded >> index & 1))
            continue;
        ob_text_printf(text, "  %s as well without: ",
                       ob_world_ended_at_goal(world) ? "It is reached" : "It fails");
        ob_scenario_print_deviation(ob_world_vocabulary(world), &scenario->deviations[index], text);
        ob_text_printf(text, "\n");
    }
}

static void add_neighbour(const struct ob_world *world, const struct ob_explanation *explanation,
                          struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_scenario *neighbour = &explanation->neighbour;
    ob_text_printf(text, "  %s with the same messages and %s\n", words_for(world)->not_when,
                   neighbour->deviation_count ? "these deviations instead:" : "no deviation.");
    for (unsigned index = 0; index < neighbour->deviation_count; index++) {
        ob_text_printf(text, "    ");
        ob_scenario_print_deviation(vocabulary, &neighbour->deviations[index], text);
        ob_text_printf(text, "\n");
    }
}

/* What decides, up to the full stop. */
static void add_decision(const struct ob_world *world, const struct ob_scenario *scenario,
                         const struct ob_explanation *explanation, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct words *words = words_for(world);

    switch (explanation->decision) {
    case OB_BY_ORDER:
        ob_text_printf(text, "%s%s when ",
                       explanation->is_among_others ? "No one order decides. Among others, " : "",
                       explanation->is_among_others ? words->it : words->when);
        add_order(vocabulary, &explanation->order, text);
        break;
    case OB_BY_FAULT:
    case OB_BY_DEVIATION:
        ob_text_printf(text, "%s with %s\"", words->when,
                       explanation->decision == OB_BY_FAULT ? "the fault " : "");
        ob_scenario_print_deviation(vocabulary, &scenario->deviations[explanation->deviation],
                                    text);
        ob_text_printf(text, "\"; %s", words->unless);
        break;
    default:
        if (explanation->evidence.passing > 0) {
            ob_text_printf(text,
                           "No order tells the %u runs near this one that %s from the %u "
                           "that %s",
                           explanation->evidence.passing, words->are_not,
                           explanation->evidence.failing, words->are);
            break;
        }
        ob_text_printf(text, "%s", words->nothing_else);
        break;
    }
}

static void add_evidence(const struct words *words, const struct ob_evidence *evidence,
                         struct ob_text *text)
{
    ob_text_printf(text, "in %u of %u runs near this one that %s, in %u of %u that %s",
                   evidence->failing_so, evidence->failing, words->are, evidence->passing_so,
                   evidence->passing, words->are_not);
}

static void add_also(const struct ob_world *world, const struct ob_explanation *explanation,
                     struct ob_text *text)
{
    if (!explanation->has_also)
        return;
    ob_text_printf(text, "  It also takes that ");
    add_order(ob_world_vocabulary(world), &explanation->also, text);
    ob_text_printf(text, ".\n  Both are so ");
    add_evidence(words_for(world), &explanation->both, text);
    ob_text_printf(text, ".\n");
}

void ob_add_decision_line(const struct ob_world *world, const struct ob_scenario *scenario,
                          const struct ob_explanation *explanation, struct ob_text *text)
{
    add_decision(world, scenario, explanation, text);
    if (explanation->decision == OB_BY_ORDER) {
        ob_text_printf(text, " (");
        add_evidence(words_for(world), &explanation->evidence, text);
        ob_text_printf(text, ")");
    }
    ob_text_printf(text, ".");
}

void ob_add_decision(const struct ob_world *world, const struct ob_scenario *scenario,
                     const struct ob_explanation *explanation, struct ob_text *text)
{
    ob_text_printf(text, "\nWhat decides:\n  ");
    add_decision(world, scenario, explanation, text);
    ob_text_printf(text, ".\n");
    if (explanation->decision == OB_BY_FAULT && explanation->has_order) {
        ob_text_printf(text, "  With it, %s when ", words_for(world)->it);
        add_order(ob_world_vocabulary(world), &explanation->order, text);
        ob_text_printf(text, ".\n");
    }
    if (explanation->has_order) {
        ob_text_printf(text, "  So it is ");
        add_evidence(words_for(world), &explanation->evidence, text);
        ob_text_printf(text, ".\n");
        add_also(world, explanation, text);
        add_shifts(world, explanation, text);
    }
    add_unneeded(world, scenario, explanation, text);
    if (explanation->has_neighbour)
        add_neighbour(world, explanation, text);
}

/* "create#0 from customer", "every reply from *", "sleep ends of worker": what a deviation hits. */
static void add_selected(const struct ob_world *world, const struct ob_scenario *scenario,
                         unsigned index, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_selector *which = &scenario->deviations[index].which;
    uint32_t sent = which->nth ? ob_world_hit(world, index) : OB_NONE;
    struct ob_resume resume;
    if (sent != OB_NONE && ob_world_resume(world, sent, &resume)) {
        add_resume(vocabulary, &resume, text);
        ob_text_printf(text, " of %s",
                       ob_name(ob_world_actor(world, ob_world_sent(world, sent)->to)));
        return;
    }
    bool is_timer = which->from && which->from - 1u == which->to;

    ob_text_printf(text, "%s%s", which->nth ? "" : "every ",
                   which->kind ? ob_vocabulary_kind_name(vocabulary, which->kind - 1u) : "message");
    if (which->nth)
        ob_text_printf(text, "#%u", which->nth - 1u);
    if (which->from)
        ob_text_printf(text, " %s %s", is_timer ? "(timer) of" : "from",
                       vocabulary->actor_names[which->from - 1u]);
    bool is_named = which->nth && which->kind && which->from && which->to;
    if (which->to && !is_timer &&
        (!which->nth || (is_named && ob_reads_alike(world, which->kind - 1u, which->from - 1u,
                                                    which->to, which->nth - 1u))))
        ob_text_printf(text, " to %s", vocabulary->actor_names[which->to]);
}

/* What is measured, up to the amount: "create#0 from customer is", "shop is down for". */
static void add_measured(const struct ob_world *world, const struct ob_scenario *scenario,
                         unsigned index, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_deviation *deviation = &scenario->deviations[index];
    const char *receiver =
        deviation->which.to ? vocabulary->actor_names[deviation->which.to] : "its receiver";

    switch (deviation->op) {
    case OB_DUPLICATE:
        ob_text_printf(text, "the copy of ");
        add_selected(world, scenario, index, text);
        ob_text_printf(text, " comes");
        break;
    case OB_PAUSE:
        ob_text_printf(text, "%s stands still for", receiver);
        break;
    case OB_RESTART:
        ob_text_printf(text, "%s is down for", receiver);
        break;
    case OB_PARTITION:
        ob_text_printf(text, "the link of ");
        add_selected(world, scenario, index, text);
        ob_text_printf(text, " is cut for");
        break;
    case OB_SKEW:
        ob_text_printf(text, "the clock of %s %s", receiver,
                       deviation->mode < OB_FAST ? "is" : "runs");
        break;
    case OB_PREEMPT:
        if (deviation->which.nth)
            add_selected(world, scenario, index, text);
        else
            ob_text_printf(text, "whatever lets tasks of %s go on", receiver);
        ob_text_printf(text, " is");
        break;
    default: /* delay, and reorder as one */
        add_selected(world, scenario, index, text);
        ob_text_printf(text, " is");
        break;
    }
}

/* The word behind the amount. */
static const char *comparison(const struct ob_deviation *deviation)
{
    static const char *const skews[] = {
        [OB_AHEAD] = " ahead", [OB_BEHIND] = " behind", [OB_FAST] = " fast", [OB_SLOW] = " slow"};

    switch (deviation->op) {
    case OB_SKEW:
        return skews[deviation->mode];
    case OB_DELAY:
    case OB_REORDER:
    case OB_PREEMPT:
        return " late";
    case OB_DUPLICATE:
        return " later";
    default:
        return "";
    }
}

static void add_amount(const struct ob_deviation *deviation, uint32_t amount, struct ob_text *text)
{
    if (deviation->op == OB_SKEW && deviation->mode >= OB_FAST)
        ob_text_printf(text, "%uppm", amount);
    else
        ob_duration_print(text, amount);
}

void ob_add_need(const struct ob_world *world, const struct ob_scenario *scenario, unsigned index,
                 const struct ob_need *need, struct ob_text *text)
{
    const struct ob_deviation *deviation = &scenario->deviations[index];
    if (!need->has_amount || (need->least <= 1 && !need->has_most && !need->is_delay))
        return;
    ob_text_printf(text, "%s %s when ", words_for(world)->when,
                   need->is_delay ? "as well" : "only");
    add_measured(world, scenario, index, text);
    bool is_exact = need->has_most && need->least == need->most;
    if (need->least > 0) {
        ob_text_printf(text, is_exact ? " exactly " : " at least ");
        add_amount(deviation, need->least, text);
    }
    if (need->has_most && !(is_exact && need->least > 0)) {
        ob_text_printf(text, "%s at most ", need->least > 0 ? " and" : "");
        add_amount(deviation, need->most, text);
    }
    ob_text_printf(text, "%s%s.", comparison(deviation),
                   need->has_gaps ? ", though not with every amount" : "");
}

static void add_without(const struct words *words, unsigned without, struct ob_text *text)
{
    if (without == OB_WITHOUT_DIFFERS)
        ob_text_printf(text, "  Violates something else without: ");
    else
        ob_text_printf(
            text, "  %s%s without: ", without == OB_WITHOUT_PASSES ? words->not_when : words->when,
            without == OB_WITHOUT_PASSES ? "" : " as well");
}

void ob_add_needs(const struct ob_world *world, const struct ob_scenario *scenario,
                  const struct ob_need *needs, bool only_amounts, struct ob_text *text)
{
    const struct words *words = words_for(world);

    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        const struct ob_deviation *deviation = &scenario->deviations[index];
        struct ob_text line = {0};
        bool passes = needs[index].without == OB_WITHOUT_PASSES;
        bool is_told = only_amounts && (needs[index].without == OB_WITHOUT_FAILS ||
                                        (passes && scenario->deviation_count == 1));
        if (!is_told) {
            add_without(words, needs[index].without, text);
            ob_scenario_print_deviation(ob_world_vocabulary(world), deviation, text);
            ob_text_printf(text, "\n");
        }
        ob_add_need(world, scenario, index, &needs[index], &line);
        if (line.length > 0)
            ob_text_printf(text, "  %s\n", ob_text_string(&line));
        ob_text_release(&line);
    }
}
