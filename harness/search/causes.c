/*
 * A good cause is so in every run that fails and in few that pass, and there is a run that passes
 * though little else than this order comes the other way round. Either alone misleads: pairs
 * without which nothing happens at all tell failing runs from passing ones as well as the race
 * does, and the nearest run that passes may do so by chance.
 */
#include "search/causes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "search/causes_internal.h"
#include "world/log.h"

#define LIKE_LEAST 20u
#define SWAPS 40u /* of so many */
#define SWAPS_MAX (4 * SWAPS)
#define DISTANCE_MAX 8u
#define WEAK 2    /* what it costs that an order does not decide by itself */
#define IDLE 1    /* the same of one that changed nothing where it came: one pair of distance */
#define PER_F1 15 /* what it costs to tell less */
#define SURE 1.96 /* standard errors: no more than chance in 95 of 100 */
#define SIMPLE 0.1
#define CHECK_AND_USE 1
#define F1_TELLS 0.9
#define TOGETHER 0.04  /* so much more have two pairs to tell than one of them, */
#define TELLS_ALL 0.95 /* and nearly all that there is */
#define FEWER 5        /* so many runs that pass it tells besides: less may be chance */
#define ALIKE 0.02
#define RECALL_OF_BOTH 0.98
#define SAME_TWICE 1.2
#define TWO_AROUND 2.5
#define AROUND 1.6 /* what more has to tell that is told around the last order that was open */
#define LONE                                                                                       \
    2.5 /* what a run with a deviation less is worth, in which only this pair is reversed */

struct ranking {
    struct ob_mining mining;
    struct ob_causes *causes;
    unsigned measured; /* runs whose distance is known */
    struct ob_core core;
    struct ob_nearby_plan swaps[SWAPS_MAX];
    unsigned swap_count;
};

/* The columns of one of a candidate's pairs. */
static unsigned first_of(const struct ob_candidate *candidate, unsigned pair)
{
    return candidate->at[ob_shape_parts[candidate->shape].pairs[pair][0]];
}

static unsigned second_of(const struct ob_candidate *candidate, unsigned pair)
{
    return candidate->at[ob_shape_parts[candidate->shape].pairs[pair][1]];
}

static bool is_so(const struct ob_candidate *candidate, const struct ob_nearby_run *run)
{
    for (unsigned pair = 0; pair < ob_shape_parts[candidate->shape].pair_count; pair++)
        if (!ob_is_before(run, first_of(candidate, pair), second_of(candidate, pair)))
            return false;
    return true;
}

unsigned ob_mining_try(struct ob_mining *mining, const struct ob_nearby_plan *plans, unsigned count)
{
    unsigned first = ob_nearby_run_count(mining->nearby);
    unsigned made = ob_nearby_try(mining->nearby, plans, count);
    memcpy(&mining->plans[first], plans, made * sizeof *plans);
    return made;
}

/* -- distances -- */

/* Whether one of its pairs comes the other way round, which those that never came do not. */
static bool is_reversed(const struct ob_candidate *candidate, const struct ob_nearby_run *run)
{
    for (unsigned pair = 0; pair < ob_shape_parts[candidate->shape].pair_count; pair++)
        if (ob_is_before(run, second_of(candidate, pair), first_of(candidate, pair)))
            return true;
    return false;
}

/* Takes the runs into account that were not yet. */
static void measure_new(struct ranking *ranking)
{
    struct ob_mining *mining = &ranking->mining;
    unsigned count = ob_nearby_run_count(mining->nearby);
    for (unsigned at = ranking->measured; at < count; at++) {
        const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, at);
        if (run->outcome != OB_NEARBY_PASSES)
            continue;
        unsigned distance = ob_nearby_distance(mining->nearby, run);
        for (unsigned index = 0; index < mining->count; index++) {
            struct ob_candidate *candidate = &mining->list[index];
            if ((candidate->nearest == OB_NONE || distance < candidate->distance) &&
                is_reversed(candidate, run)) {
                candidate->nearest = at;
                candidate->distance = distance;
            }
        }
    }
    ranking->measured = count;
}

