/* The trace as a plain list: what a fuzz build prints at a crash, where nobody can ask for more. */
#ifndef OFFBEAT_REPORT_TRACE_H
#define OFFBEAT_REPORT_TRACE_H

#include "base/text.h"
#include "world/world.h"

#define OB_REPORT_TRACE_MAX 200 /* deliveries listed, the last ones */

/*
 * Adds the trace of the run so far, a line a delivery: virtual time, sender, receiver, message. Of
 * more than OB_REPORT_TRACE_MAX deliveries it lists the last, and says how many it left out. May be
 * called in the middle of a run.
 */
void ob_report_trace(const struct ob_world *world, struct ob_text *text);

#endif
