/*
 * Who reads and writes what. Two deliveries to different actors depend on each other where one has
 * changed what the other has read: the state of an actor (tables, stores and logs are actors),
 * memory of ob_alloc(), what oracles record. Happens-before, which knows messages and wakes, does
 * not see that.
 *
 * Writes are found by comparing the memory of the world with a snapshot of the moment before. Reads
 * are what a handler has asked for with ob_state() and its like, and what can be reached from there
 * and from its actor's state and the stacks of its tasks by pointers. Memory that is reached in no
 * such way, by a global variable, may be read by everybody: who writes it depends on everybody.
 *
 * Nothing of this is done, and the loop of a world does not ask for it, unless somebody tracks it.
 */
#ifndef OFFBEAT_WORLD_ACCESS_H
#define OFFBEAT_WORLD_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "world/world.h"

#define OB_CELLS_MAX 64u /* cells of one set; one that has more stands for all of them */

/* A cell is what is accessed as a whole: the state of an actor by its id, what oracles record,
 * whether an actor is up, a piece of memory. */
#define OB_CELL_RECORDS 0u
#define OB_CELL_LIFE 256u   /* and the id */
#define OB_CELL_MEMORY 512u /* from here on pieces, by their place in the arena */

struct ob_cells {
    uint32_t list[OB_CELLS_MAX]; /* sorted */
    uint32_t count;
    bool has_all; /* any of them may be in it */
};

/* What one event has done: a step of a run and all that was handled in it. */
struct ob_footprint {
    struct ob_cells read; /* without the event's own actor, which it reads in any case */
    struct ob_cells written;
    bool is_foreign;      /* it has touched another actor, or what oracles record */
    uint16_t overwritten; /* an actor whose state it changed by a way that is not seen, or 0 */
};

/* Who looked at the clock. */
#define OB_CLOCK_OF_CHECK UINT16_MAX
#define OB_CLOCK_OF_ORACLE (UINT16_MAX - 1)

#define OB_ACTOR_WORDS ((OB_ACTORS_MAX + 64) / 64)

#define OB_CHOICES_NOTED 256u

struct ob_actor_set {
    uint64_t bits[OB_ACTOR_WORDS];
};

/* What is noted while a world runs. */
struct ob_access {
    bool in_check;                /* the target's check runs */
    struct ob_actor_set asked;    /* of the event: whose state */
    struct ob_actor_set asked_up; /* of the event: who was asked whether it is up */
    struct ob_actor_set changed;  /* of the event: other actors whose tasks or lives it changed */
    struct ob_actor_set checked;  /* by the check, in any state so far */
    uint16_t clock_reader;        /* an id, or one of OB_CLOCK_OF_; 0: nobody */
    uint16_t worker;              /* the actor that took time, see ob_work(); 0: none */
    /* Choices that were made in any run so far, each once, with the most alternatives that it had.
     */
    struct ob_chosen choices[OB_CHOICES_NOTED];
    uint32_t choice_count;
    bool more_choices; /* than are noted */
};

static inline void ob_actor_set_add(struct ob_actor_set *set, unsigned id)
{
    set->bits[id / 64] |= UINT64_C(1) << (id % 64);
}

static inline bool ob_actor_set_has(const struct ob_actor_set *set, unsigned id)
{
    return set->bits[id / 64] >> (id % 64) & 1;
}

static inline unsigned ob_actor_set_count(const struct ob_actor_set *set)
{
    unsigned count = 0;
    for (unsigned at = 0; at < OB_ACTOR_WORDS; at++)
        count += (unsigned)__builtin_popcountll(set->bits[at]);
    return count;
}

/* Starts to note accesses in a world, from its next run on. Returns NULL when memory is short. */
struct ob_access *ob_access_begin(struct ob_world *world);

/* Ends that, and releases what was noted. */
void ob_access_end(struct ob_world *world);

/* What the event at an actor has done that has just come to its end, since `before` was taken.
 * `kept` is what its tasks held before, see ob_access_kept(). */
void ob_access_event(struct ob_world *world, const struct ob_snapshot *before, unsigned actor,
                     const struct ob_cells *kept, struct ob_footprint *footprint);

/* Forgets what was noted of events, before the next one. */
void ob_access_reset(struct ob_world *world);

/* What the tasks of an actor, which all wait, hold pointers to. */
void ob_access_kept(struct ob_world *world, unsigned actor, struct ob_cells *kept);

/* Sets of cells. */
void ob_cells_add(struct ob_cells *cells, uint32_t cell);
void ob_cells_add_all(struct ob_cells *cells, const struct ob_cells *other);
void ob_cells_add_memory(struct ob_cells *cells, const struct ob_cells *other); /* pieces alone */
bool ob_cells_meet(const struct ob_cells *one, const struct ob_cells *other);

/* Whether two events at different actors depend on each other. */
bool ob_footprints_conflict(const struct ob_footprint *one, unsigned one_actor,
                            const struct ob_footprint *other, unsigned other_actor);

#endif