/* -- ranking -- */

/* Whether it is all that a run with a deviation less has the other way round. */
static bool is_lone(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    for (unsigned at = 0; at < mining->less_count; at++)
        if ((mining->are_lone >> at & 1) && candidate->shape == OB_PAIR &&
            is_reversed(candidate, &mining->less[at]))
            return true;
    return false;
}

static bool is_wide(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    unsigned actor = ob_mining_event(mining, candidate->at[0])->actor;
    for (unsigned at = 1; at < ob_shape_parts[candidate->shape].event_count; at++)
        if (ob_mining_event(mining, candidate->at[at])->actor != actor)
            return true;
    return false;
}

static bool are_alike(const struct ob_event *one, const struct ob_event *other)
{
    return one->kind == other->kind && one->is_resume == other->is_resume &&
           one->is_timer == other->is_timer;
}

/* Whether one of its pairs leaves no trace at its actor, or one event of it not more than that its
 * own task went on beside others. */
static bool is_idle(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    for (unsigned pair = 0; pair < ob_shape_parts[candidate->shape].pair_count; pair++) {
        uint32_t first = ob_nearby_column(mining->nearby, first_of(candidate, pair));
        uint32_t second = ob_nearby_column(mining->nearby, second_of(candidate, pair));
        enum ob_effect one = ob_nearby_effect(mining->nearby, first);
        enum ob_effect other = ob_nearby_effect(mining->nearby, second);
        bool is_local = one == OB_EFFECT_TASK || other == OB_EFFECT_TASK;
        if (is_local || (one == OB_EFFECT_NONE && other == OB_EFFECT_NONE))
            return true;
    }
    return false;
}

/* Whether the violation sees nobody to whom one of its pairs comes. */
static bool is_unseen(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    for (unsigned pair = 0; pair < ob_shape_parts[candidate->shape].pair_count; pair++) {
        uint32_t first = ob_nearby_column(mining->nearby, first_of(candidate, pair));
        uint32_t second = ob_nearby_column(mining->nearby, second_of(candidate, pair));
        if (!ob_nearby_is_seen(mining->nearby, first) && !ob_nearby_is_seen(mining->nearby, second))
            return true;
    }
    return false;
}

static double share(unsigned so, unsigned count)
{
    return count ? (double)so / count : 0.5;
}

/* The square of the standard error of a share. */
static double error_of(double share_so, unsigned count)
{
    return count ? share_so * (1 - share_so) / count : 0;
}

/* By Newton's method, of a value from 0 to 1: of less than 2^-40 what is as good as none. */
static double square_root(double value)
{
    double root = 1;
    for (unsigned step = 0; step < 24; step++)
        root = (root + value / root) / 2;
    return root;
}

/*
 * What it costs that a pair comes to nobody whom the violation sees. It can go along with what
 * decides in most runs, and so it has to be better by more than the measures can tell apart: by a
 * pair of distance, and by more F1 than chance may have given it: the error is that of a
 * difference of two estimates.
 */
static double cost_of_unseen(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    double fails = share(candidate->fails, mining->fail_count);
    double passes = share(candidate->passes, mining->like_count);
    double all = 1 + fails + passes;
    double by_fails = 2 * (1 + passes) / (all * all); /* how F1 follows each of the shares */
    double by_passes = 2 * fails / (all * all);
    double variance = by_fails * by_fails * error_of(fails, mining->fail_count) +
                      by_passes * by_passes * error_of(passes, mining->like_count);
    return IDLE + PER_F1 * SURE * square_root(2 * variance);
}

/* Whether a window is a check and its use with something in between. */
static bool is_check_and_use(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    return candidate->shape == OB_WINDOW &&
           ob_mining_leads_to(mining, candidate->at[0], candidate->at[2]);
}

