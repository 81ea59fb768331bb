#include "report/states.h"
#include "world/judge.h"
#include "world/known_outcome.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define NOT_SEEN SIZE_MAX

/*
 * A world calls its target's check after every delivery, and in the middle of a step there is no
 * other place to look from. So the run is of a copy of the target whose check notes the states
 * first. The copy is how the check finds its recorder, without anything global.
 */
struct recorder {
    struct ob_target target;
    const struct ob_target *original;
    struct ob_states *states;
    uint32_t noted;                   /* deliveries whose states are noted */
    size_t latest[OB_ACTORS_MAX + 1]; /* by id: the actor's last entry, or NOT_SEEN */
    uint32_t looked_at;               /* messages that were looked at for timers */
    uint32_t running_count;
    size_t running_capacity;
    uint32_t *running;     /* messages of timers that ran when they were last looked at */
    bool invariants_judge; /* the run was one in which the target's check was called */
    bool failed;           /* memory ran out */
};

const char *ob_states_text(const struct ob_states *states, const struct ob_state_entry *entry)
{
    return states->texts.data + entry->text;
}

static bool grow(struct ob_states *states)
{
    struct ob_state_entry *entries =
        ob_array_reserve(states->entries, &states->capacity, states->count + 1, sizeof *entries);
    if (entries)
        states->entries = entries;
    return entries;
}

static bool grow_timers(struct ob_states *states)
{
    struct ob_state_timer *timers = ob_array_reserve(states->timers, &states->timer_capacity,
                                                     states->timer_count + 1, sizeof *timers);
    if (timers)
        states->timers = timers;
    return timers;
}

/* Brings the list of running timers up to date: those that were started since the last time, less
 * those that run no more. */
static void follow_timers(struct recorder *recorder, const struct ob_world *world)
{
    uint32_t sent_count = ob_world_sent_count(world);
    uint32_t kept = 0;
    uint64_t due_us = 0;

    size_t wanted = (size_t)recorder->running_count + (sent_count - recorder->looked_at) + 1;
    uint32_t *running =
        ob_array_reserve(recorder->running, &recorder->running_capacity, wanted, sizeof *running);
    recorder->failed = recorder->failed || !running;
    if (!running)
        return;
    recorder->running = running;
    for (; recorder->looked_at < sent_count; recorder->looked_at++)
        if (ob_world_is_timer(world, recorder->looked_at))
            recorder->running[recorder->running_count++] = recorder->looked_at;
    for (uint32_t index = 0; index < recorder->running_count; index++)
        if (ob_world_timer_runs(world, recorder->running[index], &due_us))
            recorder->running[kept++] = recorder->running[index];
    recorder->running_count = kept;
}

/* Adds an actor's timers behind all that are kept, for `entry` to have them. */
static void add_timers(struct recorder *recorder, const struct ob_world *world,
                       struct ob_state_entry *entry)
{
    struct ob_states *states = recorder->states;

    entry->timers = states->timer_count;
    for (uint32_t index = 0; index < recorder->running_count; index++) {
        struct ob_state_timer timer = {.sent = recorder->running[index]};
        if (ob_world_sent(world, timer.sent)->to != entry->actor)
            continue;
        recorder->failed = recorder->failed || !grow_timers(states);
        if (recorder->failed)
            return;
        (void)ob_world_timer_runs(world, timer.sent, &timer.due_us);
        states->timers[states->timer_count++] = timer;
        entry->timer_count++;
    }
}

static bool has_same_timers(const struct ob_states *states, const struct ob_state_entry *a,
                            const struct ob_state_entry *b)
{
    for (uint32_t index = 0; a->timer_count == b->timer_count && index < a->timer_count; index++) {
        const struct ob_state_timer *one = &states->timers[a->timers + index];
        const struct ob_state_timer *other = &states->timers[b->timers + index];
        if (one->sent != other->sent || one->due_us != other->due_us)
            return false;
    }
    return a->timer_count == b->timer_count;
}

