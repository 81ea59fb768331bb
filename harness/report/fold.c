#include "report/fold.h"

#include <stdlib.h>
#include <string.h>

#include "report/states.h"
#include "world/annex.h"
#include "world/resume.h"
#include "world/trace.h"
#include "world/world.h"

#define SEQUENCE_MIN 4u /* deliveries in a row; in fewer there is nothing to gain */

struct folding {
    const struct ob_annotated_run *annotated;
    const struct ob_world *world;
    uint32_t count;
    bool is_violated;
    bool *changes; /* by delivery: some state is another one after it */
    bool *spoiled; /* by delivery: something comes of it that is no noise */
    bool *noise;   /* by delivery */
    struct ob_fold *folds;
};

static void note_changes(struct folding *folding, const struct ob_states *states)
{
    const struct ob_state_entry *latest[OB_ACTORS_MAX + 1] = {NULL};

    for (size_t at = 0; at < states->count; at++) {
        const struct ob_state_entry *entry = &states->entries[at];
        const struct ob_state_entry *before = latest[entry->actor];
        /* Equal descriptions are kept once. */
        if (entry->delivery < folding->count &&
            (!before || before->text != entry->text || before->is_up != entry->is_up))
            folding->changes[entry->delivery] = true;
        latest[entry->actor] = entry;
    }
}

static bool is_retry(const struct ob_delivery *delivery)
{
    return (delivery->flags & OB_DELIVERY_POSTPONED) && (delivery->flags & OB_DELIVERY_RETRIED);
}

static bool is_noise(const struct folding *folding, uint32_t index)
{
    const struct ob_delivery *delivery = ob_world_delivery(folding->world, index);
    const unsigned news =
        OB_DELIVERY_COPY | OB_DELIVERY_CRASHED | OB_DELIVERY_STARTED | OB_DELIVERY_ENDED;
    struct ob_saying saying;

    if (delivery->sent == OB_NONE || (delivery->flags & news) || folding->changes[index] ||
        folding->spoiled[index] || ob_annotated_decides(folding->annotated, index) ||
        (folding->is_violated && index + 1 == folding->count) ||
        ob_world_said(folding->world, index, 0, &saying))
        return false;
    const struct ob_sent *sent = ob_world_sent(folding->world, delivery->sent);
    if (is_retry(delivery))
        return true;
    if (sent->deviation || sent->message.from == OB_OUTSIDE ||
        (delivery->flags & (OB_DELIVERY_POSTPONED | OB_DELIVERY_RETRIED)))
        return false;
    return ob_world_describes(folding->world, delivery->actor) ||
           ob_world_is_timer(folding->world, delivery->sent);
}

/* A timer that is started again goes on as before; any other message is something that came of the
 * delivery in which it was sent. */
static void spoil_cause(struct folding *folding, uint32_t sent)
{
    uint32_t cause = ob_world_sent(folding->world, sent)->cause;

    if (cause < folding->count && !ob_world_is_timer(folding->world, sent))
        folding->spoiled[cause] = true;
}

/* Whether the scenario says in one line that all such messages are lost. */
static bool is_lost_as_all_are(const struct folding *folding, uint32_t sent)
{
    const struct ob_scenario *scenario = folding->annotated->scenario;
    unsigned deviation = ob_world_sent(folding->world, sent)->deviation; /* counted from 1 */

    return deviation > 0 && deviation <= scenario->deviation_count &&
           scenario->deviations[deviation - 1].which.nth == 0;
}

/* What a delivery leads to comes later, so this goes backwards. */
static void find_noise(struct folding *folding)
{
    uint8_t *delivered = ob_story_delivered(folding->world);

    for (uint32_t sent = 0; delivered && sent < ob_world_sent_count(folding->world); sent++)
        if (!delivered[sent] && !is_lost_as_all_are(folding, sent))
            spoil_cause(folding, sent);
    for (uint32_t index = folding->count; delivered && index-- > 0;) {
        folding->noise[index] = is_noise(folding, index);
        uint32_t sent = ob_world_delivery(folding->world, index)->sent;
        if (!folding->noise[index] && sent != OB_NONE)
            spoil_cause(folding, sent);
    }
    free(delivered);
}

