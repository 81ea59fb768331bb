/*
 * What the phases of minimizing share: the smallest scenario so far, and the one way in which it is
 * replaced by a smaller one. A phase changes `candidate` and tries it; each returns whether it made
 * anything simpler.
 */
#ifndef OFFBEAT_SEARCH_SHRINK_H
#define OFFBEAT_SEARCH_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "world/log.h"
#include "world/verdict.h"
#include "world/world.h"

#define OB_SHRINK_FAILED 8192u /* a power of two */

/* Scenarios that were run and do not violate the invariant, by the hash of their bytes: the phases
 * try most candidates again in every round. A later one takes the place of an earlier one. */
struct ob_shrink_failed {
    uint64_t hashes[OB_SHRINK_FAILED];
};

struct ob_shrink {
    struct ob_world *world;
    const struct ob_vocabulary *vocabulary;
    char invariant[sizeof((struct ob_verdict *)NULL)->invariant]; /* that must stay violated */
    uint32_t executions;
    uint64_t deliveries; /* of all executions: what they cost */
    uint64_t searched;   /* of these, in the two searches behind the phases */
    bool is_cut_short;
    struct ob_shrink_failed *failed;
    struct ob_scenario current;   /* the simplest so far that violates the invariant */
    struct ob_scenario candidate; /* what a phase is building */
    struct ob_scenario tried;     /* the canonical form of the last candidate */
    uint8_t bytes[OB_SCENARIO_BYTES_MAX];
};

/* Starts a candidate that is the current scenario. */
void ob_shrink_begin(struct ob_shrink *shrink);

/*
 * Replaces the current scenario by the candidate if that is simpler and still violates the
 * invariant, and says so. Does not run candidates that are not simpler or have failed before; in
 * `tried` is the candidate's canonical form.
 */
bool ob_shrink_try(struct ob_shrink *shrink);

/* Runs a scenario for its trace. Returns its verdict. */
const struct ob_verdict *ob_shrink_run(struct ob_shrink *shrink,
                                       const struct ob_scenario *scenario);

/* Negative, 0 or positive as `a` is simpler than `b`, as simple, or less so. */
int ob_shrink_compare(const struct ob_shrink *shrink, const struct ob_scenario *a,
                      const struct ob_scenario *b);

/* Whether `a` is simpler by the number of its messages, walks, draws or deviations. */
bool ob_shrink_has_fewer(const struct ob_shrink *shrink, const struct ob_scenario *a,
                         const struct ob_scenario *b);

/* Whether a deviation's selector names that message, whichever in order it is. */
bool ob_shrink_selects(const struct ob_selector *selector, const struct ob_sent *sent);

#define OB_SHRINK_STARTS_MAX 8u

/* The first times at which something happens in the last run, from 1 us to `last_us`, each once.
 * Returns their number. */
unsigned ob_shrink_starts(const struct ob_world *world, uint32_t last_us,
                          uint32_t starts_us[OB_SHRINK_STARTS_MAX]);

/* Takes `count` bytes at `at` out of the payload of one message of a scenario. */
void ob_shrink_cut_payload(struct ob_scenario *scenario, unsigned message, unsigned at,
                           unsigned count);

/* Removes messages: those marked in `gone`, an entry for each. Their delays go to the messages
 * after them when `keep_times`, so that everything else happens when it did. */
void ob_shrink_cut_messages(struct ob_scenario *scenario, const bool *gone, bool keep_times);

/* Removes the deviations with a set bit. */
void ob_shrink_cut_deviations(struct ob_scenario *scenario, uint64_t gone);

/* The phases that make records fewer, until nothing gets simpler. */
void ob_shrink_records(struct ob_shrink *shrink);

/* All phases until nothing gets simpler. */
void ob_shrink_to_fixpoint(struct ob_shrink *shrink);

/* How many deliveries a search behind the phases may spend: half as many again as the phases did,
 * and what says at least enough where these were few. None where nothing can be fewer. */
uint64_t ob_shrink_allowance(const struct ob_shrink *shrink);

/* What may take the place of one deviation. */
#define OB_SHRINK_CANDIDATES 384u
struct ob_shrink_candidates {
    unsigned count;
    struct ob_deviation list[OB_SHRINK_CANDIDATES];
};

/* Whether others of its kind may take a deviation's place. */
bool ob_shrink_is_replaceable(const struct ob_deviation *deviation);

/* The numbers of a deviation together: how late, where in order. */
uint64_t ob_shrink_number(const struct ob_deviation *deviation);

/* Lists what may take the place of a deviation, in the run of the rest: those whose numbers
 * together are `most` or less; where that is OB_SHRINK_FEW at most, with every amount. */
#define OB_SHRINK_FEW 16u
void ob_shrink_list(struct ob_shrink *shrink, const struct ob_scenario *rest,
                    const struct ob_deviation *replaced, uint64_t most,
                    struct ob_shrink_candidates *candidates);

/* A search behind the phases: the plainest of those with as many records, over other messages,
 * deviations and receivers; so that it is the same wherever minimizing has begun. */
bool ob_shrink_plainest(struct ob_shrink *shrink);

/* A search behind the phases: a record less, and another one in the place of one that is left. */
bool ob_shrink_exchange(struct ob_shrink *shrink);

/* A search behind the phases: a simpler scenario that fresh walks find, minimized by the phases. */
bool ob_shrink_fresh(struct ob_shrink *shrink);

/* The step before the phases: what is not in the violation's causal past, at once. */
bool ob_shrink_past(struct ob_shrink *shrink);

/* The phases. */
bool ob_shrink_walks(struct ob_shrink *shrink); /* deviations instead of walks, or shorter ones */
bool ob_shrink_unused(
    struct ob_shrink *shrink); /* deviations without effect, messages not in the cause */
bool ob_shrink_messages(struct ob_shrink *shrink);   /* fewer messages */
bool ob_shrink_deviations(struct ob_shrink *shrink); /* fewer deviations */
bool ob_shrink_pairs(
    struct ob_shrink *shrink); /* two messages or two deviations that only go together */
bool ob_shrink_replace(
    struct ob_shrink *shrink); /* one delay or reordering instead of what there is */
bool ob_shrink_merge(struct ob_shrink *shrink); /* one deviation instead of two of a kind */
bool ob_shrink_chain(
    struct ob_shrink *shrink); /* one reordering instead of two that wait one for the other */
bool ob_shrink_draws(
    struct ob_shrink *shrink); /* the delays that matter instead of drawn latencies */
bool ob_shrink_selectors(struct ob_shrink *shrink); /* one message rather than many */
bool ob_shrink_payloads(struct ob_shrink *shrink);  /* fewer and plainer bytes */
bool ob_shrink_numbers(struct ob_shrink *shrink);   /* durations, arguments, places in order */
bool ob_shrink_together(struct ob_shrink *shrink);  /* two numbers by as much */
bool ob_shrink_early(struct ob_shrink *shrink);     /* the same in an earlier round of the system */
bool ob_shrink_absorb(
    struct ob_shrink *shrink); /* an argument that is a duration instead of a delay */
bool ob_shrink_trade(
    struct ob_shrink *shrink); /* a message or deviation less for a larger number */

#endif
