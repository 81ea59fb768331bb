#include "world/cells.h"

#include <string.h>

/* Where a cell is, or belongs. */
static uint32_t place_in(const struct ob_cells *cells, uint32_t cell)
{
    uint32_t at = 0;
    while (at < cells->count && cells->list[at] < cell)
        at++;
    return at;
}

bool ob_cells_have(const struct ob_cells *cells, uint32_t cell)
{
    uint32_t at = place_in(cells, cell);
    return cells->has_all || (at < cells->count && cells->list[at] == cell);
}

void ob_cells_add(struct ob_cells *cells, uint32_t cell)
{
    uint32_t at = place_in(cells, cell);
    if (at < cells->count && cells->list[at] == cell)
        return;
    if (cells->count == OB_CELLS_MAX) {
        cells->has_all = true;
        return;
    }
    memmove(&cells->list[at + 1], &cells->list[at], (cells->count - at) * sizeof *cells->list);
    cells->list[at] = cell;
    cells->count++;
}

void ob_cells_add_all(struct ob_cells *cells, const struct ob_cells *other)
{
    cells->has_all |= other->has_all;
    for (uint32_t at = 0; at < other->count; at++)
        ob_cells_add(cells, other->list[at]);
}

void ob_cells_add_memory(struct ob_cells *cells, const struct ob_cells *other)
{
    cells->has_all |= other->has_all;
    for (uint32_t at = place_in(other, OB_CELL_MEMORY); at < other->count; at++)
        ob_cells_add(cells, other->list[at]);
}

bool ob_cells_meet(const struct ob_cells *one, const struct ob_cells *other)
{
    if (one->has_all || other->has_all)
        return (one->has_all || one->count > 0) && (other->has_all || other->count > 0);
    for (uint32_t at = 0, in = 0; at < one->count && in < other->count;) {
        if (one->list[at] == other->list[in])
            return true;
        if (one->list[at] < other->list[in])
            at++;
        else
            in++;
    }
    return false;
}

/* Every event reads its own actor. */
static bool writes_what_is_read(const struct ob_footprint *writer,
                                const struct ob_footprint *reader, unsigned reader_actor)
{
    return writer->written.has_all || ob_cells_have(&writer->written, reader_actor) ||
           ob_cells_meet(&writer->written, &reader->read);
}

bool ob_footprints_conflict(const struct ob_footprint *one, unsigned one_actor,
                            const struct ob_footprint *other, unsigned other_actor)
{
    return one_actor == other_actor || writes_what_is_read(one, other, other_actor) ||
           writes_what_is_read(other, one, one_actor);
}

void ob_cells_drop(struct ob_cells *cells, uint32_t cell)
{
    uint32_t at = place_in(cells, cell);
    if (at == cells->count || cells->list[at] != cell)
        return;
    cells->count--;
    memmove(&cells->list[at], &cells->list[at + 1], (cells->count - at) * sizeof *cells->list);
}

bool ob_cells_have_foreign(const struct ob_cells *cells, unsigned actor)
{
    for (uint32_t at = 0; at < cells->count; at++)
        if (cells->list[at] != actor && cells->list[at] < OB_CELL_MEMORY)
            return true;
    return cells->has_all;
}
