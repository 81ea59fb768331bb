/*
 * Parts of the search that can be switched off, to measure what each is worth: the environment
 * variable OFFBEAT_SEARCH holds a list, separated by commas, of no-reversal, no-classes,
 * no-feedback, no-walks and no-end. And who judges: OFFBEAT_ORACLES=only leaves it to the oracles,
 * and OFFBEAT_ORACLES=off to the invariants.
 */
#ifndef OFFBEAT_ENGINE_OPTIONS_H
#define OFFBEAT_ENGINE_OPTIONS_H

#include <stdbool.h>

struct ob_engine_options {
    bool no_reversal;  /* mutate records only, never look at what races */
    bool no_classes;   /* constraints on single messages only */
    bool no_feedback;  /* show the engine code coverage only */
    bool no_walks;     /* mutate what was found only, never draw whole orders */
    bool no_end;       /* a violation ends its run and not the process */
    bool oracles_off;  /* OFFBEAT_ORACLES: oracles do not judge */
    bool oracles_only; /* OFFBEAT_ORACLES: invariants do not judge, so that oracles alone do */
};

/* Reads the variables. An unknown word ends the process with exit code 2 and a line that names it:
 * a campaign must not run with something else than was asked for. */
struct ob_engine_options ob_engine_options_read(void);

#endif
