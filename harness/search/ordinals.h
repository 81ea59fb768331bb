#include "world/world.h"
/* How deviations count the messages of a run. */
#ifndef OFFBEAT_SEARCH_ORDINALS_H
#define OFFBEAT_SEARCH_ORDINALS_H

/* By message sent in the world's last run: how many of its sender, receiver and kind were sent
 * before it, as ob_world_ordinal() says; near-linear for all of them together. The caller frees it.
 * Returns NULL when memory is short. */
uint32_t *ob_ordinals_read(const struct ob_world *world);

#endif
