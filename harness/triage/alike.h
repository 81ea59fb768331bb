/* Names of messages that do not tell one from another. */
#ifndef OFFBEAT_TRIAGE_ALIKE_H
#define OFFBEAT_TRIAGE_ALIKE_H

#include <stdbool.h>

#include "search/events.h"
#include "world/world.h"

/* Whether the world's last run has another message of that kind, sender and ordinal, to another
 * receiver: "ask#0 from client" is two messages then, and a sentence that does not say whom it
 * reaches is to say so. Timers and what lets a task go on are named by whose they are. */
bool ob_reads_alike(const struct ob_world *world, unsigned kind, unsigned from, unsigned to,
                    unsigned ordinal);

/* The same of an event of that run. */
bool ob_event_reads_alike(const struct ob_world *world, const struct ob_event *event);

#endif
