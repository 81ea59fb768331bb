/* Marks what a run shows apart from code, for engines: see engine.h. */
#ifndef OFFBEAT_WORLD_FEEDBACK_H
#define OFFBEAT_WORLD_FEEDBACK_H

#include "world/actor.h"
#include "world/inline.h"
#include "world/log.h"

/* Marks the state that an actor has reached, and what a delivery shows. For worlds that somebody
 * wants feedback of. A step of a goal has its own place among those of all goals. */
OB_RARE void ob_mark_goal(struct ob_world *world, unsigned place);
OB_RARE void ob_mark_state(struct ob_world *world, const struct ob_actor *actor);
OB_RARE void ob_mark_delivery(struct ob_world *world, const struct ob_delivery *delivery,
                              struct ob_actor *actor, unsigned kind);

#endif
