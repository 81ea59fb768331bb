/*
 * How a search from nothing begins under libFuzzer: with the walks that any search begins with.
 *
 * libFuzzer executes the empty input first, throws away what that shows, and executes it once more;
 * most small races are found by fewer executions than that. So where it starts without inputs, the
 * first walks are made and executed within its first call of LLVMFuzzerTestOneInput(), as other
 * engines execute them. Those that have shown something new are its first children, so that it
 * keeps what is worth keeping. What ends the process meanwhile is kept as libFuzzer keeps inputs,
 * see mutator_end.h.
 *
 * They are drawn from libFuzzer's seed: equal seeds give equal runs.
 */
#ifndef OFFBEAT_ENGINE_OPENING_H
#define OFFBEAT_ENGINE_OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most executions of an opening. */
#define OB_OPENING_MAX 16u

/* Whether a command line of libFuzzer's is that of a search from nothing, in this very process:
 * neither inputs nor a folder that has any, and no merging, minimizing or starting of others. */
bool ob_opening_is_asked_for(int argc, char *const *argv);

/* From now on an opening is due, drawn from `seed`, of at most `executions` (OB_OPENING_MAX and
 * more: all of them), of inputs of at most `size_max` bytes. */
void ob_opening_plan(uint64_t seed, uint64_t executions, size_t size_max);

/* Makes the walks and has each executed, if an opening is due; it is due once. `execute` returns
 * whether the execution has shown something new. */
void ob_opening_run(bool (*execute)(const uint8_t *data, size_t size));

/* The input that is being executed by an opening: its size at `size`, and NULL while none is. */
const uint8_t *ob_opening_running(size_t *size);

/* Writes to `out` the next walk of the opening that has shown something new and fits, and returns
 * its size; 0 when there are no more. */
size_t ob_opening_child(uint8_t *out, size_t size_max);

#endif