/* What is simpler goes first: a pair, one actor, two pairs of the same kinds. Of what has the last
 * order that was open the rest has to tell something. */
static double cost_of_shape(const struct ob_mining *mining, const struct ob_candidate *candidate)
{
    bool is_over_several = is_wide(mining, candidate);
    const struct ob_event *events[OB_SHAPE_EVENTS_MAX];
    for (unsigned at = 0; at < OB_SHAPE_EVENTS_MAX; at++)
        events[at] = ob_mining_event(mining, candidate->at[at]);
    if (candidate->shape == OB_PAIR)
        return is_over_several && !candidate->has_core;
    if (candidate->has_core && is_check_and_use(mining, candidate))
        return is_over_several ? AROUND : CHECK_AND_USE;
    if (candidate->shape == OB_WINDOW)
        return candidate->has_core ? AROUND : is_over_several ? 1.5 : SIMPLE;
    bool is_same_twice = are_alike(events[0], events[2]) && are_alike(events[1], events[3]);
    if (candidate->has_core)
        return is_same_twice ? SAME_TWICE : TWO_AROUND;
    return is_same_twice ? SIMPLE : 0.6;
}

static void rate(struct ranking *ranking)
{
    struct ob_mining *mining = &ranking->mining;
    for (unsigned at = 0; at < mining->count; at++) {
        struct ob_candidate *candidate = &mining->list[at];
        unsigned distance = candidate->nearest == OB_NONE || candidate->distance > DISTANCE_MAX
                                ? DISTANCE_MAX
                                : candidate->distance;
        candidate->cost =
            distance + PER_F1 * (1 - candidate->f1) + cost_of_shape(mining, candidate);
        if (candidate->has_core)
            continue;
        candidate->cost += (is_idle(mining, candidate) ? IDLE : 0) +
                           (is_unseen(mining, candidate) ? cost_of_unseen(mining, candidate) : 0) +
                           (candidate->f1 < OB_F1_DECIDES ? WEAK : 0) -
                           (is_lone(mining, candidate) ? LONE : 0);
    }
}

static int compare(const void *a, const void *b)
{
    const struct ob_candidate *one = a;
    const struct ob_candidate *other = b;
    if (one->has_core != other->has_core)
        return one->has_core ? -1 : 1;
    if (one->cost != other->cost)
        return one->cost < other->cost ? -1 : 1;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    if (one->shape != other->shape)
        return one->shape < other->shape ? -1 : 1;
    /* What comes last is mostly nearest to the violation. */
    if (one->at[1] != other->at[1])
        return one->at[1] > other->at[1] ? -1 : 1;
    if (one->at[0] != other->at[0])
        return one->at[0] > other->at[0] ? -1 : 1;
    return memcmp(one->at, other->at, sizeof one->at);
}

/* The two ways in which one of a pair waits for the other. */
static void add_swaps(struct ranking *ranking, unsigned first, unsigned second)
{
    struct ob_nearby_plan *plans = &ranking->swaps[ranking->swap_count];
    if (ranking->swap_count == SWAPS_MAX)
        return;
    plans[0] = plans[1] = ob_nearby_plain();
    plans[0].held = ob_nearby_column(ranking->mining.nearby, first);
    plans[0].until = ob_nearby_column(ranking->mining.nearby, second);
    plans[1].brought = plans[0].until;
    plans[1].next = plans[0].held;
    ranking->swap_count += 2;
}

/* Puts the most likely ones to the test. */
static void swap(struct ranking *ranking)
{
    const struct ob_mining *mining = &ranking->mining;
    for (unsigned at = 0; at < mining->count && at < SWAPS; at++) {
        const struct ob_candidate *candidate = &mining->list[at];
        for (unsigned pair = 0; pair < ob_shape_parts[candidate->shape].pair_count; pair++)
            add_swaps(ranking, first_of(candidate, pair), second_of(candidate, pair));
    }
    (void)ob_mining_try(&ranking->mining, ranking->swaps, ranking->swap_count);
}

