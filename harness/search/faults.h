/* The faults that may legally strike in a scenario: what exhaustive exploration tries one after the
 * other. */
#ifndef OFFBEAT_SEARCH_FAULTS_H
#define OFFBEAT_SEARCH_FAULTS_H

#include "scenario/scenario.h"
#include "world/world.h"
#include <stddef.h>

#define OB_FAULTS_MAX 4096

/*
 * Runs the scenario and lists, for each message that it shows, the loss, the copy, and the crash or
 * restart of its receiver before and after it, as far as they are legal. Partitions, pauses and
 * skew are not among them: they change when things happen to several actors, which is more than
 * another order. Returns their number, at most `most`.
 */
size_t ob_faults_list(struct ob_world *world, const struct ob_scenario *scenario,
                      struct ob_deviation *faults, size_t most);

#endif
