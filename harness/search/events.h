/*
 * The deliveries of one run by what a selector can say of them: so that they can be found again in
 * another run, and be named in a deviation.
 */
#ifndef OFFBEAT_SEARCH_EVENTS_H
#define OFFBEAT_SEARCH_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "world/resume.h"
#include "world/world.h"

struct ob_event {
    uint32_t sent;     /* index of the message in its run */
    uint32_t delivery; /* index of its delivery there, or OB_NONE */
    uint16_t actor;    /* its receiver */
    uint16_t from;
    uint16_t kind;
    uint16_t ordinal; /* of its sender, receiver and kind, in order of sending */
    uint16_t awaited; /* how many of its sender and kind its receiver has handled before */
    bool is_timer;
    bool is_resume; /* it lets a task go on: then `resume` says why, and `same` how many events of
                       that name its actor got before */
    uint16_t same;
    struct ob_resume resume;
    uint16_t sender;    /* who has sent what is handled: `from`, or where a task goes on with a
                           message whoever has sent that */
    bool handles_timer; /* the same, whether that is a timer */
    bool is_fixed;      /* a timer that is never late */
    bool is_delivered;  /* false for one that did not come until the run ended */
};

struct ob_events {
    uint32_t count;
    struct ob_event
        *list; /* in order of delivery; then, if asked for, in order of sending those that did not
                  come: they were under way, lost, or timers that were cancelled */
};

/* Whether a task goes on with a message that its actor got before. */
bool ob_event_is_handling(const struct ob_event *event);

/* Reads the world's last run. Copies and what is handled again are left out. Released with
 * ob_events_release(). Returns -1 when memory is short. */
int ob_events_read(struct ob_events *events, const struct ob_world *world, bool with_pending);
void ob_events_release(struct ob_events *events);

/* Whether a deviation changes nothing but when messages arrive and tasks go on. */
bool ob_is_about_order(const struct ob_deviation *deviation);

/* The place of the same event in the events of another run, or their count. */
uint32_t ob_events_find(const struct ob_events *events, const struct ob_event *like);

/* The deviation by which `held` waits until `awaited` was handled. Returns false when there is
 * none: `held` is a timer that is never late, or one of them is too late in its row to be named. */
bool ob_events_hold(const struct ob_event *held, const struct ob_event *awaited,
                    struct ob_deviation *deviation);

#endif
