/*
 * The functions that fuzzing engines and programs for them agree on. libFuzzer set the names;
 * AFL++, honggfuzz, Centipede and our standalone engine call them as well.
 */
#ifndef OFFBEAT_ENGINE_FUZZ_ENTRY_H
#define OFFBEAT_ENGINE_FUZZ_ENTRY_H

#include <stddef.h>
#include <stdint.h>

/* Called once, before anything else; engines that do not know it lose nothing. Returns 0. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Runs one input. Any bytes are a valid input. Returns 0; a finding does not return, it aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Changes the `size` bytes at `data` in place, and returns the new size, at most `max_size`. The
 * same arguments give the same result where the same was made and executed before.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* Makes one input of two, in `out`. Returns its size, at most `max_out_size`. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size,
                                 unsigned int seed);

#endif
