/* Which orders tell failing samples from passing ones. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "search/causes_internal.h"
#include "world/log.h"

#define WORDS ((OB_NEARBY_SAMPLES_MAX + 63) / 64)
#define F1_LEAST 0.5
#define UNKNOWN 0.5          /* how often it is so in runs that pass, where none does */
#define RECALL_OF_PARTS 0.93 /* of the pairs that windows and overlaps are made of */
#define PARTS_MAX 1024u
#define LOOKS_MAX 65536u /* at two of them together */

const struct ob_shape_parts ob_shape_parts[OB_SHAPES] = {
    [OB_PAIR] = {.event_count = 2, .pair_count = 1, .pairs = {{0, 1}}},
    [OB_WINDOW] = {.event_count = 3, .pair_count = 2, .pairs = {{0, 1}, {1, 2}}},
    [OB_OVERLAP] = {.event_count = 4, .pair_count = 2, .pairs = {{0, 1}, {2, 3}}},
};

/* The samples in which a pair comes in this order, a bit each. */
struct bits {
    uint64_t fails[WORDS];
    uint64_t passes[WORDS];
};

/* The pairs that windows and overlaps are made of. */
struct parts {
    unsigned count;
    unsigned looks;
    unsigned *pairs; /* by their places in the list */
    struct bits *bits;
};

bool ob_mining_leads_to(const struct ob_mining *mining, unsigned first, unsigned second)
{
    uint32_t wanted = ob_nearby_column(mining->nearby, first);
    uint32_t event = ob_nearby_column(mining->nearby, second);
    while (event != OB_NONE && event != wanted)
        event = ob_nearby_parent(mining->nearby, event);
    return event == wanted;
}

double ob_mining_f1(const struct ob_mining *mining, unsigned fails, unsigned passes)
{
    double so = mining->fail_count ? (double)fails / mining->fail_count : 0;
    double so_passing = mining->like_count ? (double)passes / mining->like_count : UNKNOWN;
    return 2 * so / (1 + so + so_passing);
}

static bool add_candidate(struct ob_mining *mining, struct ob_candidate candidate)
{
    struct ob_candidate *list =
        ob_array_reserve(mining->list, &mining->room, (size_t)mining->count + 1, sizeof *list);
    if (!list)
        return false;
    mining->list = list;
    candidate.f1 = ob_mining_f1(mining, candidate.fails, candidate.passes);
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
        so += ob_is_before(runs[at], first, second);
    return so;
}

/* Columns are in the order of the failing run, with what was to come at the end. */
static bool find_pairs(struct ob_mining *mining)
{
    for (unsigned first = 0;
         first < mining->columns && ob_mining_event(mining, first)->is_delivered; first++) {
        for (unsigned second = first + 1; second < mining->columns; second++) {
            struct ob_candidate pair = {.shape = OB_PAIR,
                                        .at = {(uint16_t)first, (uint16_t)second}};
            pair.fails = (uint16_t)count_before(mining->fails, mining->fail_count, first, second);
            if (2 * pair.fails < mining->fail_count)
                continue;
            pair.passes = (uint16_t)count_before(mining->passes, mining->like_count, first, second);
            if (ob_mining_f1(mining, pair.fails, pair.passes) < F1_LEAST ||
                ob_mining_leads_to(mining, first, second))
                continue;
            if (!add_candidate(mining, pair))
                return false;
        }
    }
    return true;
}

bool ob_mining_add_pair(struct ob_mining *mining, unsigned first, unsigned second)
{
    struct ob_candidate pair = {.shape = OB_PAIR, .at = {(uint16_t)first, (uint16_t)second}};
    pair.fails = (uint16_t)count_before(mining->fails, mining->fail_count, first, second);
    pair.passes = (uint16_t)count_before(mining->passes, mining->like_count, first, second);
    return add_candidate(mining, pair);
}

/* -- two pairs together -- */

static void read_bits(const struct ob_mining *mining, const struct ob_candidate *pair,
                      struct bits *bits)
{
    for (unsigned at = 0; at < mining->fail_count; at++)
        bits->fails[at / 64] |= (uint64_t)ob_is_before(mining->fails[at], pair->at[0], pair->at[1])
                                << at % 64;
    for (unsigned at = 0; at < mining->like_count; at++)
        bits->passes[at / 64] |=
            (uint64_t)ob_is_before(mining->passes[at], pair->at[0], pair->at[1]) << at % 64;
}

static bool prepare_parts(const struct ob_mining *mining, struct parts *parts)
{
    parts->bits = calloc(PARTS_MAX, sizeof *parts->bits);
    parts->pairs = calloc(PARTS_MAX, sizeof *parts->pairs);
    if (!parts->bits || !parts->pairs)
        return false;
    for (unsigned at = 0; at < mining->count && parts->count < PARTS_MAX; at++) {
        if (mining->list[at].fails < RECALL_OF_PARTS * mining->fail_count)
            continue;
        read_bits(mining, &mining->list[at], &parts->bits[parts->count]);
        parts->pairs[parts->count++] = at;
    }
    return true;
}

static unsigned count_both(const uint64_t *one, const uint64_t *other)
{
    unsigned count = 0;
    for (unsigned at = 0; at < WORDS; at++)
        count += (unsigned)__builtin_popcountll(one[at] & other[at]);
    return count;
}

