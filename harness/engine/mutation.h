/*
 * Mutation of inputs as bytes, for engines: what lies between their buffers and the mutation of
 * scenarios. All engines go through here, so that all of them mutate alike.
 */
#ifndef OFFBEAT_ENGINE_MUTATION_H
#define OFFBEAT_ENGINE_MUTATION_H

#include "base/rng.h"
#include "engine/options.h"
#include "engine/swarm.h"
#include "search/operands.h"
#include "world/world.h"

#include <stddef.h>
#include <stdint.h>

/* An input of an engine; the bytes are the caller's. */
struct ob_engine_input {
    const uint8_t *data;
    size_t size;
};

/* One a process. Its world is not the one in which the engine's inputs are run: parents are run in
 * it, to see what races in them, and leave no mark in the engine's feedback. */
struct ob_mutator {
    struct ob_world *world;
    struct ob_engine_options options;
    struct ob_swarm swarm;
    struct ob_vocabulary vocabulary; /* the world's, with the swarm's ops alone */
    struct ob_operands operands;     /* of comparisons in the last parent that was run */
    struct ob_scenario first_parent;
    struct ob_scenario second_parent;
    struct ob_scenario child;
};

/* The process's mutator, made at the first call. */
struct ob_mutator *ob_mutator_of_process(void);

/*
 * Writes a mutation of `parent` to `out`, which may be the parent's own memory.
 * Returns its size: whole records, at most `size_max` bytes.
 */
size_t ob_mutation_of_one(struct ob_mutator *mutator, struct ob_engine_input parent, uint8_t *out,
                          size_t size_max, struct ob_rng *rng);

/* Writes to `out` what two parents make together. Otherwise as above. */
size_t ob_mutation_of_two(struct ob_mutator *mutator, struct ob_engine_input first,
                          struct ob_engine_input second, uint8_t *out, size_t size_max,
                          struct ob_rng *rng);

#endif
