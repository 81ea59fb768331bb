/*
 * One run as JSON (RFC 8259), for programs. json_schema.json describes every member; `schema` is
 * its number, which grows when a member goes away or changes its meaning, not when one is added.
 */
#ifndef OFFBEAT_REPORT_JSON_TRACE_H
#define OFFBEAT_REPORT_JSON_TRACE_H

#include "base/error.h"
#include "base/text.h"
#include "report/story.h"

#define OB_JSON_TRACE_SCHEMA 1

/*
 * Adds the story, one object on several lines. Both runs are run again to note the states on the
 * way. Returns 0, or -1 with a line in `error`.
 */
int ob_report_json(const struct ob_story *story, struct ob_text *text, struct ob_error *error);

#endif
