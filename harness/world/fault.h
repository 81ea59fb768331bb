/* Faults that strike an actor around the delivery of a message: pauses, crashes and restarts. */
#ifndef OFFBEAT_WORLD_FAULT_H
#define OFFBEAT_WORLD_FAULT_H

#include "world/state.h"

/* Strikes before an actor handles a message, if a fault waits for that. Returns whether one did. */
bool ob_faults_before(struct ob_world *world, uint32_t sent, struct ob_actor *actor);

/* Strikes after it. */
void ob_faults_after(struct ob_world *world, uint32_t sent, struct ob_actor *actor);

#endif
