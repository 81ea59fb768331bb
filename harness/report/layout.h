/* What one step of a trace says, line by line, before it is known where on the page it goes. */
#ifndef OFFBEAT_REPORT_LAYOUT_H
#define OFFBEAT_REPORT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "report/fold.h"
#include "report/message.h"
#include "report/story.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* Where the steps of one trace go. Columns are in bytes from the left edge. */
struct ob_layout {
    const struct ob_world *world;
    const struct ob_scenario *scenario;
    const struct ob_annotated_run *annotated; /* what is known of the run besides; NULL: nothing */
    const struct ob_fold *folds; /* of ob_fold_find(), one a delivery; NULL: nothing is folded */
    struct ob_arities arities;
    uint32_t first;                   /* the first delivery that is shown */
    size_t time_end;                  /* times end here */
    uint32_t time_unit_us;            /* of all of them; 0: they have one as it is */
    size_t starts[OB_ACTORS_MAX + 1]; /* by id: where the actor's column begins */
    size_t widths[OB_ACTORS_MAX +
                  1]; /* by id: the longest line in it, 0 for actors without a delivery */
    size_t width;     /* of all columns together */
    bool is_narrow;   /* whom a message comes from has a line of its own */
    size_t notes_max; /* notes below a message that are longer go on below; 0: none does */
    bool is_list;     /* one column for all, each line with the actor's name in front */
};

/* Measures a trace for a page `width` wide. The world, the scenario and the folds are the caller's
 * and must outlive it. */
void ob_layout_measure(struct ob_layout *layout, const struct ob_world *world,
                       const struct ob_scenario *scenario, const struct ob_fold *folds,
                       size_t width, uint32_t deliveries_max);

/* Whether a delivery is told by the line of an earlier one. */
static inline bool ob_layout_is_folded(const struct ob_layout *layout, uint32_t index)
{
    return layout->folds && layout->folds[index].head < index;
}

/* Whether the violation was found at this delivery, which is then the last. */
bool ob_layout_violates(const struct ob_layout *layout, uint32_t index);

/* Whether a delivery is one of the two whose order decides. */
bool ob_layout_decides(const struct ob_layout *layout, uint32_t index);

/* Adds the lines of a delivery, each ending in a newline: the message, then what is to be noted
 * about it. */
void ob_layout_step(const struct ob_layout *layout, uint32_t index, struct ob_text *lines);

#endif
