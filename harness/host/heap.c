#include "host/heap.h"

#include <assert.h>

#include "host/shadow.h"

#define UNIT OB_HEAP_ALIGNMENT
#define PAGE 4096u
#define EXACT_UNITS 64u /* chunks of up to so many units have a list for each size */
#define LISTS (EXACT_UNITS + 4 * 32)
#define QUARANTINE_UNITS ((8u << 20) / UNIT)
#define MAGIC 0x0b5eu

enum state { LIVE = 1, QUARANTINED, FREE, MARKED };

/* Before each piece of memory that is handed out. */
struct chunk {
    uint64_t size; /* that was asked for */
    const void *site;
    uint32_t units; /* this and the memory */
    uint32_t next;  /* in the quarantine, on a list, or to be looked at; 0: none */
    uint16_t magic;
    uint8_t state;
    uint8_t again; /* it may be used again: its alignment is no special one */
    uint32_t unused;
};
static_assert(sizeof(struct chunk) == 2 * UNIT, "memory is aligned behind it");

/* At the front of the region. Places are in units from there; 0 is none. */
struct ob_heap {
    uint64_t units_max;
    uint64_t units_used;
    uint64_t units_quarantined;
    uint32_t quarantine_first;
    uint32_t quarantine_last;
    uint32_t lists[LISTS];
};

#define FRONT_UNITS ((sizeof(struct ob_heap) + PAGE - 1) / PAGE * PAGE / UNIT)

static uint8_t *address_of(const struct ob_heap *heap, uint64_t place)
{
    return (uint8_t *)(uintptr_t)heap + place * UNIT;
}

static struct chunk *chunk_at(const struct ob_heap *heap, uint64_t place)
{
    return (struct chunk *)(void *)address_of(heap, place);
}

static uint32_t place_of(const struct ob_heap *heap, const struct chunk *chunk)
{
    return (uint32_t)((size_t)((const uint8_t *)chunk - (const uint8_t *)heap) / UNIT);
}

struct ob_heap *ob_heap_create(void *region, size_t size)
{
    struct ob_heap *heap = region;
    assert((uintptr_t)region % PAGE == 0 && size / UNIT > FRONT_UNITS && size / UNIT <= UINT32_MAX);
    ob_shadow_allow(region, FRONT_UNITS * UNIT);
    *heap = (struct ob_heap){.units_max = size / UNIT, .units_used = FRONT_UNITS};
    return heap;
}

size_t ob_heap_used(const struct ob_heap *heap)
{
    return (heap->units_used * UNIT + 63) / 64 * 64;
}

size_t ob_heap_copy_size(const struct ob_heap *heap)
{
#ifdef OB_ASAN
    return ob_heap_used(heap) + ob_heap_used(heap) / 8;
#else
    return ob_heap_used(heap);
#endif
}

void ob_heap_save(const struct ob_heap *heap, void *copy)
{
    size_t used = ob_heap_used(heap);
    ob_shadow_copy(copy, heap, used);
#ifdef OB_ASAN
    ob_shadow_save(heap, used, (uint8_t *)copy + used);
#endif
}

void ob_heap_load(void *region, size_t size, const void *copy)
{
    size_t used = ob_heap_used(copy);
    assert(used <= size);
    (void)size;
    ob_shadow_copy(region, copy, used);
#ifdef OB_ASAN
    ob_shadow_load(region, used, (const uint8_t *)copy + used);
#endif
}

void ob_heap_drop(struct ob_heap *heap)
{
    ob_shadow_poison(heap, ob_heap_used(heap), OB_SHADOW_ELSEWHERE);
}

/* Units that a chunk takes: those of a list, so that it fits who asks later. */
static uint64_t units_for(size_t size)
{
    uint64_t units =
        (sizeof(struct chunk) + size) / UNIT + 1; /* a byte behind it is never its own */
    if (units <= EXACT_UNITS)
        return units;
    unsigned step =
        63 - (unsigned)__builtin_clzll(units) - 2; /* four sizes from one power of 2 on */
    return (units + (UINT64_C(1) << step) - 1) >> step << step;
}

static unsigned list_of(uint64_t units)
{
    if (units <= EXACT_UNITS)
        return (unsigned)units - 1;
    unsigned power = 63 - (unsigned)__builtin_clzll(units);
    return EXACT_UNITS + 4 * (power - 6) + (unsigned)(units >> (power - 2) & 3);
}

