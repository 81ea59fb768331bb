#include "oracle/linear.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "world/hash.h"
#include "world/log.h"

#define NONE UINT32_MAX
#define CACHE_FIRST 64u /* entries, a power of two */
#define CACHE_MOST (1u << 22)
#define END UINT64_C(1) /* in an event, beside the operation */

/* A begin or an end in the list of those whose operation has no place in the order yet. */
struct entry {
    uint32_t operation;
    uint32_t match; /* of a begin: the entry of its end, or NONE while it is open */
    uint32_t previous;
    uint32_t next;
    bool is_end;
};

/* A configuration: which operations have their place, and the state after them. Two hashes of 64
 * bits that have nothing in common stand for it; that two configurations of a search share both is
 * less likely than that the machine errs. */
struct configuration {
    uint64_t one;
    uint64_t two;
};

struct ob_linear_memory {
    struct entry *entries; /* [0] is the head of the list */
    uint32_t *stack;       /* entries of the operations that have their place, in this order */
    uint8_t *states;       /* before each of them, and the one to be tried */
    struct configuration *cache;
    uint64_t *events; /* begins and ends of one object's operations, in their order */
    uint32_t *begins; /* the entry of each operation's begin */
    uint64_t *sorted; /* operations by object */
    size_t entries_room;
    size_t stack_room;
    size_t states_room;
    size_t events_room;
    size_t begins_room;
    size_t sorted_room;
    size_t cache_size; /* a power of two, or 0 */
    size_t cache_count;
};

/* One search: the operations of one object. */
struct search {
    struct ob_linear_memory *memory;
    const struct ob_specification *specification;
    const struct ob_operation *operations;
    uint32_t events;   /* what comes later has not happened */
    uint32_t unplaced; /* operations that have ended and have no place yet */
    uint32_t depth;    /* of the stack */
    uint32_t *steps_left;
    struct configuration placed; /* stands for the operations that have their place */
};

struct ob_linear_memory *ob_linear_memory_create(void)
{
    return calloc(1, sizeof(struct ob_linear_memory));
}

void ob_linear_memory_free(struct ob_linear_memory *memory)
{
    if (!memory)
        return;
    free(memory->entries);
    free(memory->stack);
    free(memory->states);
    free(memory->cache);
    free(memory->events);
    free(memory->begins);
    free(memory->sorted);
    free(memory);
}

/* Makes room for `needed` items; what was there is lost. */
static bool make_room(void **items, size_t *room, size_t needed, size_t size)
{
    if (*room >= needed)
        return true;
    free(*items);
    *items = malloc(needed * size);
    *room = *items ? needed : 0;
    return *items != NULL;
}

/* -- the cache -- */

static void cache_insert(struct configuration *cache, size_t size,
                         struct configuration configuration)
{
    size_t at = (size_t)configuration.one & (size - 1);

    while (cache[at].one | cache[at].two)
        at = (at + 1) & (size - 1);
    cache[at] = configuration;
}

/* Twice the size, or the first. Returns whether there was memory for it. */
static bool cache_grow(struct ob_linear_memory *memory)
{
    size_t size = memory->cache_size * 2;
    struct configuration *cache = calloc(size, sizeof *cache);

    if (!cache)
        return false;
    for (size_t at = 0; at < memory->cache_size; at++)
        if (memory->cache[at].one | memory->cache[at].two)
            cache_insert(cache, size, memory->cache[at]);
    free(memory->cache);
    memory->cache = cache;
    memory->cache_size = size;
    return true;
}

/* A cache that has grown is given back, as clearing it would take longer than most searches. */
static bool cache_clear(struct ob_linear_memory *memory)
{
    if (memory->cache_size != CACHE_FIRST) {
        free(memory->cache);
        memory->cache = malloc(CACHE_FIRST * sizeof *memory->cache);
        memory->cache_size = memory->cache ? CACHE_FIRST : 0;
    }
    memory->cache_count = 0;
    if (memory->cache)
        memset(memory->cache, 0, CACHE_FIRST * sizeof *memory->cache);
    return memory->cache != NULL;
}

/* Returns yes when the configuration is new. */
static enum ob_linear cache_add(struct ob_linear_memory *memory, struct configuration configuration)
{
    size_t at = (size_t)configuration.one & (memory->cache_size - 1);

    assert((memory->cache_size & (memory->cache_size - 1)) == 0 &&
           memory->cache_count * 2 <= memory->cache_size);
    configuration.two |= 1; /* all zeros is an empty entry */
    while (memory->cache[at].one | memory->cache[at].two) {
        if (memory->cache[at].one == configuration.one &&
            memory->cache[at].two == configuration.two)
            return OB_LINEAR_NO; /* it was there */
        at = (at + 1) & (memory->cache_size - 1);
    }
    if (memory->cache_count >= CACHE_MOST / 2)
        return OB_LINEAR_UNKNOWN;
    memory->cache[at] = configuration;
    memory->cache_count++;
    if (memory->cache_count * 2 > memory->cache_size && !cache_grow(memory))
        return OB_LINEAR_UNKNOWN;
    return OB_LINEAR_YES;
}

