/* All that is found out about a run that fails, ready for the reports. */
#ifndef OFFBEAT_CLI_TELLING_H
#define OFFBEAT_CLI_TELLING_H

#include "base/error.h"
#include "base/text.h"
#include "report/story.h"
#include "search/explain.h"
#include "search/necessary.h"

/* Zero-initialise before use. Large: best not on the stack. */
struct cli_telling {
    struct ob_story story;
    bool is_violation; /* otherwise there is nothing to find out, and the rest is empty */
    struct ob_explanation explanation;
    struct ob_need needs[OB_DEVIATIONS_MAX];
    struct ob_telling_need told_needs[OB_DEVIATIONS_MAX];
    struct ob_telling_evidence told_evidence;
    struct ob_text words;
};

/*
 * Runs the scenario in `world`, finds out what decides and what is necessary, and leaves the
 * nearest run that passes in `replay`, another world of the same target and variant. `forked` is
 * what runs both where runs may end the process, else NULL. Both worlds and the scenario must stay
 * as they are while the story is told. Returns 0, or -1 with a line in `error`;
 * cli_telling_release() is due either way.
 */
int cli_tell(struct cli_telling *telling, struct ob_world *world, struct ob_world *replay,
             const struct ob_scenario *scenario, struct ob_forked *forked, struct ob_error *error);
void cli_telling_release(struct cli_telling *telling);

/* Adds what decides and what is necessary, as text. Nothing for a run without a violation. */
void cli_add_telling(const struct cli_telling *telling, unsigned width, struct ob_text *text);

#endif
