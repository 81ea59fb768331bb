/*
 * Runs near one that fails: the same messages from outside and the same faults, with everything at
 * about the time at which it came in the failing run, but for a few events whose time is drawn
 * anew. About half of such runs fail; what tells those that do from those that do not is what
 * decides (causes.h). This is statistical debugging (Liblit et al.: "Scalable statistical bug
 * isolation", PLDI 2005) with orders of events in place of predicates.
 *
 * An event is the same in two runs when the same event has sent it, to the same receiver and of the
 * same kind, and as many like it before. Ordinals over a whole run would shift in other runs.
 */
#ifndef OFFBEAT_SEARCH_NEARBY_H
#define OFFBEAT_SEARCH_NEARBY_H

#include <stdbool.h>
#include <stdint.h>

#include "search/effects.h"
#include "search/events.h"
#include "search/forked.h"

#define OB_NEARBY_COLUMNS_MAX                                                                      \
    256u /* events whose places are kept; of a long run the first and the last */
#define OB_NEARBY_SAMPLES_MAX 400u /* runs with times drawn anew */
#define OB_NEARBY_RUNS_MAX 2100u   /* these and the others */
#define OB_NEARBY_REDRAWS_MAX 8u
#define OB_NEARBY_MISSING UINT16_MAX

enum ob_nearby_outcome {
    OB_NEARBY_OTHER, /* another violation, or one at another event, or no verdict */
    OB_NEARBY_FAILS, /* violates the same invariant at the same event, or at the end as well */
    OB_NEARBY_PASSES,
};

/* How an event's time is drawn. */
enum ob_redraw { OB_REDRAW_EARLIEST, OB_REDRAW_AT, OB_REDRAW_WITHIN };

/* What is different in a run from the failing one. Events are indices into `events`; OB_NONE: none.
 */
struct ob_nearby_plan {
    unsigned redraw_count;
    struct {
        uint32_t event;
        uint8_t how;      /* enum ob_redraw */
        uint64_t time_us; /* of AT: virtual time; of WITHIN: share of the range, of 2^32 */
    } redraws[OB_NEARBY_REDRAWS_MAX];
    uint32_t held; /* waits for `until` as long as it may */
    uint32_t until;
    uint32_t brought; /* comes just before `next` does, or `next` waits for it */
    uint32_t next;
    uint32_t moved; /* comes `later_us` later than in the failing run, or earlier */
    int64_t later_us;
};

struct ob_nearby_run {
    uint8_t outcome;                        /* enum ob_nearby_outcome */
    uint32_t at;                            /* the event that came last, or OB_NONE */
    uint32_t missing;                       /* events of the failing run that did not come */
    uint16_t places[OB_NEARBY_COLUMNS_MAX]; /* by column: the delivery's number in the run, or
                                               OB_NEARBY_MISSING */
};

struct ob_nearby;

/*
 * Prepares for runs near the one that `world` has last run, which violated an invariant and is of
 * `scenario`; `events` are those of that run, with what was pending. Runs are made in `replay`,
 * another world of the same target and variant; where `forked` is not NULL, in child processes.
 * All of them must stay as they are. Returns NULL when memory is short; freed with
 * ob_nearby_destroy().
 */
struct ob_nearby *ob_nearby_create(const struct ob_world *world, struct ob_world *replay,
                                   const struct ob_scenario *scenario,
                                   const struct ob_events *events, struct ob_forked *forked);
void ob_nearby_destroy(struct ob_nearby *nearby);

/* The plan that changes nothing. */
struct ob_nearby_plan ob_nearby_plain(void);

/* Makes up to OB_NEARBY_SAMPLES_MAX runs with times drawn anew; fewer where runs are long, or end
 * the process. What is drawn depends on the failing run alone. Returns how many there are, from 0,
 * with the plan of each in `plans`. */
unsigned ob_nearby_sample(struct ob_nearby *nearby,
                          struct ob_nearby_plan plans[OB_NEARBY_SAMPLES_MAX]);

/* Makes one run for each plan, up to OB_NEARBY_RUNS_MAX in all. Returns how many it has made. */
unsigned ob_nearby_try(struct ob_nearby *nearby, const struct ob_nearby_plan *plans,
                       unsigned count);

/* All runs so far, the samples first. */
unsigned ob_nearby_run_count(const struct ob_nearby *nearby);
const struct ob_nearby_run *ob_nearby_run(const struct ob_nearby *nearby, unsigned index);

/* The events of the failing run, and behind them some that were to come of it but had not been sent
 * when it failed. These have no message and no delivery: OB_NONE. */
const struct ob_events *ob_nearby_events(const struct ob_nearby *nearby);

/* The events whose places are kept: their number, and the index of one among `events`. */
unsigned ob_nearby_column_count(const struct ob_nearby *nearby);
uint32_t ob_nearby_column(const struct ob_nearby *nearby, unsigned column);

/* The column of an event, or OB_NONE. */
uint32_t ob_nearby_column_of(const struct ob_nearby *nearby, uint32_t event);

/* The column of the event at which the failing run fails; OB_NONE when it does so at its end. */
uint32_t ob_nearby_last_column(const struct ob_nearby *nearby);

/* The event that has sent this one, or OB_NONE. */
uint32_t ob_nearby_parent(const struct ob_nearby *nearby, uint32_t event);

/* Whether two events may see each other's actors, or a check sees both; `other` is the later one.
 */
bool ob_nearby_meet(const struct ob_nearby *nearby, uint32_t one, uint32_t other);

/* Whether the violation may see who has got an event that came: the event at which the run fails,
 * or a check of the target. True where that is not known. */
bool ob_nearby_is_seen(const struct ob_nearby *nearby, uint32_t event);

/* What an event has left behind at its actor, as far as that is known. */
enum ob_effect ob_nearby_effect(const struct ob_nearby *nearby, uint32_t event);

/* When an event came in the failing run, or is due as things stand at its end; UINT64_MAX for a
 * timer that was cancelled. */
uint64_t ob_nearby_time_us(const struct ob_nearby *nearby, uint32_t event);

/* Reads the last run of the replay world, a plain one of a scenario with the same messages. Returns
 * false when memory is short. */
bool ob_nearby_read(struct ob_nearby *nearby, struct ob_nearby_run *run);

/* How far a run is from the failing one: pairs of one actor that come the other way round, and two
 * for each event of the failing run that is missing, other than those that follow from another of
 * their class. */
unsigned ob_nearby_distance(const struct ob_nearby *nearby, const struct ob_nearby_run *run);

/* Writes the run of a plan that passes as a scenario: a delay for everything that is late. That it
 * passes in a plain run is likely, no more: what comes at one moment may change places. Returns
 * false where the run does not pass, takes too many delays, or is one of child processes. */
bool ob_nearby_write(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                     struct ob_scenario *scenario);

#endif
