/*
 * Ends of the process that a target asks for, by exit(), _exit(), _Exit() or quick_exit(), in the
 * middle of a run: findings, as crashes are. The linker leads calls of these functions here
 * (--wrap, see offbeat_add_fuzzer()), those of the engine among them, which go on as they were.
 */
#ifndef OFFBEAT_ENGINE_PROCESS_END_H
#define OFFBEAT_ENGINE_PROCESS_END_H

/* From now on, `on_end` is called when the target asks for the end of the process while
 * ob_fuzzed_counts.is_running. It does not return. One for each process. */
void ob_process_end_watch(void (*on_end)(int status));

#endif
