/* Sets of cells: what events read and write, see access.h. */
#ifndef OFFBEAT_WORLD_CELLS_H
#define OFFBEAT_WORLD_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#define OB_CELLS_MAX 64u /* cells of one set; one that has more stands for all of them */

/* A cell is what is accessed as a whole: the state of an actor by its id, what oracles record,
 * whether an actor is up, what was sent in_sent_order to it last, a piece of memory. */
#define OB_CELL_RECORDS 0u
#define OB_CELL_LIFE 256u    /* and the id */
#define OB_CELL_MAILBOX 512u /* the same: what it gets in the order of sending */
#define OB_CELL_MEMORY 768u  /* from here on pieces, by their place in the arena */

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

bool ob_cells_have(const struct ob_cells *cells, uint32_t cell);
void ob_cells_add(struct ob_cells *cells, uint32_t cell);
void ob_cells_add_all(struct ob_cells *cells, const struct ob_cells *other);
void ob_cells_add_memory(struct ob_cells *cells, const struct ob_cells *other); /* pieces alone */
bool ob_cells_meet(const struct ob_cells *one, const struct ob_cells *other);

/* Whether two events at different actors depend on each other. */
bool ob_footprints_conflict(const struct ob_footprint *one, unsigned one_actor,
                            const struct ob_footprint *other, unsigned other_actor);
void ob_cells_drop(struct ob_cells *cells, uint32_t cell);

/* Whether something is in it that is neither the actor's own nor a piece of memory. */
bool ob_cells_have_foreign(const struct ob_cells *cells, unsigned actor);

#endif
