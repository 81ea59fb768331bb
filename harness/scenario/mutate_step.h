/* The single steps of a mutation. Internal to mutate.c and the files that hold the steps. */
#ifndef OFFBEAT_SCENARIO_MUTATE_STEP_H
#define OFFBEAT_SCENARIO_MUTATE_STEP_H

#include <stdbool.h>

#include "base/rng.h"
#include "scenario/scenario.h"

struct ob_mutation {
    const struct ob_vocabulary *vocabulary;
    struct ob_scenario *scenario;
    size_t records_max;
    struct ob_rng *rng;
};

/* Returns false, with nothing changed, when there is nothing that it could change, or no room. */
typedef bool ob_mutation_step(const struct ob_mutation *mutation);

ob_mutation_step ob_step_insert_message, ob_step_remove_message, ob_step_move_message,
    ob_step_repeat_message, ob_step_swap_messages, ob_step_retarget_message, ob_step_change_arg,
    ob_step_change_delay, ob_step_change_payload;
ob_mutation_step ob_step_insert_deviation, ob_step_remove_deviation, ob_step_vary_deviation,
    ob_step_retarget_deviation, ob_step_change_nth, ob_step_change_amount, ob_step_change_mode;

bool ob_mutation_has_room(const struct ob_mutation *mutation, size_t records);

/* -- values -- */

/* A walk of any strategy over the whole run; another beginning or end for one; and one that differs
 * from it in its seed, mostly, or in what else it draws from. Not yet canonical. */
void ob_random_walk(struct ob_rng *rng, struct ob_deviation *deviation);
void ob_random_walk_bounds(struct ob_rng *rng, struct ob_walk *walk);
void ob_nudge_walk(struct ob_rng *rng, struct ob_deviation *deviation);

/* A value for an argument: small, at a bound, already used in the scenario, or any. */
uint32_t ob_random_arg(const struct ob_mutation *mutation, const struct ob_arg *arg);

#endif
