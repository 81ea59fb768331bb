/*
 * What is in a signature is what has to be the same for the cause to be the same, and nothing that
 * may differ then:
 *
 *   - target and variant: another variant is other code.
 *   - the invariant, or the kind of failure with the function that it happened in.
 *   - the deciding pair, as kinds, senders and receiver. Not which one of a kind in order, nor
 * which member of a group, as these differ with the messages around; not the deviations by which it
 *     was brought about: the same order comes from a delay, a reordering or drawn latencies. Where
 *     one message is late and bringing it forward changes more than its own place, another pair may
 *     be nearer: the one that ob_explain() has found.
 *   - or the deciding fault: what happened to whom, and where in the receiver's work it struck. A
 *     death after one message is the same as one before the next; so it is told by the last message
 *     that was handled before it.
 *   - only where nothing decides, the shape of the minimal scenario: which kinds of messages it
 *     has, and what its deviations hit.
 *   - of a memory error the functions on the stack, and nothing else: they say where the mistake
 * is.
 *
 * Numbers, times, lines and addresses are never part of it.
 */
#include "search/signature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "search/events.h"
#include "world/trace.h"
#include "world/world.h"

#define FRAMES 3u /* of a stack that count */
#define MAILBOX_BOUND "mailbox_bound"

/* Of a list of pairs. */
#define BEGINNING ": "
#define BEFORE " before "

/* The name of an actor's group: client of client.2. */
static void add_actor(const struct ob_vocabulary *vocabulary, unsigned id, struct ob_text *text)
{
    const char *name = vocabulary->actor_names[id];
    const char *dot = strrchr(name, '.');
    size_t length = strlen(name);

    if (dot && isdigit((unsigned char)dot[1]) && dot[1 + strspn(dot + 1, "0123456789")] == '\0')
        length = (size_t)(dot - name);
    ob_text_append(text, name, length);
}

static void add_subject(const struct ob_world *world, const char *what, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    ob_text_printf(text, "%s/%s %s", vocabulary->target->name,
                   vocabulary->target->variants[vocabulary->variant], what);
}

/* A message is named alike when it comes and when a task goes on with it. */
static void add_event(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                      struct ob_text *text)
{
    bool is_handling = ob_event_is_handling(event);

    if (event->is_resume && !is_handling) {
        ob_resume_print(vocabulary, &event->resume, text);
        return;
    }
    ob_text_printf(
        text, "%s ",
        ob_vocabulary_kind_name(vocabulary, is_handling ? event->resume.kind : event->kind));
    if (event->handles_timer) {
        ob_text_printf(text, "(timer)");
        return;
    }
    ob_text_printf(text, "from ");
    add_actor(vocabulary, event->sender, text);
}

/* The name of a message that was sent, or of what let a task go on. */
static void add_sent(const struct ob_world *world, uint32_t sent, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    struct ob_resume resume;

    if (ob_world_resume(world, sent, &resume))
        ob_resume_print(vocabulary, &resume, text);
    else
        ob_text_printf(
            text, "%s",
            ob_vocabulary_kind_name(vocabulary, ob_world_sent(world, sent)->message.kind));
}

/* Events one after the other. Their receivers are named where there are several. */
static void add_row(const struct ob_vocabulary *vocabulary, const struct ob_event *events,
                    unsigned count, struct ob_text *text)
{
    bool is_wide = false;

    for (unsigned at = 1; at < count; at++)
        is_wide |= events[at].actor != events[0].actor;
    for (unsigned at = 0; at < count; at++) {
        if (at > 0)
            ob_text_printf(text, BEFORE);
        add_event(vocabulary, &events[at], text);
        if (is_wide || at + 1 == count) {
            ob_text_printf(text, " at ");
            add_actor(vocabulary, events[at].actor, text);
        }
    }
}

/* Of an overlap both pairs, as names; one of them where they are of the same kinds, as mostly. */
static void add_order(const struct ob_vocabulary *vocabulary, const struct ob_order *order,
                      struct ob_text *text)
{
    struct ob_text pairs[2] = {{0}};

    if (order->shape != OB_OVERLAP) {
        add_row(vocabulary, order->events, ob_shape_parts[order->shape].event_count, text);
        return;
    }
    for (unsigned at = 0; at < 2; at++)
        add_row(vocabulary, &order->events[2 * at], 2, &pairs[at]);
    int compared = strcmp(ob_text_string(&pairs[0]), ob_text_string(&pairs[1]));
    ob_text_printf(text, "%s", ob_text_string(&pairs[compared > 0]));
    if (compared != 0)
        ob_text_printf(text, " and %s", ob_text_string(&pairs[compared < 0]));
    for (unsigned at = 0; at < 2; at++)
        ob_text_release(&pairs[at]);
}

