/*
 * Which events of a run have left no trace in what their actor keeps, and whose state they have
 * asked for besides. Two of the former may change places and nothing is different: the order of
 * such a pair decides nothing itself. Nor does that of two events at different actors, unless they
 * or a check see both.
 */
#ifndef OFFBEAT_SEARCH_EFFECTS_H
#define OFFBEAT_SEARCH_EFFECTS_H

#include <stdint.h>

#include "search/events.h"
#include "world/access.h"

/* What an event has done with memory that is no actor's state, see world/cells.h. */
struct ob_shared_use {
    struct ob_cells touched; /* read or written */
    struct ob_cells written;
};

enum ob_effect {
    OB_EFFECT_SOME, /* its actor's state was another one afterwards; or not known */
    OB_EFFECT_TASK, /* one of several tasks of its actor went on, and the state was the same */
    OB_EFFECT_NONE, /* the same without a task */
};

struct ob_effects {
    uint32_t count;               /* of events */
    uint8_t *list;                /* enum ob_effect, by event */
    struct ob_actor_set *asked;   /* by event: whose state it has asked for */
    struct ob_actor_set checked;  /* whose state the checks of the target have asked for */
    struct ob_shared_use *shared; /* by event; NULL where that is not known */
};

/*
 * Runs a scenario once more, in `replay`, and looks at the state of each actor before and after
 * each step. `events` are those of a run of it. What a task has in local variables counts as state
 * where it is the only one of its actor. Returns 0, or -1 when memory is short; released with
 * ob_effects_release() either way.
 */
int ob_effects_find(struct ob_effects *effects, struct ob_world *replay,
                    const struct ob_scenario *scenario, const struct ob_events *events);

/* An event, by its index, and the actor that it comes to. */
struct ob_effect_at {
    uint32_t event;
    unsigned actor;
};

/* Whether one of two events at different actors has asked for what the other one changes, or both
 * for the same; one beyond those that are known has asked for nothing. True where nothing is known.
 */
bool ob_effects_meet(const struct ob_effects *effects, struct ob_effect_at one,
                     struct ob_effect_at other);

/* Whether one of two events at different actors has changed memory of ob_alloc() that the other one
 * has changed or could read. */
bool ob_effects_share(const struct ob_effects *effects, uint32_t one, uint32_t other);

/* Whether the checks see both actors. */
bool ob_effects_checked(const struct ob_effects *effects, unsigned one, unsigned other);

void ob_effects_release(struct ob_effects *effects);

#endif
