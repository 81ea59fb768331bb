/*
 * What many runs have come to of their target's goals: how many reached each, in how many different
 * ways, the furthest step, and a scenario that reaches it. One block of memory without pointers, so
 * that processes can share it or send it to each other.
 */
#ifndef OFFBEAT_SEARCH_GOAL_TALLY_H
#define OFFBEAT_SEARCH_GOAL_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/text.h"
#include "scenario/scenario.h"
#include "world/world.h"

#define OB_WAYS_MAX 16384u /* ways of one goal that are told apart */
#define OB_WAY_PLACES (2 * OB_WAYS_MAX)

struct ob_goal_seen {
    uint64_t reached;     /* runs; of a search over states, the ways to come to it */
    uint64_t first;       /* the run, from 1, that reached it first */
    uint64_t example_run; /* the one whose scenario is kept */
    uint32_t ways;        /* different ones, at most OB_WAYS_MAX */
    bool has_more_ways;
    bool has_example;
    uint8_t furthest; /* steps */
    uint16_t example_size;
    uint8_t example[OB_SCENARIO_BYTES_MAX]; /* encoded: the shortest, and of these the first */
    uint64_t places[OB_WAY_PLACES];         /* a hash table of the ways; 0: free */
};

struct ob_goal_tally {
    uint32_t count; /* goals */
    struct ob_goal_seen seen[];
};

/* The size of one for a target; 0 for a target without goals. */
size_t ob_goal_tally_size(const struct ob_target *target);

/* An empty one for a target, which the caller frees with free(). NULL for a target without goals,
 * and where memory is short. */
struct ob_goal_tally *ob_goal_tally_create(const struct ob_target *target);

/* Makes memory of that size, which is zeroed, an empty one. */
void ob_goal_tally_begin(struct ob_goal_tally *tally, const struct ob_target *target);

/* Forgets what was added. */
void ob_goal_tally_clear(struct ob_goal_tally *tally);

/* Adds what the world's last run, which was the `run`th, has reached that is not in `before`, and
 * how far it came. `tally` may be NULL in this and the functions below: nothing is done then. */
void ob_goal_tally_add(struct ob_goal_tally *tally, const struct ob_world *world, uint32_t before,
                       uint64_t run);

/* Keeps a scenario, the `run`th, as the example of the goals in the set where it is shorter than
 * what there is. */
void ob_goal_tally_example(struct ob_goal_tally *tally, const struct ob_vocabulary *vocabulary,
                           uint32_t goals, const struct ob_scenario *scenario, uint64_t run);

/* Both, for a scenario that was run as it is. */
void ob_goal_tally_run(struct ob_goal_tally *tally, const struct ob_world *world,
                       const struct ob_scenario *scenario, uint64_t run);

/* Adds what another one has, which is of the same target, and counts runs from 1 as well. */
void ob_goal_tally_merge(struct ob_goal_tally *tally, const struct ob_goal_tally *other);

/* Of how many runs, and whether they were all that there can be. */
struct ob_goal_context {
    uint64_t runs;
    bool is_every_order; /* what was not reached cannot be */
    bool is_of_states;   /* reached in so many ways, not runs */
};

/* Adds a line of each goal: `goal commit_after_abort: not reached; furthest step 1 of 2 (abort)`.
 */
void ob_goal_tally_print(const struct ob_goal_tally *tally, const struct ob_target *target,
                         const struct ob_goal_context *context, struct ob_text *text);

/* Adds the line of one of them. */
void ob_goal_seen_print(const struct ob_goal_seen *seen, const struct ob_target *target,
                        unsigned goal, const struct ob_goal_context *context, struct ob_text *text);

/*
 * Adds the member "goals", a list of {"name", "reached", "ways", "more_ways", "steps", "furthest",
 * "furthest_step", "first", "example"}: runs that reached it, different ways and whether there are
 * more than were told apart, the steps that it takes (1 for a goal without), how many were gone and
 * the name of the last of these ("" for none), the first run that reached it, and a scenario as
 * text. The last two are missing where it was not reached. Nothing for a NULL tally.
 */
void ob_goal_tally_json(const struct ob_goal_tally *tally, const struct ob_vocabulary *vocabulary,
                        struct ob_json *json);

/* Adds the goals that the world's last run has reached, and how far it came to others: `a,b:1/2`;
 * `none` for none. */
void ob_goals_of_run(const struct ob_world *world, struct ob_text *text);

#endif
