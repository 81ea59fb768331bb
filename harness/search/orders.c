/*
 * One execution of each class of orders: dynamic partial order reduction with source sets and sleep
 * sets (Abdulla, Aronis, Jonsson, Sagonas: "Optimal dynamic partial order reduction", POPL 2014),
 * for actors that handle one message at a time, where two deliveries depend on each other just when
 * one actor gets both. Every message comes as early as its order permits.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "search/exploration.h"
#include "world/goal.h"
#include "world/trace.h"

/* Sets of choices of one node, a bit each. */
struct set {
    uint64_t bits[OB_EXHAUSTIVE_CHOICES_MAX / 64];
};

static bool set_has(const struct set *set, size_t at)
{
    return set->bits[at / 64] >> (at % 64) & 1;
}

static void set_add(struct set *set, size_t at)
{
    set->bits[at / 64] |= UINT64_C(1) << (at % 64);
}

/* A place on the path: what may happen there, what was tried, and, once something was chosen, what
 * it was. */
struct node {
    struct ob_snapshot *snapshot;
    struct ob_pending *pending;
    size_t choice_count;
    struct set possible;  /* before the first deadline of all */
    struct set backtrack; /* to be tried: a source set, when the node is done */
    struct set done;
    struct set sleep; /* explored before, from an equivalent place */
    size_t chosen;
    uint32_t deliveries; /* of the trace up to here */
    bool is_tainted;     /* something was violated on the way to here */
};

struct exploration {
    struct ob_exploration *shared;
    struct ob_world *world;
    struct node *nodes;
    size_t depth;            /* the node that is being looked at */
    struct ob_cells read;    /* pieces of memory, by any event so far */
    struct ob_cells written; /* the same; what is both may be shared */
    bool needs_states;       /* orders are not enough */
    bool is_stopped;         /* by the watcher */
};

static const struct ob_choice *chosen_at(const struct exploration *exploration, size_t depth)
{
    return &exploration->nodes[depth].pending[exploration->nodes[depth].chosen].choice;
}

/* Independent deliveries do not wait for each other. Those of one actor are a microsecond apart, as
 * the order within one is not free. */
static uint64_t time_of(const struct ob_world *world, const struct ob_choice *choice)
{
    uint64_t free_us = ob_world_last_us(world, choice->actor) + 1;
    return choice->earliest_us > free_us ? choice->earliest_us : free_us;
}

/* Whether no deadline keeps anything back at this place. */
static bool can_all_be_first(const struct node *node)
{
    for (size_t at = 0; at < node->choice_count; at++)
        if (!set_has(&node->possible, at))
            return false;
    return true;
}

/* What comes at the very moment that another one can wait until, comes before or after it as they
 * were sent: that is a deadline, too. */
static void find_possible(const struct exploration *exploration, struct node *node)
{
    for (size_t at = 0; at < node->choice_count; at++) {
        uint64_t time_us = time_of(exploration->world, &node->pending[at].choice);
        bool possible = true;
        for (size_t other = 0; other < node->choice_count && possible; other++)
            possible = other == at || time_us < node->pending[other].choice.latest_us;
        if (possible)
            set_add(&node->possible, at);
    }
}

/* What was explored at the node before, or slept there, and does not depend on what is chosen,
 * sleeps on. */
static void inherit_sleep(const struct node *parent, struct node *node)
{
    const struct ob_choice *chosen = &parent->pending[parent->chosen].choice;
    for (size_t old = 0; old < parent->choice_count; old++) {
        if (!(set_has(&parent->sleep, old) || set_has(&parent->done, old)) ||
            old == parent->chosen || parent->pending[old].choice.actor == chosen->actor)
            continue;
        for (size_t at = 0; at < node->choice_count; at++)
            if (node->pending[at].choice.key == parent->pending[old].choice.key)
                set_add(&node->sleep, at);
    }
}

/* Keeps the memory of its snapshot for the next one. */
static void leave_node(struct node *node)
{
    free(node->pending);
    *node = (struct node){.snapshot = node->snapshot};
}

/* The first choice that is possible, awake and not done, or the count when there is none. */
static size_t first_open(const struct node *node, const struct set *within)
{
    for (size_t at = 0; at < node->choice_count; at++) {
        if (within && !set_has(within, at))
            continue;
        if (set_has(&node->possible, at) && !set_has(&node->sleep, at) && !set_has(&node->done, at))
            return at;
    }
    return node->choice_count;
}

