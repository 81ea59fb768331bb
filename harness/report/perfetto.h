/* One run as trace events, for the viewers of Perfetto and Chrome: those bear runs that no page for
 * reading does. */
#ifndef OFFBEAT_REPORT_PERFETTO_H
#define OFFBEAT_REPORT_PERFETTO_H

#include "base/error.h"
#include "base/text.h"
#include "report/story.h"

/*
 * Adds the story in the JSON form of the "Trace Event Format": the run is a process, the nearest
 * one that passes another; actors, and the outside, are threads; a delivery is a slice, a message
 * a flow from the slice in which it was sent. Times are virtual. Handlers take none, so that what
 * happens in one microsecond shares it, in its order. Both runs are run again to note the states on
 * the way. Returns 0, or -1 with a line in `error`.
 */
int ob_report_perfetto(const struct ob_story *story, struct ob_text *text, struct ob_error *error);

#endif
