#include "search/seen.h"

#include <offbeat/monitor.h>

#include <stdlib.h>
#include <string.h>

#include "world/run.h"
#include "world/trace.h"

#define PLACES (OB_SEEN_MAX * 2)
#define ID_MAX OB_ACTORS_MAX

static uint64_t key_of(const struct ob_seen_thing *thing)
{
    return (uint64_t)thing->what << 48 | (uint64_t)thing->actor << 32 |
           (uint64_t)thing->state << 16 | thing->kind;
}

static struct ob_seen_entry *find(const struct ob_seen *seen, const struct ob_seen_thing *thing)
{
    uint64_t key = key_of(thing);
    size_t at = key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (PLACES - 1);

    while (seen->entries[at].inputs > 0 && key_of(&seen->entries[at].thing) != key)
        at = (at + 1) & (PLACES - 1);
    return &seen->entries[at];
}

/* One input while it runs. */
struct showing {
    struct ob_seen *seen;
    uint64_t example;
    size_t size;
    uint16_t states[ID_MAX + 1]; /* as they were at the last look */
};

static void note(struct showing *showing, struct ob_seen_thing thing)
{
    struct ob_seen *seen = showing->seen;
    struct ob_seen_entry *entry = find(seen, &thing);

    if (entry->inputs == 0 && seen->count == OB_SEEN_MAX) {
        seen->is_full = true;
        return;
    }
    if (entry->last == seen->inputs)
        return;
    seen->count += entry->inputs == 0;
    entry->thing = thing;
    if (entry->inputs == 0 || showing->size < entry->size) {
        entry->example = showing->example;
        entry->size = showing->size;
    }
    entry->inputs++;
    entry->last = seen->inputs;
}

/* How long a name is without the number behind its last point. */
static size_t stem(const char *name)
{
    const char *point = strrchr(name, '.');

    return point && point[1] && strspn(point + 1, "0123456789") == strlen(point + 1)
               ? (size_t)(point - name)
               : strlen(name);
}

static unsigned id_count(const struct ob_vocabulary *vocabulary)
{
    return vocabulary->actor_count + vocabulary->monitor_count;
}

static void find_groups(struct ob_seen *seen, const struct ob_vocabulary *vocabulary)
{
    for (unsigned id = 1; id <= id_count(vocabulary); id++) {
        const char *name = vocabulary->actor_names[id];
        unsigned first = 1;
        while (first < id && (stem(vocabulary->actor_names[first]) != stem(name) ||
                              strncmp(vocabulary->actor_names[first], name, stem(name)) != 0))
            first++;
        seen->groups[id] = (uint16_t)first;
    }
}

/* What actors and monitors are in now. */
static void look_at_states(struct showing *showing, const struct ob_world *world, bool is_first)
{
    struct ob_seen *seen = showing->seen;

    for (unsigned id = 1; id <= id_count(ob_world_vocabulary(world)); id++) {
        uint16_t state = (uint16_t)ob_world_declared_state(world, id);
        uint16_t group = seen->groups[id];
        if (!is_first && state == showing->states[id])
            continue;
        if (!is_first) {
            seen->declares[group] = true;
            note(showing,
                 (struct ob_seen_thing){OB_SEEN_TRANSITION, group, showing->states[id], state});
        }
        note(showing, (struct ob_seen_thing){OB_SEEN_STATE, group, state, 0});
        showing->states[id] = state;
    }
}

static void look_at_deliveries(struct showing *showing, const struct ob_world *world)
{
    for (uint32_t index = 0; index < ob_world_delivery_count(world); index++) {
        const struct ob_delivery *delivery = ob_world_delivery(world, index);
        if (delivery->sent == OB_NONE || (delivery->flags & OB_DELIVERY_LOST))
            continue;
        uint16_t kind = (uint16_t)ob_world_sent(world, delivery->sent)->message.kind;
        note(showing, (struct ob_seen_thing){OB_SEEN_MESSAGE, 0, 0, kind});
        note(showing,
             (struct ob_seen_thing){OB_SEEN_MEETING, showing->seen->groups[delivery->actor],
                                    delivery->state, kind});
    }
}

