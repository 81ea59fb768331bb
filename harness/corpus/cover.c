#include "corpus/cover.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { DISTANCE_BYTES_MAX = 5 };

/* Goes through the features of an input. */
struct cursor {
    const uint8_t *at;
    uint32_t left;
    uint32_t feature;
};

struct choice {
    const struct ob_cover *cover;
    uint32_t *holders; /* how many chosen inputs have a feature */
    uint32_t *order;   /* inputs, in some order */
    uint32_t *gains;   /* what an input would add, or would have added some time ago */
    bool *chosen;
    size_t count;
    uint64_t bytes;
};

int ob_cover_add(struct ob_cover *cover, size_t size, const uint32_t *features,
                 uint32_t feature_count, struct ob_error *error)
{
    uint32_t before = 0;
    struct ob_cover_input *inputs =
        ob_array_reserve(cover->inputs, &cover->input_room, cover->input_count + 1, sizeof *inputs);
    if (inputs)
        cover->inputs = inputs;
    uint8_t *bytes =
        ob_array_reserve(cover->bytes, &cover->byte_room,
                         cover->byte_count + (size_t)feature_count * DISTANCE_BYTES_MAX + 1, 1);
    if (bytes)
        cover->bytes = bytes;
    if (!inputs || !bytes)
        return ob_error_set(error, "no memory for the features of so many inputs");
    cover->inputs[cover->input_count++] =
        (struct ob_cover_input){cover->byte_count, feature_count, (uint32_t)size};
    for (uint32_t i = 0; i < feature_count; i++) {
        assert(i == 0 || features[i] > before);
        uint32_t distance = features[i] - before;
        before = features[i];
        while (distance >= 128) {
            cover->bytes[cover->byte_count++] = (uint8_t)(distance | 128);
            distance >>= 7;
        }
        cover->bytes[cover->byte_count++] = (uint8_t)distance;
    }
    assert(cover->byte_count <= cover->byte_room && cover->input_count <= cover->input_room);
    if (feature_count > 0 && before >= cover->feature_bound)
        cover->feature_bound = before + 1;
    return 0;
}

static struct cursor features_of(const struct ob_cover *cover, size_t input)
{
    return (struct cursor){cover->bytes + cover->inputs[input].at,
                           cover->inputs[input].feature_count, 0};
}

static bool next_feature(struct cursor *cursor)
{
    unsigned shift = 0;
    uint32_t distance = 0;
    if (cursor->left == 0)
        return false;
    do {
        distance |= (uint32_t)(*cursor->at & 127) << shift;
        shift += 7;
    } while (*cursor->at++ & 128);
    cursor->feature += distance;
    cursor->left--;
    return true;
}

static uint32_t gain_of(const struct choice *choice, uint32_t input)
{
    struct cursor cursor = features_of(choice->cover, input);
    uint32_t gain = 0;
    while (next_feature(&cursor))
        gain += choice->holders[cursor.feature] == 0 ? 1 : 0;
    return gain;
}

/* Whether the left one is to be tried first: more is gained by it, or the same with fewer bytes. */
static bool is_before(const struct choice *choice, uint32_t left, uint32_t right)
{
    const struct ob_cover_input *inputs = choice->cover->inputs;
    if (choice->gains[left] != choice->gains[right])
        return choice->gains[left] > choice->gains[right];
    if (inputs[left].size != inputs[right].size)
        return inputs[left].size < inputs[right].size;
    return left < right;
}

static void sift(const struct choice *choice, size_t index, size_t count)
{
    uint32_t *heap = choice->order;
    while (2 * index + 1 < count) {
        size_t first = 2 * index + 1;
        if (first + 1 < count && is_before(choice, heap[first + 1], heap[first]))
            first++;
        if (!is_before(choice, heap[first], heap[index]))
            return;
        const uint32_t moved = heap[index];
        heap[index] = heap[first];
        heap[first] = moved;
        index = first;
    }
}

static void hold(struct choice *choice, uint32_t input, bool chosen)
{
    struct cursor cursor = features_of(choice->cover, input);
    assert(choice->chosen[input] != chosen);
    while (next_feature(&cursor))
        choice->holders[cursor.feature] += chosen ? 1U : UINT32_MAX; /* one more, or one fewer */
    choice->chosen[input] = chosen;
}

/* Takes what adds most, again and again. What an input adds only ever shrinks, so it is counted
 * again only when it comes to the top. */
