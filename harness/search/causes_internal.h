/* What the files causes*.c share. */
#ifndef OFFBEAT_SEARCH_CAUSES_INTERNAL_H
#define OFFBEAT_SEARCH_CAUSES_INTERNAL_H

#include "search/causes.h"

/* A possible cause. Its events are columns. */
struct ob_candidate {
    enum ob_shape shape;
    uint16_t at[OB_SHAPE_EVENTS_MAX];
    uint16_t fails, passes; /* samples in which it is so */
    unsigned distance;
    unsigned nearest; /* the run of it, or OB_NONE */
    double f1;
    double cost;
    unsigned rank; /* among those of the same cost */
    bool has_core; /* one of its pairs is the last order that was open */
};

/* The last order that was open, see causes_core.c. */
struct ob_core {
    bool is_found;
    unsigned first, second; /* columns */
    unsigned missing;       /* events of the failing run that do not come when it is reversed */
    bool is_apart;          /* at two actors of which nobody sees both */
    bool is_far;            /* it takes much more time than messages are under way */
    unsigned run;           /* it is reversed there, and that run passes */
};

/* The samples, and what is found in them. */
struct ob_mining {
    struct ob_nearby *nearby;
    const struct ob_events *events;
    unsigned columns;
    unsigned fail_count, pass_count;
    unsigned like_count; /* so many of those that pass count, the first ones */
    const struct ob_nearby_run *fails[OB_NEARBY_SAMPLES_MAX];
    const struct ob_nearby_run *passes[OB_NEARBY_SAMPLES_MAX];
    const struct ob_nearby_run *less; /* those that pass with a deviation less */
    unsigned less_count;
    uint64_t are_lone; /* those of them that have just one pair the other way round, a bit each */
    struct ob_candidate *list; /* freed by the caller */
    unsigned count;
    size_t room;
    struct ob_nearby_plan plans[OB_NEARBY_RUNS_MAX]; /* of all runs, the samples first */
};

static inline const struct ob_event *ob_mining_event(const struct ob_mining *mining,
                                                     unsigned column)
{
    return &mining->events->list[ob_nearby_column(mining->nearby, column)];
}

static inline bool ob_is_before(const struct ob_nearby_run *run, unsigned first, unsigned second)
{
    return run->places[first] < run->places[second];
}

/* causes_mine.c: whether one event has led to another. */
bool ob_mining_leads_to(const struct ob_mining *mining, unsigned first, unsigned second);

/* Of what is so in some of the samples that fail, and of those that pass and count: the harmonic
 * mean of precision and recall, as if as many passed as failed. */
double ob_mining_f1(const struct ob_mining *mining, unsigned fails, unsigned passes);

/* Makes a run for each plan and keeps the plans. Returns how many runs were made. */
unsigned ob_mining_try(struct ob_mining *mining, const struct ob_nearby_plan *plans,
                       unsigned count);

/* Adds a pair that need not tell anything. Returns false when memory is short. */
bool ob_mining_add_pair(struct ob_mining *mining, unsigned first, unsigned second);

/* Adds the windows that a pair is a side of, where they tell more than it does alone. Returns false
 * when memory is short. */
bool ob_mining_add_windows(struct ob_mining *mining, unsigned index);

/* causes_core.c: looks for the last order that was open, in runs of its own. */
struct ob_core ob_core_find(struct ob_mining *mining);

/* Lists all pairs, windows and overlaps that tell failing samples from passing ones. Returns false
 * when memory is short. */
bool ob_mining_find(struct ob_mining *mining);

#endif