/* Whether the order of one pair follows from that of the other. */
static bool follows(const struct ob_mining *mining, const struct ob_candidate *pair,
                    const struct ob_candidate *from)
{
    return pair != from && ob_mining_leads_to(mining, pair->at[0], from->at[0]) &&
           ob_mining_leads_to(mining, from->at[1], pair->at[1]);
}

static unsigned ties_rank(const struct ob_mining *mining, unsigned index, unsigned end)
{
    const struct ob_candidate *candidate = &mining->list[index];
    const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, candidate->nearest);
    uint32_t last = OB_NONE;
    unsigned rank = 0;

    for (unsigned column = 0; column < mining->columns; column++)
        if (ob_mining_event(mining, column)->is_delivered)
            last = column;
    if (run->places[candidate->at[0]] == OB_NEARBY_MISSING)
        rank += 8;
    if (last != OB_NONE &&
        ob_mining_event(mining, last)->actor != ob_mining_event(mining, candidate->at[0])->actor &&
        ob_mining_event(mining, last)->actor != ob_mining_event(mining, candidate->at[1])->actor)
        rank += 4;
    for (unsigned other = 0; other < end; other++) {
        if (mining->list[other].cost == candidate->cost && mining->list[other].shape == OB_PAIR &&
            candidate->shape == OB_PAIR && follows(mining, candidate, &mining->list[other])) {
            rank += 2;
            break;
        }
    }
    return rank + !ob_mining_event(mining, candidate->at[1])->is_delivered;
}

/* Only the best are ranked among those of the same cost. */
static void rank_ties(struct ob_mining *mining)
{
    unsigned end = 0;
    unsigned kept = 0;
    for (unsigned at = 0; at < mining->count; at++)
        if (mining->list[at].nearest != OB_NONE)
            mining->list[kept++] = mining->list[at];
    mining->count = kept;
    while (end < kept && end < OB_CAUSES_MAX)
        end++;
    for (unsigned at = 0; at < end; at++)
        mining->list[at].rank = ties_rank(mining, at, end);
    if (end > 0)
        qsort(mining->list, end, sizeof *mining->list, compare);
    mining->count = end;
}

/* Whether all came in the run in which the last order that was open is the other way round, but
 * for what the first of the two had sent. */
static bool is_all_else_there(const struct ranking *ranking)
{
    const struct ob_mining *mining = &ranking->mining;
    const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, ranking->core.run);
    for (unsigned column = 0; column < mining->columns; column++)
        if (ob_mining_event(mining, column)->is_delivered &&
            run->places[column] == OB_NEARBY_MISSING &&
            !ob_mining_leads_to(mining, ranking->core.first, column))
            return false;
    return true;
}

/* -- what is needed as well -- */

/* Whether a run that passes has the one and the other one the other way round. */
static bool decides_alone(const struct ob_mining *mining, const struct ob_candidate *held,
                          const struct ob_candidate *reversed)
{
    for (unsigned at = 0; at < mining->pass_count; at++)
        if (is_so(held, mining->passes[at]) && is_reversed(reversed, mining->passes[at]))
            return true;
    return false;
}

static unsigned count_both_so(const struct ob_nearby_run *const *runs, unsigned count,
                              const struct ob_candidate *one, const struct ob_candidate *other)
{
    unsigned so = 0;
    for (unsigned at = 0; at < count; at++)
        so += is_so(one, runs[at]) && is_so(other, runs[at]);
    return so;
}

/* Another pair, without which it passes though the order of the cause is as it was, and the other
 * way round: together they tell more. Of several that do, the first. */
