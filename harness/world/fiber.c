#include "world/fiber.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/unchecked.h"

int ob_stacks_create(struct ob_stacks *stacks, unsigned count, size_t size)
{
    size_t rounded = (size + OB_STACK_GUARD - 1) / OB_STACK_GUARD * OB_STACK_GUARD;
    size_t pitch = rounded + OB_STACK_GUARD;
    void *base =
        mmap(NULL, pitch * count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return -1;
    *stacks = (struct ob_stacks){.base = base,
                                 .pitch = pitch,
                                 .size = rounded,
                                 .count = count,
                                 .used = calloc(count, sizeof *stacks->used)};
    if (!stacks->used) {
        ob_stacks_destroy(stacks);
        return -1;
    }
    return 0;
}

void ob_stacks_destroy(struct ob_stacks *stacks)
{
    if (!stacks->base)
        return;
#ifdef OB_ASAN
    for (unsigned index = 0; index < stacks->ready; index++)
        __asan_unpoison_memory_region(ob_stack_bottom(stacks, index), stacks->size);
#endif
    (void)munmap(stacks->base, stacks->pitch * stacks->count);
    free(stacks->used);
    *stacks = (struct ob_stacks){0};
}

uint8_t *ob_stack_bottom(const struct ob_stacks *stacks, unsigned index)
{
    assert(index < stacks->count);
    return stacks->base + stacks->pitch * index + OB_STACK_GUARD;
}

void *ob_stack_prepare(struct ob_stacks *stacks, unsigned index, ob_fiber_entry *entry)
{
    uint8_t *bottom = ob_stack_bottom(stacks, index);
    for (; stacks->ready <= index; stacks->ready++)
        if (mprotect(ob_stack_bottom(stacks, stacks->ready), stacks->size, PROT_READ | PROT_WRITE))
            return NULL;
            /* Whoever was here before was dropped in the middle, and has left marks of its frames.
             */
#ifdef OB_ASAN
    uint32_t used = stacks->used[index];
    __asan_unpoison_memory_region(bottom + stacks->size - used, used);
    stacks->used[index] = 0;
#endif
#ifdef OB_MSAN
    __msan_unpoison(bottom, stacks->size);
#endif
    return make_fcontext(bottom + stacks->size, stacks->size, entry);
}

/* Room for the frames of those who do the leaving. */
#define LEAVING_SIZE 4096u

void ob_stack_leave(struct ob_stacks *stacks, unsigned index)
{
#ifdef OB_ASAN
    const uint8_t *bottom = ob_stack_bottom(stacks, index);
    const uint8_t *here = __builtin_frame_address(0);
    size_t used = stacks->size; /* elsewhere: the handler of a signal leaves for it */
    if (here >= bottom + LEAVING_SIZE && here < bottom + stacks->size)
        used = (size_t)(bottom + stacks->size - here) + LEAVING_SIZE;
    if (used > stacks->used[index])
        stacks->used[index] = (uint32_t)used;
#else
    (void)stacks;
    (void)index;
#endif
}

bool ob_stack_guards(const struct ob_stacks *stacks, unsigned index, const void *address)
{
    uintptr_t end = (uintptr_t)ob_stack_bottom(stacks, index);
    return (uintptr_t)address < end && (uintptr_t)address >= end - OB_STACK_GUARD;
}

size_t ob_stack_used(const struct ob_stacks *stacks, unsigned index, const void *place)
{
    const uint8_t *top = ob_stack_bottom(stacks, index) + stacks->size;
    assert((const uint8_t *)place < top && (const uint8_t *)place >= top - stacks->size);
    return (size_t)(top - (const uint8_t *)place);
}

#ifdef OB_ASAN
/* What AddressSanitizer knows of the bytes of a stack: which of them no variable owns. */
static uint8_t *shadow_of(const uint8_t *address, size_t *scale)
{
    size_t offset = 0;
    __asan_get_shadow_mapping(scale, &offset);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the shadow is where a sum of numbers says */
    return (uint8_t *)(((uintptr_t)address >> *scale) + offset);
}

size_t ob_stack_copy_size(size_t used)
{
    return used + used / 8; /* a byte for eight, see shadow_of() */
}

void ob_stack_save(const struct ob_stacks *stacks, unsigned index, size_t used, void *copy)
{
    const uint8_t *from = ob_stack_bottom(stacks, index) + stacks->size - used;
    size_t scale = 0;
    const uint8_t *shadow = shadow_of(from, &scale);
    ob_copy_unchecked(copy, from, used);
    ob_copy_unchecked((uint8_t *)copy + used, shadow, used >> scale);
}

void ob_stack_load(const struct ob_stacks *stacks, unsigned index, size_t used, const void *copy)
{
    uint8_t *to = ob_stack_bottom(stacks, index) + stacks->size - used;
    size_t scale = 0;
    uint8_t *shadow = shadow_of(to, &scale);
    __asan_unpoison_memory_region(ob_stack_bottom(stacks, index), stacks->size);
    if (used + LEAVING_SIZE > stacks->used[index])
        stacks->used[index] = (uint32_t)(used + LEAVING_SIZE);
    ob_copy_unchecked(to, copy, used);
    ob_copy_unchecked(shadow, (const uint8_t *)copy + used, used >> scale);
}
#else
size_t ob_stack_copy_size(size_t used)
{
    return used;
}

void ob_stack_save(const struct ob_stacks *stacks, unsigned index, size_t used, void *copy)
{
    memcpy(copy, ob_stack_bottom(stacks, index) + stacks->size - used, used);
}

void ob_stack_load(const struct ob_stacks *stacks, unsigned index, size_t used, const void *copy)
{
    memcpy(ob_stack_bottom(stacks, index) + stacks->size - used, copy, used);
}
#endif

struct ob_fiber_transfer ob_fiber_switch_watched(void *place, void *data, struct ob_stack_bounds to,
                                                 struct ob_stack_bounds *from, bool is_last)
{
#ifdef OB_ASAN
    void *fake_stack = NULL;
    __sanitizer_start_switch_fiber(is_last ? NULL : &fake_stack, to.bottom, to.size);
#else
    (void)to;
    (void)is_last;
#endif
    struct ob_fiber_transfer transfer = jump_fcontext(place, data);
#ifdef OB_MSAN
    __msan_unpoison(&transfer, sizeof transfer);
#endif
#ifdef OB_ASAN
    struct ob_stack_bounds came_from;
    __sanitizer_finish_switch_fiber(fake_stack, &came_from.bottom, &came_from.size);
    if (from)
        *from = came_from;
#else
    (void)from;
#endif
    return transfer;
}

void ob_fiber_entered(struct ob_stack_bounds *from)
{
#ifdef OB_ASAN
    __sanitizer_finish_switch_fiber(NULL, &from->bottom, &from->size);
#else
    *from = (struct ob_stack_bounds){0};
#endif
}
