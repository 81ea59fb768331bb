/*
 * Runs whose end is known from another process, as it would end this one. All of it hangs on the
 * one comparison that each delivery makes anyway, of its number with the most that there may be, so
 * runs without it cost nothing more.
 */
#ifndef OFFBEAT_WORLD_KNOWN_OUTCOME_H
#define OFFBEAT_WORLD_KNOWN_OUTCOME_H

#include "world/verdict.h"

/* From now on `runner` is asked, with `context`, before each run; NULL: nobody. */
void ob_world_set_runner(struct ob_world *world, ob_world_runner *runner, void *context);

/* The same runner as another world of the same target and variant has. */
void ob_world_copy_runner(struct ob_world *world, const struct ob_world *other);

/* Where the number of deliveries that have begun is written during runs, so that another process
 * can read it when this one has ended; NULL: nowhere. */
void ob_world_publish(struct ob_world *world, volatile uint32_t *deliveries);

/* Asks how a run will end, before it begins. */
void ob_ask_known_outcome(struct ob_world *world, const struct ob_scenario *scenario);

/* Whether that is at once; then it has. */
bool ob_ends_at_once(struct ob_world *world);

/* Ends the run with its known outcome, where nothing more of it can be run here. */
void ob_end_as_known(struct ob_world *world);

#endif
