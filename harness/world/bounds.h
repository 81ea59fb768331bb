/*
 * The bounds of one run, and what many runs have come to: how many were cut and by what, and how
 * long they were. A run that a bound has cut says nothing of what would have come: see
 * `judges_beginnings` in struct ob_checker.
 */
#ifndef OFFBEAT_WORLD_BOUNDS_H
#define OFFBEAT_WORLD_BOUNDS_H

#include <stdint.h>

#include "base/json.h"
#include "base/text.h"

#define OB_SENT_MAX 65536u /* messages sent in one run */
#define OB_DELIVERIES_MAX                                                                          \
    32767u /* deliveries in one run: their counts fit 15 bits, see causality.h */
#define OB_QUEUE_MAX (4u * OB_SENT_MAX)
#define OB_HOLDS_MAX 65536u /* things that messages which are held back wait for at one time */
#define OB_CALLS_MAX 65535u /* calls made in one run: their refs fit 16 bits */

/* What a run can be cut at. */
enum ob_bound {
    OB_NO_BOUND,
    OB_BOUND_DELIVERIES,
    OB_BOUND_MESSAGES,
    OB_BOUND_CALLS,
    OB_BOUND_ARENA,
    OB_BOUND_QUEUE,
    OB_BOUND_HOLDS,
    OB_BOUND_TASKS_AT_ONCE,
    OB_BOUND_TASKS,
    OB_BOUND_PROCESSES, /* started while it runs */
    OB_BOUND_MEMORY,
    OB_BOUND_TIME,
    OB_BOUND_LIVELOCK, /* of deliveries, where the same state comes again for ever, see rounds.c */
    OB_BOUND_JUDGES,   /* no bound: an invariant is violated where invariants do not judge */
    OB_BOUNDS
};

/* One word, as in `cut deliveries`; "" for OB_NO_BOUND. */
const char *ob_bound_name(enum ob_bound bound);

#define OB_LENGTHS 64 /* ranges of lengths, each at most a quarter wider than its start */

/* Many runs. Zero-initialise before use. */
struct ob_runs {
    uint64_t count;
    uint64_t cut[OB_BOUNDS]; /* of these, by the bound */
    uint64_t lengths[OB_LENGTHS];
    uint32_t longest; /* deliveries */
};

void ob_runs_add(struct ob_runs *runs, enum ob_bound bound, uint32_t deliveries);
void ob_runs_merge(struct ob_runs *runs, const struct ob_runs *other);
uint64_t ob_runs_cut(const struct ob_runs *runs);

/* A number of deliveries that so many hundredths of the runs do not exceed, at most a quarter too
 * high. */
uint32_t ob_runs_percentile(const struct ob_runs *runs, unsigned hundredths);

/*
 * Members of a JSON object that can be added up over processes, number by number: "runs", how many
 * there were; "cut", how many of them at each bound that has cut any; and "deliveries", how many
 * had so many, by ranges "0", "1", "2-3", "4-7", ... up to the longest.
 */
void ob_runs_json(const struct ob_runs *runs, struct ob_json *json);

/* Two lines: `deliveries a run: ...`, and `N of M runs were cut ...` unless none was. */
void ob_runs_print(const struct ob_runs *runs, struct ob_text *text);

#endif