/* The oldest of the freed chunks may be used again when there are too many of them. */
static OB_UNWATCHED void release_oldest(struct ob_heap *heap)
{
    while (heap->units_quarantined > QUARANTINE_UNITS) {
        uint32_t place = heap->quarantine_first;
        struct chunk *chunk = chunk_at(heap, place);
        heap->quarantine_first = chunk->next;
        heap->units_quarantined -= chunk->units;
        chunk->state = FREE;
        if (!chunk->again)
            continue;
        unsigned list = list_of(chunk->units);
        chunk->next = heap->lists[list];
        heap->lists[list] = place;
    }
}

/* Behind all others, so that the memory itself is aligned. */
static struct chunk *take_new(struct ob_heap *heap, uint64_t units, size_t alignment)
{
    uint64_t memory = heap->units_used * UNIT + sizeof(struct chunk);
    uint64_t padding = (alignment - memory % alignment) % alignment / UNIT;
    if (units > heap->units_max - heap->units_used ||
        padding > heap->units_max - heap->units_used - units)
        return NULL;
    uint64_t place = heap->units_used + padding;
    heap->units_used = place + units;
    ob_shadow_poison(address_of(heap, place), units * UNIT, OB_SHADOW_LEFT);
    return chunk_at(heap, place);
}

static OB_UNWATCHED struct chunk *take(struct ob_heap *heap, uint64_t units, size_t alignment)
{
    if (units > heap->units_max)
        return NULL;
    uint32_t *list = &heap->lists[list_of(units)];
    struct chunk *chunk;
    if (alignment <= UNIT && *list) {
        chunk = chunk_at(heap, *list);
        *list = chunk->next;
    } else {
        chunk = take_new(heap, units, alignment);
    }
    if (chunk) {
        chunk->units = (uint32_t)units;
        chunk->again = alignment <= UNIT;
    }
    return chunk;
}

OB_UNWATCHED void *ob_heap_alloc(struct ob_heap *heap, size_t size, size_t alignment,
                                 const void *site)
{
    assert((alignment & (alignment - 1)) == 0);
    if (size > heap->units_max * UNIT)
        return NULL;
    struct chunk *chunk = take(heap, units_for(size), alignment);
    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->site = site;
    chunk->next = 0;
    chunk->magic = MAGIC;
    chunk->state = LIVE;
    chunk->unused = 0;
    void *memory = chunk + 1;
    ob_shadow_fill_words(memory, OB_HEAP_FILL, (size + 7) / 8 * 8);
    ob_shadow_allow(memory, size);
    return memory;
}

/* The chunk whose memory begins there, or NULL. */
static OB_UNWATCHED struct chunk *find(const struct ob_heap *heap, const void *memory)
{
    uintptr_t front = (uintptr_t)heap + (FRONT_UNITS + 2) * UNIT;
    uintptr_t end = (uintptr_t)heap + heap->units_used * UNIT;
    uintptr_t address = (uintptr_t)memory;
    if (address < front || address >= end || address % UNIT != 0)
        return NULL;
    struct chunk *chunk = (struct chunk *)(uintptr_t)memory - 1;
    return chunk->magic == MAGIC && chunk->state >= LIVE && chunk->state <= FREE ? chunk : NULL;
}

OB_UNWATCHED enum ob_heap_fault ob_heap_free(struct ob_heap *heap, void *memory, const void *site)
{
    struct chunk *chunk = find(heap, memory);
    if (!chunk)
        return OB_HEAP_NO_CHUNK;
    if (chunk->state != LIVE)
        return OB_HEAP_TWICE;
    (void)site;
    ob_shadow_fill_words(memory, OB_HEAP_FREED, (chunk->size + 7) / 8 * 8);
    ob_shadow_poison(memory, (chunk->size + 7) / 8 * 8, OB_SHADOW_FREED);
    chunk->state = QUARANTINED;
    chunk->next = 0;
    uint32_t place = place_of(heap, chunk);
    if (heap->units_quarantined == 0)
        heap->quarantine_first = place;
    else
        chunk_at(heap, heap->quarantine_last)->next = place;
    heap->quarantine_last = place;
    heap->units_quarantined += chunk->units;
    release_oldest(heap);
    return OB_HEAP_FINE;
}

