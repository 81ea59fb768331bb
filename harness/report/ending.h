/* How things stand when a run is over: what was still on its way, and the state of each actor. */
#ifndef OFFBEAT_REPORT_ENDING_H
#define OFFBEAT_REPORT_ENDING_H

#include "base/text.h"
#include "report/layout.h"

/* Adds the messages that nobody received: dropped, cut off by the end, cancelled timers. Lines are
 * at most `width` characters where blanks permit it. Those that differ only in when they were sent
 * share a line, unless `unfold` is set. */
void ob_report_undelivered(const struct ob_layout *layout, size_t width, bool unfold,
                           struct ob_text *text);

/* Adds the state of every actor that took part, as the target describes it, and what waits in its
 * mailbox, in lines as wide as that. Adds nothing when there is nothing to say. */
void ob_report_states(const struct ob_layout *layout, size_t width, struct ob_text *text);

#endif