/* -- the list -- */

static void append(struct entry *entries, uint32_t *last, uint32_t at)
{
    entries[at].previous = *last;
    entries[at].next = NONE;
    entries[*last].next = at;
    *last = at;
}

static void unlink_entry(struct entry *entries, uint32_t at)
{
    entries[entries[at].previous].next = entries[at].next;
    if (entries[at].next != NONE)
        entries[entries[at].next].previous = entries[at].previous;
}

static void relink_entry(struct entry *entries, uint32_t at)
{
    entries[entries[at].previous].next = at;
    if (entries[at].next != NONE)
        entries[entries[at].next].previous = at;
}

static void lift(struct entry *entries, uint32_t begin)
{
    assert(begin != NONE && !entries[begin].is_end && entries[begin].match > begin);
    unlink_entry(entries, begin);
    if (entries[begin].match != NONE)
        unlink_entry(entries, entries[begin].match);
}

static void unlift(struct entry *entries, uint32_t begin)
{
    if (entries[begin].match != NONE)
        relink_entry(entries, entries[begin].match);
    relink_entry(entries, begin);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static bool make_rooms(struct search *search, uint32_t count)
{
    struct ob_linear_memory *memory = search->memory;
    size_t state_size = search->specification->state_size;

    return make_room((void **)&memory->events, &memory->events_room, 2 * (size_t)count,
                     sizeof *memory->events) &&
           make_room((void **)&memory->begins, &memory->begins_room, count,
                     sizeof *memory->begins) &&
           make_room((void **)&memory->entries, &memory->entries_room, 2 * (size_t)count + 1,
                     sizeof *memory->entries) &&
           make_room((void **)&memory->stack, &memory->stack_room, count, sizeof *memory->stack) &&
           make_room((void **)&memory->states, &memory->states_room,
                     ((size_t)count + 1) * state_size, 1) &&
           cache_clear(memory);
}

/* The list of the begins and ends of some operations. */
static void make_list(struct search *search, const uint64_t *chosen, uint32_t count)
{
    struct ob_linear_memory *memory = search->memory;
    uint32_t event_count = 0;
    uint32_t last = 0;

    for (uint32_t at = 0; at < count; at++) {
        const struct ob_operation *operation = &search->operations[(uint32_t)chosen[at]];
        assert(operation->begin < search->events && operation->begin < operation->end);
        memory->events[event_count++] = (uint64_t)operation->begin << 32 | (uint64_t)at << 1;
        if (operation->end < search->events)
            memory->events[event_count++] =
                (uint64_t)operation->end << 32 | (uint64_t)at << 1 | END;
    }
    qsort(memory->events, event_count, sizeof *memory->events, compare);
    memory->entries[0] = (struct entry){.previous = NONE, .next = NONE, .match = NONE};
    search->unplaced = 0;
    for (uint32_t at = 1; at <= event_count; at++) {
        bool is_end = memory->events[at - 1] & END;
        uint32_t which = (uint32_t)memory->events[at - 1] >> 1;
        memory->entries[at] =
            (struct entry){.operation = (uint32_t)chosen[which], .match = NONE, .is_end = is_end};
        append(memory->entries, &last, at);
        if (is_end)
            memory->entries[memory->begins[which]].match = at;
        else
            memory->begins[which] = at;
        search->unplaced += is_end;
    }
}

/* -- the search -- */

/* Adds an operation to those that a configuration stands for, or takes it out. */
static void toggle(struct configuration *placed, uint32_t entry)
{
    placed->one ^= ob_mix64(entry + UINT64_C(0x9e3779b97f4a7c15));
    placed->two ^= ob_mix64(entry + UINT64_C(0x5851f42d4c957f2d) * 3);
}

static struct configuration with_state(const struct search *search, const uint8_t *state)
{
    struct configuration configuration = search->placed;
    size_t size = search->specification->state_size;
    uint64_t word;

    for (size_t at = 0; at < size; at += sizeof word) {
        word = 0;
        memcpy(&word, state + at, size - at < sizeof word ? size - at : sizeof word);
        configuration.one = ob_hash_step(configuration.one, word, at);
        configuration.two = ob_hash_step(configuration.two, at + 1, word);
    }
    return configuration;
}

static uint8_t *state_at(const struct search *search, uint32_t depth)
{
    return search->memory->states + depth * search->specification->state_size;
}

/* Tries to give an operation the next place. */
static enum ob_linear place(struct search *search, uint32_t begin)
{
    struct ob_linear_memory *memory = search->memory;
    struct entry *entry = &memory->entries[begin];
    struct ob_operation operation = search->operations[entry->operation];
    uint8_t *state = state_at(search, search->depth + 1);

    if ((*search->steps_left)-- == 0) {
        *search->steps_left = 0;
        return OB_LINEAR_UNKNOWN;
    }
    if (entry->match == NONE) {
        operation.end = UINT32_MAX;
        operation.result = OB_ANY;
    }
    memcpy(state, state_at(search, search->depth), search->specification->state_size);
    enum ob_step step = search->specification->step(state, &operation);
    if (step != OB_STEP_YES)
        return step == OB_STEP_NO ? OB_LINEAR_NO : OB_LINEAR_UNKNOWN;
    toggle(&search->placed, begin);
    enum ob_linear is_new = cache_add(memory, with_state(search, state));
    if (is_new != OB_LINEAR_YES) {
        toggle(&search->placed, begin);
        return is_new;
    }
    assert(search->depth < memory->stack_room);
    memory->stack[search->depth++] = begin;
    lift(memory->entries, begin);
    search->unplaced -= entry->match != NONE;
    return OB_LINEAR_YES;
}

/* Takes the last place back. Returns the operation's begin. */
static uint32_t take_back(struct search *search)
{
    struct ob_linear_memory *memory = search->memory;
    assert(search->depth > 0 && search->depth <= memory->stack_room);
    uint32_t begin = memory->stack[--search->depth];

    unlift(memory->entries, begin);
    search->unplaced += memory->entries[begin].match != NONE;
    toggle(&search->placed, begin);
    return begin;
}

static enum ob_linear search_order(struct search *search)
{
    struct entry *entries = search->memory->entries;
    uint32_t at = entries[0].next;

    while (search->unplaced > 0) {
        /* What begins behind the first end cannot come before it. */
        if (at != NONE && !entries[at].is_end) {
            enum ob_linear placed = place(search, at);
            if (placed == OB_LINEAR_UNKNOWN)
                return placed;
            at = placed == OB_LINEAR_YES ? entries[0].next : entries[at].next;
        } else if (search->depth == 0) {
            return OB_LINEAR_NO;
        } else {
            at = entries[take_back(search)].next;
        }
    }
    return OB_LINEAR_YES;
}

static enum ob_linear check_object(struct search *search, const uint64_t *chosen, uint32_t count)
{
    const struct ob_specification *specification = search->specification;
    uint32_t object = search->operations[(uint32_t)chosen[0]].object;

    if (!make_rooms(search, count))
        return OB_LINEAR_UNKNOWN;
    make_list(search, chosen, count);
    search->depth = 0;
    search->placed = (struct configuration){0, 0};
    memset(search->memory->states, 0, specification->state_size);
    if (specification->init)
        specification->init(search->memory->states, object);
    return search_order(search);
}

/* Sorts the operations that have begun by their objects; each object's stay in their order. */
static uint32_t sort_by_object(struct ob_linear_memory *memory,
                               const struct ob_operation *operations, uint32_t count,
                               uint32_t events)
{
    uint32_t chosen = 0;

    for (uint32_t at = 0; at < count && operations[at].begin < events; at++)
        memory->sorted[chosen++] = (uint64_t)operations[at].object << 32 | at;
    qsort(memory->sorted, chosen, sizeof *memory->sorted, compare);
    return chosen;
}

enum ob_linear ob_linear_check(struct ob_linear_memory *memory,
                               const struct ob_specification *specification,
                               const struct ob_operation *operations, uint32_t count,
                               uint32_t events, uint32_t *object)
{
    uint32_t steps_left = OB_LINEAR_STEPS_MAX;
    struct search search = {.memory = memory,
                            .specification = specification,
                            .operations = operations,
                            .events = events,
                            .steps_left = &steps_left};
    enum ob_linear result = OB_LINEAR_YES;

    assert(specification->state_size >= 1 &&
           specification->state_size <= OB_SPECIFICATION_STATE_MAX);
    if (!make_room((void **)&memory->sorted, &memory->sorted_room, count, sizeof *memory->sorted))
        return OB_LINEAR_UNKNOWN;
    uint32_t chosen = sort_by_object(memory, operations, count, events);
    for (uint32_t first = 0, next; first < chosen; first = next) {
        for (next = first; next < chosen; next++)
            if (memory->sorted[next] >> 32 != memory->sorted[first] >> 32)
                break;
        enum ob_linear one = check_object(&search, memory->sorted + first, next - first);
        if (one == OB_LINEAR_NO) {
            *object = (uint32_t)(memory->sorted[first] >> 32);
            return one;
        }
        if (one == OB_LINEAR_UNKNOWN)
            result = one;
    }
    return result;
}

uint32_t ob_linear_shortest(struct ob_linear_memory *memory,
                            const struct ob_specification *specification,
                            const struct ob_operation *operations, uint32_t count, uint32_t *object)
{
    uint32_t good = 0; /* a beginning of this length can be put into an order, or nobody knows */
    uint32_t bad = 0;

    for (uint32_t at = 0; at < count; at++) {
        if (operations[at].begin >= bad)
            bad = operations[at].begin + 1;
        if (operations[at].end != UINT32_MAX && operations[at].end >= bad)
            bad = operations[at].end + 1;
    }
    while (bad - good > 1) {
        uint32_t middle = good + (bad - good) / 2;
        if (ob_linear_check(memory, specification, operations, count, middle, object) ==
            OB_LINEAR_NO)
            bad = middle;
        else
            good = middle;
    }
    (void)ob_linear_check(memory, specification, operations, count, bad, object);
    return bad;
}
