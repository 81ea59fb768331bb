/*
 * A good cause is so in every run that fails and in few that pass, and there is a run that passes
 * though little else than this pair comes the other way round. Either alone misleads: pairs without
 * which nothing happens at all tell failing runs from passing ones as well as the race does, and
 * the nearest run that passes may do so by chance.
 */
#include "search/causes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WORDS ((OB_NEARBY_SAMPLES_MAX + 63) / 64)
#define F1_LEAST 0.5
#define UNKNOWN 0.5           /* how often it is so in runs that pass, where none does */
#define RECALL_OF_WINDOW 0.93 /* of the pairs that windows are made of */
#define WINDOW_PAIRS_MAX 1024u
#define WINDOWS_MAX 65536u /* that are looked at */
#define LIKE_LEAST 20u
#define SWAPS 40u /* of so many */
#define SWAPS_MAX (4 * SWAPS)
#define DISTANCE_MAX 12u
#define LONE                                                                                       \
    2.5 /* what a run with a deviation less is worth, in which only this pair is reversed */

struct bits {
    uint64_t fails[WORDS];
    uint64_t passes[WORDS];
};

/* A candidate: columns, not events. */
struct candidate {
    uint16_t first, second, third; /* OB_NEARBY_MISSING: a pair */
    uint16_t fails, passes;        /* samples in which it is so */
    unsigned distance;
    unsigned nearest; /* the run of it, or OB_NONE */
    double f1;
    double cost;
    unsigned rank; /* in ties, see compare_ties() */
};

struct mining {
    struct ob_nearby *nearby;
    const struct ob_events *events;
    struct ob_causes *causes;
    const struct ob_nearby_run *lone;
    unsigned lone_count;
    unsigned columns;
    unsigned fail_count, pass_count; /* of the samples; of those that pass the first `like_count` */
    unsigned like_count;             /* count, see sort_passing() */
    const struct ob_nearby_run *fails[OB_NEARBY_SAMPLES_MAX];
    const struct ob_nearby_run *passes[OB_NEARBY_SAMPLES_MAX];
    unsigned distances[OB_NEARBY_RUNS_MAX]; /* of the runs that pass */
    unsigned measured;                      /* runs whose distance is known */
    struct ob_nearby_plan swaps[SWAPS_MAX];
    unsigned swap_count;
    unsigned sample_count;
    struct candidate *list;
    unsigned count, room;
};

static const struct ob_event *event_at(const struct mining *mining, unsigned column)
{
    return &mining->events->list[ob_nearby_column(mining->nearby, column)];
}

static bool is_before(const struct ob_nearby_run *run, unsigned first, unsigned second)
{
    return run->places[first] < run->places[second];
}

/* Whether the one has led to the other. */
static bool leads_to(const struct mining *mining, unsigned first, unsigned second)
{
    uint32_t wanted = ob_nearby_column(mining->nearby, first);
    uint32_t event = ob_nearby_column(mining->nearby, second);
    while (event != OB_NONE && event != wanted)
        event = ob_nearby_parent(mining->nearby, event);
    return event == wanted;
}

/* The harmonic mean of precision and recall, as if as many samples passed as failed. */
static double f1_of(const struct mining *mining, unsigned fails, unsigned passes)
{
    double so = mining->fail_count ? (double)fails / mining->fail_count : 0;
    double so_passing = mining->like_count ? (double)passes / mining->like_count : UNKNOWN;
    return 2 * so / (1 + so + so_passing);
}

static bool add_candidate(struct mining *mining, struct candidate candidate)
{
    if (mining->count == mining->room) {
        unsigned room = mining->room ? 2 * mining->room : 1024;
        struct candidate *list = realloc(mining->list, room * sizeof *list);
        if (!list)
            return false;
        mining->list = list;
        mining->room = room;
    }
    candidate.f1 = f1_of(mining, candidate.fails, candidate.passes);
    candidate.nearest = OB_NONE;
    mining->list[mining->count++] = candidate;
    return true;
}

/* -- pairs -- */

static unsigned count_before(const struct ob_nearby_run *const *runs, unsigned count,
                             unsigned first, unsigned second)
{
    unsigned so = 0;
    for (unsigned at = 0; at < count; at++)
        so += is_before(runs[at], first, second);
    return so;
}

