/*
 * The heap of a process in the world: an allocator whose whole state lies at the front of a region,
 * so that a snapshot is a copy of its first ob_heap_used() bytes, and a new process a new heap.
 *
 * Addresses depend on the calls alone, and are the same with and without AddressSanitizer: chunks
 * have the same sizes, and a freed chunk is used again only when 8 MiB more were freed. What is
 * handed out is filled with one pattern, what is freed with another, so that uses of either are
 * deterministic, and an address read from freed memory is none. With AddressSanitizer the bytes
 * around chunks and freed chunks are poisoned as its own heap's are.
 */
#ifndef OFFBEAT_HOST_HEAP_H
#define OFFBEAT_HOST_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OB_HEAP_ALIGNMENT 16u
#define OB_HEAP_FILL 0xbe  /* what malloc() hands out */
#define OB_HEAP_FREED 0xdf /* what was freed; as an address it is none */

struct ob_heap;

/* What is wrong with an address that is freed, or nothing. */
enum ob_heap_fault { OB_HEAP_FINE, OB_HEAP_TWICE, OB_HEAP_NO_CHUNK };

/* Makes an empty heap at the front of `region`, aligned to a page, whatever was there before. */
struct ob_heap *ob_heap_create(void *region, size_t size);

/* Bytes at the front that hold all of it. */
size_t ob_heap_used(const struct ob_heap *heap);

/* Nothing of it may be touched any more. */
void ob_heap_drop(struct ob_heap *heap);

/* Copies it, with what AddressSanitizer knows of it; and brings a copy back, to where the heap
 * that was there is dropped. */
size_t ob_heap_copy_size(const struct ob_heap *heap);
void ob_heap_save(const struct ob_heap *heap, void *copy);
void ob_heap_load(void *region, size_t size, const void *copy);

/* `alignment` is a power of two. `site` is the code that asks, for reports. Returns NULL when the
 * region is full. */
void *ob_heap_alloc(struct ob_heap *heap, size_t size, size_t alignment, const void *site);

/* Frees what ob_heap_alloc() gave. Does nothing when there is a fault. */
enum ob_heap_fault ob_heap_free(struct ob_heap *heap, void *memory, const void *site);

/* The size that was asked for of a chunk that is in use; whether it is one. */
bool ob_heap_size(const struct ob_heap *heap, const void *memory, size_t *size);

/* Where memory that is or was a chunk was handed out; NULL when it is none. */
const void *ob_heap_site(const struct ob_heap *heap, const void *memory);

/* A range of words that may hold addresses of chunks. */
struct ob_heap_root {
    const void *from;
    const void *to;
};

struct ob_heap_leak {
    const void *site; /* of the first */
    size_t bytes;     /* of all */
    size_t chunks;
};

/* Looks for chunks that no word of the roots leads to, not through other chunks either. Returns
 * whether there are some. To be called when the heap is not needed any more: it is changed. */
bool ob_heap_leaks(struct ob_heap *heap, const struct ob_heap_root *roots, size_t count,
                   struct ob_heap_leak *leak);

#endif