static void find_also(const struct ob_mining *mining, const struct ob_candidate *candidate,
                      struct ob_cause *cause)
{
    double best = candidate->f1 + TOGETHER > TELLS_ALL ? candidate->f1 + TOGETHER : TELLS_ALL;
    for (unsigned at = 0; at < mining->count; at++) {
        const struct ob_candidate *other = &mining->list[at];
        if (other->shape != OB_PAIR || other == candidate ||
            other->fails < RECALL_OF_BOTH * candidate->fails)
            continue;
        unsigned fails = count_both_so(mining->fails, mining->fail_count, candidate, other);
        unsigned like = count_both_so(mining->passes, mining->like_count, candidate, other);
        double f1 = ob_mining_f1(mining, fails, like);
        if (f1 <= best || candidate->passes < like + FEWER ||
            fails < RECALL_OF_BOTH * candidate->fails || !decides_alone(mining, candidate, other) ||
            !decides_alone(mining, other, candidate))
            continue;
        best = f1 + ALIKE;
        cause->has_also = true;
        cause->also[0] = ob_nearby_column(mining->nearby, other->at[0]);
        cause->also[1] = ob_nearby_column(mining->nearby, other->at[1]);
        cause->both =
            (struct ob_evidence){.failing = (uint16_t)mining->fail_count,
                                 .failing_so = (uint16_t)fails,
                                 .passing = (uint16_t)mining->pass_count,
                                 .passing_so = (uint16_t)count_both_so(
                                     mining->passes, mining->pass_count, candidate, other)};
    }
}

static void give(const struct ranking *ranking)
{
    const struct ob_mining *mining = &ranking->mining;
    struct ob_causes *causes = ranking->causes;
    causes->evidence = (struct ob_evidence){.failing = (uint16_t)mining->fail_count,
                                            .passing = (uint16_t)mining->pass_count};
    causes->has_core = ranking->core.is_found;
    if (causes->has_core) {
        causes->is_core_near = !ranking->core.is_far && is_all_else_there(ranking);
        causes->core[0] = ob_nearby_column(mining->nearby, ranking->core.first);
        causes->core[1] = ob_nearby_column(mining->nearby, ranking->core.second);
    }
    for (unsigned at = 0; at < mining->count; at++) {
        const struct ob_candidate *candidate = &mining->list[at];
        struct ob_cause *cause = &causes->list[causes->count++];
        *cause = (struct ob_cause){
            .shape = candidate->shape,
            .evidence = causes->evidence,
            .f1 = candidate->f1,
            .distance = candidate->distance,
            .cost = candidate->cost,
            .has_core = candidate->has_core,
            .is_lone = is_lone(mining, candidate),
            .passing = mining->plans[candidate->nearest],
        };
        for (unsigned event = 0; event < ob_shape_parts[cause->shape].event_count; event++)
            cause->events[event] = ob_nearby_column(mining->nearby, candidate->at[event]);
        cause->evidence.failing_so = candidate->fails;
        for (unsigned run = 0; run < mining->pass_count; run++)
            cause->evidence.passing_so += is_so(candidate, mining->passes[run]);
        if (at < OB_CAUSES_CHOSEN)
            find_also(mining, candidate, cause);
    }
}

/*
 * Those that pass as what fails does not come about at all say nothing of why it fails when it
 * does. Where enough others pass, these come first and are the only ones that count.
 */
static void sort_passing(struct ob_mining *mining)
{
    uint32_t last = ob_nearby_last_column(mining->nearby);
    mining->like_count = 0;
    for (unsigned at = 0; last != OB_NONE && at < mining->pass_count; at++) {
        const struct ob_nearby_run *run = mining->passes[at];
        if (run->places[last] == OB_NEARBY_MISSING)
            continue;
        mining->passes[at] = mining->passes[mining->like_count];
        mining->passes[mining->like_count++] = run;
    }
    if (mining->like_count < LIKE_LEAST)
        mining->like_count = mining->pass_count;
}

static void split_samples(struct ob_mining *mining, unsigned sample_count)
{
    for (unsigned at = 0; at < sample_count; at++) {
        const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, at);
        if (run->outcome == OB_NEARBY_FAILS)
            mining->fails[mining->fail_count++] = run;
        else if (run->outcome == OB_NEARBY_PASSES)
            mining->passes[mining->pass_count++] = run;
    }
}

