/* JSON (RFC 8259), as much as commands and reports print. */
#ifndef OFFBEAT_BASE_JSON_H
#define OFFBEAT_BASE_JSON_H

#include "base/text.h"

/* Adds a string with its quotes. Whatever the bytes are, the result is valid: what is not UTF-8
 * becomes U+FFFD. */
void ob_json_string(struct ob_text *text, const char *string);

/* Adds `"name": "value"`. */
void ob_json_member(struct ob_text *text, const char *name, const char *value);

#endif
