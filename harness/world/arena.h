/*
 * The memory of a target: handed out from one block of fixed size, given back all at once. Under
 * AddressSanitizer pieces are kept apart by poisoned gaps, so that an actor that writes past its
 * state is caught.
 */
#ifndef OFFBEAT_WORLD_ARENA_H
#define OFFBEAT_WORLD_ARENA_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#define OB_ARENA_SIZE (4u << 20)
#define OB_ARENA_ALIGNMENT alignof(max_align_t)

struct ob_arena {
    uint8_t *base;
    size_t capacity;
    size_t used;
};

/* Returns -1 when memory is short. */
int ob_arena_create(struct ob_arena *arena, size_t capacity);
void ob_arena_destroy(struct ob_arena *arena);

/* Takes everything back. */
void ob_arena_clear(struct ob_arena *arena);

/* Zeroed and aligned for any type; NULL when the arena is full. */
void *ob_arena_alloc(struct ob_arena *arena, size_t size);

/* The pieces that are handed out, by their places, of which the first is 0: the place of the next
 * one, the memory, its size, and who it belongs to, 0 unless somebody has said so. */
size_t ob_arena_next(const struct ob_arena *arena, size_t place);
uint8_t *ob_arena_memory(const struct ob_arena *arena, size_t place);
size_t ob_arena_size(const struct ob_arena *arena, size_t place);
unsigned ob_arena_owner(const struct ob_arena *arena, size_t place);
void ob_arena_set_owner(void *memory, unsigned owner);

/* Copies what is handed out to `copy`, which has room for arena->used bytes. */
void ob_arena_save(const struct ob_arena *arena, void *copy);

/* Brings back a copy of `used` bytes; what was handed out after it is gone. */
void ob_arena_load(struct ob_arena *arena, const void *copy, size_t used);

#endif
