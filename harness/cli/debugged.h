/*
 * The side of `offbeat debug` that a debugger looks at: a run that stops before its deliveries, and
 * functions that a debugger calls to see how things stand.
 */
#ifndef OFFBEAT_CLI_DEBUGGED_H
#define OFFBEAT_CLI_DEBUGGED_H

#include <stdint.h>

#include "base/error.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* Says from which delivery on a run stops, instead of the argument: so that a debugger that starts
 * the program again can go back. */
#define CLI_DEBUG_STEP "OFFBEAT_DEBUG_STEP"

/*
 * Runs a scenario, and calls ob_debug_stop() before each delivery from `step` on, which counts from
 * 1; with 0, from the last one on, at which the violation is found. Returns an enum cli_exit.
 */
int cli_debugged(struct ob_world *world, const struct ob_scenario *scenario, uint32_t step);

/* -- for breakpoints -- */

void ob_debug_stop(void);     /* the next delivery is about to happen */
void ob_debug_violated(void); /* an invariant is violated: the target is on the stack */

/* The delivery, from 1, that is about to happen or that has violated something, less one where a
 * debugger goes back to from there. */
extern uint32_t ob_debug_at;

/* -- to be called from a debugger -- */

void ob_debug_state(void); /* prints every actor: its state, its mailbox, its timers */
void ob_debug_queue(void); /* prints what is under way, in the order of arrival */

#endif
