/*
 * What exhaustive search tells, in numbers that can be compared with those of brute force.
 */
#ifndef OFFBEAT_TESTS_EXPLORED_H
#define OFFBEAT_TESTS_EXPLORED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the first four */

#include "search/exhaustive.h"
#include "support/brute_force.h"
#include "world/goal.h"
#include "world/run.h"

struct explored {
    struct ob_world *replay;
    struct ob_exhaustive_stats stats;
    struct ob_tally orders;      /* causal hashes of executions */
    struct ob_tally verdicts;    /* as brute_verdict() says */
    uint64_t row;                /* a hash of all executions in the order in which they were told */
    struct ob_goal_tally *goals; /* NULL where the target has none */
    uint64_t violations;         /* told, and those with an example */
    uint64_t written;
    bool plain_violates;
};

static inline bool tally_has(const struct ob_tally *tally, uint64_t number)
{
    for (size_t at = 0; at < tally->capacity; at++)
        if (tally->entries[at].count && tally->entries[at].number == number)
            return true;
    return false;
}

static inline bool explored_execution(const struct ob_world *world, uint64_t trace, void *context)
{
    struct explored *explored = context;
    uint64_t hash = ob_world_causal_hash(world);
    assert_true(ob_tally_add(&explored->orders, hash, 1) >= 0);
    explored->row = ob_mix64(explored->row + hash) + trace;
    return true;
}

/* Every example replays. */
static inline bool explored_violation(const struct ob_world *world,
                                      const struct ob_exhaustive_violation *what, void *context)
{
    struct explored *explored = context;
    assert_true(ob_tally_add(&explored->verdicts, brute_verdict(world, what->is_end), 1) >= 0);
    explored->violations++;
    if (!what->example)
        return true;
    explored->written++;
    const struct ob_verdict *verdict = ob_world_run(explored->replay, what->example);
    assert_int_equal(verdict->outcome, OB_VIOLATED);
    assert_string_equal(verdict->invariant, what->verdict->invariant);
    return true;
}

static inline void explored_plain(const struct ob_verdict *verdict,
                                  const struct ob_scenario *scenario, void *context)
{
    (void)verdict;
    (void)scenario;
    ((struct explored *)context)->plain_violates = true;
}

static inline bool explored_poll(const struct ob_exhaustive_stats *stats, void *context)
{
    (void)stats;
    (void)context;
    return true;
}

static inline void explored_again(void *context)
{
    struct explored *explored = context;
    ob_tally_release(&explored->orders);
    ob_tally_release(&explored->verdicts);
    explored->row = explored->violations = explored->written = 0;
}

/* Explores within limits. Release with explored_release(). */
static inline struct explored explore_within(struct ob_world *world,
                                             const struct ob_scenario *scenario,
                                             const struct ob_exhaustive_limits *limits)
{
    struct ob_error error = {{0}};
    struct explored explored = {
        .replay = ob_world_create(ob_world_target(world), ob_world_variant(world), &error),
        .goals = ob_goal_tally_create(ob_world_target(world))};
    const struct ob_exhaustive_watcher watcher = {.execution = explored_execution,
                                                  .violation = explored_violation,
                                                  .plain = explored_plain,
                                                  .poll = explored_poll,
                                                  .again = explored_again,
                                                  .goals = explored.goals,
                                                  .context = &explored};
    assert_non_null(explored.replay);
    int result = ob_explore_exhaustively(world, explored.replay, scenario, limits, &watcher,
                                         &explored.stats, &error);
    ob_world_destroy(explored.replay);
    explored.replay = NULL;
    assert_string_equal(error.text, "");
    assert_int_equal(result, 0);
    return explored;
}

/* Explores to the end. */
static inline struct explored explore_all(struct ob_world *world,
                                          const struct ob_scenario *scenario)
{
    const struct ob_exhaustive_limits limits = {.executions_max = UINT64_MAX};
    return explore_within(world, scenario, &limits);
}

static inline void explored_release(struct explored *explored)
{
    free(explored->goals);
    explored_again(explored);
}

static inline void assert_has_numbers(const struct ob_tally *brute, const struct ob_tally *ours,
                                      const char *what)
{
    for (size_t at = 0; at < brute->capacity; at++)
        if (brute->entries[at].count && !tally_has(ours, brute->entries[at].number))
            fail_msg("one of the %s is not among those of exhaustive search", what);
}

