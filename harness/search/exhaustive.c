#include "search/exhaustive.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenario/edit.h"
#include "search/alternatives.h"
#include "search/delays.h"
#include "search/events.h"
#include "search/exploration.h"
#include "search/transcribe.h"
#include "world/annex.h"
#include "world/goal.h"
#include "world/run.h"
#include "world/trace.h"
#include "world/world.h"

#define POLL_STEPS 1024u
/* Variables of the program are looked at after each of the first steps, so that what changes and
 * changes back is seen, and then now and then. */
#define LOOKS_ALWAYS 32u
#define GOAL_TRIES 100u /* to write a scenario for a goal, in as many states that reach it */

/* -- progress -- */

bool ob_exploration_violation(struct ob_exploration *exploration, const struct ob_pending *pending,
                              size_t count, bool is_end)
{
    const struct ob_exhaustive_watcher *watcher = exploration->watcher;
    const struct ob_verdict verdict = *ob_world_verdict(exploration->world);
    const struct ob_path_question question = {
        .pending = pending, .count = count, .is_end = is_end && count > 0};
    bool written =
        ob_write_delays(&exploration->path, &question, verdict.invariant, exploration->replay,
                        exploration->scenario, &exploration->example) ||
        ob_transcribe(exploration->world, exploration->replay, exploration->scenario,
                      &exploration->example);
    const struct ob_exhaustive_violation what = {.verdict = &verdict,
                                                 .example = written ? &exploration->example : NULL,
                                                 .number = exploration->stats->executions + 1,
                                                 .is_end = is_end};
    return watcher->violation(exploration->world, &what, watcher->context);
}

static void write_goal(struct ob_exploration *exploration, unsigned goal,
                       const struct ob_path_question *question)
{
    struct ob_goal_tally *goals = exploration->watcher->goals;
    struct ob_world *replay = exploration->replay;
    const char *name = ob_world_target(replay)->goals[goal].name;
    if (goals->seen[goal].has_example || exploration->goal_tries[goal] == GOAL_TRIES)
        return;
    exploration->goal_tries[goal]++;
    int sought = ob_world_goal_sought(replay);
    ob_world_until_goal(replay, (int)goal);
    if (ob_write_delays(&exploration->path, question, name, replay, exploration->scenario,
                        &exploration->example))
        ob_goal_tally_example(goals, ob_world_vocabulary(replay), UINT32_C(1) << goal,
                              &exploration->example, exploration->stats->executions + 1);
    ob_world_until_goal(replay, sought);
}

void ob_exploration_goals(struct ob_exploration *exploration, uint32_t before,
                          const struct ob_pending *pending, size_t count, bool is_end)
{
    struct ob_goal_tally *goals = exploration->watcher->goals;
    const struct ob_path_question question = {
        .pending = pending, .count = count, .is_end = is_end && count > 0};
    if (!goals)
        return;
    ob_goal_tally_add(goals, exploration->world, before, exploration->stats->executions + 1);
    for (uint32_t left = ob_world_goals(exploration->world) & ~before; left; left &= left - 1)
        write_goal(exploration, (unsigned)__builtin_ctz(left), &question);
}

/* A program in the world brings its variables with it. */
static bool has_program(const struct ob_world *world)
{
    unsigned count = ob_world_vocabulary(world)->actor_count;
    for (unsigned id = 1; id <= count; id++)
        if (ob_world_is_program(world, id))
            return true;
    return false;
}

static void look_outside(struct ob_exploration *exploration)
{
    if (!exploration->outside || exploration->changed.length > 0 ||
        !ob_variables_changed(exploration->outside, &exploration->changed))
        return;
    ob_variables_free(exploration->outside);
    exploration->outside = NULL;
}

bool ob_exploration_goes_on(struct ob_exploration *exploration)
{
    uint64_t steps = exploration->stats->steps;
    if (steps < LOOKS_ALWAYS || (steps & (steps - 1)) == 0)
        look_outside(exploration);
    const struct ob_exhaustive_watcher *watcher = exploration->watcher;
    struct ob_exhaustive_stats *stats = exploration->stats;
    return !exploration->is_stopped &&
           (++stats->steps % POLL_STEPS != 0 || watcher->poll(stats, watcher->context));
}

