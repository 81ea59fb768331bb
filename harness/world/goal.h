/*
 * Goals: what some run of a target should come to, see OB_SOMETIMES(). A run notes how far it has
 * come, and nothing in it depends on that, unless it is to end where one of them is reached.
 */
#ifndef OFFBEAT_WORLD_GOAL_H
#define OFFBEAT_WORLD_GOAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "offbeat/offbeat.h"

struct ob_goal_plan;

/* Counts a target's goals and their steps. Returns -1 with a line in `error` when names are missing
 * or double, or there are too many. `plan` may be NULL. */
int ob_goals_plan(const struct ob_target *target, struct ob_goal_plan *plan,
                  struct ob_error *error);

/* How many goals a target has, 0 to OB_GOALS_MAX, and the one with that name, or -1. */
unsigned ob_goal_count(const struct ob_target *target);
int ob_goal_find(const struct ob_target *target, const char *name);

/* The one that a mistyped name was probably meant to be, or NULL. */
const char *ob_goal_nearest(const struct ob_target *target, const char *name);

/* How many steps it takes, 1 to OB_GOAL_STEPS_MAX. */
unsigned ob_goal_steps(const struct ob_target *target, unsigned goal);

/* The goals that the run has reached so far, a bit each. */
uint32_t ob_world_goals(const struct ob_world *world);

/* How many steps of a goal were gone in the run, all of them when it was reached. */
unsigned ob_world_goal_furthest(const struct ob_world *world, unsigned goal);

/* The way in which a goal was reached: a hash of what had happened by then, equal where only the
 * order of what is independent differs, see ob_world_causal_hash(). For goals that were reached. */
uint64_t ob_world_goal_way(const struct ob_world *world, unsigned goal);

/* From now on a run ends where that goal is reached, as one that violates an invariant of the
 * goal's name, so that what is done with violations can be done with it; -1: none does, as at
 * first. */
void ob_world_until_goal(struct ob_world *world, int goal);
int ob_world_goal_sought(const struct ob_world *world);

/* Whether the last run has ended so. */
bool ob_world_ended_at_goal(const struct ob_world *world);

/* The nth goal, from 0, that was reached in a delivery, OB_NONE for before the first; -1: there
 * are not so many. */
int ob_world_goal_at(const struct ob_world *world, uint32_t delivery, uint32_t nth);

#endif
