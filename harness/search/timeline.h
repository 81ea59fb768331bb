/*
 * When the events of an explored run could have happened: a system of difference constraints
 * (Dechter, Meiri, Pearl: "Temporal constraint networks", Artificial Intelligence 1991), and its
 * earliest solution. Each event, each timer that was cancelled, and each message that was still
 * under way when the violation was seen is an instant. It comes no sooner after the event that
 * brought it about than its link's least latency, no later than its most, and after the event
 * before it in the run's order; one microsecond later where the plain schedule lets the other one
 * go first. Messages from outside come when the workload says, so that they may come at any time.
 */
#ifndef OFFBEAT_SEARCH_TIMELINE_H
#define OFFBEAT_SEARCH_TIMELINE_H

#include "scenario/scenario.h"
#include "world/world.h"
#include <stdbool.h>
#include <stdint.h>

enum ob_instant_type {
    OB_OF_OUTSIDE, /* a message from outside */
    OB_OF_LINK,    /* a message from an actor */
    OB_OF_TIMER,   /* a timer, or what lets a task go on */
    OB_OF_COPY,    /* the second copy of a message: its cause is the first */
    OB_OF_ACTOR,   /* an actor wakes, or starts again: nothing can make that late */
};

/* Indices of instants; OB_NONE for none, as a cause: the beginning. */
struct ob_instant {
    uint64_t time_us;     /* in the solution */
    uint64_t sent_us;     /* of a message from outside: when the workload sends it */
    uint64_t explored_us; /* in the explored run; 0 when it did not happen there */
    uint64_t floor_us;    /* it comes no sooner, as another one could not come otherwise */
    uint64_t least_us;    /* after its cause */
    uint64_t most_us;     /* the same; UINT64_MAX: any time */
    uint64_t busy_us;     /* its receiver is busy so long after `busy`; 0: it is not */
    uint32_t cause;
    uint32_t after; /* the instant that it comes after */
    uint32_t busy;
    uint32_t ahead;           /* the instant before it on a link that keeps the order */
    uint32_t sent;            /* its place in the order of sending, in the explored run */
    uint16_t actor;           /* to whom it happens */
    uint16_t input;           /* of a message from outside: its index in the scenario */
    uint8_t type;             /* enum ob_instant_type */
    uint8_t op;               /* by which it can be late: OB_DELAY or OB_PREEMPT */
    struct ob_selector which; /* for that */
    bool is_pending;          /* it did not happen */
    bool is_cancelled;        /* because it was cancelled */
    bool is_optional;         /* from outside: it need not be sent */
    bool is_unnamed;          /* no deviation can name it */
    bool is_free;             /* in the solution: it comes whenever it does */
};

/* The message that a deviation of the explored scenario has hit, of those that name one. */
struct ob_hit {
    bool is_hit;
    bool is_outside;
    uint16_t input;           /* of one from outside */
    uint32_t copy;            /* the instant of its copy */
    struct ob_selector which; /* that message, and no other */
};

struct ob_timeline {
    const struct ob_vocabulary *vocabulary;
    const struct ob_scenario *scenario; /* the explored one */
    uint32_t count;
    uint32_t event_count; /* the first so many happened, in this order */
    struct ob_instant *instants;
    uint32_t last_outside; /* the last message from outside that must be sent */
    bool at_end;           /* the violation was seen when nothing more happened */
    struct ob_hit hits[OB_DEVIATIONS_MAX];
    uint64_t input_us[OB_MESSAGES_MAX]; /* when the scenario sends each message */
};

/* How to solve it. */
struct ob_timing {
    bool per_actor;      /* only the events of one actor keep their order */
    bool from_explored;  /* nothing comes sooner than it came, for those who read clocks */
    bool keeps_workload; /* messages from outside are sent as they were, and late by delays */
    bool only_past;      /* what has not led to the violation comes whenever it does */
    bool only_named;     /* the same of what no deviation can name */
};

/* Reads the world's last run, which was of that scenario and in a chosen order; the world may be
 * used for other runs then, the scenario must stay. The caller releases it. Returns -1 when memory
 * is short or nothing happened. */
int ob_timeline_read(struct ob_timeline *timeline, const struct ob_world *world,
                     const struct ob_scenario *scenario);
void ob_timeline_release(struct ob_timeline *timeline);

/* Finds the earliest times. Returns false when there are none. */
bool ob_timeline_solve(struct ob_timeline *timeline, const struct ob_timing *timing);

/* When an instant would come that nothing makes late. */
uint64_t ob_timeline_due_us(const struct ob_timeline *timeline, const struct ob_instant *instant);

#endif
