/*
 * An execution so far, as the events that were chosen one after the other, and what is known of
 * when they may happen. Times are no part of it: each event comes between a least and a most after
 * the event that has caused it, and after those before it on which it depends. Whether there are
 * times for all of them is a system of difference constraints, whose least solution is found by
 * raising times until every bound holds (Bellman, Ford).
 *
 * Two events depend on each other where one actor gets both, or where one has changed what the
 * other has read (see world/access.h). Executions that differ only in the order of events that do
 * not depend on each other are one (Mazurkiewicz traces), and so are the states that they reach.
 */
#ifndef OFFBEAT_SEARCH_TIMED_PATH_H
#define OFFBEAT_SEARCH_TIMED_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "world/access.h"
#include "world/order.h"
#include "world/world.h"

#define OB_PATH_EVENTS_MAX 512u /* events of one execution */
#define OB_PATH_START (-1)      /* the place of a cause that is none: its time is 0 */

/* Something happens from `least_us` to `most_us` after the event at the place `cause`. */
struct ob_span {
    int cause;
    uint64_t least_us;
    uint64_t most_us;
};

/* What may happen next. */
struct ob_pending {
    struct ob_choice choice;
    struct ob_span span;
};

/* The identity of a set of events: a sum, so that their order makes no difference. */
struct ob_identity {
    uint64_t words[2];
};

struct ob_path_event {
    struct ob_span span;
    struct ob_identity identity; /* of what it is, and of all that it depends on */
    struct ob_footprint footprint;
    struct ob_cells kept; /* what tasks of its actor hold after it */
    uint64_t key;         /* of the choice */
    uint64_t earliest_us; /* as far as least latencies and its predecessors say */
    uint64_t time_us;     /* that the world was given */
    uint32_t sent;        /* its message, or OB_NONE */
    uint32_t sent_end;    /* messages that were sent up to its end */
    uint32_t before_end;  /* where its part of `before` ends */
    uint32_t limits_end;  /* where its part of `limits` ends */
    uint16_t actor;
};

/* The event at `place` comes before something that it has cancelled, which could wait until its
 * most. */
struct ob_path_limit {
    int place;
    struct ob_span span;
    uint64_t key;
    uint32_t sent;
};

/* Asked before each event: see `ends` of struct ob_exhaustive_watcher. */
struct ob_path_guard {
    bool (*ends)(struct ob_world *world, const struct ob_choice *choice, uint64_t time_us,
                 struct ob_known_outcome *known_outcome, void *context);
    void *context;
};

struct ob_path {
    struct ob_world *world;
    struct ob_path_guard guard; /* nobody is asked without `ends` */
    uint64_t end_us; /* nothing happens after it: see settle_us; OB_PATH_NO_END for none */
    uint64_t
        apart_us; /* an event is given to the world so long after that before it at its actor */
    uint32_t outside_sent; /* messages that were there before the first event */
    uint32_t count;
    struct ob_path_event *events;
    uint16_t *before; /* of each event those that it comes after: the last of its actor, and the
                         others on which it depends */
    struct ob_path_limit *limits;
    uint64_t *times_us;          /* of the last question */
    struct ob_path_turns *turns; /* for it */
    bool gave_up;                /* a question was not answered */
    bool by_all_ways;            /* a question takes all ways, whatever is known of them */
    struct ob_cells *start;      /* by id: what the actor's tasks held when the run began */
};

#define OB_PATH_NO_END (UINT64_MAX / 4)

/* How many limits the events of the path have set so far. */
static inline uint32_t ob_path_limit_count(const struct ob_path *path)
{
    return path->count == 0 ? 0 : path->events[path->count - 1].limits_end;
}

/* What is tried while times are sought, see path_times.c; freed with free(). */
struct ob_path_turns *ob_path_turns_create(void);

/* Forgets the answer about a path of so many events, as there is another one now. */
void ob_path_turns_forget(struct ob_path_turns *turns, uint32_t count);

/* Returns -1 when memory is short. Released with ob_path_release(). */
int ob_path_create(struct ob_path *path, struct ob_world *world);
void ob_path_release(struct ob_path *path);

/* Begins with the world as ob_world_open() has left it. */
void ob_path_begin(struct ob_path *path);

/* Lists what may happen next: at most `most`, those of `older` (`older_count` of them), what could
 * happen before the last event, among them. Returns their number. */
size_t ob_path_list(const struct ob_path *path, const struct ob_pending *older, size_t older_count,
                    struct ob_pending *pending, size_t most);

/* Executes one of what is pending, of which the world is at `before`: the next event, as early as
 * its cause and its actor allow. Returns false when the run is over with it. There must be room:
 * fewer than OB_PATH_EVENTS_MAX events. */
bool ob_path_execute(struct ob_path *path, const struct ob_snapshot *before,
                     const struct ob_pending *pending);

/* Ends the run in the world: all that is pending comes after its end, or never. */
void ob_path_end(struct ob_path *path);

/* What was pending before the last event and is no longer, was cancelled by it. */
void ob_path_note_cancelled(struct ob_path *path, const struct ob_pending *older,
                            size_t older_count, const struct ob_pending *pending, size_t count);

/* Takes the last event back; the world is the caller's to restore. */
void ob_path_undo(struct ob_path *path);

/* How to look for times. */
struct ob_path_question {
    const struct ob_pending *pending; /* what has not happened yet, and could still */
    size_t count;
    bool is_end;  /* it can all come after the end of the run */
    bool is_over; /* the run has ended with the last event: none comes after it */
    bool is_row;  /* the events come in the order of the path, which depend on each other or not */
};

/* Whether there are times for all events at which a plain run has them in an order of this path:
 * see path_times.c. They are then in path->times_us, and what is pending can come at its latest.
 * Where too many ways had to be tried to know, it says so in path->gave_up, and true. */
bool ob_path_is_possible(struct ob_path *path, const struct ob_path_question *question);

/* The identity of the last event. */
struct ob_identity ob_path_identity(const struct ob_path *path);

#endif