/* Columns are in the order of the failing run, with what was to come at the end. */
static bool find_pairs(struct mining *mining)
{
    for (unsigned first = 0; first < mining->columns && event_at(mining, first)->is_delivered;
         first++) {
        for (unsigned second = first + 1; second < mining->columns; second++) {
            struct candidate pair = {
                .first = (uint16_t)first, .second = (uint16_t)second, .third = OB_NEARBY_MISSING};
            pair.fails = (uint16_t)count_before(mining->fails, mining->fail_count, first, second);
            if (2 * pair.fails < mining->fail_count)
                continue;
            pair.passes = (uint16_t)count_before(mining->passes, mining->like_count, first, second);
            if (f1_of(mining, pair.fails, pair.passes) < F1_LEAST ||
                leads_to(mining, first, second))
                continue;
            if (!add_candidate(mining, pair))
                return false;
        }
    }
    return true;
}

/* -- windows -- */

static void read_bits(const struct mining *mining, const struct candidate *pair, struct bits *bits)
{
    memset(bits, 0, sizeof *bits);
    for (unsigned at = 0; at < mining->fail_count; at++)
        bits->fails[at / 64] |= (uint64_t)is_before(mining->fails[at], pair->first, pair->second)
                                << at % 64;
    for (unsigned at = 0; at < mining->like_count; at++)
        bits->passes[at / 64] |= (uint64_t)is_before(mining->passes[at], pair->first, pair->second)
                                 << at % 64;
}

static unsigned count_both(const uint64_t *one, const uint64_t *other)
{
    unsigned count = 0;
    for (unsigned at = 0; at < WORDS; at++)
        count += (unsigned)__builtin_popcountll(one[at] & other[at]);
    return count;
}

/* Between a check and the use that follows from it, or between two others at one actor. */
static bool is_window(const struct mining *mining, const struct candidate *early,
                      const struct candidate *late)
{
    unsigned actor = event_at(mining, early->first)->actor;
    return leads_to(mining, early->first, late->second) ||
           (event_at(mining, early->second)->actor == actor &&
            event_at(mining, late->second)->actor == actor);
}

static bool find_windows(struct mining *mining)
{
    struct bits *bits = calloc(WINDOW_PAIRS_MAX, sizeof *bits);
    unsigned *pairs = calloc(WINDOW_PAIRS_MAX, sizeof *pairs);
    unsigned count = 0;
    unsigned looked = 0;
    bool is_done = bits && pairs;

    for (unsigned at = 0; is_done && at < mining->count && count < WINDOW_PAIRS_MAX; at++) {
        if (mining->list[at].fails < RECALL_OF_WINDOW * mining->fail_count)
            continue;
        read_bits(mining, &mining->list[at], &bits[count]);
        pairs[count++] = at;
    }
    for (unsigned one = 0; is_done && one < count; one++) {
        for (unsigned two = 0; is_done && two < count && looked < WINDOWS_MAX; two++) {
            const struct candidate early = mining->list[pairs[one]];
            const struct candidate late = mining->list[pairs[two]];
            if (early.second != late.first || !is_window(mining, &early, &late))
                continue;
            looked++;
            struct candidate window = {
                .first = early.first, .second = early.second, .third = late.second};
            window.fails = (uint16_t)count_both(bits[one].fails, bits[two].fails);
            window.passes = (uint16_t)count_both(bits[one].passes, bits[two].passes);
            double f1 = f1_of(mining, window.fails, window.passes);
            if (f1 > early.f1 && f1 > late.f1)
                is_done = add_candidate(mining, window);
        }
    }
    free(bits);
    free(pairs);
    return is_done;
}

/* -- distances -- */

static bool is_reversed(const struct candidate *candidate, const struct ob_nearby_run *run)
{
    if (is_before(run, candidate->second, candidate->first))
        return true;
    return candidate->third != OB_NEARBY_MISSING &&
           is_before(run, candidate->third, candidate->second);
}