/* Adds two pairs together, where they tell more than each of them alone. */
static bool add_both(struct ob_mining *mining, const struct parts *parts, unsigned one,
                     unsigned two, struct ob_candidate both)
{
    both.fails = (uint16_t)count_both(parts->bits[one].fails, parts->bits[two].fails);
    both.passes = (uint16_t)count_both(parts->bits[one].passes, parts->bits[two].passes);
    double f1 = ob_mining_f1(mining, both.fails, both.passes);
    return f1 <= mining->list[parts->pairs[one]].f1 || f1 <= mining->list[parts->pairs[two]].f1 ||
           add_candidate(mining, both);
}

/* Between a check and the use that follows from it, or between two others at one actor. */
static bool is_window(const struct ob_mining *mining, const struct ob_candidate *early,
                      const struct ob_candidate *late)
{
    unsigned actor = ob_mining_event(mining, early->at[0])->actor;
    return early->at[1] == late->at[0] && (ob_mining_leads_to(mining, early->at[0], late->at[1]) ||
                                           (ob_mining_event(mining, early->at[1])->actor == actor &&
                                            ob_mining_event(mining, late->at[1])->actor == actor));
}

/* Two checks at one actor, each before the use that follows from the other. */
static bool is_overlap(const struct ob_mining *mining, const struct ob_candidate *one,
                       const struct ob_candidate *two)
{
    unsigned actor = ob_mining_event(mining, one->at[0])->actor;
    return one->at[0] != two->at[0] && one->at[1] != two->at[1] && one->at[1] != two->at[0] &&
           two->at[1] != one->at[0] && ob_mining_event(mining, one->at[1])->actor == actor &&
           ob_mining_event(mining, two->at[0])->actor == actor &&
           ob_mining_event(mining, two->at[1])->actor == actor &&
           ob_mining_leads_to(mining, one->at[0], two->at[1]) &&
           ob_mining_leads_to(mining, two->at[0], one->at[1]);
}

static bool find_windows(struct ob_mining *mining, struct parts *parts)
{
    for (unsigned one = 0; one < parts->count; one++) {
        for (unsigned two = 0; two < parts->count && parts->looks < LOOKS_MAX; two++) {
            const struct ob_candidate *early = &mining->list[parts->pairs[one]];
            const struct ob_candidate *late = &mining->list[parts->pairs[two]];
            if (!is_window(mining, early, late))
                continue;
            parts->looks++;
            struct ob_candidate window = {.shape = OB_WINDOW,
                                          .at = {early->at[0], early->at[1], late->at[1]}};
            if (!add_both(mining, parts, one, two, window))
                return false;
        }
    }
    return true;
}

static bool find_overlaps(struct ob_mining *mining, struct parts *parts)
{
    for (unsigned one = 0; one < parts->count; one++) {
        for (unsigned two = one + 1; two < parts->count && parts->looks < 2 * LOOKS_MAX; two++) {
            const struct ob_candidate *early = &mining->list[parts->pairs[one]];
            const struct ob_candidate *late = &mining->list[parts->pairs[two]];
            if (!is_overlap(mining, early, late))
                continue;
            parts->looks++;
            struct ob_candidate overlap = {
                .shape = OB_OVERLAP, .at = {early->at[0], early->at[1], late->at[0], late->at[1]}};
            if (!add_both(mining, parts, one, two, overlap))
                return false;
        }
    }
    return true;
}

/* -- around one pair -- */

/* The window of which a pair is one side and `other` is the other. Returns false when they make
 * none. */
static bool make_window(const struct ob_mining *mining, const struct ob_candidate *pair,
                        const struct ob_candidate *other, struct ob_candidate *window)
{
    const struct ob_candidate *early = pair;
    const struct ob_candidate *late = other;
    if (is_window(mining, other, pair)) {
        early = other;
        late = pair;
    } else if (!is_window(mining, pair, other)) {
        return false;
    }
    *window =
        (struct ob_candidate){.shape = OB_WINDOW, .at = {early->at[0], early->at[1], late->at[1]}};
    return true;
}

bool ob_mining_add_windows(struct ob_mining *mining, unsigned index)
{
    const struct ob_candidate pair = mining->list[index];
    const unsigned count = mining->count;
    struct bits own = {0};

    read_bits(mining, &pair, &own);
    for (unsigned at = 0; at < count; at++) {
        const struct ob_candidate other = mining->list[at];
        struct ob_candidate window;
        struct bits bits = {0};
        if (at == index || other.shape != OB_PAIR ||
            other.fails < RECALL_OF_PARTS * mining->fail_count ||
            !make_window(mining, &pair, &other, &window))
            continue;
        read_bits(mining, &other, &bits);
        window.fails = (uint16_t)count_both(own.fails, bits.fails);
        window.passes = (uint16_t)count_both(own.passes, bits.passes);
        if (ob_mining_f1(mining, window.fails, window.passes) > pair.f1 &&
            !add_candidate(mining, window))
            return false;
    }
    return true;
}

bool ob_mining_find(struct ob_mining *mining)
{
    struct parts parts = {0};
    bool is_done = find_pairs(mining) && prepare_parts(mining, &parts) &&
                   find_windows(mining, &parts) && find_overlaps(mining, &parts);
    free(parts.bits);
    free(parts.pairs);
    return is_done;
}
