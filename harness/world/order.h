/* For explorers, which choose the order of a run themselves. They know strategies, not links. */
#ifndef OFFBEAT_WORLD_ORDER_H
#define OFFBEAT_WORLD_ORDER_H

#include "scenario/scenario.h"
#include "world/verdict.h"

/* Something that may happen next. Latencies are ranges: it may happen at any time from the earliest
 * to the latest, so it may come before another whose earliest is sooner, but not after one whose
 * latest has passed. */
struct ob_choice {
    uint64_t key;         /* the world's own */
    uint64_t earliest_us; /* when it happens in the plain schedule */
    uint64_t latest_us;   /* the latest that its link, or its actor's timers, allow */
    uint32_t sent;        /* the message, or OB_NONE for an actor that wakes or starts again */
    uint16_t actor;       /* to whom it happens */
};

/* Of two that happen at one time, and are both actors that wake or start again, the one with the
 * lower number comes first. */
uint32_t ob_choice_event(uint64_t key);

/* Begins a run in which nothing happens by itself. Messages from outside are sent at once, each due
 * at its own time. */
void ob_world_open(struct ob_world *world, const struct ob_scenario *scenario);

/* Whether runs go on after a violation that a check has found, to their natural end; the first
 * violation stays the verdict. One that a handler reports ends the run in any case. */
void ob_world_keep_going(struct ob_world *world, bool keep_going);

/* From here on the verdict says nothing of what was violated so far in this run, so that one who
 * keeps going sees what every step violates. Does nothing when the run is over. */
void ob_world_forget_violation(struct ob_world *world);

/* Lists what may happen next as far as links keep the order, whatever the time: at most `most`, the
 * earliest first. Returns their number; 0 when the run is over. */
size_t ob_world_choices(struct ob_world *world, struct ob_choice *choices, size_t most);

/* The same when the run is over: what could have happened next. */
size_t ob_world_still_pending(struct ob_world *world, struct ob_choice *choices, size_t most);

/* Lets one of them happen at a time, which becomes the virtual time. Returns false when the run is
 * over with it. */
bool ob_world_choose(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us);

/* Ends an open run in which nothing is left to choose, with the checks of quiescence. */
const struct ob_verdict *ob_world_close(struct ob_world *world);

/* Whether a link keeps two choices in their order: the second cannot come before the first. */
bool ob_world_keeps_order(const struct ob_world *world, const struct ob_choice *first,
                          const struct ob_choice *second);

/* The same where events are chosen one by one: makes the event up to the handler that ends the
 * process, and ends the run as `known_outcome` says. `choice` is NULL for the end of the run, which
 * is then not made. */
void ob_world_end_as(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                     const struct ob_known_outcome *known_outcome);

#endif