static int short_of_memory(const struct exploration *exploration)
{
    return ob_error_set(exploration->shared->error,
                        "memory is short, or the target keeps state outside its world");
}

static int enter_node(struct exploration *exploration)
{
    assert(exploration->nodes && exploration->depth <= OB_PATH_EVENTS_MAX + 1);
    struct node *node = &exploration->nodes[exploration->depth];
    const struct node *parent = exploration->depth > 0 ? node - 1 : NULL;
    struct ob_pending pending[OB_EXHAUSTIVE_CHOICES_MAX + 1];
    size_t count =
        ob_path_list(&exploration->shared->path, parent ? parent->pending : NULL,
                     parent ? parent->choice_count : 0, pending, OB_EXHAUSTIVE_CHOICES_MAX + 1);
    bool is_tainted = node->is_tainted;
    exploration->needs_states |= count > OB_EXHAUSTIVE_CHOICES_MAX;
    if (exploration->needs_states)
        return 0;
    *node = (struct node){.snapshot = node->snapshot,
                          .choice_count = count,
                          .is_tainted = is_tainted,
                          .deliveries = ob_world_delivery_count(exploration->world)};
    node->snapshot = ob_snapshot_take(exploration->world, node->snapshot);
    node->pending = calloc(count ? count : 1, sizeof *pending);
    if (!node->snapshot || !node->pending)
        return short_of_memory(exploration);
    memcpy(node->pending, pending, count * sizeof *pending);
    find_possible(exploration, node);
    exploration->needs_states |= !can_all_be_first(node);
    if (parent)
        inherit_sleep(parent, node);
    size_t first = first_open(node, NULL);
    if (first < count)
        set_add(&node->backtrack, first);
    return 0;
}

/* The delivery that sent the message of a choice, or OB_NONE. */
static uint32_t cause_of(const struct ob_world *world, const struct ob_choice *choice)
{
    return choice->sent == OB_NONE ? OB_NONE : ob_world_sent(world, choice->sent)->cause;
}

/* Whether the event chosen at depth `earlier` happens before that of the choice, other than at the
 * same actor. */
static bool is_cause(const struct exploration *exploration, size_t earlier,
                     const struct ob_choice *choice)
{
    uint32_t first = exploration->nodes[earlier].deliveries;
    uint32_t cause = cause_of(exploration->world, choice);
    bool delivered = first < exploration->nodes[earlier + 1].deliveries;
    return cause != OB_NONE && delivered &&
           (cause == first || ob_world_happens_before(exploration->world, first, cause));
}

/*
 * The events after depth `from` that do not happen after it, and then `last`: executed first, they
 * reverse the race. Its initials are those among them that none of the others happens before.
 */
static void add_source(struct exploration *exploration, size_t from, const struct ob_choice *last)
{
    struct node *node = &exploration->nodes[from];
    const struct ob_choice *sequence[OB_PATH_EVENTS_MAX + 1];
    size_t depths[OB_PATH_EVENTS_MAX + 1];
    size_t length = 0;
    uint64_t candidate = UINT64_MAX;
    for (size_t depth = from + 1; depth <= exploration->depth; depth++) {
        const struct ob_choice *choice =
            depth < exploration->depth ? chosen_at(exploration, depth) : last;
        bool is_last = depth == exploration->depth;
        if (!is_last && (choice->actor == chosen_at(exploration, from)->actor ||
                         is_cause(exploration, from, choice)))
            continue;
        bool initial = true;
        for (size_t at = 0; at < length && initial; at++)
            initial =
                sequence[at]->actor != choice->actor && !is_cause(exploration, depths[at], choice);
        depths[length] = depth;
        sequence[length++] = choice;
        if (!initial)
            continue;
        for (size_t at = 0; at < node->choice_count; at++) {
            if (node->pending[at].choice.key != choice->key)
                continue;
            if (set_has(&node->backtrack, at) && can_all_be_first(node))
                return; /* one initial is enough */
            if (candidate == UINT64_MAX && set_has(&node->possible, at))
                candidate = at;
        }
    }
    if (candidate != UINT64_MAX && can_all_be_first(node)) {
        set_add(&node->backtrack, candidate);
        return;
    }
    /* Where deadlines decide what may come next, that one of them comes first does not mean that
     * the others can follow: everything that could be done there is tried. */
    for (size_t at = 0; at < node->choice_count; at++)
        if (set_has(&node->possible, at))
            set_add(&node->backtrack, at);
}

