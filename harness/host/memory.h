/*
 * The memory of a host: its kernel, its heap and its program's variables. All lie at addresses that
 * are the same in every run and every process, since programs may depend on them; so hosts of two
 * worlds share them, and who runs has them in place. Hosts that run one program share its variables
 * likewise.
 *
 * Which of them is in place is known to this process alone and no part of any world.
 */
#ifndef OFFBEAT_HOST_MEMORY_H
#define OFFBEAT_HOST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/heap.h"
#include "host/kernel/kernel.h"
#include "host/program.h"

/* Variables that are in place, or copied away. */
struct ob_variables {
    const struct ob_program *program; /* NULL: those of what stands for the C library */
    struct ob_image *image;
    uint8_t *copy; /* while somebody else's are in place */
    size_t size;
    size_t thread_size; /* of that, of thread-local ones, which are the last in a copy */
};

enum { OB_VARIABLES_OF_LIBRARY, OB_VARIABLES_OF_PROGRAM, OB_VARIABLES };

/* What was written to a stream at one delivery: bytes of the output from `start` up to the next
 * piece. */
struct ob_output_piece {
    uint32_t delivery;
    uint32_t start;
    bool is_error; /* standard error rather than output */
};

#define OB_OUTPUT_PIECES_MAX 4096u /* what comes later belongs to the last */

/* What a run changes. */
struct ob_memory_state {
    struct ob_kernel *kernel; /* NULL: not made in this run */
    struct ob_heap *heap;     /* the same */
    uint64_t clock_ns;        /* the last that was seen of its clock, which never goes back */
    size_t output_size;
    uint32_t output_pieces;
    bool are_initial[OB_VARIABLES]; /* as when a process begins, so that there is no copy */
};

struct ob_memories;

struct ob_memory {
    struct ob_memories *all;
    uint8_t *kernel_region;
    uint8_t *heap_region;
    char *output; /* OB_HOST_OUTPUT_MAX bytes, and a 0 */
    struct ob_output_piece *pieces;
    struct ob_memory_state state;
    struct ob_variables variables[OB_VARIABLES];
};

/* The memories of the hosts of a world. */
struct ob_memories {
    struct ob_memory hosts[OB_HOSTS_MAX];
    unsigned count;
    uint8_t *away; /* a copy of all, while another world's are in place */
};

#define OB_HEAP_REGION_SIZE ((size_t)240 << 20)

/* Adds a host's. Returns NULL when memory is short. */
struct ob_memory *ob_memory_add(struct ob_memories *memories, const struct ob_program *program);
void ob_memories_release(struct ob_memories *memories);

/* A run begins: nothing is there. */
void ob_memories_begin(struct ob_memories *memories);

/* A process begins: an empty heap, and the variables that the program is made with. */
void ob_memory_begin_process(struct ob_memory *memory);

/* Has the memories in place for who only reads output and kernels. */
void ob_memories_show(struct ob_memories *memories);

/* Has the memory in place. To be called before anything of it is touched. */
void ob_memory_take(struct ob_memory *memory);

/* What a thread's copy of the thread-local variables of the program takes; 0: it has none. */
size_t ob_memory_thread_size(const struct ob_memory *memory);

/* Copies the thread-local variables that are in place to `save`, where that is not NULL, and puts
 * those of another thread there: from `load`, or as a thread begins. The memory is in place. */
void ob_memory_swap_thread(struct ob_memory *memory, uint8_t *save, const uint8_t *load);

/* Appends what a program has written, as far as there is room. */
void ob_memory_output(struct ob_memory *memory, uint32_t delivery, bool is_error, const void *bytes,
                      size_t size);

/* Copies of everything that a run has changed. */
size_t ob_memories_size(const struct ob_memories *memories);
void ob_memories_save(const struct ob_memories *memories, void *copy);
void ob_memories_load(struct ob_memories *memories, const void *copy);

#endif
