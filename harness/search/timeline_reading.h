/* What the files share that read a timeline. */
#ifndef OFFBEAT_SEARCH_TIMELINE_READING_H
#define OFFBEAT_SEARCH_TIMELINE_READING_H

#include "scenario/scenario.h"
#include "search/timeline.h"
#include "world/world.h"

/* What is needed while a run is read. */
struct reading {
    struct ob_timeline *timeline;
    const struct ob_world *world;
    uint32_t happenings; /* up to the violation */
    uint32_t *events;    /* by happening: the instant of the event that it is, or is part of */
    uint32_t *causes;    /* by delivery: the instant of its event */
    uint32_t *ahead;     /* by link: the last instant on it */
    uint32_t *places;    /* by message: its instant */
    uint32_t *alias;     /* by message: the copy of it that came in its stead */
    uint32_t *ordinals;  /* by message, as ob_ordinals_read() says */
    uint32_t *turns;     /* by message, as ob_world_resume_ordinal() says */
    uint64_t *extra_us;  /* by message: how late the scenario's delays make a timer */
    uint64_t *due_us;    /* by message: one more than when it was due before it was put off */
};

/* timeline_bounds.c */

bool ob_reading_is_outside(const struct reading *reading, uint32_t sent);

/* The message that one is the copy of, or itself. */
uint32_t ob_reading_original(const struct reading *reading, uint32_t sent);

/* Names one message, as far as a selector can. */
struct ob_selector ob_reading_selector(const struct reading *reading, uint32_t sent);

/* Adds an instant of an actor, with nothing that bounds it. */
struct ob_instant *ob_reading_add(struct reading *reading, unsigned actor);

/* Adds that of a message, with what its link or timer allows. `due_us` is when it was due in the
 * explored run. */
struct ob_instant *ob_reading_add_message(struct reading *reading, uint32_t sent, uint64_t due_us);

/* Bounds one from outside. */
void ob_reading_bound_outside(const struct reading *reading, struct ob_instant *instant);

#endif
