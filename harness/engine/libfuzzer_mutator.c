/*
 * libFuzzer's hooks for mutation. LLVMFuzzerMutate(), which libFuzzer offers to such hooks, is not
 * called: other engines that take these hooks do not have it, and some abort when it is called.
 */
#include "engine/fuzz_entry.h"
#include "engine/mutation.h"
#include "engine/mutator_end.h"
#include "engine/opening.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    struct ob_rng rng = {.state = seed};

    ob_mutator_end_watch();
    size_t known = ob_opening_child(data, max_size);
    if (known > 0)
        return known;
    return ob_mutation_of_one(ob_mutator_of_process(),
                              (struct ob_engine_input){.data = data, .size = size}, data, max_size,
                              &rng);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size, unsigned int seed)
{
    struct ob_rng rng = {.state = seed};

    ob_mutator_end_watch();
    size_t known = ob_opening_child(out, max_out_size);
    if (known > 0)
        return known;
    return ob_mutation_of_two(
        ob_mutator_of_process(), (struct ob_engine_input){.data = data1, .size = size1},
        (struct ob_engine_input){.data = data2, .size = size2}, out, max_out_size, &rng);
}
