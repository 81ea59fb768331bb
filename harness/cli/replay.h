/* Running one scenario twice, to see that a target keeps the promise of determinism. */
#ifndef OFFBEAT_CLI_REPLAY_H
#define OFFBEAT_CLI_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "scenario/scenario.h"
#include "world/verdict.h"
#include "world/world.h"

struct cli_replay {
    struct ob_verdict verdict; /* of the first run */
    bool is_stable;            /* the second went the same way */
    uint32_t step;             /* else the first step that differs, from 0 */
};

/* Runs a scenario twice. Afterwards the world's trace is that of the second run. Returns -1 with a
 * line in `error` when memory is short. */
int cli_replay(struct ob_world *world, const struct ob_scenario *scenario,
               struct cli_replay *replay, struct ob_error *error);

/* Describes a step of the world's last run, as in `520us pay(0) bank -> shop`; says so when it has
 * no such step. */
void cli_replay_step(const struct ob_world *world, uint32_t step, struct ob_text *text);

/*
 * Of a scenario whose runs differ from a step on: runs it twice more, and adds what is known of
 * why, as in `; in two more runs argument number was 3 and 4, as bank sent it; the variable served
 * changes from run to run`.
 */
void cli_replay_reason(struct ob_world *world, const struct ob_scenario *scenario, uint32_t step,
                       struct ob_text *text);

#endif
