/* One run as a page for a browser: a single file that asks for nothing else. */
#ifndef OFFBEAT_REPORT_HTML_H
#define OFFBEAT_REPORT_HTML_H

#include "base/error.h"
#include "base/text.h"
#include "report/story.h"

/*
 * Adds the page: html/run.html with its style, its script, and the story as in ob_report_json().
 * What comes from the target is in the data alone, where nothing of it can end the element that it
 * stands in, and the script shows it as text. Returns 0, or -1 with a line in `error`.
 */
int ob_report_html(const struct ob_story *story, struct ob_text *text, struct ob_error *error);

#endif