/* Where an actor has to die, as what it has handled then. */
static void add_death(const struct ob_vocabulary *vocabulary,
                      const struct ob_explanation *explanation,
                      const struct ob_deviation *deviation, struct ob_text *text)
{
    ob_text_printf(text, " of ");
    add_actor(vocabulary, explanation->has_death ? explanation->death.actor : deviation->which.to,
              text);
    if (!explanation->has_death)
        return;
    ob_text_printf(text, " after ");
    if (explanation->death.is_resume)
        ob_resume_print(vocabulary, &explanation->death.resume, text);
    else
        ob_text_printf(text, "%s", ob_vocabulary_kind_name(vocabulary, explanation->death.kind));
}

/* What a deviation hits, as kinds and groups. */
static void add_selector(const struct ob_vocabulary *vocabulary, const struct ob_selector *which,
                         struct ob_text *text)
{
    ob_text_printf(text, " %s ",
                   which->kind ? ob_vocabulary_kind_name(vocabulary, which->kind - 1u) : "*");
    if (which->from)
        add_actor(vocabulary, which->from - 1u, text);
    ob_text_printf(text, "->");
    if (which->to)
        add_actor(vocabulary, which->to, text);
}

static void add_choice(const struct ob_vocabulary *vocabulary, const struct ob_selector *which,
                       struct ob_text *text)
{
    const char *point = ob_vocabulary_choice_name(vocabulary, which->kind);
    ob_text_printf(text, " %s%sat ", point, *point ? " " : "");
    add_actor(vocabulary, which->to, text);
}

/* A link is cut both ways, whichever message was the first to be lost. */
static void add_cut(const struct ob_vocabulary *vocabulary, const struct ob_selector *which,
                    struct ob_text *text)
{
    struct ob_text ends[2] = {{0}};

    add_actor(vocabulary, which->from - 1u, &ends[0]);
    add_actor(vocabulary, which->to, &ends[1]);
    bool is_sorted = strcmp(ob_text_string(&ends[0]), ob_text_string(&ends[1])) <= 0;
    ob_text_printf(text, " of %s and %s", ob_text_string(&ends[!is_sorted]),
                   ob_text_string(&ends[is_sorted]));
    ob_text_release(&ends[0]);
    ob_text_release(&ends[1]);
}

static void add_fault(const struct ob_vocabulary *vocabulary, const struct ob_signed *known,
                      struct ob_text *text)
{
    const struct ob_deviation *deviation =
        &known->scenario->deviations[known->explanation->deviation];
    unsigned fields = ob_deviation_fields(deviation->op);

    ob_text_printf(text, "%s", ob_deviation_name(deviation->op));
    if (deviation->op == OB_CRASH || deviation->op == OB_RESTART) {
        add_death(vocabulary, known->explanation, deviation, text);
    } else if (deviation->op == OB_PAUSE && deviation->which.to) {
        ob_text_printf(text, " of ");
        add_actor(vocabulary, deviation->which.to, text);
    } else if (fields & OB_USES_SKEW) { /* ahead or behind depends on whose clock is taken */
        ob_text_printf(text, " of ");
        add_actor(vocabulary, deviation->which.to, text);
    } else if (deviation->op == OB_PARTITION && deviation->which.from && deviation->which.to) {
        add_cut(vocabulary, &deviation->which, text);
    } else if (fields & OB_USES_CHOICE) {
        add_choice(vocabulary, &deviation->which, text);
    } else if (fields & OB_USES_MESSAGE) {
        add_selector(vocabulary, &deviation->which, text);
    }
}

/* What a deviation does, whichever of the ways to say it was found. */
static const char *class_of(const struct ob_deviation *deviation)
{
    return ob_is_about_order(deviation) ? "late" : ob_deviation_name(deviation->op);
}

/* Each kind of message once, then what the deviations hit, each once. */
static void add_shape(const struct ob_world *world, const struct ob_scenario *scenario,
                      struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);

    for (unsigned kind = 0; kind < vocabulary->kind_count; kind++) {
        bool is_there = false;
        for (unsigned index = 0; index < scenario->message_count; index++)
            is_there |= scenario->messages[index].kind == kind;
        if (is_there)
            ob_text_printf(text, " %s", ob_vocabulary_kind_name(vocabulary, kind));
    }
    struct ob_text line = {0};
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        ob_text_release(&line);
        ob_text_printf(&line, "; %s", class_of(&scenario->deviations[index]));
        if (scenario->deviations[index].op == OB_CHOOSE)
            add_choice(vocabulary, &scenario->deviations[index].which, &line);
        else
            add_selector(vocabulary, &scenario->deviations[index].which, &line);
        if (!strstr(ob_text_string(text), ob_text_string(&line)))
            ob_text_printf(text, "%s", ob_text_string(&line));
    }
    ob_text_release(&line);
}

