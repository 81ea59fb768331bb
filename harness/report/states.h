/* What state every actor was in after each delivery of a run, as its target describes it. */
#ifndef OFFBEAT_REPORT_STATES_H
#define OFFBEAT_REPORT_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "report/story.h"

/* A timer that runs. */
struct ob_state_timer {
    uint64_t due_us; /* when it fires, as things stand */
    uint32_t sent;   /* its message */
};

/* An actor as it was from a delivery on, until its next entry. */
struct ob_state_entry {
    uint32_t delivery; /* the one after which it was like this; OB_NONE: before the first */
    uint32_t mailbox;  /* messages that wait for it */
    size_t timers;     /* index of the first of its timers that run, in the order of starting */
    uint32_t timer_count;
    size_t text;    /* where its description begins in the texts, see ob_states_text() */
    uint16_t actor; /* id */
    bool is_up;
};

/* Zero-initialise before use, ob_states_release() after it. */
struct ob_states {
    struct ob_state_entry *entries; /* every actor once, then each change, in the order of time */
    size_t count;
    size_t capacity;
    struct ob_text texts;
    struct ob_state_timer *timers;
    size_t timer_count;
    size_t timer_capacity;
};

/*
 * Runs the scenario once more, in a world of its own, and notes the states on the way. What happens
 * without a check in between (an actor that dies before it handles a message) shows with what comes
 * next. Returns 0, or -1 with a line in `error`.
 */
int ob_states_record(const struct ob_annotated_run *annotated, struct ob_states *states,
                     struct ob_error *error);
void ob_states_release(struct ob_states *states);

/* The description that belongs to an entry, "" when the target has nothing to say. */
const char *ob_states_text(const struct ob_states *states, const struct ob_state_entry *entry);

#endif
