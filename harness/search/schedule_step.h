/* The single steps of a schedule mutation. Internal to schedule_mutation.c and the files that hold
 * the steps. */
#ifndef OFFBEAT_SEARCH_SCHEDULE_STEP_H
#define OFFBEAT_SEARCH_SCHEDULE_STEP_H

#include "scenario/scenario.h"
#include "search/race_groups.h"
#include "search/schedule_mutation.h"
#include "world/world.h"

struct ob_schedule {
    struct ob_world *world; /* whose last run is that of the scenario as it was */
    struct ob_scenario *scenario;
    size_t records_max;
    const struct ob_schedule_options *options;
    unsigned parts; /* of which the next step is, a set of enum ob_schedule_part; 0: any */
    struct ob_rng *rng;
    struct ob_groups groups; /* of the actor that a step looks at */
    unsigned candidate_count;
    uint32_t candidate_events;            /* what they get, all of them together */
    uint8_t candidates[OB_ACTORS_MAX];    /* actors that get two things at least */
    uint32_t events_up_to[OB_ACTORS_MAX]; /* what this one and those before it get */
};

/* Returns false, with nothing changed, when there is nothing that it could change, or no room. */
typedef bool ob_schedule_step(struct ob_schedule *schedule);

ob_schedule_step ob_schedule_reverse; /* one pair, or a few */
ob_schedule_step ob_schedule_shuffle; /* all that one actor gets, or that every actor gets */
ob_schedule_step
    ob_schedule_strike;             /* a fault, or a delay to just before or after something else */
ob_schedule_step ob_schedule_meet;  /* a timer and another event fall on one moment */
ob_schedule_step ob_schedule_relax; /* one deviation less */

/* Whether the caller wants deviations of this op. */
bool ob_schedule_wants(const struct ob_schedule *schedule, unsigned op);

/* Adds a deviation, of an op that is wanted; a reorder replaces one that holds back the same
 * messages. */
bool ob_schedule_add(struct ob_schedule *schedule, struct ob_deviation deviation);

/* Reads the groups of an actor that gets two different things at least. Returns false when there is
 * none. */
bool ob_schedule_choose_actor(struct ob_schedule *schedule);

/* Reads the groups of this actor, by kind, by sender or one by one. */
void ob_schedule_read_groups(struct ob_schedule *schedule, unsigned actor);

#endif
