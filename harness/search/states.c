/* Every state that a run can come through, in depth first: see exhaustive.h. */
#include <assert.h>
#include <stdlib.h>

#include "search/exploration.h"
#include "search/visited.h"
#include "world/goal.h"
#include "world/trace.h"

/* A state on the way to where the search is. */
struct place {
    struct ob_snapshot *snapshot;
    struct ob_pending *pending;
    size_t count;
    size_t next; /* of what is pending, to be tried */
    struct ob_identity identity;
    uint32_t goals;  /* that were reached before it, a bit each */
    bool is_tainted; /* something was violated in it, or on the way to it */
};

struct search {
    struct ob_exploration *exploration;
    struct ob_visited visited; /* states */
    struct ob_visited ends;    /* executions, and which of them are known to violate */
    struct place *places;      /* the first is the beginning; one more than there are events */
    uint64_t states_max;
};

/* What became of a step. */
enum step { STEP_TROUBLE = -1, STEP_STOP, STEP_DOWN, STEP_ON };

static enum step short_of_memory(const struct search *search)
{
    (void)ob_error_set(search->exploration->error, "memory is short for the states seen");
    return STEP_TROUBLE;
}

/* Keeps the memory of its snapshot for the next one. */
static void leave(struct place *place)
{
    free(place->pending);
    *place = (struct place){.snapshot = place->snapshot};
}

static bool is_violated(const struct search *search)
{
    return ob_world_verdict(search->exploration->world)->outcome == OB_VIOLATED;
}

/* What is violated is told when nothing was before it: a plain run ends with the first violation.
 * States on the way are possible one by one, and perhaps not together. */
static bool is_news(const struct search *search, bool is_tainted, int known)
{
    return is_violated(search) && !is_tainted && !(known & OB_TOLD);
}

/* The run ends here: by itself, or as all that is pending may come after its end. */
static enum step end_execution(struct search *search, const struct place *place, bool is_over)
{
    struct ob_exploration *exploration = search->exploration;
    bool is_tainted = place->is_tainted;
    unsigned told = 0;
    int known = ob_visited_add(&search->ends, place->identity, 0);
    if (known < 0)
        return short_of_memory(search);
    if (!is_over) {
        uint32_t goals = ob_world_goals(exploration->world);
        ob_path_end(&exploration->path);
        if (exploration->is_stopped)
            return STEP_STOP;
        if (!is_tainted)
            ob_exploration_goals(exploration, goals, place->pending, place->count, true);
        told = is_news(search, is_tainted, known) ? OB_TOLD : 0u;
        if (told && !ob_exploration_violation(exploration, place->pending, place->count, true))
            return STEP_STOP;
        is_tainted |= is_violated(search);
    }
    unsigned bits = is_tainted ? OB_TAINTED : OB_CLEAN;
    if (ob_visited_add(&search->ends, place->identity, bits | told) < 0)
        return short_of_memory(search);
    if (known == 0)
        return ob_exploration_execution(exploration, place->identity.words[0], is_tainted)
                   ? STEP_ON
                   : STEP_STOP;
    exploration->stats->violating += is_tainted && !(known & OB_TAINTED);
    return STEP_ON;
}

static bool can_end_early(struct search *search, const struct place *place)
{
    struct ob_path *path = &search->exploration->path;
    if (path->end_us == OB_PATH_NO_END || place->count == 0)
        return place->count == 0;
    const struct ob_path_question question = {
        .pending = place->pending, .count = place->count, .is_end = true};
    return ob_path_is_possible(path, &question);
}

/* Keeps what is needed to come back, and lets the run end here if it can. */
static enum step enter(struct search *search, struct place *place, bool is_over)
{
    struct ob_exploration *exploration = search->exploration;
    if (is_over || place->count == 0)
        return end_execution(search, place, is_over);
    place->snapshot = ob_snapshot_take(exploration->world, place->snapshot);
    if (!place->snapshot) {
        (void)ob_error_set(exploration->error,
                           "memory is short, or the target keeps state outside its world");
        return STEP_TROUBLE;
    }
    if (!can_end_early(search, place))
        return STEP_DOWN;
    enum step step = end_execution(search, place, false);
    ob_snapshot_restore(exploration->world, place->snapshot);
    return step == STEP_ON ? STEP_DOWN : step;
}

/* Lists what is pending in the state that the path has come to. Returns false when memory is short.
 */
static bool list(struct search *search, const struct place *parent, struct place *place)
{
    struct ob_pending pending[OB_EXHAUSTIVE_CHOICES_MAX + 1];
    const struct ob_path *path = &search->exploration->path;
    size_t older_count = parent ? parent->count : 0;
    place->count = ob_path_list(path, parent ? parent->pending : NULL, older_count, pending,
                                OB_EXHAUSTIVE_CHOICES_MAX + 1);
    place->pending = malloc((place->count + 1) * sizeof *pending);
    for (size_t at = 0; place->pending && at < place->count; at++)
        place->pending[at] = pending[at];
    return place->pending;
}

/* Whether the state is one to go on from: possible, and not gone on from before as it is now, after
 * a violation or without. Notes it, and tells what is violated in it. */