/* Whether each of the events at these depths exists only because of the one chosen at `cause`.
 * An actor that wakes or starts again does so because of something that it got. */
static bool all_caused_by(const struct exploration *exploration, const size_t *depths, size_t count,
                          size_t cause)
{
    for (size_t at = 0; at < count; at++) {
        const struct ob_choice *choice = chosen_at(exploration, depths[at]);
        if (choice->sent != OB_NONE && !is_cause(exploration, cause, choice))
            return false;
    }
    return true;
}

/*
 * Whether the choice, about to be made, races with an event before it at its actor; if so, its
 * reversal is planned. That is the last one before it, unless that one cannot come later, for
 * reasons of time: then it is the one without which that would not have happened at all, such as
 * the start of a timer.
 */
static void find_race(struct exploration *exploration, const struct ob_choice *choice)
{
    size_t fixed[OB_PATH_EVENTS_MAX];
    size_t fixed_count = 0;
    for (size_t depth = exploration->depth; depth-- > 0;) {
        const struct ob_choice *earlier = chosen_at(exploration, depth);
        if (earlier->actor != choice->actor)
            continue;
        if (is_cause(exploration, depth, choice) ||
            ob_world_keeps_order(exploration->world, earlier, choice))
            return;
        if (earlier->latest_us < choice->earliest_us) {
            fixed[fixed_count++] = depth;
            continue;
        }
        if (!all_caused_by(exploration, fixed, fixed_count, depth))
            continue;
        add_source(exploration, depth, choice);
        return;
    }
}

/*
 * A timer that the choice has cancelled (of another actor, where it has woken a task there) can no
 * longer be executed, so its race would go unseen. That it fires first may take other events to
 * happen before, for reasons of time: everything that could be done instead of the choice is tried,
 * and each place on those ways asks the same question again.
 */
static void find_cancelled(const struct exploration *exploration, struct node *node)
{
    bool cancelled = false;
    for (size_t at = 0; at < node->choice_count && !cancelled; at++) {
        const struct ob_choice *other = &node->pending[at].choice;
        cancelled = at != node->chosen && other->sent != OB_NONE &&
                    !ob_world_is_under_way(exploration->world, other->sent);
    }
    for (size_t at = 0; at < node->choice_count && cancelled; at++)
        if (set_has(&node->possible, at))
            set_add(&node->backtrack, at);
}

static bool is_violated(const struct exploration *exploration)
{
    return ob_world_verdict(exploration->world)->outcome == OB_VIOLATED;
}

/* What is violated at the end is told; what was on the way has been. */
static bool finish_execution(struct exploration *exploration, bool is_over)
{
    const struct node *node = &exploration->nodes[exploration->depth];
    bool is_tainted = node->is_tainted;
    if (!is_over) {
        uint32_t goals = ob_world_goals(exploration->world);
        ob_path_end(&exploration->shared->path);
        if (!is_tainted)
            ob_exploration_goals(exploration->shared, goals, NULL, 0, true);
        is_tainted |= is_violated(exploration);
        if (is_violated(exploration) && !node->is_tainted &&
            !ob_exploration_violation(exploration->shared, NULL, 0, true))
            return false;
    }
    return ob_exploration_execution(exploration->shared, ob_world_causal_hash(exploration->world),
                                    is_tainted);
}

/* Whether the last event, or the target's check after it, has shown that actors are not all that
 * events can depend on. */
static bool shows_more(struct exploration *exploration)
{
    const struct ob_access *access = exploration->shared->access;
    const struct ob_path *path = &exploration->shared->path;
    const struct ob_path_event *event = &path->events[path->count - 1];
    ob_cells_add_memory(&exploration->read, &event->footprint.read);
    ob_cells_add_memory(&exploration->written, &event->footprint.written);
    return event->footprint.is_foreign ||
           ob_cells_meet(&exploration->read, &exploration->written) || event->sent == OB_NONE ||
           access->clock_reader || ob_actor_set_count(&access->checked) > 1;
}