/* Whether two deliveries are told by one line. */
static bool is_alike(const struct ob_world *world, uint32_t one, uint32_t other)
{
    const struct ob_delivery *a = ob_world_delivery(world, one);
    const struct ob_delivery *b = ob_world_delivery(world, other);
    const struct ob_message *left = &ob_world_sent(world, a->sent)->message;
    const struct ob_message *right = &ob_world_sent(world, b->sent)->message;
    struct ob_resume resumes[2];

    if (a->actor != b->actor || left->from != right->from || left->kind != right->kind ||
        is_retry(a) != is_retry(b) || ((a->flags ^ b->flags) & OB_DELIVERY_LOST))
        return false;
    return !ob_world_resume(world, a->sent, &resumes[0]) ||
           (ob_world_resume(world, b->sent, &resumes[1]) &&
            ob_resume_equal(&resumes[0], &resumes[1]));
}

static bool has_same_arguments(const struct ob_world *world, uint32_t one, uint32_t other)
{
    const struct ob_message *left =
        &ob_world_sent(world, ob_world_delivery(world, one)->sent)->message;
    const struct ob_message *right =
        &ob_world_sent(world, ob_world_delivery(world, other)->sent)->message;

    return memcmp(left->args, right->args, sizeof left->args) == 0 && left->size == right->size &&
           (left->size == 0 || memcmp(left->bytes, right->bytes, left->size) == 0);
}

/* Gives each delivery of a sequence to the first that is like it. */
static bool fold_sequence(struct folding *folding, uint32_t begin, uint32_t end)
{
    struct ob_fold *folds = folding->folds;
    bool any = false;

    if (end - begin < SEQUENCE_MIN)
        return false;
    for (uint32_t index = begin; index < end; index++) {
        uint32_t head = begin;
        while (head < index && (folds[head].head != head || !is_alike(folding->world, head, index)))
            head++;
        folds[index].head = head;
        folds[head].last = index;
        folds[head].count++;
        folds[head].varies |= !has_same_arguments(folding->world, head, index);
        folds[head].is_known =
            ob_world_describes(folding->world, ob_world_delivery(folding->world, head)->actor);
    }
    for (uint32_t index = begin; index < end; index++)
        if (folds[folds[index].head].count >= OB_FOLD_MIN)
            any = true;
        else if (folds[index].head != index)
            folds[index].head = OB_NONE;
    for (uint32_t index = begin; index < end; index++)
        if (folds[index].head == index && folds[index].count < OB_FOLD_MIN)
            folds[index].head = OB_NONE;
    return any;
}

static bool fold_all(struct folding *folding, uint32_t first)
{
    bool any = false;

    for (uint32_t index = 0; index < folding->count; index++)
        folding->folds[index].head = OB_NONE;
    for (uint32_t begin = first; begin < folding->count; begin++) {
        uint32_t end = begin;
        while (end < folding->count && folding->noise[end])
            end++;
        any |= fold_sequence(folding, begin, end);
        begin = end;
    }
    return any;
}

struct ob_fold *ob_fold_find(const struct ob_annotated_run *annotated, uint32_t first)
{
    uint32_t count = ob_world_delivery_count(annotated->world);
    struct ob_states states = {0};
    struct ob_error error = {{0}};
    struct folding folding = {
        .annotated = annotated,
        .world = annotated->world,
        .count = count,
        .is_violated = ob_world_verdict(annotated->world)->outcome == OB_VIOLATED,
        .changes = calloc(count + (size_t)1, sizeof(bool)),
        .spoiled = calloc(count + (size_t)1, sizeof(bool)),
        .noise = calloc(count + (size_t)1, sizeof(bool)),
        .folds = calloc(count + (size_t)1, sizeof(struct ob_fold)),
    };
    bool any = false;

    if (count >= SEQUENCE_MIN && folding.changes && folding.spoiled && folding.noise &&
        folding.folds && ob_states_record(annotated, &states, &error) == 0) {
        note_changes(&folding, &states);
        find_noise(&folding);
        any = fold_all(&folding, first);
    }
    ob_states_release(&states);
    free(folding.changes);
    free(folding.spoiled);
    free(folding.noise);
    if (any)
        return folding.folds;
    free(folding.folds);
    return NULL;
}
