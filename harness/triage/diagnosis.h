/* All that is found out about a run that fails, ready for the reports. */
#ifndef OFFBEAT_TRIAGE_DIAGNOSIS_H
#define OFFBEAT_TRIAGE_DIAGNOSIS_H

#include "base/error.h"
#include "base/text.h"
#include "report/story.h"
#include "search/explain.h"
#include "search/necessary.h"
#include "world/world.h"

/* Zero-initialise before use. Large: best not on the stack. */
struct ob_diagnosis {
    struct ob_story story;
    bool is_violation; /* otherwise there is nothing to find out, and the rest is empty */
    struct ob_explanation explanation;
    struct ob_need needs[OB_DEVIATIONS_MAX];
    struct ob_deviation_need kept_needs[OB_DEVIATIONS_MAX];
    struct ob_cause_evidence kept_evidence;
    struct ob_text words;
};

/*
 * Runs the scenario in `world`, finds out what decides and what is necessary, and leaves the
 * nearest run that passes in `replay`, another world of the same target and variant. `forked` is
 * what runs both where runs may end the process, else NULL. Both worlds and the scenario must stay
 * as they are while the story is told. Returns 0, or -1 with a line in `error`;
 * ob_diagnosis_release() is due either way.
 */
int ob_diagnose(struct ob_diagnosis *diagnosis, struct ob_world *world, struct ob_world *replay,
                const struct ob_scenario *scenario, struct ob_forked *forked,
                struct ob_error *error);
void ob_diagnosis_release(struct ob_diagnosis *diagnosis);

/* Adds what decides and what is necessary, as text. Nothing for a run without a violation. */
void ob_diagnosis_print(const struct ob_diagnosis *diagnosis, unsigned width, struct ob_text *text);

#endif
