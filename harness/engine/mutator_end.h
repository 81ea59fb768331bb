/*
 * Ends of the process while the mutator runs a parent, under libFuzzer. It takes them for its own,
 * and keeps an empty input; here the parent is kept instead, under libFuzzer's prefix and with its
 * exit codes. The target has done something else with that input when it was executed: it depends
 * on what outlives a run. Inputs of an opening (opening.h) are kept in the same way.
 */
#ifndef OFFBEAT_ENGINE_MUTATOR_END_H
#define OFFBEAT_ENGINE_MUTATOR_END_H

/* Notes libFuzzer's flags, and which signals a sanitizer deals with. Before libFuzzer takes any. */
void ob_mutator_end_read(int argc, char **argv);

/* Before the mutator is used; further calls do nothing. */
void ob_mutator_end_watch(void);

#endif
