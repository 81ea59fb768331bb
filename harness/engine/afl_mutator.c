/*
 * A custom mutator for AFL++: a library that afl-fuzz loads (AFL_CUSTOM_MUTATOR_LIBRARY). It holds
 * the target's code too: what a record means is the target's to say, and parents are run to see
 * what races in them.
 */
#include "base/rng.h"
#include "engine/mutation.h"
#include "scenario/scenario.h"

#include <stddef.h>
#include <stdint.h>

struct mutator {
    struct ob_mutator *shared;
    struct ob_rng rng;
    uint8_t child[OB_SCENARIO_BYTES_MAX];
};

/* All that afl-fuzz looks for by name. */
#define OB_EXPORTED __attribute__((visibility("default")))
OB_EXPORTED void *afl_custom_init(void *afl, unsigned int seed);
OB_EXPORTED size_t afl_custom_fuzz(void *data, uint8_t *buffer, size_t buffer_size, uint8_t **out,
                                   uint8_t *other, size_t other_size, size_t size_max);
OB_EXPORTED uint32_t afl_custom_fuzz_count(void *data, const uint8_t *buffer, size_t buffer_size);
OB_EXPORTED void afl_custom_deinit(void *data);

/* afl-fuzz makes one mutator a process, and takes no NULL for an answer. */
void *afl_custom_init(void *afl, unsigned int seed)
{
    static struct mutator mutator;

    (void)afl;
    mutator.shared = ob_mutator_of_process();
    mutator.rng.state = seed;
    return &mutator;
}

/* Children of one input at a time. Left to itself afl-fuzz makes tens of thousands of the first
 * ones, before it looks at what they have found. */
#define CHILDREN_AT_A_TIME 512u

uint32_t afl_custom_fuzz_count(void *data, const uint8_t *buffer, size_t buffer_size)
{
    (void)data;
    (void)buffer;
    (void)buffer_size;
    return CHILDREN_AT_A_TIME;
}

/* `other` is another input of the queue, or NULL. The child stays ours and lives until the next
 * call. */
size_t afl_custom_fuzz(void *data, uint8_t *buffer, size_t buffer_size, uint8_t **out,
                       uint8_t *other, size_t other_size, size_t size_max)
{
    struct mutator *mutator = data;
    struct ob_engine_input first = {.data = buffer, .size = buffer_size};
    struct ob_engine_input second = {.data = other, .size = other_size};

    if (size_max > sizeof(mutator->child))
        size_max = sizeof(mutator->child);
    *out = mutator->child;
    if (other != NULL)
        return ob_mutation_of_two(mutator->shared, first, second, mutator->child, size_max,
                                  &mutator->rng);
    return ob_mutation_of_one(mutator->shared, first, mutator->child, size_max, &mutator->rng);
}

void afl_custom_deinit(void *data)
{
    (void)data;
}
