/* Runs in afl-fuzz's own process: what a target does there must not end it. */
#ifndef OFFBEAT_ENGINE_AFL_GUARD_H
#define OFFBEAT_ENGINE_AFL_GUARD_H

#include <stdbool.h>

/*
 * Does some work that runs the target. Where a run (ob_fuzzed_counts.is_running) crashes, asks for
 * the end of the process or does not end within two seconds, it is left by a jump, and the result
 * is false. What was allocated by the run until then is lost. One for each process.
 */
bool ob_afl_guard(void (*work)(void *context), void *context);

#endif
