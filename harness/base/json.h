/* JSON (RFC 8259), as commands, reports and fuzz programs print it. */
#ifndef OFFBEAT_BASE_JSON_H
#define OFFBEAT_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define OB_JSON_DEPTH_MAX 16u

/* A document while it is written, item by item; commas, quotes, escapes and line ends come by
 * themselves. `text` may be emptied on the way.
 *
 * A name is needed in an object, and is NULL in an array and for the document itself. */
struct ob_json {
    struct ob_text *text;
    unsigned depth; /* objects and arrays that are open */
    struct {
        bool is_array;
        bool has_items;
        bool has_lines; /* each item on a line of its own */
    } open[OB_JSON_DEPTH_MAX];
};

void ob_json_object(struct ob_json *json, const char *name);
void ob_json_array(struct ob_json *json, const char *name);

/* The items of what was opened last stand on lines of their own. */
void ob_json_lines(struct ob_json *json);

/* Ends what was opened last; the end of the document ends its line. */
void ob_json_end(struct ob_json *json);

/* A string, or null for NULL. Whatever the bytes are, the result is valid: what is not UTF-8
 * becomes U+FFFD. */
void ob_json_string(struct ob_json *json, const char *name, const char *value);

/* A string by a format, such as a hash. */
void ob_json_printf(struct ob_json *json, const char *name, const char *format, ...)
    OB_PRINTF(3, 4);

void ob_json_number(struct ob_json *json, const char *name, uint64_t value);
void ob_json_decimal(struct ob_json *json, const char *name, double value, int digits);
void ob_json_bool(struct ob_json *json, const char *name, bool value);
void ob_json_null(struct ob_json *json, const char *name);

/* The string that `value` has as its content, which is released. When memory was short for it, the
 * document has failed as well. */
void ob_json_text(struct ob_json *json, const char *name, struct ob_text *value);

#endif
