/* How actors start, end, and start again. */
#ifndef OFFBEAT_WORLD_LIFE_H
#define OFFBEAT_WORLD_LIFE_H

#include "world/state.h"

/* Runs what an actor does when it starts: its start function, or its process up to where that
 * awaits. */
void ob_actor_start(struct ob_actor *actor);

/* All actors start, as a run begins. */
void ob_actors_start(struct ob_world *world);

/* An end that the actor's own code asked for. Nothing was lost that it did not mean to. */
void ob_actor_end(struct ob_world *world, struct ob_actor *actor);

/* An end by a fault. */
void ob_actor_crash(struct ob_world *world, struct ob_actor *actor);

/* An actor that is down starts again, with nothing in its state. */
void ob_actor_restart(struct ob_world *world, struct ob_actor *actor);

/* What the handler of an actor has asked for with ob_work() or ob_stop() comes about: an end when
 * its work is done. */
void ob_actor_finish_handler(struct ob_world *world, struct ob_actor *actor);

/* The work of an actor is done, or goes on: what waits for that comes about. Returns whether it has
 * ended by that. */
bool ob_actor_rests(struct ob_world *world, struct ob_actor *actor);

#endif
