/*
 * Which events of a run have left no trace in what their actor keeps. Two of those may change
 * places and nothing is different: the order of such a pair decides nothing itself.
 */
#ifndef OFFBEAT_SEARCH_EFFECTS_H
#define OFFBEAT_SEARCH_EFFECTS_H

#include <stdint.h>

#include "search/events.h"

enum ob_effect {
    OB_EFFECT_SOME, /* its actor's state was another one afterwards; or not known */
    OB_EFFECT_TASK, /* one of several tasks of its actor went on, and the state was the same */
    OB_EFFECT_NONE, /* the same without a task */
};

/*
 * Runs a scenario once more, in `replay`, and looks at the state of each actor before and after
 * each step. `events` are those of a run of it. Returns an effect for each. What a task has in
 * local variables counts as state where it is the only one of its actor. The caller frees them;
 * NULL when memory is short.
 */
uint8_t *ob_effects_find(struct ob_world *replay, const struct ob_scenario *scenario,
                         const struct ob_events *events);

#endif
