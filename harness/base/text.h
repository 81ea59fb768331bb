/* A growing string, for everything that is printed: reports, scenarios as text, descriptions of
 * state. */
#ifndef OFFBEAT_BASE_TEXT_H
#define OFFBEAT_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/error.h"

/* Zero-initialise before use, ob_text_release() after it. `data` is NUL-terminated once anything
 * was added. */
struct ob_text {
    char *data;
    size_t length;   /* bytes, without the NUL */
    size_t capacity; /* bytes allocated */
    int failed;      /* 1 when memory ran out: what was added from then on is missing */
};

void ob_text_printf(struct ob_text *text, const char *format, ...) OB_PRINTF(2, 3);
void ob_text_vprintf(struct ob_text *text, const char *format, va_list arguments);
void ob_text_append(struct ob_text *text, const char *data, size_t length);

/* Adds a name or a value as it can be shown on one line: control characters become '?'. */
void ob_text_add_line(struct ob_text *text, const char *string);

/* Adds spaces up to `column` (counted in bytes since the last newline); none when already there. */
void ob_text_pad(struct ob_text *text, size_t column);

/* The content as a C string; "" when nothing was added. Valid until the next addition. */
const char *ob_text_string(const struct ob_text *text);

/* Adds a line and a newline; one that is longer than `width` goes on below, `indent` blanks from
 * the left. Words are never cut. */
void ob_text_wrap(struct ob_text *text, const char *line, size_t width, size_t indent);

void ob_text_release(struct ob_text *text);

/* What makes a word that is counted plural: "" for 1, else "s". */
static inline const char *ob_plural(unsigned long long count)
{
    return count == 1 ? "" : "s";
}

#endif
