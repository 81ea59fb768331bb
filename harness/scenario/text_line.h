/*
 * Reading one line of a scenario's text form, word by word. Internal to the parser. The text may
 * hold anything, NULs included; nothing here reads past a line's end or quotes it unfiltered.
 */
#ifndef OFFBEAT_SCENARIO_TEXT_LINE_H
#define OFFBEAT_SCENARIO_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "scenario/scenario.h"

#define OB_TEXT_MAGIC "offbeat scenario"
#define OB_TEXT_VERSION 1

/* A part of the text, not NUL-terminated. */
struct ob_word {
    const char *at;
    size_t length;
};

struct ob_line {
    const struct ob_vocabulary *vocabulary;
    struct ob_scenario *scenario; /* where what is read goes */
    const char *name;             /* of the file, for errors */
    unsigned number;              /* from 1 */
    struct ob_word rest;          /* what is not yet read, without comment and line end */
    bool *is_inapplicable;        /* set by ob_line_misfit(); somebody else's */
    struct ob_error *error;
};

/* Writes "NAME:LINE: ...". Returns -1. */
int ob_line_fail(const struct ob_line *line, const char *format, ...) OB_PRINTF(2, 3);

/* The same for what may be right for another target, or for this one at another time. */
int ob_line_misfit(const struct ob_line *line, const char *format, ...) OB_PRINTF(2, 3);

/* A word as errors show it: in quotes, cut after a while, without control characters. */
struct ob_quoted {
    char text[48];
};
struct ob_quoted ob_quote(struct ob_word word);

bool ob_word_is(struct ob_word word, const char *text);
bool ob_word_starts(struct ob_word word, const char *text);

/* The first `length` bytes of a word, and what follows these. */
struct ob_word ob_word_head(struct ob_word word, size_t length);
struct ob_word ob_word_tail(struct ob_word word, size_t length);

void ob_line_skip_blanks(struct ob_line *line);

/* The next word up to a blank; empty at the end of the line. Peeking does not take it. */
struct ob_word ob_line_word(struct ob_line *line);
struct ob_word ob_line_peek(const struct ob_line *line);

/* Takes a name of letters, digits and '_', which may be empty. */
struct ob_word ob_line_name(struct ob_line *line);

/* Takes one character if it is the next. */
bool ob_line_take(struct ob_line *line, char character);

/* Takes this word, or fails with what was there instead. */
int ob_line_expect(struct ob_line *line, const char *word);

/* Fails unless everything is read. */
int ob_line_expect_end(struct ob_line *line);

/* A decimal number up to `max`; `what` names it in errors. */
int ob_line_number(const struct ob_line *line, struct ob_word word, const char *what, uint32_t max,
                   uint32_t *number);

/* A duration such as 250us, 1.5ms or 0, in whole microseconds. */
int ob_line_duration(const struct ob_line *line, struct ob_word word, uint32_t *duration_us);

/* A kind, a point of choice or an actor by name; errors list what there is. The number of an actor
 * is its id. */
int ob_line_find_kind(const struct ob_line *line, struct ob_word name, unsigned *kind);
int ob_line_find_choice(const struct ob_line *line, struct ob_word name, unsigned *point);
int ob_line_find_actor(const struct ob_line *line, struct ob_word name, unsigned *id);

/* What is on one line of each kind; both add it to the scenario. */
int ob_line_message(struct ob_line *line);
int ob_line_deviation(struct ob_line *line, unsigned op);

#endif
