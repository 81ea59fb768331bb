/* The steps of a trace on a page: one run, or two beside each other. */
#ifndef OFFBEAT_REPORT_STEPS_H
#define OFFBEAT_REPORT_STEPS_H

#include <stdbool.h>

#include "base/text.h"
#include "report/layout.h"

/* Adds a run as it was measured, below a line that begins with `title`. `left_out` says what those
 * are that are not shown: "left out", "the same". */
void ob_steps_print(const struct ob_layout *layout, const char *title, const char *left_out,
                    struct ob_text *text);

/* What a run that passes is called beside one that fails: "Passes"; beside one that has ended at a
 * goal, "Not reached". */
const char *ob_steps_other_title(const struct ob_world *fails);

/* Adds the run that fails at the left and the one that passes at the right, step by step, if
 * `width` has room for both; otherwise adds nothing and returns false. */
bool ob_steps_beside(const struct ob_layout *fails, const struct ob_layout *passes, size_t width,
                     struct ob_text *text);

/* How many deliveries two runs have in common before they differ. */
uint32_t ob_steps_common(const struct ob_world *a, const struct ob_world *b);

#endif