/* Takes the runs into account that were not yet. */
static void measure_new(struct mining *mining)
{
    unsigned count = ob_nearby_run_count(mining->nearby);
    for (unsigned at = mining->measured; at < count; at++) {
        const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, at);
        if (run->outcome != OB_NEARBY_PASSES)
            continue;
        unsigned distance = ob_nearby_distance(mining->nearby, run);
        for (unsigned index = 0; index < mining->count; index++) {
            struct candidate *candidate = &mining->list[index];
            if ((candidate->nearest == OB_NONE || distance < candidate->distance) &&
                is_reversed(candidate, run)) {
                candidate->nearest = at;
                candidate->distance = distance;
            }
        }
    }
    mining->measured = count;
}

/* -- ranking -- */

static bool is_lone(const struct mining *mining, const struct candidate *candidate)
{
    for (unsigned at = 0; at < mining->lone_count; at++)
        if (candidate->third == OB_NEARBY_MISSING &&
            is_before(&mining->lone[at], candidate->second, candidate->first))
            return true;
    return false;
}

static void rate(struct mining *mining)
{
    static const double costs[2][2] = {{0, 1}, {0.1, 1.5}}; /* of windows, and over actors */
    for (unsigned at = 0; at < mining->count; at++) {
        struct candidate *candidate = &mining->list[at];
        unsigned distance = candidate->nearest == OB_NONE || candidate->distance > DISTANCE_MAX
                                ? DISTANCE_MAX
                                : candidate->distance;
        bool is_window = candidate->third != OB_NEARBY_MISSING;
        unsigned actor = event_at(mining, candidate->second)->actor;
        bool is_wide = event_at(mining, candidate->first)->actor != actor ||
                       (is_window && event_at(mining, candidate->third)->actor != actor);
        candidate->cost = distance + 15 * (1 - candidate->f1) + costs[is_window][is_wide] -
                          (is_lone(mining, candidate) ? LONE : 0);
    }
}

static int compare(const void *a, const void *b)
{
    const struct candidate *one = a;
    const struct candidate *other = b;
    if (one->cost != other->cost)
        return one->cost < other->cost ? -1 : 1;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    /* What comes last is mostly nearest to the violation. */
    if (one->second != other->second)
        return one->second > other->second ? -1 : 1;
    if (one->first != other->first)
        return one->first > other->first ? -1 : 1;
    return one->third < other->third ? -1 : one->third > other->third;
}

/* The two ways in which one of a pair waits for the other. */
static void add_swaps(struct mining *mining, unsigned first, unsigned second)
{
    struct ob_nearby_plan *plans = &mining->swaps[mining->swap_count];
    if (mining->swap_count == SWAPS_MAX)
        return;
    plans[0] = plans[1] = ob_nearby_plain();
    plans[0].held = ob_nearby_column(mining->nearby, first);
    plans[0].until = ob_nearby_column(mining->nearby, second);
    plans[1].brought = plans[0].until;
    plans[1].next = plans[0].held;
    mining->swap_count += 2;
}

/* Puts the most likely ones to the test. */
static void swap(struct mining *mining)
{
    for (unsigned at = 0; at < mining->count && at < SWAPS; at++) {
        const struct candidate *candidate = &mining->list[at];
        add_swaps(mining, candidate->first, candidate->second);
        if (candidate->third != OB_NEARBY_MISSING)
            add_swaps(mining, candidate->second, candidate->third);
    }
    (void)ob_nearby_try(mining->nearby, mining->swaps, mining->swap_count);
}

/* Whether the order of one pair follows from that of the other. */
static bool follows(const struct mining *mining, const struct candidate *pair,
                    const struct candidate *from)
{
    return pair != from && leads_to(mining, pair->first, from->first) &&
           leads_to(mining, from->second, pair->second);
}

