/* Actors and monitors, as a run finds them first. */
#ifndef OFFBEAT_WORLD_PARTY_H
#define OFFBEAT_WORLD_PARTY_H

#include "world/state.h"

/* What an actor or a monitor begins with. */
struct ob_party {
    const char *name;
    ob_handler *receive;
    size_t state_size; /* bytes */
};

/* Gives an actor or a monitor, whose id is free, its name and its state, zeroed, in the world's
 * arena. `call` is who asks, for what is said of a state that does not fit. Returns it, owned by
 * the world. To be called in set-up. */
struct ob_actor *ob_party_create(struct ob_world *world, const char *call, unsigned id,
                                 struct ob_party party);

#endif
