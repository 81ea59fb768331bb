/* One run for a person: the scenario, the trace with a column per actor, and how things stood at
 * the end. */
#ifndef OFFBEAT_REPORT_COLUMNS_H
#define OFFBEAT_REPORT_COLUMNS_H

#include "base/text.h"
#include "report/story.h"
#include "scenario/scenario.h"
#include "world/world.h"

#define OB_COLUMNS_WIDTH 100       /* characters, when the caller does not know better */
#define OB_COLUMNS_DELIVERIES 1000 /* shown of a longer trace, the last ones */

struct ob_columns_options {
    unsigned width;               /* of the page, in characters; 0: OB_COLUMNS_WIDTH */
    uint32_t deliveries_max;      /* 0: OB_COLUMNS_DELIVERIES */
    const struct ob_story *story; /* what is known of the run besides; NULL: nothing */
    bool unfold;                  /* show every delivery, periodic noise as well */
};

/*
 * Adds the report of the world's last run, which was of `scenario`. Plain ASCII, whatever the
 * target names things. Where the columns do not fit into the width, the trace becomes a list with
 * the actors' names in front. What is periodic and changes nothing has one line, see
 * ob_fold_find(). A run that passes stands beside it, or below it where that does not fit; the two
 * deliveries whose order decides have a `*`.
 */
void ob_report_columns(const struct ob_world *world, const struct ob_scenario *scenario,
                       const struct ob_columns_options *options, struct ob_text *text);

#endif