/* Executes the choice of a node, whose state the world is in. Returns whether the run goes on. */
static bool execute(struct exploration *exploration, struct node *node)
{
    struct ob_path *path = &exploration->shared->path;
    struct ob_pending left[OB_EXHAUSTIVE_CHOICES_MAX + 1];
    while (path->count > exploration->depth)
        ob_path_undo(path);
    uint32_t goals = ob_world_goals(exploration->world);
    bool goes_on = ob_path_execute(path, node->snapshot, &node->pending[node->chosen]);
    exploration->is_stopped |= exploration->shared->is_stopped;
    if (exploration->is_stopped)
        return false;
    size_t count =
        ob_path_list(path, node->pending, node->choice_count, left, OB_EXHAUSTIVE_CHOICES_MAX + 1);
    ob_path_note_cancelled(path, node->pending, node->choice_count, left, count);
    node[1].is_tainted = node->is_tainted || is_violated(exploration);
    /* Of a run that ends in the middle, races with what would have come are not seen. */
    exploration->needs_states |= shows_more(exploration) || (!goes_on && count > 0);
    if (!node->is_tainted && !exploration->needs_states)
        ob_exploration_goals(exploration->shared, goals, left, count, false);
    if (is_violated(exploration) && !node->is_tainted && !exploration->needs_states &&
        !ob_exploration_violation(exploration->shared, left, count, false))
        exploration->is_stopped = true;
    return goes_on;
}

/* Executes choices from the current node on until the execution is over. Returns 1 when it is, 0
 * when the exploration is to end, -1 on errors. */
static int descend(struct exploration *exploration)
{
    while (!exploration->needs_states && !exploration->shared->access->worker) {
        struct node *node = &exploration->nodes[exploration->depth];
        node->chosen = first_open(node, &node->backtrack);
        if (node->chosen == node->choice_count) {
            if (node->choice_count > 0) {
                exploration->shared->stats->blocked++;
                return 1;
            }
            return finish_execution(exploration, false) ? 1 : 0;
        }
        find_race(exploration, &node->pending[node->chosen].choice);
        set_add(&node->done, node->chosen);
        exploration->is_stopped |= !ob_exploration_goes_on(exploration->shared);
        bool goes_on = execute(exploration, node);
        find_cancelled(exploration, node);
        exploration->needs_states |= exploration->depth + 1 == OB_PATH_EVENTS_MAX;
        if (exploration->is_stopped || exploration->needs_states)
            return 0;
        exploration->depth++;
        if (!goes_on) {
            bool wanted = finish_execution(exploration, true);
            exploration->depth--;
            return wanted ? 1 : 0;
        }
        if (enter_node(exploration))
            return -1;
    }
    return 0;
}

/* Goes back to the last node where something is left to try. Returns false when there is none. */
static bool ascend(struct exploration *exploration)
{
    for (;;) {
        struct node *node = &exploration->nodes[exploration->depth];
        if (first_open(node, &node->backtrack) < node->choice_count) {
            ob_snapshot_restore(exploration->world, node->snapshot);
            return true;
        }
        leave_node(node);
        if (exploration->depth == 0)
            return false;
        exploration->depth--;
    }
}

static enum ob_explored explore(struct exploration *exploration)
{
    int result = enter_node(exploration);
    const struct node *first = &exploration->nodes[0];
    if (result == 0)
        ob_exploration_goals(exploration->shared, 0, first->pending, first->choice_count, false);
    while (result == 0) {
        result = descend(exploration);
        if (result != 1)
            break;
        result = 0;
        if (!ascend(exploration))
            return OB_EXPLORED;
    }
    if (result < 0)
        return OB_EXPLORED_TROUBLE;
    if (exploration->shared->access->worker)
        return OB_EXPLORED_REFUSED;
    return exploration->needs_states ? OB_EXPLORED_NEEDS_STATES : OB_EXPLORED_STOPPED;
}

enum ob_explored ob_explore_orders(struct ob_exploration *shared)
{
    struct exploration exploration = {.shared = shared, .world = shared->world};
    exploration.nodes = calloc(OB_PATH_EVENTS_MAX + 2, sizeof *exploration.nodes);
    if (!exploration.nodes)
        return (enum ob_explored)short_of_memory(&exploration);
    ob_world_open(shared->world, shared->scenario);
    ob_path_begin(&shared->path);
    shared->path.apart_us = 1;
    enum ob_explored result = explore(&exploration);
    for (size_t depth = 0; depth <= OB_PATH_EVENTS_MAX + 1; depth++) {
        leave_node(&exploration.nodes[depth]);
        ob_snapshot_free(exploration.nodes[depth].snapshot);
    }
    free(exploration.nodes);
    return result;
}
