/* HTML, as much as pages need that are written from C. */
#ifndef OFFBEAT_BASE_HTML_H
#define OFFBEAT_BASE_HTML_H

#include "base/text.h"

/* Adds a string as text, inside of an element or of an attribute in double quotes. Whatever the
 * bytes are, none begins a tag, ends an attribute or steers a terminal: control characters other
 * than newlines, and what is not UTF-8, become U+FFFD. */
void ob_html_text(struct ob_text *text, const char *string);

/* Adds a path as a reference to a file, relative unless it begins with a slash: percent-encoded
 * (RFC 3986), so that it may stand in an attribute, and in JSON. A colon in it is no scheme. */
void ob_html_path(struct ob_text *text, const char *path);

/* Adds what a Content-Security-Policy calls a script of these bytes, sha256-BASE64: a browser runs
 * that one and no other. */
void ob_html_hash(struct ob_text *text, const char *bytes, size_t size);

#endif
