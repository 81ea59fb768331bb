/* What the files nearby*.c share. */
#ifndef OFFBEAT_SEARCH_NEARBY_INTERNAL_H
#define OFFBEAT_SEARCH_NEARBY_INTERNAL_H

#include "scenario/scenario.h"
#include "search/nearby.h"

#define OB_NEARBY_CLASSES_MAX 256u
#define OB_NEARBY_MORE_MAX 32u /* events that were to come after the failing run */

/* Events of a kind, a sender and a receiver. */
struct ob_nearby_class {
    uint16_t kind, from, actor;
    bool is_free; /* its time can be drawn: it may come later than at its earliest */
    uint32_t count;
    uint32_t *events;
    uint32_t resumes; /* of them that came in the failing run and let a task go on */
};

/* A message of the run that is made. */
struct ob_nearby_coming {
    uint32_t event;      /* of the failing run, or OB_NONE */
    uint64_t planned_us; /* UINT64_MAX: not planned yet. In the end: when it came */
    uint64_t least_us;   /* when it could have come first */
};

struct ob_nearby {
    struct ob_world *replay;
    struct ob_forked *forked;
    struct ob_events events; /* of the failing run, and behind them what was to come after it */
    struct ob_scenario base; /* the failing one without its deviations of order */
    struct ob_verdict wanted;
    uint64_t seed;
    uint32_t last; /* the event at which it fails; OB_NONE: any, or the end */
    uint64_t end_us;
    uint64_t *time_us; /* of each event, see ob_nearby_time_us() */
    uint64_t *stay_us; /* from its sending to that; UINT64_MAX: as early as may be */
    uint32_t *parents;
    struct ob_effects effects; /* empty: not known, as runs are made in child processes */
    uint32_t *columns_of;
    uint16_t *classes_of; /* OB_NEARBY_CLASSES_MAX: those for which there is no room */
    uint32_t column_count;
    uint32_t columns[OB_NEARBY_COLUMNS_MAX];
    struct known {
        uint64_t identity;
        uint32_t event;   /* OB_NONE: this place is free */
        uint32_t claimed; /* the run in which it was met last */
    } * known;
    uint32_t known_mask;
    struct ob_nearby_class classes[OB_NEARBY_CLASSES_MAX];
    uint32_t *class_events;
    unsigned class_count;
    unsigned free_count;
    /* Of the run that is made: */
    uint32_t serial;
    uint32_t sent_read;
    size_t sent_room;
    struct ob_nearby_coming *sent; /* by message */
    /* Of all runs: */
    struct ob_nearby_run *runs;         /* shared with child processes */
    const struct ob_nearby_plan *plans; /* of those that are made now */
    unsigned first;                     /* the run of the first of them */
    unsigned run_count;
    uint64_t deliveries_left;
};

/* nearby.c: makes room for the messages sent so far. Returns false when memory is short. */
bool ob_nearby_reserve(struct ob_nearby *nearby, uint32_t count);

/* Which event of the failing run a message of another run is, or OB_NONE. To be asked once in a run
 * of each message, in the order of sending. */
uint32_t ob_nearby_recognise(struct ob_nearby *nearby, const struct ob_world *world, uint32_t sent);

/* Gives a message its identity, and the event that it is, as `sent` has it, its parent. */
void ob_nearby_know(struct ob_nearby *nearby, const struct ob_world *world, uint32_t sent);

/* nearby_ahead.c: adds what was to come after the failing run. */
void ob_nearby_look_ahead(struct ob_nearby *nearby);

/* The class of a kind, a sender and a receiver, or OB_NEARBY_CLASSES_MAX. */
unsigned ob_nearby_class_of(const struct ob_nearby *nearby, unsigned kind, unsigned from,
                            unsigned actor);

/* nearby_run.c: makes a run, in the replay world. */
void ob_nearby_make_run(struct ob_nearby *nearby, const struct ob_nearby_plan *plan,
                        struct ob_nearby_run *run);

#endif
