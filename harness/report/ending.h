/* How things stand when a run is over: what was still on its way, and the state of each actor. */
#ifndef OFFBEAT_REPORT_ENDING_H
#define OFFBEAT_REPORT_ENDING_H

#include "base/text.h"
#include "report/layout.h"

/* Adds the messages that nobody received: dropped, cut off by the end, cancelled timers. */
void ob_report_undelivered(const struct ob_layout *layout, struct ob_text *text);

/* Adds the state of every actor that took part, as the target describes it, and what waits in its
 * mailbox. Adds nothing when there is nothing to say. */
void ob_report_states(const struct ob_layout *layout, struct ob_text *text);

#endif
