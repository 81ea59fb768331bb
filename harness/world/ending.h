/* How runs end: when nothing more happens, or where something left them. */
#ifndef OFFBEAT_WORLD_ENDING_H
#define OFFBEAT_WORLD_ENDING_H

#include "world/state.h"

/* Does something that a violation or a bound may leave early; of a run that was cut then judges
 * what can be judged. Returns whether the action came to its end. */
bool ob_guard(struct ob_world *world, void (*action)(struct ob_world *world));

/* The run has come to its natural end. `quiescent`: nothing more can happen; else only periodic
 * timers go on. What is checked then may leave it. */
void ob_end(struct ob_world *world, bool quiescent);

#endif
