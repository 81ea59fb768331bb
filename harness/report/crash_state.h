/*
 * A crash as ClusterFuzz sees it: a type and a state of up to three lines, by which it groups. What
 * stands here follows its published rules as far as they concern C programs and what our fuzz
 * programs print, so that the names of invariants can be held against them before somebody else's
 * tracker merges two bugs.
 */
#ifndef OFFBEAT_REPORT_CRASH_STATE_H
#define OFFBEAT_REPORT_CRASH_STATE_H

#include <stdbool.h>
#include <stddef.h>

#define OB_CRASH_LINES 3       /* the assertion and the frames after it */
#define OB_CRASH_LINE_MAX 80   /* characters of a line that count */
#define OB_CRASH_ALIKE_MAX 0.8 /* states that are more alike are merged */

struct ob_crash_state {
    char type[32]; /* "" for no crash */
    char lines[OB_CRASH_LINES][OB_CRASH_LINE_MAX + 1];
    unsigned count; /* of lines */
};

/* Reads what a program printed. What is no crash gives the type "". */
void ob_crash_state_read(const char *output, size_t length, struct ob_crash_state *state);

/* Adds a line as it counts: numbers and addresses replaced, cut at OB_CRASH_LINE_MAX. None is added
 * to a full state. Returns whether the line counts just as it is. */
bool ob_crash_state_add(struct ob_crash_state *state, const char *line);

/* Whether a frame, "function file:line", is left out of states. */
bool ob_crash_frame_is_dropped(const char *frame);

/* How alike two lines are, from 0 to 1: the sum of their lengths less their edit distance, by that
 * sum. Of longer ones the first OB_CRASH_LINE_MAX characters count. */
double ob_crash_line_likeness(const char *one, const char *other);

/*
 * How alike two states are, from 0 to 1: the mean over the lines that both have. 1 when two lines
 * are the same.
 */
double ob_crash_likeness(const struct ob_crash_state *one, const struct ob_crash_state *other);

/* Whether they count as one bug. */
bool ob_crash_states_merge(const struct ob_crash_state *one, const struct ob_crash_state *other);

#endif
