/*
 * Monitors: see offbeat/monitor.h. They are actors behind the others, to which nothing is sent.
 * They read the log as it grows, when a handler is over, so that a world without them does nothing
 * for them.
 */
#ifndef OFFBEAT_WORLD_MONITOR_H
#define OFFBEAT_WORLD_MONITOR_H

#include "world/annex.h"
#include "world/state.h"

/* When a run begins. */
void ob_monitors_begin(struct ob_world *world);

/* Shows them what has happened since the last time, after a look at their clocks. */
void ob_monitors_look(struct ob_world *world);

/* The same where no check follows; nothing where there are none, or they do not judge. */
void ob_monitors_catch_up(struct ob_world *world);

/* When it is over: judges who is hot. `quiescent`: nothing more can happen. */
void ob_monitors_end(struct ob_world *world, bool quiescent);

/* The nth change, from 0, of the state of a monitor that a delivery brought, as something that was
 * said: the monitor is the stream. Returns false where there is none. */
bool ob_monitors_said(const struct ob_world *world, uint32_t delivery, uint32_t nth,
                      struct ob_saying *saying);

/* The description of a monitor, by its id. */
const struct ob_monitor_type *ob_monitor_of(const struct ob_world *world, unsigned id);

#endif
