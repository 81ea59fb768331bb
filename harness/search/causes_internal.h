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
    struct ob_candidate *list; /* freed by the caller */
    unsigned count;
    size_t room;
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

/* Lists all pairs, windows and overlaps that tell failing samples from passing ones. Returns false
 * when memory is short. */
bool ob_mining_find(struct ob_mining *mining);

#endif