bool ob_exploration_execution(struct ob_exploration *exploration, uint64_t trace, bool violates)
{
    const struct ob_exhaustive_watcher *watcher = exploration->watcher;
    struct ob_exhaustive_stats *stats = exploration->stats;
    if (exploration->is_stopped)
        return false;
    stats->executions++;
    stats->violating += violates;
    stats->cut += ob_world_verdict(exploration->world)->outcome == OB_CUT;
    bool goes_on = watcher->execution(exploration->world, trace, watcher->context);
    return goes_on && stats->executions < exploration->limits.executions_max;
}

static bool ends(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                 struct ob_known_outcome *known_outcome, void *context)
{
    struct ob_exploration *exploration = context;
    const struct ob_exhaustive_watcher *watcher = exploration->watcher;
    if (!watcher->ends(world, choice, time_us, known_outcome, watcher->context))
        return false;
    exploration->is_stopped = known_outcome->failure == OB_NO_FAILURE;
    return true;
}

/* -- what may be claimed -- */

static void OB_FORMAT(2, 3) note(char sentence[OB_CAVEAT_MAX], const char *format, ...)
{
    if (sentence[0])
        return; /* one is enough */
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, OB_CAVEAT_MAX, format, arguments);
    va_end(arguments);
}

static const char *name_of(const struct ob_exploration *exploration, unsigned id)
{
    return ob_world_vocabulary(exploration->world)->actor_names[id];
}

/* Faults that take time begin at the one time that their message was given. */
static void note_long_faults(struct ob_exploration *exploration)
{
    const struct ob_scenario *scenario = exploration->scenario;
    for (unsigned index = 0; index < scenario->deviation_count; index++) {
        enum ob_deviation_op op = scenario->deviations[index].op;
        if (op == OB_PAUSE || op == OB_PARTITION || op == OB_HEAL)
            note(exploration->stats->caveat,
                 "a %s takes time, and of the times at which it can begin one was tried",
                 op == OB_PAUSE ? "pause" : "partition");
    }
}

static void note_caveats(struct ob_exploration *exploration)
{
    struct ob_exhaustive_stats *stats = exploration->stats;
    unsigned reader = exploration->access->clock_reader;
    const char *name = reader == OB_CLOCK_OF_CHECK    ? "the check"
                       : reader == OB_CLOCK_OF_ORACLE ? "an oracle"
                       : reader                       ? name_of(exploration, reader)
                                                      : NULL;
    if (exploration->changed.length > 0)
        note(stats->caveat,
             "the variable %s lies outside the world and changes, so that nothing brings it back "
             "and who shares it is not known",
             ob_text_string(&exploration->changed));
    if (name)
        note(stats->caveat, "%s reads the clock; each order was run at its earliest times only",
             name);
    if (exploration->overwritten)
        note(stats->caveat,
             "%s changes the state of %s by a pointer that it has not asked for with ob_state(); "
             "who reads it so is not known",
             name_of(exploration, exploration->overwriter),
             name_of(exploration, exploration->overwritten));
    if (exploration->has_more_choices)
        note(stats->caveat, "actors make more choices than are tried together");
    if (exploration->has_left_amounts)
        note(stats->caveat,
             "of the bytes at which a call or a segment is cut, 1, the half and all but one were "
             "tried");
    note_long_faults(exploration);
    if (exploration->path.gave_up)
        note(stats->caveat, "of some orders it is not known whether there are times for them");
}

