/* Deviations that name one message rather than many: what they say is then all that there is to
 * know. */
#include "search/shrink.h"
#include "world/trace.h"

#define MESSAGES_TRIED_MAX 64 /* of those that one deviation names */
#define AWAITS_TRIED_MAX 16   /* of a task; nothing in the trace says how many there were */

/* The selectors that a message offers instead of one that names many: itself, and one field at a
 * time. */
enum narrowing { ALL_FIELDS, FROM_ONLY, TO_ONLY, KIND_ONLY, NARROWINGS };

static void narrow(struct ob_selector *which, const struct ob_selector *exact, enum narrowing how)
{
    if (how == ALL_FIELDS)
        *which = *exact;
    if (how == FROM_ONLY)
        which->from = exact->from;
    if (how == TO_ONLY)
        which->to = exact->to;
    if (how == KIND_ONLY)
        which->kind = exact->kind;
}

/* Collects the exact selectors of the messages in the current run that a selector names. Returns
 * their number. */
static unsigned collect(struct ob_shrink *shrink, const struct ob_selector *which, bool with_nth,
                        struct ob_selector exact[MESSAGES_TRIED_MAX])
{
    unsigned count = 0;

    (void)ob_shrink_run(shrink, &shrink->current);
    uint32_t sent_count = ob_world_sent_count(shrink->world);
    for (uint32_t index = 0; index < sent_count && count < MESSAGES_TRIED_MAX; index++) {
        const struct ob_sent *sent = ob_world_sent(shrink->world, index);
        if (!ob_shrink_selects(which, sent))
            continue;
        uint32_t ordinal = ob_world_ordinal(shrink->world, index);
        if (ordinal >= UINT8_MAX)
            continue;
        exact[count++] = (struct ob_selector){
            .from = (uint8_t)(sent->message.from + 1),
            .to = (uint8_t)sent->to,
            .kind = (uint8_t)(sent->message.kind + 1),
            .nth = (uint8_t)(with_nth ? ordinal + 1 : 0),
        };
    }
    return count;
}

static bool narrow_messages(struct ob_shrink *shrink, unsigned index)
{
    const struct ob_deviation *deviation = &shrink->current.deviations[index];
    bool with_nth = ob_deviation_fields(deviation->op) & OB_USES_NTH;
    struct ob_selector exact[MESSAGES_TRIED_MAX];

    if (deviation->which.from && deviation->which.to && deviation->which.kind &&
        (deviation->which.nth || !with_nth))
        return false;
    unsigned count = collect(shrink, &deviation->which, with_nth, exact);
    for (unsigned how = 0; how < NARROWINGS; how++) {
        for (unsigned at = 0; at < count; at++) {
            ob_shrink_begin(shrink);
            narrow(&shrink->candidate.deviations[index].which, &exact[at], (enum narrowing)how);
            if (ob_shrink_try(shrink))
                return true;
        }
    }
    return false;
}

static bool narrow_awaits(struct ob_shrink *shrink, unsigned index)
{
    if (shrink->current.deviations[index].which.nth > 0)
        return false;
    for (uint8_t nth = 1; nth <= AWAITS_TRIED_MAX; nth++) {
        ob_shrink_begin(shrink);
        shrink->candidate.deviations[index].which.nth = nth;
        if (ob_shrink_try(shrink))
            return true;
    }
    return false;
}

static bool narrow_awaited(struct ob_shrink *shrink, unsigned index)
{
    if (shrink->current.deviations[index].awaited.kind > 0)
        return false;
    for (unsigned kind = 0; kind < shrink->vocabulary->kind_count; kind++) {
        ob_shrink_begin(shrink);
        shrink->candidate.deviations[index].awaited.kind = (uint8_t)(kind + 1);
        if (ob_shrink_try(shrink))
            return true;
    }
    return false;
}

bool ob_shrink_selectors(struct ob_shrink *shrink)
{
    bool any = false;

    for (unsigned index = 0; index < shrink->current.deviation_count; index++) {
        unsigned fields = ob_deviation_fields(shrink->current.deviations[index].op);
        if (fields & OB_USES_MESSAGE)
            any |= narrow_messages(shrink, index);
        else if (fields & OB_USES_NTH)
            any |= narrow_awaits(shrink, index);
        /* The order of deviations may have changed. */
        if (ob_deviation_fields(shrink->current.deviations[index].op) & OB_USES_AWAITED)
            any |= narrow_awaited(shrink, index);
    }
    return any;
}