static inline void assert_same_numbers(const struct ob_tally *brute, const struct ob_tally *ours,
                                       const char *what)
{
    if (brute->distinct != ours->distinct)
        fail_msg("%zu %s, and %zu of exhaustive search", brute->distinct, what, ours->distinct);
    assert_has_numbers(brute, ours, what);
}

/* What violates: in the first violations of runs. States that can only be reached when another one
 * was violated before are told, too. Where orders were enough, of equal violations only one is. */
static inline void assert_same_verdicts(const struct ob_tally *brute,
                                        const struct explored *explored)
{
    if (explored->stats.states)
        assert_has_numbers(brute, &explored->verdicts, "verdicts");
    assert_int_equal(brute->distinct > 0, explored->violations > 0);
}

/* The goals that were reached; each has a scenario that reaches it in a plain run. */
static inline uint32_t explored_goals(struct ob_world *world, const struct explored *explored)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    uint32_t reached = 0;
    for (unsigned goal = 0; explored->goals && goal < explored->goals->count; goal++) {
        const struct ob_goal_seen *seen = &explored->goals->seen[goal];
        struct ob_scenario example;
        if (seen->reached == 0)
            continue;
        reached |= UINT32_C(1) << goal;
        if (!seen->has_example)
            continue;
        ob_scenario_decode(vocabulary, seen->example, seen->example_size, &example);
        (void)ob_world_run(world, &example);
        assert_true(ob_world_goals(world) >> goal & 1);
    }
    return reached;
}

/* Whether what comes from outside does so when it is sent, and its link's latency later. Where it
 * may be late, it may have been sent late as well, which makes another order at one microsecond;
 * brute force knows delays alone. */
static inline bool outside_is_punctual(struct ob_world *world, const struct ob_scenario *scenario)
{
    bool is_punctual = true;
    ob_world_open(world, scenario);
    for (uint32_t sent = 0; sent < ob_world_sent_count(world); sent++) {
        const struct ob_link *link =
            ob_world_link(world, OB_OUTSIDE, ob_world_sent(world, sent)->to);
        is_punctual &= link->latency_us_max <= link->latency_us;
    }
    return is_punctual;
}

static inline void assert_same_steps(const struct brute_force *brute,
                                     const struct explored *explored)
{
    for (unsigned goal = 0; explored->goals && goal < explored->goals->count; goal++) {
        assert_int_equal(explored->goals->seen[goal].furthest, brute->furthest[goal]);
        assert_true(explored->goals->seen[goal].ways <= brute->ways[goal].distinct);
    }
}

/*
 * Explores the scenario in both ways and compares, where brute force ends within so many
 * executions: the same orders, and states and ends that violate. Every violation is written.
 * Says on standard output what came of it. Release with explored_release().
 */
static inline struct explored explore_both_ways(struct ob_world *world,
                                                const struct ob_scenario *scenario,
                                                uint64_t executions_max, bool *compared)
{
    static struct brute_force brute;
    const struct ob_target *target = ob_world_target(world);
    struct explored explored = explore_all(world, scenario);
    const struct ob_exhaustive_stats *stats = &explored.stats;
    brute_force_run(&brute, world, scenario, executions_max);
    print_message("%s/%s: brute force %llu%s executions, %zu orders, %zu verdicts; exhaustive "
                  "%llu executions, %llu states, %llu of %llu violations written%s%s\n",
                  target->name, target->variants[ob_world_variant(world)],
                  (unsigned long long)brute.executions, brute.is_complete ? "" : "+",
                  brute.orders.distinct, brute.verdicts.distinct,
                  (unsigned long long)stats->executions, (unsigned long long)stats->states,
                  (unsigned long long)explored.written, (unsigned long long)explored.violations,
                  stats->caveat[0] ? "; " : "", stats->caveat);
    *compared = brute.is_complete && ob_exhaustive_is_all(stats);
    if (*compared) {
        assert_has_numbers(&brute.orders, &explored.orders, "orders");
        if (outside_is_punctual(world, scenario))
            assert_same_numbers(&brute.orders, &explored.orders, "orders");
        assert_same_verdicts(&brute.verdicts, &explored);
        assert_int_equal(explored_goals(world, &explored), brute.goals);
        assert_same_steps(&brute, &explored);
    }
    /* What a monitor judges may have no scenario of its own, which the summary says. */
    if (ob_world_vocabulary(world)->monitor_count == 0)
        assert_int_equal(explored.written, explored.violations);
    assert_true(explored.written > 0 || explored.violations == 0);
    brute_force_release(&brute);
    return explored;
}

#endif