static void choose_greedily(struct choice *choice)
{
    size_t count = choice->cover->input_count;
    for (uint32_t i = 0; i < count; i++) {
        choice->order[i] = i;
        choice->gains[i] = choice->cover->inputs[i].feature_count;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift(choice, i, count);
    while (count > 0) {
        const uint32_t top = choice->order[0];
        const uint32_t gain = gain_of(choice, top);
        if (gain == 0 || gain == choice->gains[top]) {
            if (gain > 0)
                hold(choice, top, true);
            choice->order[0] = choice->order[--count];
        }
        choice->gains[top] = gain;
        sift(choice, 0, count);
    }
}

/* Sorts by size: with equal gains the heap's order is that. */
static void sort_by_size(struct choice *choice)
{
    size_t count = choice->cover->input_count;
    for (uint32_t i = 0; i < count; i++) {
        choice->order[i] = i;
        choice->gains[i] = 0;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift(choice, i, count);
    for (; count > 1;
         count--) { /* the first goes to the end, so that the largest is first at last */
        const uint32_t first = choice->order[0];
        choice->order[0] = choice->order[count - 1];
        choice->order[count - 1] = first;
        sift(choice, 0, count - 1);
    }
}

static void choose_by_size(struct choice *choice)
{
    sort_by_size(choice);
    for (size_t i = choice->cover->input_count; i-- > 0;)
        if (gain_of(choice, choice->order[i]) > 0)
            hold(choice, choice->order[i], true);
}

/* Drops what has no feature of its own, the largest first, and counts what is left. */
static void prune(struct choice *choice)
{
    sort_by_size(choice);
    choice->count = 0;
    choice->bytes = 0;
    for (size_t i = 0; i < choice->cover->input_count; i++) {
        const uint32_t input = choice->order[i];
        struct cursor cursor = features_of(choice->cover, input);
        bool is_needed = false;
        if (!choice->chosen[input])
            continue;
        while (!is_needed && next_feature(&cursor))
            is_needed = choice->holders[cursor.feature] == 1;
        if (is_needed) {
            choice->count++;
            choice->bytes += choice->cover->inputs[input].size;
        } else {
            hold(choice, input, false);
        }
    }
}

static void clear(struct choice *choice)
{
    memset(choice->holders, 0, choice->cover->feature_bound * sizeof *choice->holders);
    memset(choice->chosen, 0, choice->cover->input_count * sizeof *choice->chosen);
}

#ifndef NDEBUG
/* Whether every feature that an input has, one of those chosen has. */
static bool covers_all(struct choice *choice, bool *chosen)
{
    bool covers = true;
    memset(choice->holders, 0, choice->cover->feature_bound * sizeof *choice->holders);
    for (size_t i = 0; i < choice->cover->input_count; i++) {
        struct cursor cursor = features_of(choice->cover, i);
        while (chosen[i] && next_feature(&cursor))
            choice->holders[cursor.feature]++;
    }
    for (uint32_t i = 0; i < choice->cover->input_count; i++)
        covers = covers && gain_of(choice, i) == 0;
    return covers;
}
#endif

int ob_cover_choose(const struct ob_cover *cover, bool *chosen, struct ob_error *error)
{
    const size_t inputs = cover->input_count;
    struct choice choice = {.cover = cover, .chosen = chosen};
    int result = 0;
    choice.holders = calloc(cover->feature_bound + (size_t)1, sizeof *choice.holders);
    choice.order = calloc(inputs + 1, sizeof *choice.order);
    choice.gains = calloc(inputs + 1, sizeof *choice.gains);
    bool *other = calloc(inputs + 1, sizeof *other);
    if (!choice.holders || !choice.order || !choice.gains || !other || inputs > UINT32_MAX / 2) {
        result = ob_error_set(error, "no memory to choose among so many inputs");
    } else {
        clear(&choice);
        choose_by_size(&choice);
        prune(&choice);
        const size_t count = choice.count;
        const uint64_t bytes = choice.bytes;
        choice.chosen = other;
        clear(&choice);
        choose_greedily(&choice);
        prune(&choice);
        if (choice.count < count || (choice.count == count && choice.bytes < bytes))
            memcpy(chosen, other, inputs * sizeof *chosen);
        assert(covers_all(&choice, chosen));
    }
    free(choice.holders);
    free(choice.order);
    free(choice.gains);
    free(other);
    return result;
}

size_t ob_cover_count(const struct ob_cover *cover, bool *has)
{
    size_t count = 0;
    for (size_t i = 0; i < cover->input_count; i++) {
        struct cursor cursor = features_of(cover, i);
        while (next_feature(&cursor)) {
            count += has[cursor.feature] ? 0 : 1;
            has[cursor.feature] = true;
        }
    }
    return count;
}

void ob_cover_release(struct ob_cover *cover)
{
    free(cover->inputs);
    free(cover->bytes);
    memset(cover, 0, sizeof *cover);
}
