/* What decides that a scenario fails, in words. */
#ifndef OFFBEAT_CLI_DECISION_H
#define OFFBEAT_CLI_DECISION_H

#include "base/text.h"
#include "search/explain.h"

/* Adds the explanation of a scenario: what decides, and the nearest scenario that passes. Nothing
 * for one that passes. */
void cli_add_decision(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                      const struct ob_explanation *explanation, struct ob_text *text);

/* The same in one line, without the newline. Nothing for one that passes. */
void cli_add_decision_line(const struct ob_vocabulary *vocabulary,
                           const struct ob_scenario *scenario,
                           const struct ob_explanation *explanation, struct ob_text *text);

#endif
