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

#define FRAMES 3u /* of a stack that count */

/* Of a list of pairs. */
#define BEGINNING ": "
#define SEPARATOR ","
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

static void add_event(const struct ob_vocabulary *vocabulary, const struct ob_event *event,
                      struct ob_text *text)
{
    if (event->is_resume) {
        ob_resume_print(vocabulary, &event->resume, text);
        return;
    }
    ob_text_printf(text, "%s ", ob_vocabulary_kind_name(vocabulary, event->kind));
    if (event->is_timer) {
        ob_text_printf(text, "(timer)");
        return;
    }
    ob_text_printf(text, "from ");
    add_actor(vocabulary, event->from, text);
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

static void add_pair(const struct ob_vocabulary *vocabulary, const struct ob_event *first,
                     const struct ob_event *second, struct ob_text *text)
{
    add_event(vocabulary, first, text);
    ob_text_printf(text, BEFORE);
    add_event(vocabulary, second, text);
    ob_text_printf(text, " at ");
    add_actor(vocabulary, first->actor, text);
}

static int compare_lines(const void *a, const void *b)
{
    const struct ob_text *one = a;
    const struct ob_text *other = b;

    return strcmp(ob_text_string(one), ob_text_string(other));
}

/* Each once, in an order that does not depend on that of the run. */
static void add_pairs(const struct ob_vocabulary *vocabulary, const struct ob_deciding *deciding,
                      struct ob_text *text)
{
    struct ob_text lines[OB_DECIDING_MAX] = {{0}};

    for (unsigned index = 0; index < deciding->count; index++)
        add_pair(vocabulary, &deciding->pairs[index].first, &deciding->pairs[index].second,
                 &lines[index]);
    qsort(lines, deciding->count, sizeof lines[0], compare_lines);
    for (unsigned index = 0; index < deciding->count; index++) {
        if (index == 0 || compare_lines(&lines[index], &lines[index - 1]) != 0)
            ob_text_printf(text, "%s%s", index ? SEPARATOR " " : "", ob_text_string(&lines[index]));
    }
    for (unsigned index = 0; index < deciding->count; index++)
        ob_text_release(&lines[index]);
}

/* The delivery at which an actor died by a deviation, or OB_NONE. */
static uint32_t find_death(const struct ob_world *world)
{
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        if (ob_world_delivery(world, index)->flags & OB_DELIVERY_CRASHED)
            return index;
    }
    return OB_NONE;
}

/* What an actor had handled last when it died. */
static void add_death(const struct ob_world *world, const struct ob_deviation *deviation,
                      struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint32_t index = find_death(world);

    if (index == OB_NONE)
        return;
    const struct ob_delivery *death = ob_world_delivery(world, index);
    ob_text_printf(text, " of ");
    add_actor(vocabulary, death->actor, text);
    if (deviation->mode == OB_BEFORE)
        index = death->previous;
    while (index != OB_NONE && ob_world_delivery(world, index)->sent == OB_NONE)
        index = ob_world_delivery(world, index)->previous;
    if (index == OB_NONE) {
        ob_text_printf(text, " at its beginning");
        return;
    }
    ob_text_printf(text, " after ");
    add_sent(world, ob_world_delivery(world, index)->sent, text);
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

static void add_fault(const struct ob_world *world, const struct ob_deviation *deviation,
                      struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    unsigned fields = ob_deviation_fields(deviation->op);

    ob_text_printf(text, "%s", ob_deviation_name(deviation->op));
    if (deviation->op == OB_CRASH || deviation->op == OB_RESTART) {
        add_death(world, deviation, text);
    } else if (deviation->op == OB_PAUSE && deviation->which.to) {
        ob_text_printf(text, " of ");
        add_actor(vocabulary, deviation->which.to, text);
    } else if (fields & OB_USES_SKEW) {
        ob_text_printf(text, " of ");
        add_actor(vocabulary, deviation->which.to, text);
        ob_text_printf(text, " %s", ob_deviation_mode_name(deviation->op, deviation->mode));
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

/* Whether no neighbour is nearer than that of a late message, or there are several. */
static bool is_nearest(const struct ob_deciding *deciding)
{
    return deciding->count > 1 || (deciding->count == 1 && deciding->pairs[0].reversed == 1);
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
        add_fault(world, &known->scenario->deviations[explanation->fault], text);
    } else if (explanation->decision == OB_BY_PAIR && !is_nearest(known->deciding)) {
        add_pair(vocabulary, &explanation->first, &explanation->second, text);
    } else if (known->deciding->count > 0) {
        add_pairs(vocabulary, known->deciding, text);
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

/* Whether a list of pairs has this one. */
static bool has_pair(const char *list, const char *pair, size_t length)
{
    while (*list) {
        size_t next = strcspn(list, SEPARATOR);
        if (next == length && memcmp(list, pair, length) == 0)
            return true;
        list += next;
        list += strspn(list, SEPARATOR " ");
    }
    return false;
}

bool ob_signature_covers(const char *smaller, const char *larger)
{
    const char *pairs = strstr(smaller, BEGINNING);
    size_t subject = pairs ? (size_t)(pairs - smaller) + strlen(BEGINNING) : 0;

    if (!pairs || strncmp(smaller, larger, subject) != 0 || !strstr(pairs, BEFORE))
        return false;
    for (pairs = smaller + subject; *pairs;) {
        size_t length = strcspn(pairs, SEPARATOR);
        if (!has_pair(larger + subject, pairs, length))
            return false;
        pairs += length;
        pairs += strspn(pairs, SEPARATOR " ");
    }
    return true;
}
