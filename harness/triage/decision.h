/* What decides that a scenario fails, or reaches the goal at which its run has ended, in words. */
#ifndef OFFBEAT_TRIAGE_DECISION_H
#define OFFBEAT_TRIAGE_DECISION_H

#include "base/text.h"
#include "search/explain.h"
#include "search/necessary.h"

/* Adds the explanation of the scenario that is the world's last run: what decides, and the nearest
 * scenario that passes. Nothing for one that passes. */
void ob_add_decision(const struct ob_world *world, const struct ob_scenario *scenario,
                     const struct ob_explanation *explanation, struct ob_text *text);

/* Adds how much of a deviation of the world's last run it takes to fail, in one line without the
 * newline: "Fails only when create#0 from customer is at least 501us late." Nothing where any
 * amount does. */
void ob_add_need(const struct ob_world *world, const struct ob_scenario *scenario, unsigned index,
                 const struct ob_need *need, struct ob_text *text);

/* Adds what is known of every deviation, each in lines that begin with two blanks. With
 * `only_amounts` not what ob_add_decision() has told already: what happens without the only one,
 * and without those that are not necessary. */
void ob_add_needs(const struct ob_world *world, const struct ob_scenario *scenario,
                  const struct ob_need *needs, bool only_amounts, struct ob_text *text);

/* What decides in one line, without the newline. Nothing for one that passes. */
void ob_add_decision_line(const struct ob_world *world, const struct ob_scenario *scenario,
                          const struct ob_explanation *explanation, struct ob_text *text);

#endif
