/* What offbeat explore says of goals. */
#ifndef OFFBEAT_CLI_EXPLORE_GOALS_H
#define OFFBEAT_CLI_EXPLORE_GOALS_H

#include "base/text.h"
#include "cli/explorer.h"
#include "world/world.h"

/* Adds a line of each goal, and below those that were reached a scenario. */
void cli_goals_add(const struct cli_explorer *explorer, const struct ob_world *world,
                   struct ob_text *text);

/* Makes these scenarios as short as they can be, with runs of `world`. */
void cli_goals_minimize(struct cli_explorer *explorer, struct ob_world *world);

/* What was found of the goal that is sought; NULL for nothing, and where none is. */
const struct ob_finding *cli_goal_found(const struct cli_explorer *explorer);

/* Adds how the goal that was sought is reached, as offbeat explain tells of a violation. Makes runs
 * of `world` and of another one. */
void cli_goal_explain(const struct cli_explorer *explorer, struct ob_world *world,
                      struct ob_text *text);

#endif
