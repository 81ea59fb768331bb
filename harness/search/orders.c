#include "search/exhaustive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
    struct ob_choice *choices;
    size_t choice_count;
    struct set possible;  /* before the first deadline of all */
    struct set backtrack; /* to be tried: a source set, when the node is done */
    struct set done;
    struct set sleep; /* explored before, from an equivalent place */
    size_t chosen;
    uint32_t deliveries; /* of the trace up to here */
};

struct exploration {
    struct ob_world *world;
    struct node *nodes;
    size_t depth; /* the node that is being looked at */
    uint64_t executions_max;
    ob_exhaustive_visit *visit;
    void *context;
    struct ob_exhaustive_stats *stats;
    struct ob_error *error;
};

static const struct ob_choice *chosen_at(const struct exploration *exploration, size_t depth)
{
    return &exploration->nodes[depth].choices[exploration->nodes[depth].chosen];
}

/* The virtual time of an actor is that of its last delivery: independent deliveries do not wait for
 * each other. */
static uint64_t time_of(const struct ob_world *world, const struct ob_choice *choice)
{
    uint64_t last_us = ob_world_last_us(world, choice->actor);
    return choice->earliest_us > last_us ? choice->earliest_us : last_us;
}

/* Whether no deadline keeps anything back at this place. */
static bool can_all_be_first(const struct node *node)
{
    for (size_t at = 0; at < node->choice_count; at++)
        if (!set_has(&node->possible, at))
            return false;
    return true;
}

static void find_possible(const struct exploration *exploration, struct node *node)
{
    uint64_t deadline_us = UINT64_MAX;
    for (size_t at = 0; at < node->choice_count; at++)
        if (node->choices[at].latest_us < deadline_us)
            deadline_us = node->choices[at].latest_us;
    for (size_t at = 0; at < node->choice_count; at++)
        if (time_of(exploration->world, &node->choices[at]) <= deadline_us)
            set_add(&node->possible, at);
}

/* What was explored at the node before, or slept there, and does not depend on what is chosen,
 * sleeps on. */
static void inherit_sleep(const struct node *parent, struct node *node)
{
    const struct ob_choice *chosen = &parent->choices[parent->chosen];
    for (size_t old = 0; old < parent->choice_count; old++) {
        if (!(set_has(&parent->sleep, old) || set_has(&parent->done, old)) ||
            old == parent->chosen || parent->choices[old].actor == chosen->actor)
            continue;
        for (size_t at = 0; at < node->choice_count; at++)
            if (node->choices[at].key == parent->choices[old].key)
                set_add(&node->sleep, at);
    }
}

static void leave_node(struct node *node)
{
    ob_snapshot_free(node->snapshot);
    free(node->choices);
    *node = (struct node){0};
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

static int enter_node(struct exploration *exploration)
{
    struct node *node = &exploration->nodes[exploration->depth];
    struct ob_choice choices[OB_EXHAUSTIVE_CHOICES_MAX + 1];
    size_t count = ob_world_choices(exploration->world, choices, OB_EXHAUSTIVE_CHOICES_MAX + 1);
    if (count > OB_EXHAUSTIVE_CHOICES_MAX)
        return ob_error_set(exploration->error,
                            "more than %d messages are under way at one time: too many to explore",
                            OB_EXHAUSTIVE_CHOICES_MAX);
    *node = (struct node){.choice_count = count,
                          .deliveries = ob_world_delivery_count(exploration->world)};
    node->snapshot = ob_snapshot_take(exploration->world);
    node->choices = malloc((count ? count : 1) * sizeof *choices);
    if (!node->snapshot || !node->choices)
        return ob_error_set(exploration->error,
                            "memory is short, or the target keeps state outside its world");
    memcpy(node->choices, choices, count * sizeof *choices);
    find_possible(exploration, node);
    exploration->stats->is_timed |= !can_all_be_first(node);
    if (exploration->depth > 0)
        inherit_sleep(&exploration->nodes[exploration->depth - 1], node);
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
    const struct ob_choice *sequence[OB_EXHAUSTIVE_DEPTH_MAX + 1];
    size_t depths[OB_EXHAUSTIVE_DEPTH_MAX + 1];
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
            if (node->choices[at].key != choice->key)
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
    size_t fixed[OB_EXHAUSTIVE_DEPTH_MAX];
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
        const struct ob_choice *other = &node->choices[at];
        cancelled = at != node->chosen && other->sent != OB_NONE &&
                    !ob_world_is_under_way(exploration->world, other->sent);
    }
    for (size_t at = 0; at < node->choice_count && cancelled; at++)
        if (set_has(&node->possible, at))
            set_add(&node->backtrack, at);
}

static bool finish_execution(struct exploration *exploration)
{
    struct ob_exhaustive_stats *stats = exploration->stats;
    const struct ob_verdict *verdict = ob_world_close(exploration->world);
    stats->executions++;
    return exploration->visit(exploration->world, verdict, exploration->context) &&
           stats->executions < exploration->executions_max;
}

/* Executes choices from the current node on until the execution is over. Returns 1 when it is, 0
 * when the exploration is to end, -1 on errors. */
static int descend(struct exploration *exploration)
{
    for (;;) {
        struct node *node = &exploration->nodes[exploration->depth];
        node->chosen = first_open(node, &node->backtrack);
        if (node->chosen == node->choice_count) {
            if (node->choice_count > 0) {
                exploration->stats->blocked++;
                return 1;
            }
            return finish_execution(exploration) ? 1 : 0;
        }
        const struct ob_choice *choice = &node->choices[node->chosen];
        find_race(exploration, choice);
        set_add(&node->done, node->chosen);
        exploration->stats->steps++;
        bool goes_on =
            ob_world_choose(exploration->world, choice, time_of(exploration->world, choice));
        find_cancelled(exploration, node);
        if (exploration->depth + 1 == OB_EXHAUSTIVE_DEPTH_MAX)
            return ob_error_set(exploration->error,
                                "an execution has more than %d events: too many to explore",
                                OB_EXHAUSTIVE_DEPTH_MAX);
        if (!goes_on)
            return finish_execution(exploration) ? 1 : 0;
        exploration->depth++;
        if (enter_node(exploration))
            return -1;
    }
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

int ob_explore_exhaustively(struct ob_world *world, const struct ob_scenario *scenario,
                            uint64_t executions_max, ob_exhaustive_visit *visit, void *context,
                            struct ob_exhaustive_stats *stats, struct ob_error *error)
{
    struct exploration exploration = {.world = world,
                                      .executions_max = executions_max,
                                      .visit = visit,
                                      .context = context,
                                      .stats = stats,
                                      .error = error};
    *stats = (struct ob_exhaustive_stats){0};
    exploration.nodes = calloc(OB_EXHAUSTIVE_DEPTH_MAX + 1, sizeof *exploration.nodes);
    if (!exploration.nodes)
        return ob_error_set(error, "memory is short");
    /* Executions are counted to their ends, whatever a check has found on the way. */
    ob_world_keep_going(world, true);
    ob_world_open(world, scenario);
    int result = enter_node(&exploration);
    while (result == 0) {
        result = descend(&exploration);
        if (result != 1)
            break;
        result = 0;
        if (!ascend(&exploration)) {
            stats->is_complete = true;
            break;
        }
    }
    for (size_t depth = 0; depth <= OB_EXHAUSTIVE_DEPTH_MAX; depth++)
        leave_node(&exploration.nodes[depth]);
    free(exploration.nodes);
    ob_world_keep_going(world, false);
    return result;
}
