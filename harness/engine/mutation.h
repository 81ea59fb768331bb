/*
 * Mutation of inputs as bytes, for engines: what lies between their buffers and the mutation of
 * scenarios. All engines go through here, so that all of them search alike. Which way of making a
 * child comes next, a portfolio decides (search/portfolio.h), by what each has brought lately in
 * this process: equal engine seeds give equal runs, but the same arguments do not give the same
 * child at another time.
 */
#ifndef OFFBEAT_ENGINE_MUTATION_H
#define OFFBEAT_ENGINE_MUTATION_H

#include "base/rng.h"
#include "base/text.h"
#include "engine/options.h"
#include "engine/parents.h"
#include "engine/swarm.h"
#include "search/operands.h"
#include "search/portfolio.h"
#include "world/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An input of an engine; the bytes are the caller's. */
struct ob_engine_input {
    const uint8_t *data;
    size_t size;
};

/* One a process. Its world is not the one in which the engine's inputs are run: parents are run in
 * it, to see what races in them, and leave no mark in the engine's feedback. Nothing is run in it
 * that was not executed before: what ends the process does so where the engine has the input. */
struct ob_mutator {
    struct ob_world *world;
    struct ob_engine_options options;
    struct ob_swarm swarm;
    /* The world's, with the swarm's ops alone, and with the durations that runs have shown. */
    struct ob_vocabulary vocabulary;
    struct ob_operands operands; /* of comparisons in the last parent that was run */
    struct ob_portfolio portfolio;
    struct ob_parents parents;
    const struct ob_scenario *running; /* while a parent is run, else NULL */
    uint64_t messages;                 /* from outside, of what was executed or run, and */
    uint64_t deliveries;               /* what these led to */
    bool is_used;                      /* it has made a child */
    bool is_pending;                   /* the last child waits to be executed */
    enum ob_arm last_arm;              /* that has made it */
    uint64_t last_hash;                /* of its bytes */
    struct ob_scenario basis;     /* what a walk was made from, or would have been: without walks */
    struct ob_scenario walked;    /* the last fresh walk that was executed */
    struct ob_scenario reordered; /* the last child of another order that was */
    struct ob_scenario other_parent;
    struct ob_scenario child;
};

/* The process's mutator, made at the first call. */
struct ob_mutator *ob_mutator_of_process(void);

/* Whether the next child is one of the walks with which a search from nothing begins. */
bool ob_mutation_is_beginning(const struct ob_mutator *mutator);

/*
 * Writes a child of `parent` to `out`, which may be the parent's own memory.
 * Returns its size: whole records, at most `size_max` bytes.
 */
size_t ob_mutation_of_one(struct ob_mutator *mutator, struct ob_engine_input parent, uint8_t *out,
                          size_t size_max, struct ob_rng *rng);

/* Writes to `out` what two parents make together. Otherwise as above. */
size_t ob_mutation_of_two(struct ob_mutator *mutator, struct ob_engine_input first,
                          struct ob_engine_input second, uint8_t *out, size_t size_max,
                          struct ob_rng *rng);

/*
 * The input that is being run to be mutated, in the process's mutator: writes it to `out`, which
 * has OB_SCENARIO_BYTES_MAX bytes, and says how many. Returns false when none is. Engines know
 * nothing of such runs, so one that ends the process is to be kept by who asks here; in a handler
 * of a signal as well.
 */
bool ob_mutation_running(uint8_t *out, size_t *size);

/* The run of a parent was left by a jump. Writes that parent to `out`, as the next child: it ends
 * the engine's own run of it in the same way. Otherwise as ob_mutation_of_one(). */
size_t ob_mutation_left(struct ob_mutator *mutator, uint8_t *out, size_t size_max);

/* Says that a scenario was executed, in how many deliveries (0: not known, and perhaps it has ended
 * the process), and whether that has shown something new. It is taken for the last child if one
 * waits for that; otherwise it is the engine's own, such as a seed. */
void ob_mutation_executed(struct ob_mutator *mutator, const struct ob_scenario *scenario,
                          uint32_t deliveries, bool is_news);

/* The same of the process's mutator, for programs that may have none. */
void ob_mutation_note(const struct ob_scenario *scenario, uint32_t deliveries, bool is_news);

/*
 * Adds what each arm has executed and brought, and what the process's runs have come to
 * (ob_runs_json()), as one line of JSON: {"executions": 120, "arms": {"order": {"executions": 60,
 * "news": 3, "share": 0.31}, ...}, "mutation_runs": 60, "deliveries_in_all": 2048, "runs": 123,
 * "cut": {"deliveries": 1}, "deliveries": {...}}, "unseen" where executions are known
 * (ob_shown_json()), and "goals" where the target has any (ob_goal_tally_json()).
 */
void ob_mutation_describe(const struct ob_mutator *mutator, struct ob_text *text);

/* Prints that of the process's mutator, behind "search: ", if it has made any child. Programs that
 * have a mutator do so at their end. */
void ob_mutation_print(void);

#endif