static enum step arrive(struct search *search, const struct place *parent, struct place *place,
                        bool is_over)
{
    struct ob_exploration *exploration = search->exploration;
    const struct ob_path_question question = {
        .pending = place->pending, .count = place->count, .is_over = is_over};
    unsigned bits = place->is_tainted ? OB_TAINTED : OB_CLEAN;
    int known = ob_visited_add(&search->visited, place->identity, 0);
    if (known == 0 && !ob_path_is_possible(&exploration->path, &question))
        bits = OB_IMPOSSIBLE;
    if (known >= 0 && !parent->is_tainted && !(((unsigned)known | bits) & OB_IMPOSSIBLE))
        ob_exploration_goals(exploration, place->goals, place->pending, place->count, false);
    if (known >= 0 && is_news(search, parent->is_tainted, known) && !(bits & OB_IMPOSSIBLE) &&
        !(known & OB_IMPOSSIBLE)) {
        bits |= OB_TOLD;
        exploration->stats->states += known == 0;
        if (!ob_exploration_violation(exploration, place->pending, place->count, false))
            return STEP_STOP;
    } else {
        exploration->stats->states += known == 0 && !(bits & OB_IMPOSSIBLE);
    }
    if (known < 0 || ob_visited_add(&search->visited, place->identity, bits) < 0)
        return short_of_memory(search);
    bool is_new = !(known & (int)bits & (OB_CLEAN | OB_TAINTED));
    return is_new && !((known | (int)bits) & OB_IMPOSSIBLE) ? STEP_DOWN : STEP_ON;
}

static bool is_too_large(const struct search *search, const struct place *place)
{
    return place->count > OB_EXHAUSTIVE_CHOICES_MAX ||
           search->exploration->path.count == OB_PATH_EVENTS_MAX;
}

/* Tries the next of what is pending at a place. */
static enum step try_next(struct search *search, struct place *place, struct place *child)
{
    struct ob_exploration *exploration = search->exploration;
    struct ob_path *path = &exploration->path;
    ob_snapshot_restore(exploration->world, place->snapshot);
    uint32_t goals = ob_world_goals(exploration->world);
    bool is_over = !ob_path_execute(path, place->snapshot, &place->pending[place->next++]);
    const struct ob_path_event *event = &path->events[path->count - 1];
    if (event->footprint.overwritten) {
        exploration->overwritten = event->footprint.overwritten;
        exploration->overwriter = event->actor;
    }
    *child = (struct place){.snapshot = child->snapshot,
                            .goals = goals,
                            .is_tainted = place->is_tainted || is_violated(search)};
    if (exploration->access->worker || exploration->is_stopped)
        return STEP_STOP;
    if (!list(search, place, child))
        return short_of_memory(search);
    ob_path_note_cancelled(path, place->pending, place->count, child->pending, child->count);
    const struct ob_identity identity = ob_path_identity(path);
    for (unsigned word = 0; word < 2; word++)
        child->identity.words[word] = place->identity.words[word] + identity.words[word];
    enum step step = arrive(search, place, child, is_over);
    if (step != STEP_DOWN)
        return step;
    if (!is_over && child->count > 0 && is_too_large(search, child)) {
        exploration->stats->left++;
        return STEP_ON;
    }
    return enter(search, child, is_over);
}

static bool is_full(const struct search *search)
{
    return search->visited.count >= search->states_max;
}

/* The places that had something left to try when the search was stopped. */
static void count_left(struct search *search)
{
    for (uint32_t depth = 0; depth <= search->exploration->path.count; depth++)
        search->exploration->stats->left +=
            search->places[depth].next < search->places[depth].count;
}

static enum ob_explored explore(struct search *search)
{
    struct ob_path *path = &search->exploration->path;
    const struct place *first = &search->places[0];
    ob_exploration_goals(search->exploration, 0, first->pending, first->count, false);
    enum step step = enter(search, &search->places[0], false);
    if (step == STEP_ON)
        return OB_EXPLORED;
    while (step == STEP_DOWN || step == STEP_ON) {
        struct place *place = &search->places[path->count];
        if (place->next == place->count) {
            leave(place);
            if (path->count == 0)
                return OB_EXPLORED;
            ob_path_undo(path);
            step = STEP_ON;
            continue;
        }
        if (is_full(search) || !ob_exploration_goes_on(search->exploration))
            break;
        step = try_next(search, place, place + 1);
        if (step == STEP_DOWN)
            continue;
        leave(place + 1);
        ob_path_undo(path);
    }
    if (step == STEP_TROUBLE)
        return OB_EXPLORED_TROUBLE;
    count_left(search);
    return search->exploration->access->worker ? OB_EXPLORED_REFUSED : OB_EXPLORED_STOPPED;
}

enum ob_explored ob_explore_states(struct ob_exploration *exploration)
{
    struct search search = {.exploration = exploration,
                            .states_max = exploration->limits.states_max};
    search.places = calloc(OB_PATH_EVENTS_MAX + 2, sizeof *search.places);
    if (!search.places) {
        (void)ob_error_set(exploration->error, "memory is short");
        return OB_EXPLORED_TROUBLE;
    }
    ob_world_open(exploration->world, exploration->scenario);
    ob_path_begin(&exploration->path);
    exploration->stats->states++;
    enum ob_explored result = OB_EXPLORED_TROUBLE;
    if (ob_visited_add(&search.visited, search.places[0].identity, OB_CLEAN) < 0 ||
        !list(&search, NULL, &search.places[0]))
        (void)short_of_memory(&search);
    else
        result = explore(&search);
    for (uint32_t depth = 0; depth <= OB_PATH_EVENTS_MAX + 1; depth++) {
        leave(&search.places[depth]);
        ob_snapshot_free(search.places[depth].snapshot);
    }
    free(search.places);
    ob_visited_release(&search.visited);
    ob_visited_release(&search.ends);
    return result;
}
