/* What all pages have in common: the head, the style, and the script. */
#ifndef OFFBEAT_REPORT_PAGES_H
#define OFFBEAT_REPORT_PAGES_H

#include "base/text.h"
#include "report/html_parts.h"

/* Adds what stands in a page's script element: the shared script, and `more` behind it unless that
 * is NULL, in a scope of their own. */
void ob_page_add_script(struct ob_text *text, const struct ob_html_part *more);

/* Adds what the page's policy calls that script, so that the browser runs no other. */
void ob_page_add_script_hash(struct ob_text *text, const struct ob_html_part *more);

/*
 * Adds a page up to its heading, for the caller to go on with <h1> and what stands out:
 * `title` is text, `kind` says what kind of page it is, and `way` leads to the page above, in HTML,
 * or is "". ob_page_begin_main() ends the head, ob_page_end() the page.
 */
void ob_page_begin(struct ob_text *text, const char *title, const char *kind, const char *way);
void ob_page_begin_main(struct ob_text *text);
void ob_page_end(struct ob_text *text);

#endif
