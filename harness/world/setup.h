/* Setting a target up: its actors, links and faults, and the vocabulary that scenarios are read
 * with. */
#ifndef OFFBEAT_WORLD_SETUP_H
#define OFFBEAT_WORLD_SETUP_H

#include "offbeat/offbeat.h"

/* Sets the target up, in a world whose tables are there. */
void ob_setup(struct ob_world *world);

/* Brings actors and memory back to how set-up has left them. Targets with state of their own
 * outside of the world are set up again. */
void ob_setup_restore(struct ob_world *world);

/* Adds a kind of message that actors send to the kinds of the target. The description must live as
 * long as the world. Returns its number. To be called in set-up. */
unsigned ob_world_add_kind(struct ob_world *world, const struct ob_message_type *type);

/* Says that a run needs no message from outside to be worth something. To be called in set-up. */
void ob_world_runs_by_itself(struct ob_world *world);

#endif