/* Adds an entry for an actor unless it is as it was. */
static void note_actor(struct recorder *recorder, struct ob_world *world, unsigned id,
                       uint32_t delivery)
{
    struct ob_states *states = recorder->states;
    const struct ob_actor *actor = ob_world_actor(world, id);
    size_t last = recorder->latest[id];
    struct ob_text text = {0};
    struct ob_state_entry entry = {
        .delivery = delivery,
        .mailbox = (uint32_t)ob_world_mailbox_count(world, id),
        .text = states->texts.length,
        .actor = (uint16_t)id,
        .is_up = ob_is_up(actor),
    };

    ob_world_describe(world, id, &text);
    bool same_text = last != NOT_SEEN && strcmp(ob_states_text(states, &states->entries[last]),
                                                ob_text_string(&text)) == 0;
    if (same_text)
        entry.text = states->entries[last].text;
    add_timers(recorder, world, &entry);
    if (!same_text || states->entries[last].mailbox != entry.mailbox ||
        states->entries[last].is_up != entry.is_up ||
        !has_same_timers(states, &states->entries[last], &entry)) {
        if (!same_text)
            ob_text_append(&states->texts, ob_text_string(&text), text.length + 1);
        recorder->failed = recorder->failed || text.failed || states->texts.failed || !grow(states);
        if (!recorder->failed) {
            recorder->latest[id] = states->count;
            states->entries[states->count++] = entry;
        }
    } else {
        states->timer_count = entry.timers;
    }
    ob_text_release(&text);
}

static void note(struct recorder *recorder, struct ob_world *world, uint32_t delivery)
{
    unsigned actor_count = ob_world_vocabulary(world)->actor_count;

    follow_timers(recorder, world);
    for (unsigned id = 1; id <= actor_count && !recorder->failed; id++)
        note_actor(recorder, world, id, delivery);
}

static void note_news(struct recorder *recorder, struct ob_world *world)
{
    uint32_t count = ob_world_delivery_count(world);

    if (count > 0)
        note(recorder, world, count - 1);
    recorder->noted = count;
}

static void noting_check(struct ob_world *world)
{
    struct recorder *recorder = (struct recorder *)ob_world_target(world);

    if (ob_world_delivery_count(world) > recorder->noted)
        note_news(recorder, world);
    if (recorder->original->check && recorder->invariants_judge)
        recorder->original->check(world);
}

int ob_states_record(const struct ob_annotated_run *annotated, struct ob_states *states,
                     struct ob_error *error)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(annotated->world);
    const struct ob_target *target = ob_world_target(annotated->world);
    struct recorder recorder = {.target = *target, .original = target, .states = states};

    recorder.target.check = noting_check;
    recorder.invariants_judge = ob_world_judges(annotated->world) & OB_JUDGE_INVARIANTS;
    for (size_t id = 0; id <= OB_ACTORS_MAX; id++)
        recorder.latest[id] = NOT_SEEN;
    struct ob_world *world = ob_world_create(&recorder.target, vocabulary->variant, error);
    if (!world)
        return -1;
    /* Its check is always called, to note the states; whether the target's is, see there. */
    ob_world_judge(world, ob_world_judges(annotated->world) | OB_CALL_CHECK);
    ob_world_copy_runner(world, annotated->world);
    ob_world_begin(world, annotated->scenario);
    note(&recorder, world, OB_NONE);
    /* What no check followed, as nobody handled it, is noted when its step is over. */
    while (ob_world_step(world))
        if (ob_world_delivery_count(world) > recorder.noted)
            note_news(&recorder, world);
    note_news(&recorder, world);
    bool same =
        ob_world_verdict(world)->trace_hash == ob_world_verdict(annotated->world)->trace_hash;
    ob_world_destroy(world);
    free(recorder.running);
    if (recorder.failed)
        return ob_error_set(error, "out of memory");
    if (!same)
        return ob_error_set(error, "the input did not run twice in the same way; see offbeat run");
    return 0;
}

void ob_states_release(struct ob_states *states)
{
    ob_text_release(&states->texts);
    free(states->entries);
    free(states->timers);
    *states = (struct ob_states){0};
}
