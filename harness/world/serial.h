/* Runs without concurrency: one message from outside, and all that comes of it, at a time. */
#ifndef OFFBEAT_WORLD_SERIAL_H
#define OFFBEAT_WORLD_SERIAL_H

#include "scenario/scenario.h"
#include "world/verdict.h"

/*
 * Runs the messages of a scenario one after the other, each when nothing is left to happen from the
 * one before: `order` holds `count` different indices of its messages. There are no deviations. The
 * scenario is the caller's.
 */
const struct ob_verdict *ob_world_run_serially(struct ob_world *world,
                                               const struct ob_scenario *scenario,
                                               const uint8_t *order, unsigned count);

#endif