void ob_exhaustive_add(struct ob_exhaustive_stats *stats, const struct ob_exhaustive_stats *other,
                       bool is_first)
{
    if (is_first) {
        *stats = *other;
        return;
    }
    /* States are told where every scenario was explored by them. */
    bool by_states = stats->states > 0 && other->states > 0;
    stats->states = by_states ? stats->states + other->states : 0;
    stats->executions += other->executions;
    stats->violating += other->violating;
    stats->cut += other->cut;
    stats->blocked += other->blocked;
    stats->steps += other->steps;
    stats->left += other->left;
    stats->is_complete &= other->is_complete;
    if (!stats->caveat[0])
        memcpy(stats->caveat, other->caveat, sizeof stats->caveat);
    if (!stats->refused[0])
        memcpy(stats->refused, other->refused, sizeof stats->refused);
}

bool ob_exhaustive_is_all(const struct ob_exhaustive_stats *stats)
{
    return stats->is_complete && stats->left == 0 && stats->cut == 0 && !stats->caveat[0] &&
           !stats->refused[0];
}

static void add_counts(const struct ob_exhaustive_stats *stats, struct ob_text *text)
{
    ob_text_printf(text, "%" PRIu64 " order%s", stats->executions, ob_plural(stats->executions));
    if (stats->states)
        ob_text_printf(text, " and %" PRIu64 " state%s", stats->states, ob_plural(stats->states));
}

void ob_exhaustive_claim(const struct ob_exhaustive_stats *stats, struct ob_text *text)
{
    if (stats->refused[0]) {
        ob_text_printf(text, "NOT explored: %s", stats->refused);
        return;
    }
    if (ob_exhaustive_is_all(stats)) {
        ob_text_printf(text,
                       "every order was explored (%" PRIu64
                       "), with every message and timer as early or late as it may be",
                       stats->executions);
        if (stats->states)
            ob_text_printf(text, ", and each of the %" PRIu64 " state%s on the way was checked",
                           stats->states, ob_plural(stats->states));
        return;
    }
    ob_text_printf(text, "NOT every order: ");
    if (stats->caveat[0])
        ob_text_printf(text, "%s; ", stats->caveat);
    if (stats->cut)
        ob_text_printf(text, "%" PRIu64 " execution%s reached a bound of the simulation; ",
                       stats->cut, ob_plural(stats->cut));
    add_counts(stats, text);
    if (stats->is_complete && stats->left == 0)
        return;
    ob_text_printf(text, " until the limit");
    if (stats->left)
        ob_text_printf(text, "; %" PRIu64 " state%s not gone on from", stats->left,
                       stats->left == 1 ? " was" : "s were");
}

/* -- the search -- */

/* Every order is tried, every time and every alternative: what says no more than these is left
 * out. */
static void drop_order(const struct ob_scenario *scenario, struct ob_scenario *faults)
{
    ob_scenario_copy(faults, scenario);
    for (unsigned index = faults->deviation_count; index-- > 0;)
        if (ob_is_about_order(&faults->deviations[index]) ||
            faults->deviations[index].op == OB_PREEMPT || faults->deviations[index].op == OB_CHOOSE)
            ob_scenario_remove_deviation(faults, index);
}

/* With one way of exploring, over all alternatives of what actors choose. */
static enum ob_explored explore_by(struct ob_exploration *exploration,
                                   enum ob_explored (*explore)(struct ob_exploration *exploration))
{
    struct ob_alternatives alternatives = {0};
    enum ob_explored result = OB_EXPLORED;
    do {
        if (!ob_alternatives_write(&alternatives, exploration->scenario)) {
            exploration->has_more_choices = true;
            break;
        }
        result = explore(exploration);
        ob_alternatives_add(&alternatives, exploration->access);
        exploration->has_more_choices |= exploration->access->more_choices;
    } while (result == OB_EXPLORED && ob_alternatives_next(&alternatives, exploration->world));
    exploration->has_left_amounts |= alternatives.has_left_amounts;
    return result;
}

static enum ob_explored explore(struct ob_exploration *exploration)
{
    enum ob_explored result = OB_EXPLORED_NEEDS_STATES;
    if (exploration->scenario->deviation_count == 0 &&
        ob_world_target(exploration->world)->settle_us == 0)
        result = explore_by(exploration, ob_explore_orders);
    if (result != OB_EXPLORED_NEEDS_STATES)
        return result;
    *exploration->stats = (struct ob_exhaustive_stats){.steps = exploration->stats->steps};
    memset(exploration->goal_tries, 0, sizeof exploration->goal_tries);
    ob_goal_tally_clear(exploration->watcher->goals);
    exploration->watcher->again(exploration->watcher->context);
    return explore_by(exploration, ob_explore_states);
}

