/*
 * Stacks of tasks, and the switch from one to another: Boost.Context, with AddressSanitizer and
 * MemorySanitizer told of it. All stacks lie side by side at addresses that never change, each
 * above a part that may not be touched, so that a snapshot is a copy of what is in use.
 */
#ifndef OFFBEAT_WORLD_FIBER_H
#define OFFBEAT_WORLD_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/sanitizers.h"

/* What a stack that overflows runs into. As large as frames usually are, so that none steps over
 * it. */
#define OB_STACK_GUARD (64u << 10)

struct ob_stacks {
    uint8_t *base;
    size_t pitch; /* from one stack to the next */
    size_t size;  /* of one, without its guard */
    unsigned count;
    unsigned ready; /* the first so many may be used */
    uint32_t
        *used; /* for AddressSanitizer: bytes at the top of each that may bear marks of frames */
};

/* The stack that somebody runs on, for the sanitizer. */
struct ob_stack_bounds {
    const void *bottom;
    size_t size;
};

/* A place to go on at, and the data that the code there receives. */
struct ob_fiber_transfer {
    void *from;
    void *data;
};

typedef void ob_fiber_entry(struct ob_fiber_transfer transfer);

/* Reserves room for `count` stacks of `size` bytes. Returns -1 when memory is short. */
int ob_stacks_create(struct ob_stacks *stacks, unsigned count, size_t size);
void ob_stacks_destroy(struct ob_stacks *stacks);

/* For AddressSanitizer: the code on this stack may not come back. To be called from there, before
 * it is left. */
void ob_stack_leave(struct ob_stacks *stacks, unsigned index);

uint8_t *ob_stack_bottom(const struct ob_stacks *stacks, unsigned index);

/* Makes a stack ready for `entry`, whatever was on it before. Returns the place to go on at, or
 * NULL when memory is short. */
void *ob_stack_prepare(struct ob_stacks *stacks, unsigned index, ob_fiber_entry *entry);

/* Whether an address lies below the end of a stack: in its guard. */
bool ob_stack_guards(const struct ob_stacks *stacks, unsigned index, const void *address);

/* The bytes in use of a stack whose fiber waits at `place`. */
size_t ob_stack_used(const struct ob_stacks *stacks, unsigned index, const void *place);

/* Room for a copy of so many bytes of a stack, what the sanitizer knows of them included. */
size_t ob_stack_copy_size(size_t used);

/* Copy the topmost `used` bytes of a stack, and bring them back to where they were. */
void ob_stack_save(const struct ob_stacks *stacks, unsigned index, size_t used, void *copy);
void ob_stack_load(const struct ob_stacks *stacks, unsigned index, size_t used, const void *copy);

/* The C symbols of Boost.Context (boost/context/detail/fcontext.hpp declares them for C++). */
struct ob_fiber_transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t size, ob_fiber_entry *entry);

/* The same as ob_fiber_switch(), with the sanitizer told of it. */
struct ob_fiber_transfer ob_fiber_switch_watched(void *place, void *data, struct ob_stack_bounds to,
                                                 struct ob_stack_bounds *from, bool is_last);

/*
 * Goes to `place` on the stack `to`, with `data` for the code there, and returns when somebody
 * comes back. `from`, when not NULL, becomes the stack that one came from. `is_last`: nobody comes
 * back. In place, as every return between two switches is one that the processor predicts wrongly.
 */
__attribute__((always_inline)) static inline struct ob_fiber_transfer
ob_fiber_switch(void *place, void *data, struct ob_stack_bounds to, struct ob_stack_bounds *from,
                bool is_last)
{
#if defined(OB_ASAN) || defined(OB_MSAN)
    return ob_fiber_switch_watched(place, data, to, from, is_last);
#else
    (void)to;
    (void)from;
    (void)is_last;
    return jump_fcontext(place, data);
#endif
}

/* To be called first on a new stack. */
void ob_fiber_entered(struct ob_stack_bounds *from);

#endif
