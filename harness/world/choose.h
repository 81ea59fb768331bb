/* How choices are made. */
#ifndef OFFBEAT_WORLD_CHOOSE_H
#define OFFBEAT_WORLD_CHOOSE_H

#include "world/state.h"

/* As ob_choose_at(), at any point: an alternative of `count` ≥ 1. `*noted` is the choice as it is
 * kept, NULL where it is not. */
unsigned ob_choose_here(struct ob_actor *self, unsigned point, unsigned count,
                        struct ob_chosen **noted);

#endif
