#include "engine/novelty.h"

#include "engine/counters.h"
#include "engine/fuzzed.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 32u
#define BYTES UINT64_C(0x0101010101010101)

/* 0xff where a byte is not 0. */
static uint64_t nonzero_bytes(uint64_t word)
{
    uint64_t low = ~(BYTES << 7);
    return ((((word & low) + low) | word) >> 7 & BYTES) * 0xff;
}

/* Most of what is looked at is, so it is looked at in blocks. */
static bool is_zero(const uint8_t *block)
{
    uint64_t words[BLOCK / sizeof(uint64_t)];
    memcpy(words, block, sizeof words);
    return (words[0] | words[1] | words[2] | words[3]) == 0;
}

/* Eight bytes of `seen` have changed: how many have been shown once, twice, more often? */
static void count_shown(uint64_t before, uint64_t now)
{
    uint64_t *shown = ob_fuzzed_counts.times_shown;

    for (unsigned bit = 0; bit < 64; bit += 8) {
        unsigned was = before >> bit & 0xff;
        unsigned is = now >> bit & 0xff;
        if (was == is)
            continue;
        shown[is - 1]++;
        if (was > 0)
            shown[was - 1]--;
    }
}

/* Counts in `seen`, which has as many bytes as counters and some to spare, what is not 0: how many
 * executions have shown it, up to 3. */
static bool scan(const uint8_t *counters, size_t size, uint8_t *seen)
{
    uint64_t news = 0;
    for (size_t at = 0; at < size; at += sizeof news) {
        while (size - at >= BLOCK && is_zero(counters + at))
            at += BLOCK;
        uint64_t word = 0;
        uint64_t known;
        size_t left = size - at;
        memcpy(&word, counters + at, left < sizeof word ? left : sizeof word);
        if (word == 0)
            continue;
        memcpy(&known, seen + at, sizeof known);
        uint64_t more = known + (nonzero_bytes(word) & BYTES);
        uint64_t now = more - (more >> 2 & BYTES);
        if (now == known)
            continue;
        news |= nonzero_bytes(now) & ~nonzero_bytes(known);
        count_shown(known, now);
        memcpy(seen + at, &now, sizeof now);
    }
    return news != 0;
}

static void clear(uint8_t *begin, const uint8_t *end)
{
    if (begin != end)
        memset(begin, 0, (size_t)(end - begin));
}

void ob_novelty_clear(void)
{
    clear(__start___sancov_cntrs, __stop___sancov_cntrs);
    clear(__start___libfuzzer_extra_counters, __stop___libfuzzer_extra_counters);
}

bool ob_novelty_scan(void)
{
    static uint8_t *seen_edges;
    static uint8_t *seen_marks;
    size_t edges = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
    size_t marks = (size_t)(__stop___libfuzzer_extra_counters - __start___libfuzzer_extra_counters);

    if (!seen_edges)
        seen_edges = calloc(edges + sizeof(uint64_t), 1);
    if (!seen_marks)
        seen_marks = calloc(marks + sizeof(uint64_t), 1);
    if (!seen_edges || !seen_marks)
        return false;
    ob_fuzzed_counts.scans++;
    bool is_news = scan(__start___sancov_cntrs, edges, seen_edges);
    is_news |= scan(__start___libfuzzer_extra_counters, marks, seen_marks);
    return is_news;
}