/* What was being handled when the process ended. */
static void add_place(const struct ob_world *world, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint32_t count = ob_world_delivery_count(world);

    if (count == 0 || ob_world_delivery(world, count - 1)->sent == OB_NONE)
        return;
    const struct ob_delivery *last = ob_world_delivery(world, count - 1);
    ob_text_printf(text, " at ");
    add_sent(world, last->sent, text);
    ob_text_printf(text, " of ");
    add_actor(vocabulary, last->actor, text);
}

static void add_frames(const struct ob_sanitizer_report *report, struct ob_text *text)
{
    const struct ob_frame *only = ob_sanitizer_frame(report);

    if (strcmp(report->type, "stack-overflow") == 0) {
        ob_text_printf(text, " in %s", only->function);
        return;
    }
    for (unsigned index = 0; index < report->frame_count && index < FRAMES; index++)
        ob_text_printf(text, "%s%s", index ? " < " : " in ", report->frames[index].function);
}

void ob_signature_add(const struct ob_world *world, const struct ob_signed *known,
                      struct ob_text *text)
{
    const struct ob_explanation *explanation = known->explanation;
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_verdict *verdict = ob_world_verdict(world);

    if (known->report && known->report->frame_count > 0) {
        add_subject(world, known->report->type, text);
        add_frames(known->report, text);
        return;
    }
    add_subject(world, verdict->invariant, text);
    if (verdict->failure != OB_INVARIANT_VIOLATED && verdict->failure != OB_LEAK)
        add_place(world, text);
    ob_text_printf(text, BEGINNING);
    if (explanation->decision == OB_BY_FAULT) {
        add_fault(vocabulary, known, text);
    } else if (explanation->decision == OB_BY_ORDER) {
        add_order(vocabulary, &explanation->core, text);
    } else {
        ob_text_printf(text, "with");
        add_shape(world, known->scenario, text);
    }
}

void ob_signature_add_flaky(const struct ob_world *world, const struct ob_verdict *verdict,
                            struct ob_text *text)
{
    add_subject(world, verdict->invariant, text);
    ob_text_printf(text, ": not every time");
}

/* -- which of many are of one cause -- */

/* Whether a list has an order. */
static bool has_order(const char *list, const char *order)
{
    size_t length = strlen(order);
    for (const char *at = list; (at = strstr(at, order)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ';' || at[length] == '\0') &&
            (at == list || at[-2] == ';'))
            return true;
    return false;
}

/* A mailbox overflows by an amount, and many orders can bring that about: what they have in common
 * is whose it is. Nothing is added for other violations. */
static void add_overflow(const struct ob_world *world, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint32_t most = vocabulary->target->mailbox_max;

    if (most == 0 || strcmp(ob_world_verdict(world)->invariant, MAILBOX_BOUND) != 0)
        return;
    for (unsigned id = 1; id <= vocabulary->actor_count; id++) {
        if (ob_world_mailbox_count(world, id) <= most)
            continue;
        ob_text_printf(text, "too many wait for ");
        add_actor(vocabulary, id, text);
        return;
    }
}

void ob_signature_add_orders(const struct ob_world *world, const struct ob_explanation *explanation,
                             struct ob_text *text)
{
    add_overflow(world, text);
    for (unsigned at = 0; at < explanation->strong_count; at++) {
        struct ob_text line = {0};
        add_order(ob_world_vocabulary(world), &explanation->strong[at], &line);
        if (!has_order(ob_text_string(text), ob_text_string(&line)) &&
            text->length + line.length + 3 <= OB_SIGNATURE_ORDERS_MAX)
            ob_text_printf(text, "%s%s", text->length > 0 ? "; " : "", ob_text_string(&line));
        ob_text_release(&line);
    }
}

void ob_signature_add_shared(const struct ob_world *world, const struct ob_explanation *explanation,
                             struct ob_text *text)
{
    size_t length = text->length;
    add_overflow(world, text);
    if (text->length == length && explanation->decision == OB_BY_FAULT && explanation->has_order)
        add_order(ob_world_vocabulary(world), &explanation->order, text);
}