static void mark(const struct ranking *ranking, struct ob_candidate *candidate)
{
    const struct ob_mining *mining = &ranking->mining;
    const struct ob_core *core = &ranking->core;
    for (unsigned pair = 0; pair < ob_shape_parts[candidate->shape].pair_count; pair++)
        candidate->has_core |=
            first_of(candidate, pair) == core->first && second_of(candidate, pair) == core->second;
    if (!candidate->has_core)
        return;
    candidate->nearest = core->run;
    candidate->distance =
        ob_nearby_distance(mining->nearby, ob_nearby_run(mining->nearby, core->run));
}

/* What no sample has the other way round is far from all of them. Where it tells nothing with what
 * is around it either, and something else tells nearly all, it is that. */
static void forget_what_is_remote(struct ranking *ranking, unsigned index)
{
    struct ob_mining *mining = &ranking->mining;
    double best = 0;
    double best_with_core = 0;

    if (mining->list[index].passes < mining->like_count)
        return;
    for (unsigned at = 0; at < mining->count; at++) {
        const struct ob_candidate *candidate = &mining->list[at];
        double *is_of = candidate->has_core ? &best_with_core : &best;
        if (candidate->f1 > *is_of)
            *is_of = candidate->f1;
    }
    if (best < F1_TELLS || best_with_core >= OB_F1_DECIDES)
        return;
    ranking->core.is_found = false;
    for (unsigned at = 0; at < mining->count; at++)
        mining->list[at].has_core = false;
}

/* Marks what has the last order that was open as a part. Returns false when memory is short. */
static bool mark_core(struct ranking *ranking)
{
    struct ob_mining *mining = &ranking->mining;
    const struct ob_core *core = &ranking->core;
    unsigned index = 0;

    if (!core->is_found)
        return true;
    while (index < mining->count &&
           (mining->list[index].shape != OB_PAIR || mining->list[index].at[0] != core->first ||
            mining->list[index].at[1] != core->second))
        index++;
    if ((index == mining->count && !ob_mining_add_pair(mining, core->first, core->second)) ||
        !ob_mining_add_windows(mining, index))
        return false;
    for (unsigned at = 0; at < mining->count; at++)
        mark(ranking, &mining->list[at]);
    forget_what_is_remote(ranking, index);
    return true;
}

/* Ranks twice: the swaps of those that came first add runs to compare with. */
static void rank(struct ranking *ranking)
{
    struct ob_mining *mining = &ranking->mining;
    for (unsigned round = 0; round < 2; round++) {
        measure_new(ranking);
        rate(ranking);
        if (mining->count > 0)
            qsort(mining->list, mining->count, sizeof *mining->list, compare);
        if (round == 0)
            swap(ranking);
    }
    rank_ties(mining);
}

int ob_causes_find(struct ob_nearby *nearby, const struct ob_nearby_run *less, unsigned less_count,
                   struct ob_causes *causes)
{
    struct ranking *ranking = calloc(1, sizeof *ranking);
    int result = -1;

    memset(causes, 0, sizeof *causes);
    if (ranking) {
        struct ob_mining *mining = &ranking->mining;
        mining->nearby = nearby;
        mining->events = ob_nearby_events(nearby);
        mining->columns = ob_nearby_column_count(nearby);
        ranking->causes = causes;
        mining->less = less;
        mining->less_count = less_count;
        for (unsigned at = 0; at < less_count; at++)
            mining->are_lone |= (uint64_t)(ob_nearby_distance(nearby, &less[at]) == 1) << at;
        split_samples(mining, ob_nearby_sample(nearby, mining->plans));
        sort_passing(mining);
        if (ob_mining_find(mining)) {
            ranking->core = ob_core_find(mining);
            if (mark_core(ranking)) {
                rank(ranking);
                give(ranking);
                result = 0;
            }
        }
        free(mining->list);
    }
    free(ranking);
    return result;
}
