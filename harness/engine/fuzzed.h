/* What a fuzz executable or an AFL++ mutator library is made for: one target in one variant. */
#ifndef OFFBEAT_ENGINE_FUZZED_H
#define OFFBEAT_ENGINE_FUZZED_H

#include "offbeat/offbeat.h"
#include "search/goal_tally.h"
#include "search/shown.h"
#include "world/bounds.h"
#include "world/world.h"

/* Defined by a file that the build writes for each executable. */
extern const struct ob_target *const ob_fuzzed_target;
extern const char ob_fuzzed_variant[];

/* After fewer executions, what none has shown says nothing of the target. */
#define OB_FUZZED_SHOWN_LEAST 1000u

/* What this process has run so far. */
struct ob_fuzzed_counts {
    uint64_t executions;         /* inputs that the engine asked for */
    uint64_t mutation_runs;      /* parents that were run to see what races in them */
    uint64_t deliveries;         /* in all of these, runs of parents included */
    uint64_t news;               /* executions that have shown something new */
    uint64_t scans;              /* executions that were looked at for that */
    uint64_t times_shown[3];     /* edges and marks that one, two, and more of them have shown */
    struct ob_runs *runs;        /* how long the executions were, and what has cut them */
    struct ob_shown *shown;      /* what they have shown, where feedback is on */
    struct ob_goal_tally *goals; /* that they have reached; NULL where the target has none */
    bool is_running;             /* one is under way */
};
extern struct ob_fuzzed_counts ob_fuzzed_counts;

/*
 * A new world of that target. When the target's description is wrong the process ends with exit
 * code 2 and a line that says why. The caller keeps it to the end of the process.
 */
struct ob_world *ob_fuzzed_world_create(void);

/* Says on standard error what the target's declaration leaves engines no choice in, and which
 * memory outside of the world its runs change. To be called before the first run. */
void ob_fuzzed_warn(struct ob_world *world);

#endif
