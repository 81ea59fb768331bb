#include "world/arena.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "world/arena_places.h"
#include "world/sanitizers.h"

#define ALIGNMENT OB_ARENA_ALIGNMENT

#ifdef OB_ASAN
#define GAP 32 /* bytes between pieces */
#else
#define GAP 0
#endif

/* Every piece is preceded by its size, so that the pieces can be walked. */
struct piece {
    alignas(ALIGNMENT) size_t size;
    size_t owner;
};

/* Maps memory at an address where nothing is. Returns NULL when something is, or the address is
 * none that this process may use. */
static void *map_at(uintptr_t address, size_t size)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the same address in every process */
    void *wanted = (void *)address;
    void *got = mmap(wanted, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got == wanted)
        return got;
    if (got != MAP_FAILED) /* by a kernel that takes it for a hint */
        (void)munmap(got, size);
    return NULL;
}

static void *map(size_t size)
{
    void *base = NULL;
    for (unsigned place = 0; !base && size <= OB_ARENAS_PITCH && place < OB_ARENAS_PLACES; place++)
        base = map_at((uintptr_t)OB_ARENAS_BASE + place * OB_ARENAS_PITCH, size);
    if (!base)
        base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

int ob_arena_create(struct ob_arena *arena, size_t capacity)
{
    void *base = map(capacity);
    if (!base)
        return -1;
    *arena = (struct ob_arena){.base = base, .capacity = capacity, .used = capacity};
    ob_arena_clear(arena);
    return 0;
}

/* What is not handed out may not be touched, however far a write goes astray. */
void ob_arena_clear(struct ob_arena *arena)
{
#ifdef OB_ASAN
    __asan_poison_memory_region(arena->base, arena->used);
#endif
    arena->used = 0;
}

void ob_arena_destroy(struct ob_arena *arena)
{
    if (!arena->base)
        return;
#ifdef OB_ASAN
    __asan_unpoison_memory_region(arena->base, arena->capacity);
#endif
    (void)munmap(arena->base, arena->capacity);
    *arena = (struct ob_arena){0};
}

static size_t footprint(size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    return sizeof(struct piece) + rounded + GAP;
}

void *ob_arena_alloc(struct ob_arena *arena, size_t size)
{
    if (size > arena->capacity || footprint(size) > arena->capacity - arena->used)
        return NULL;
    struct piece *piece = (struct piece *)(void *)(arena->base + arena->used);
    uint8_t *memory = (uint8_t *)(piece + 1);
#ifdef OB_ASAN
    __asan_unpoison_memory_region(piece, sizeof *piece + size);
#endif
    piece->size = size;
    piece->owner = 0;
    arena->used += footprint(size);
    memset(memory, 0, size);
    return memory;
}

static struct piece *piece_at(const struct ob_arena *arena, size_t place)
{
    assert(place < arena->used);
    return (struct piece *)(void *)(arena->base + place);
}

size_t ob_arena_next(const struct ob_arena *arena, size_t place)
{
    return place + footprint(piece_at(arena, place)->size);
}

uint8_t *ob_arena_memory(const struct ob_arena *arena, size_t place)
{
    return (uint8_t *)(piece_at(arena, place) + 1);
}

size_t ob_arena_size(const struct ob_arena *arena, size_t place)
{
    return piece_at(arena, place)->size;
}

unsigned ob_arena_owner(const struct ob_arena *arena, size_t place)
{
    return (unsigned)piece_at(arena, place)->owner;
}

void ob_arena_set_owner(void *memory, unsigned owner)
{
    ((struct piece *)memory - 1)->owner = owner;
}

#ifdef OB_ASAN
/* The gaps may be neither read nor written, so the pieces are copied one by one. */
static void copy_pieces(uint8_t *to, const uint8_t *from, const uint8_t *sizes, size_t used)
{
    for (size_t at = 0; at < used;) {
        size_t size = ((const struct piece *)(const void *)(sizes + at))->size;
        memcpy(to + at, from + at, sizeof(struct piece) + size);
        at += footprint(size);
    }
}
#endif

void ob_arena_save(const struct ob_arena *arena, void *copy)
{
#ifdef OB_ASAN
    copy_pieces(copy, arena->base, arena->base, arena->used);
#else
    memcpy(copy, arena->base, arena->used);
#endif
}

void ob_arena_load(struct ob_arena *arena, const void *copy, size_t used)
{
    assert(used <= arena->capacity);
#ifdef OB_ASAN
    /* The pieces now in the arena may lie elsewhere than those of the copy. */
    __asan_unpoison_memory_region(arena->base, used);
    copy_pieces(arena->base, copy, copy, used);
    for (size_t at = 0; at < used;) {
        size_t size = ((const struct piece *)(const void *)((const uint8_t *)copy + at))->size;
        uint8_t *end = arena->base + at + sizeof(struct piece) + size;
        at += footprint(size);
        __asan_poison_memory_region(end, (size_t)(arena->base + at - end));
    }
    if (arena->used > used)
        __asan_poison_memory_region(arena->base + used, arena->used - used);
#else
    memcpy(arena->base, copy, used);
#endif
    arena->used = used;
}