static void look_at_deviations(struct showing *showing, const struct ob_world *world,
                               const struct ob_scenario *scenario)
{
    uint64_t applied = ob_world_applied(world);

    for (unsigned index = 0; index < scenario->deviation_count; index++)
        if ((applied >> index & 1) && scenario->deviations[index].op != OB_WALK)
            note(showing, (struct ob_seen_thing){OB_SEEN_DEVIATION, 0, 0,
                                                 (uint16_t)scenario->deviations[index].op});
}

int ob_seen_run(struct ob_seen *seen, struct ob_world *world, const struct ob_scenario *scenario,
                uint64_t example, size_t size, struct ob_error *error)
{
    struct showing showing = {.seen = seen, .example = example, .size = size};

    if (!seen->entries) {
        seen->entries = calloc(PLACES, sizeof *seen->entries);
        if (!seen->entries)
            return ob_error_set(error, "memory is short");
        find_groups(seen, ob_world_vocabulary(world));
    }
    seen->inputs++;
    ob_world_begin(world, scenario);
    look_at_states(&showing, world, true);
    while (ob_world_step(world))
        look_at_states(&showing, world, false);
    look_at_states(&showing, world, false);
    look_at_deliveries(&showing, world);
    look_at_deviations(&showing, world, scenario);
    const struct ob_verdict *verdict = ob_world_verdict(world);
    if (verdict->outcome == OB_CUT)
        note(&showing, (struct ob_seen_thing){OB_SEEN_CUT, 0, 0, (uint16_t)verdict->bound});
    return 0;
}

/* -- what never was -- */

static int compare_entries(const void *left, const void *right)
{
    uint64_t a = key_of(&((const struct ob_seen_entry *)left)->thing);
    uint64_t b = key_of(&((const struct ob_seen_entry *)right)->thing);

    return (a > b) - (a < b);
}

struct never_seen {
    const struct ob_seen *seen;
    const struct ob_world *world;
    void (*show)(void *context, const struct ob_seen_thing *thing,
                 const struct ob_seen_entry *entry);
    void *context;
};

static void show_if_never(const struct never_seen *never, struct ob_seen_thing thing)
{
    if (find(never->seen, &thing)->inputs == 0)
        never->show(never->context, &thing, NULL);
}

static bool has_met(const struct ob_seen *seen, unsigned actor, unsigned kind,
                    const struct ob_seen_entry *entries)
{
    for (size_t at = 0; at < seen->count; at++)
        if (entries[at].thing.what == OB_SEEN_MEETING && entries[at].thing.actor == actor &&
            entries[at].thing.kind == kind)
            return true;
    return false;
}

/* Kinds that an actor gets, and has not got in one of its states. */
static void show_missed_meetings(const struct never_seen *never, const struct ob_seen_thing *state,
                                 const struct ob_seen_entry *entries)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(never->world);

    for (unsigned kind = 0; kind < vocabulary->kind_count; kind++)
        if (has_met(never->seen, state->actor, kind, entries))
            show_if_never(never, (struct ob_seen_thing){OB_SEEN_MEETING, state->actor, state->state,
                                                        (uint16_t)kind});
}

/* How many states of one actor or monitor the entries begin with. */
static size_t count_states(const struct ob_seen_entry *entries, size_t count)
{
    size_t states = 0;

    while (states < count && entries[states].thing.what == OB_SEEN_STATE &&
           entries[states].thing.actor == entries[0].thing.actor)
        states++;
    return states;
}

/* Of two states that occurred, that one never came right after the other. */
static void show_missed_transitions(const struct never_seen *never,
                                    const struct ob_seen_entry *states, size_t count)
{
    if (count > OB_SEEN_PAIRED_MAX)
        return;
    for (size_t from = 0; from < count; from++)
        for (size_t to = 0; to < count; to++)
            if (from != to)
                show_if_never(never, (struct ob_seen_thing){
                                         OB_SEEN_TRANSITION, states[from].thing.actor,
                                         states[from].thing.state, states[to].thing.state});
}