static unsigned ties_rank(const struct mining *mining, unsigned index, unsigned end)
{
    const struct candidate *candidate = &mining->list[index];
    const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, candidate->nearest);
    uint32_t last = OB_NONE;
    unsigned rank = 0;

    for (unsigned column = 0; column < mining->columns; column++)
        if (event_at(mining, column)->is_delivered)
            last = column;
    if (run->places[candidate->first] == OB_NEARBY_MISSING)
        rank += 8;
    if (last != OB_NONE &&
        event_at(mining, last)->actor != event_at(mining, candidate->first)->actor &&
        event_at(mining, last)->actor != event_at(mining, candidate->second)->actor)
        rank += 4;
    for (unsigned other = 0; other < end; other++) {
        if (mining->list[other].cost == candidate->cost &&
            mining->list[other].third == OB_NEARBY_MISSING &&
            candidate->third == OB_NEARBY_MISSING &&
            follows(mining, candidate, &mining->list[other])) {
            rank += 2;
            break;
        }
    }
    return rank + !event_at(mining, candidate->second)->is_delivered;
}

/* Only the best are ranked among those of the same cost. */
static void rank_ties(struct mining *mining)
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

static bool is_so(const struct candidate *candidate, const struct ob_nearby_run *run)
{
    return is_before(run, candidate->first, candidate->second) &&
           (candidate->third == OB_NEARBY_MISSING ||
            is_before(run, candidate->second, candidate->third));
}

static void give(const struct mining *mining, const struct ob_nearby_plan *samples)
{
    struct ob_causes *causes = mining->causes;
    causes->evidence = (struct ob_evidence){.failing = (uint16_t)mining->fail_count,
                                            .passing = (uint16_t)mining->pass_count};
    for (unsigned at = 0; at < mining->count; at++) {
        const struct candidate *candidate = &mining->list[at];
        struct ob_cause *cause = &causes->list[causes->count++];
        bool is_window = candidate->third != OB_NEARBY_MISSING;
        *cause = (struct ob_cause){
            .first = ob_nearby_column(mining->nearby, candidate->first),
            .second = ob_nearby_column(mining->nearby, candidate->second),
            .third = is_window ? ob_nearby_column(mining->nearby, candidate->third) : OB_NONE,
            .evidence = causes->evidence,
            .f1 = candidate->f1,
            .distance = candidate->distance,
            .cost = candidate->cost,
            .is_lone = is_lone(mining, candidate),
            .passing = candidate->nearest < mining->sample_count
                           ? samples[candidate->nearest]
                           : mining->swaps[candidate->nearest - mining->sample_count],
        };
        cause->evidence.failing_so = candidate->fails;
        for (unsigned run = 0; run < mining->pass_count; run++)
            cause->evidence.passing_so += is_so(candidate, mining->passes[run]);
    }
}

/*
 * Those that pass as what fails does not come about at all say nothing of why it fails when it
 * does. Where enough others pass, these come first and are the only ones that count.
 */
static void sort_passing(struct mining *mining)
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

static void split_samples(struct mining *mining)
{
    for (unsigned at = 0; at < mining->sample_count; at++) {
        const struct ob_nearby_run *run = ob_nearby_run(mining->nearby, at);
        if (run->outcome == OB_NEARBY_FAILS)
            mining->fails[mining->fail_count++] = run;
        else if (run->outcome == OB_NEARBY_PASSES)
            mining->passes[mining->pass_count++] = run;
    }
}

int ob_causes_find(struct ob_nearby *nearby, const struct ob_events *events,
                   const struct ob_nearby_run *lone, unsigned lone_count, struct ob_causes *causes)
{
    struct mining *mining = calloc(1, sizeof *mining);
    struct ob_nearby_plan *samples = calloc(OB_NEARBY_SAMPLES_MAX, sizeof *samples);
    int result = -1;

    memset(causes, 0, sizeof *causes);
    if (mining && samples) {
        mining->nearby = nearby;
        mining->events = events;
        mining->causes = causes;
        mining->lone = lone;
        mining->lone_count = lone_count;
        mining->columns = ob_nearby_column_count(nearby);
        mining->sample_count = ob_nearby_sample(nearby, samples);
        split_samples(mining);
        sort_passing(mining);
        if (find_pairs(mining) && find_windows(mining)) {
            for (unsigned round = 0; round < 2; round++) {
                measure_new(mining);
                rate(mining);
                if (mining->count > 0)
                    qsort(mining->list, mining->count, sizeof *mining->list, compare);
                if (round == 0)
                    swap(mining);
            }
            rank_ties(mining);
            give(mining, samples);
            result = 0;
        }
        free(mining->list);
    }
    free(samples);
    free(mining);
    return result;
}