OB_UNWATCHED bool ob_heap_size(const struct ob_heap *heap, const void *memory, size_t *size)
{
    const struct chunk *chunk = find(heap, memory);
    if (!chunk || chunk->state != LIVE)
        return false;
    *size = chunk->size;
    return true;
}

OB_UNWATCHED const void *ob_heap_site(const struct ob_heap *heap, const void *memory)
{
    const struct chunk *chunk = find(heap, memory);
    return chunk ? chunk->site : NULL;
}

/* -- leaks -- */

struct search {
    struct ob_heap *heap;
    uint32_t *places; /* of all chunks, ascending, behind the heap's last */
    size_t count;
    uint32_t found; /* chunks to be looked at, chained by `next` */
};

/* Lists the chunks. Returns whether there is room for that. */
static OB_UNWATCHED bool list_chunks(struct search *search)
{
    struct ob_heap *heap = search->heap;
    volatile uint32_t *places = (uint32_t *)(void *)address_of(heap, heap->units_used);
    size_t room = (heap->units_max - heap->units_used) * UNIT / sizeof *places;
    search->places = (uint32_t *)(void *)address_of(heap, heap->units_used);
    for (uint64_t place = FRONT_UNITS; place < heap->units_used;) {
        const struct chunk *chunk = chunk_at(heap, place);
        if (chunk->magic != MAGIC) { /* what aligns the next */
            place++;
            continue;
        }
        if (search->count == room)
            return false;
        places[search->count++] = (uint32_t)place;
        place += chunk->units;
    }
    return true;
}

/* The last chunk that begins at or before a place, which is not before the first. */
static OB_UNWATCHED struct chunk *chunk_before(const struct search *search, uint64_t place)
{
    const volatile uint32_t *places = search->places;
    size_t from = 0;
    size_t to = search->count;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (places[middle] <= place)
            from = middle;
        else
            to = middle;
    }
    return chunk_at(search->heap, places[from]);
}

/* A word that leads into a chunk makes it, and what its words lead to, no leak. */
static OB_UNWATCHED void mark(struct search *search, uint64_t word)
{
    const struct ob_heap *heap = search->heap;
    uint64_t front = (uintptr_t)heap + FRONT_UNITS * UNIT;
    uint64_t end = (uintptr_t)heap + heap->units_used * UNIT;
    if (word < front || word >= end || search->count == 0)
        return;
    struct chunk *chunk = chunk_before(search, (word - (uintptr_t)heap) / UNIT);
    if (chunk->state != LIVE || word < (uintptr_t)(chunk + 1))
        return;
    chunk->state = MARKED;
    chunk->next = search->found;
    search->found = place_of(heap, chunk);
}

static OB_UNWATCHED void mark_range(struct search *search, const void *from, const void *to)
{
    if (from == to)
        return;
    size_t skipped = (8 - (uintptr_t)from % 8) % 8;
    const volatile uint64_t *word = (const void *)((const uint8_t *)from + skipped);
    for (; (const uint8_t *)(word + 1) <= (const uint8_t *)to; word++)
        mark(search, *word);
}

OB_UNWATCHED bool ob_heap_leaks(struct ob_heap *heap, const struct ob_heap_root *roots,
                                size_t count, struct ob_heap_leak *leak)
{
    struct search search = {.heap = heap};
    *leak = (struct ob_heap_leak){0};
    if (!list_chunks(&search))
        return false;
    for (size_t at = 0; at < count; at++)
        mark_range(&search, roots[at].from, roots[at].to);
    while (search.found) {
        struct chunk *chunk = chunk_at(heap, search.found);
        search.found = chunk->next;
        mark_range(&search, chunk + 1, (const uint8_t *)(chunk + 1) + chunk->size);
    }
    for (size_t at = 0; at < search.count; at++) {
        const struct chunk *chunk = chunk_at(heap, ((volatile uint32_t *)search.places)[at]);
        if (chunk->state != LIVE)
            continue;
        leak->site = leak->chunks ? leak->site : chunk->site;
        leak->bytes += chunk->size;
        leak->chunks++;
    }
    return leak->chunks > 0;
}