/* Of goals that the search has reached the plain run is an example, and no further way. */
static void note_plain_goals(struct ob_exploration *exploration, const struct ob_scenario *scenario)
{
    struct ob_goal_tally *goals = exploration->watcher->goals;
    const struct ob_world *replay = exploration->replay;
    uint64_t number = exploration->stats->executions + 1;
    uint32_t known = 0;
    for (unsigned goal = 0; goals && goal < goals->count; goal++)
        known |= (uint32_t)(goals->seen[goal].reached > 0) << goal;
    ob_goal_tally_add(goals, replay, known, number);
    ob_goal_tally_example(goals, ob_world_vocabulary(replay), ob_world_goals(replay), scenario,
                          number);
}

/* The plain run is among what is tried, whatever else is. Twice it is the same, unless it depends
 * on something outside the world. */
static void run_plainly(struct ob_exploration *exploration, const struct ob_scenario *scenario)
{
    const struct ob_exhaustive_watcher *watcher = exploration->watcher;
    uint64_t hash = ob_world_run(exploration->replay, scenario)->trace_hash;
    const struct ob_verdict *verdict = ob_world_run(exploration->replay, scenario);
    if (verdict->trace_hash != hash)
        note(exploration->stats->caveat,
             "two runs of one scenario differ, so that something outside the world decides");
    note_plain_goals(exploration, scenario);
    if (verdict->outcome != OB_VIOLATED)
        return;
    const struct ob_verdict copy = *verdict;
    watcher->plain(&copy, scenario, watcher->context);
}

int ob_explore_exhaustively(struct ob_world *world, struct ob_world *replay,
                            const struct ob_scenario *scenario,
                            const struct ob_exhaustive_limits *limits,
                            const struct ob_exhaustive_watcher *watcher,
                            struct ob_exhaustive_stats *stats, struct ob_error *error)
{
    struct ob_scenario faults;
    struct ob_exploration exploration = {.world = world,
                                         .replay = replay,
                                         .scenario = &faults,
                                         .limits = *limits,
                                         .watcher = watcher,
                                         .stats = stats,
                                         .error = error};
    *stats = (struct ob_exhaustive_stats){0};
    if (ob_world_target(world)->reset)
        return ob_error_set(error, "the target keeps state outside its world: it cannot be "
                                   "brought back to a state that it was in before");
    if (!exploration.limits.states_max)
        exploration.limits.states_max = OB_EXHAUSTIVE_STATES_MAX;
    drop_order(scenario, &faults);
    exploration.access = ob_access_begin(world);
    if (!exploration.access || ob_path_create(&exploration.path, world)) {
        ob_access_end(world);
        return ob_error_set(error, "memory is short");
    }
    exploration.path.by_all_ways = limits->by_all_ways;
    if (watcher->ends)
        exploration.path.guard = (struct ob_path_guard){ends, &exploration};
    /* Executions go on to their ends, whatever a check has found on the way. */
    ob_world_keep_going(world, true);
    if (!has_program(world))
        exploration.outside = ob_variables_copy();
    enum ob_explored result = explore(&exploration);
    ob_world_keep_going(world, false);
    look_outside(&exploration);
    ob_variables_free(exploration.outside);
    stats->is_complete = result == OB_EXPLORED;
    if (result == OB_EXPLORED_REFUSED)
        note(stats->refused, "%s takes time (ob_work); use random walks",
             name_of(&exploration, exploration.access->worker));
    note_caveats(&exploration);
    ob_text_release(&exploration.changed);
    run_plainly(&exploration, scenario);
    ob_path_release(&exploration.path);
    ob_access_end(world);
    return result == OB_EXPLORED_TROUBLE ? -1 : 0;
}
