/*
 * Whether an execution has shown something that none before it in this process had: an edge of the
 * target's code, where the engine counts edges in libFuzzer's way, or a mark of
 * ob_world_feedback(). What the portfolio of arms is told by (search/portfolio.h).
 */
#ifndef OFFBEAT_ENGINE_NOVELTY_H
#define OFFBEAT_ENGINE_NOVELTY_H

#include <stdbool.h>

/* To be called once after each execution, while its counters stand. */
bool ob_novelty_scan(void);

/* Clears the counters, as the engine does before an execution that it begins itself. */
void ob_novelty_clear(void);

#endif
