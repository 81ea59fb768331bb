/*
 * Whether what a target has declared had anything to do in the last run: for searches, which say
 * what none of their runs has shown.
 */
#ifndef OFFBEAT_WORLD_EVIDENCE_H
#define OFFBEAT_WORLD_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ob_world;

/* Whether it came to where nothing more can happen, so that check_quiescent was called, if the
 * target has one. */
bool ob_world_came_to_rest(const struct ob_world *world);

/* The monitors for which there was something to see, a bit each in the order of their ids. Where
 * something may have gone wrong it is taken that there was, for those that look for that. */
uint32_t ob_world_monitors_used(const struct ob_world *world);

/* Whether the state of an actor is another one than the run began with. */
bool ob_world_state_changed(const struct ob_world *world, unsigned id);

/* Whether it is one of several actors that are kept down until somebody starts the next of them,
 * and not the first: how many of these a run needs is its own. */
bool ob_world_is_spare(const struct ob_world *world, unsigned id);

/*
 * Whether the words for the state of an actor or monitor, by id, depend on bytes beside it. The
 * state is copied to where other bytes are beside it, and described there twice. One that holds its
 * own address may be described for ever then: to be called in a process that may end.
 */
bool ob_world_describe_strays(struct ob_world *world, unsigned id);

#endif