static void show_never(const struct never_seen *never, const struct ob_seen_entry *entries)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(never->world);
    const struct ob_seen *seen = never->seen;

    for (unsigned kind = 0; kind < OB_KINDS_MAX; kind++)
        if (vocabulary->target->messages[kind].name)
            show_if_never(never, (struct ob_seen_thing){OB_SEEN_MESSAGE, 0, 0, (uint16_t)kind});
    for (unsigned op = 0; op < OB_DEVIATION_OPS; op++)
        if (op != OB_WALK && (vocabulary->ops_allowed >> op & 1))
            show_if_never(never, (struct ob_seen_thing){OB_SEEN_DEVIATION, 0, 0, (uint16_t)op});
    for (unsigned id = vocabulary->actor_count + 1; id <= id_count(vocabulary); id++)
        for (unsigned state = 0; state < OB_MONITOR_STATES_MAX; state++)
            if (ob_world_state_name(never->world, id, state))
                show_if_never(never, (struct ob_seen_thing){OB_SEEN_STATE, seen->groups[id],
                                                            (uint16_t)state, 0});
    for (size_t at = 0, states = 1; at < seen->count; at += states ? states : 1) {
        states = count_states(&entries[at], seen->count - at);
        show_missed_transitions(never, &entries[at], states);
    }
    for (size_t at = 0; at < seen->count; at++)
        if (entries[at].thing.what == OB_SEEN_STATE && seen->declares[entries[at].thing.actor])
            show_missed_meetings(never, &entries[at].thing, entries);
}

int ob_seen_each(const struct ob_seen *seen, const struct ob_world *world,
                 void (*show)(void *context, const struct ob_seen_thing *thing,
                              const struct ob_seen_entry *entry),
                 void *context, struct ob_error *error)
{
    const struct never_seen never = {seen, world, show, context};
    struct ob_seen_entry *sorted = calloc(seen->count + 1, sizeof *sorted);
    size_t count = 0;

    if (!sorted)
        return ob_error_set(error, "memory is short");
    for (size_t at = 0; seen->entries && at < PLACES; at++)
        if (seen->entries[at].inputs > 0)
            sorted[count++] = seen->entries[at];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, compare_entries);
    for (size_t at = 0; at < count; at++)
        if (!sorted[at].thing.actor || seen->declares[sorted[at].thing.actor])
            show(context, &sorted[at].thing, &sorted[at]);
    if (seen->entries)
        show_never(&never, sorted);
    free(sorted);
    return 0;
}

static void print_state(const struct ob_world *world, unsigned id, unsigned state,
                        struct ob_text *text)
{
    const char *name = ob_world_state_name(world, id, state);

    if (name)
        ob_text_printf(text, "%s", name);
    else
        ob_text_printf(text, "%u", state);
}

void ob_seen_print(const struct ob_world *world, const struct ob_seen_thing *thing,
                   struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const char *actor = vocabulary->actor_names[thing->actor];

    if (thing->what == OB_SEEN_MESSAGE || thing->what == OB_SEEN_MEETING)
        ob_text_printf(text, "%s", ob_vocabulary_kind_name(vocabulary, thing->kind));
    else if (thing->what == OB_SEEN_DEVIATION)
        ob_text_printf(text, "%s", ob_deviation_name(thing->kind));
    else if (thing->what == OB_SEEN_CUT)
        ob_text_printf(text, "%s", ob_bound_name((enum ob_bound)thing->kind));
    if (!thing->actor)
        return;
    ob_text_printf(text, "%s%.*s ", thing->what == OB_SEEN_MEETING ? " at " : "", (int)stem(actor),
                   actor);
    print_state(world, thing->actor, thing->state, text);
    if (thing->what == OB_SEEN_TRANSITION) {
        ob_text_printf(text, " -> ");
        print_state(world, thing->actor, thing->kind, text);
    }
}

const char *ob_seen_kind_name(enum ob_seen_kind what)
{
    static const char *const names[OB_SEEN_KINDS] = {
        [OB_SEEN_MESSAGE] = "message", [OB_SEEN_DEVIATION] = "deviation",
        [OB_SEEN_STATE] = "state",     [OB_SEEN_TRANSITION] = "transition",
        [OB_SEEN_MEETING] = "meeting", [OB_SEEN_CUT] = "cut",
    };

    return names[what];
}

void ob_seen_release(struct ob_seen *seen)
{
    free(seen->entries);
    *seen = (struct ob_seen){0};
}
